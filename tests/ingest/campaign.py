"""`python -m tests.ingest.campaign`: every fault many times, and what was lost. Ends 1 if anything was, or did not fire.

FAULT_ROUNDS: how often each fault strikes at most (default 6). FAULT_MINUTES: when no further strike begins (default 15).
FAULT_SEED: the first of the rounds' seeds (default: a new one each time, printed).
"""

import json
import logging
import os
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import pysqlite3

from tests.databases import migrated
from tests.ingest.checker import Account
from tests.ingest.standing import FAULTS, SERVER_FAULTS, Fault, Stand, standing, standing_on_server

EVENTS = 150


@dataclass
class Line:
    """One fault's part of the table."""

    rounds: int = 0
    fired: int = 0
    sent: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, fired: bool, before: int, account: Account) -> None:
        self.rounds += 1
        self.fired += fired
        self.sent += account.sent - before
        self.lost += account.lost
        self.doubled += account.doubled
        self.wrong += account.wrong[:5]

    @property
    def is_clean(self) -> bool:
        return self.fired == self.rounds and not (self.lost or self.doubled or self.wrong)


def main() -> int:
    logging.basicConfig(level=logging.ERROR)
    rounds = int(os.environ.get("FAULT_ROUNDS", "6"))
    until = time.monotonic() + float(os.environ.get("FAULT_MINUTES", "15")) * 60
    seed = int(os.environ.get("FAULT_SEED") or random.SystemRandom().randrange(10**6))
    print(f"each fault {rounds} times from seed {seed}; SQLite {pysqlite3.sqlite_version}", flush=True)
    table = {fault.__name__: Line() for fault in FAULTS + SERVER_FAULTS}
    for number in range(rounds):
        for strike_all in (_on_a_file, _on_a_server):
            if time.monotonic() < until and all(line.is_clean for line in table.values()):
                strike_all(table, seed + number, until)
    _print(table)
    return 0 if all(line.is_clean for line in table.values()) else 1


def _on_a_file(table: dict[str, Line], seed: int, until: float) -> None:
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        template = Path(folder) / "empty.db"
        migrated(f"sqlite:///{template}")
        with standing(Path(folder), template, seed) as stand:
            _strike_each(stand, FAULTS, table, seed, until)


def _on_a_server(table: dict[str, Line], seed: int, until: float) -> None:
    with tempfile.TemporaryDirectory(prefix="faults-") as folder, standing_on_server(Path(folder), seed) as stand:
        _strike_each(stand, SERVER_FAULTS, table, seed, until)


def _strike_each(stand: Stand, faults: tuple[Fault, ...], table: dict[str, Line], seed: int, until: float) -> None:
    """Every fault once, in an order of the seed's own, on one system that keeps running."""
    for fault in stand.chance.sample(faults, len(faults)):
        if time.monotonic() >= until:
            return
        line = table[fault.__name__]
        _strike(stand, fault, line)
        if not line.is_clean:
            print(f"seed {seed}, {fault.__name__}: {line}\n{stand.worker.said()[-3000:]}", flush=True)
            return


def _strike(stand: Stand, fault: Fault, line: Line) -> None:
    before, fired = len(stand.sent), False
    try:
        stand.send(stand.chance.randint(1, EVENTS))
        fired = fault(stand)
        stand.send(stand.chance.randint(1, EVENTS))
        stand.heal()
    except AssertionError as never:
        line.wrong.append(str(never))
    line.add(fired, before, stand.account())


def _print(table: dict[str, Line]) -> None:
    print(f"{'fault':<26}{'rounds':>8}{'fired':>8}{'sent':>9}{'lost':>7}{'doubled':>9}{'wrong':>7}")
    total = Line()
    for name, line in table.items():
        print(
            f"{name:<26}{line.rounds:>8}{line.fired:>8}{line.sent:>9,}{line.lost:>7}{line.doubled:>9}{len(line.wrong):>7}"
        )
        total.rounds += line.rounds
        total.fired += line.fired
        total.sent += line.sent
    if total.rounds and all(line.is_clean for line in table.values()):
        bound = f"{300 / total.rounds:.2f}"
        print(
            f"{total.fired} faults, {total.sent:,} events: none lost; so fewer than {bound} % of faults lose any (95 %)"
        )
    print(json.dumps({name: vars(line) for name, line in table.items()}))


if __name__ == "__main__":
    sys.exit(main())
