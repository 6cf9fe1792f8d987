"""The worker: its batches, its patience, and for how long what it wrote is kept."""

from dataclasses import dataclass

from config.keys import number, text


@dataclass(frozen=True)
class Ingest:
    batch_events: int = number(1, 100_000)
    batch_ms: int = number(0, 10_000)
    unacked_mib_max: int = number(1, 4096)
    back_off_ms: int = number(1, 60_000)
    back_off_ms_max: int = number(1, 600_000)
    ack_every_ms: int = number(0, 60_000)
    lock_wait_s: float = number(0, 600)
    keep_raw_days: int = number(1, 36_500)
    keep_ledger_days: int = number(7, 36_500)
    keep_quarantine_days: int = number(1, 3650)
    keep_places_days: int = number(1, 36_500)
    keep_tokens_days: int = number(1, 36_500)
    keep_persons_days: int = number(1, 36_500)
    token_key_file: str = text(r".+", "a path")
