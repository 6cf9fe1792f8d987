"""What goes wrong: gateways that drop, counters that drift, clocks that lie, sites that say nothing. Each can be switched off."""

from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from random import Random
from typing import Any

from edge.simulator.chance import chance
from edge.simulator.places import Place

ALL = (
    "offline", "silent", "shut", "crowd", "drift", "reset", "stuck", "clock", "duplicates", "disorder", "unregistered",
    "malformed", "retained",
)  # fmt: skip

HOUR_US = 3_600_000_000
_SHARES = {
    "shut": 0.016,
    "crowd": 0.34,
    "silent": 0.03,
    "offline": 0.35,
    "drift": 0.05,
    "reset": 0.015,
    "stuck": 0.02,
    "clock": 0.03,
}
"""Chance of each for a site on a day."""
_CLOCK_ERRORS_US = (8 * HOUR_US, -8 * HOUR_US, -47_000_000, 35_000_000, -140_000_000)
"""Local time taken for UTC, UTC for local time, and clocks that drift."""


@dataclass(frozen=True)
class Mishaps:
    """Those of one site on one day; minutes of the civil day."""

    stays_shut: bool = False
    crowded: bool = False
    silent_from: float | None = None
    offline: tuple[tuple[float, float], ...] = ()
    worn: bool = False
    zeroed_at: float | None = None
    """When the counter starts again at nobody, with people inside."""
    stuck: tuple[float, float] | None = None
    clock_error_us: int = 0
    unset_clock: tuple[float, float] | None = None
    """After a power cut the clock begins at 1970 until it hears the time again."""
    disorder_share: float = 0.0

    def told(self) -> dict[str, Any]:
        """The truth about this day, by name; what everybody has every day (disorder) is left out."""
        said = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "disorder_share"}
        return {name: value for name, value in said.items() if value != getattr(NOTHING_WRONG, name)}

    def missed(self, dice: Random) -> tuple[float, float]:
        """Shares of passings that a door counter does not see, in and out."""
        missed_in, missed_out = dice.uniform(0.01, 0.04), dice.uniform(0.01, 0.04)
        return missed_in, 0.14 if self.worn else missed_out

    def is_stuck(self, minute: float) -> bool:
        return self.stuck is not None and self.stuck[0] <= minute < self.stuck[1]

    def is_silent(self, minute: float) -> bool:
        return self.silent_from is not None and minute >= self.silent_from

    def is_offline(self, minute: float) -> bool:
        return any(start <= minute < end for start, end in self.offline)

    def device_clock(self, at: int, minute: float) -> int:
        """What the device writes as `at`."""
        if self.unset_clock and self.unset_clock[0] <= minute < self.unset_clock[1]:
            return int((minute - self.unset_clock[0]) * 60_000) * 1000
        return at + self.clock_error_us


NOTHING_WRONG = Mishaps()


@lru_cache(maxsize=1024)
def mishaps_of(place: Place, on: date, seed: int, enabled: frozenset[str]) -> Mishaps:
    """A few sites have something every day; most have nothing. Switching one on or off leaves the others as they were."""
    dice = {name: chance(seed, place.site, on, name) for name in _SHARES}
    hit = {name: dice[name].random() < share and name in enabled for name, share in _SHARES.items()}
    small = place.kind in ("CST", "NSP", "MPT", "MEAL")
    cut = hit["clock"] and dice["clock"].random() < 0.3
    return Mishaps(
        stays_shut=hit["shut"] and small,
        crowded=hit["crowd"] and place.kind == "STC",
        silent_from=dice["silent"].uniform(9.6, 10.2) * 60 if hit["silent"] and small else None,
        offline=_outages(dice["offline"]) if hit["offline"] else (),
        worn=hit["drift"],
        zeroed_at=dice["reset"].uniform(9.5, 16.5) * 60 if hit["reset"] and small else None,
        stuck=(10 * 60 + 5, 11 * 60 + 10) if hit["stuck"] and small else None,
        clock_error_us=dice["clock"].choice(_CLOCK_ERRORS_US) if hit["clock"] and not cut else 0,
        unset_clock=_power_cut(dice["clock"]) if cut else None,
        disorder_share=0.02 if "disorder" in enabled else 0.0,
    )


def _outages(dice: Random) -> tuple[tuple[float, float], ...]:
    starts = [dice.uniform(8 * 60, 18 * 60) for _ in range(dice.randint(1, 2))]
    return tuple((start, start + dice.uniform(2, 10)) for start in starts)


def _power_cut(dice: Random) -> tuple[float, float]:
    start = dice.uniform(9 * 60, 17 * 60)
    return start, start + 4
