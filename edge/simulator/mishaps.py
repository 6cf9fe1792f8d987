"""What goes wrong: gateways that drop, counters that drift, clocks that lie, sites that say nothing. Each can be switched off."""

from dataclasses import dataclass
from datetime import date
from random import Random

from edge.simulator.chance import chance
from edge.simulator.places import Place

ALL = (
    "offline", "silent", "shut", "crowd", "drift", "stuck", "clock", "duplicates", "disorder", "unregistered", "malformed",
    "retained",
)  # fmt: skip


@dataclass(frozen=True)
class Mishaps:
    """Those of one site on one day; minutes of the civil day."""

    stays_shut: bool = False
    crowded: bool = False
    silent_from: float | None = None
    offline: tuple[tuple[float, float], ...] = ()
    worn: bool = False
    stuck: tuple[float, float] | None = None
    clock_error_us: int = 0
    unset_clock: tuple[float, float] | None = None
    duplicate_share: float = 0.0
    disorder_share: float = 0.0

    def missed(self, dice: Random) -> tuple[float, float]:
        """Shares of passings that a door counter does not see, in and out."""
        return dice.uniform(0.01, 0.04), 0.14 if self.worn else dice.uniform(0.01, 0.04)

    def is_stuck(self, minute: float) -> bool:
        return self.stuck is not None and self.stuck[0] <= minute < self.stuck[1]

    def is_silent(self, minute: float) -> bool:
        return self.silent_from is not None and minute >= self.silent_from

    def is_offline(self, minute: float) -> bool:
        return any(start <= minute < end for start, end in self.offline)

    def device_clock(self, at: int, minute: float) -> int:
        """What the device writes as `at`."""
        if self.unset_clock and self.unset_clock[0] <= minute < self.unset_clock[1]:
            return int((minute - self.unset_clock[0]) * 60_000_000)
        return at + self.clock_error_us


def mishaps_of(place: Place, on: date, seed: int, enabled: frozenset[str]) -> Mishaps:
    """A few sites have something every day; most have nothing."""
    dice = chance(seed, place.site, on, "mishaps")
    draws = {name: dice.random() for name in ALL}
    small = place.kind in ("CST", "NSP", "MPT", "MEAL")
    hit = {name: name in enabled and draws[name] < share for name, share in _SHARES.items()}
    return Mishaps(
        stays_shut=hit["shut"] and small,
        crowded=hit["crowd"] and place.kind == "STC",
        silent_from=dice.uniform(9.6, 10.2) * 60 if hit["silent"] and small else None,
        offline=tuple(_outages(dice)) if hit["offline"] else (),
        worn=hit["drift"],
        stuck=(10 * 60 + 5, 11 * 60 + 10) if hit["stuck"] and small else None,
        clock_error_us=dice.choice((8 * 3_600_000_000, -47_000_000, 35_000_000)) if hit["clock"] else 0,
        unset_clock=_power_cut(dice) if hit["clock"] and dice.random() < 0.3 else None,
        duplicate_share=0.004 if "duplicates" in enabled else 0.0,
        disorder_share=0.02 if "disorder" in enabled else 0.0,
    )


_SHARES = {
    "shut": 0.016,
    "crowd": 0.34,
    "silent": 0.03,
    "offline": 0.35,
    "drift": 0.05,
    "stuck": 0.02,
    "clock": 0.015,
}


def _outages(dice: Random) -> list[tuple[float, float]]:
    starts = [dice.uniform(8 * 60, 18 * 60) for _ in range(dice.randint(1, 2))]
    return [(start, start + dice.uniform(2, 10)) for start in starts]


def _power_cut(dice: Random) -> tuple[float, float]:
    start = dice.uniform(9 * 60, 17 * 60)
    return start, start + 4
