"""What stands at a site: its outbox and its heartbeat."""

from dataclasses import dataclass

from config.keys import number, text


@dataclass(frozen=True)
class Edge:
    outbox: str = text(r".+", "a path")
    outbox_events_max: int = number(1, 1_000_000_000)
    resend_after_s: float = number(0.1, 3600)
    heartbeat_every_s: float = number(1, 86_400)
    in_flight_max: int = number(1, 10_000)
