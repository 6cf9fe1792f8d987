"""A clock that is set: the offset of a simulated district, and what counts as its being set."""

from dataclasses import dataclass

from config.keys import number


@dataclass(frozen=True)
class ClockShift:
    offset_s: float = number(-1e9, 1e9)
    jump_s: int = number(1, 3600)
    jump_gap_h_max: int = number(1, 720)
