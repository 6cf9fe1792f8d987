"""Screens on walls: how long a view stands, how they are paired, and when they dim."""

from dataclasses import dataclass

from config.keys import CLOCK, number, text


@dataclass(frozen=True)
class Wall:
    dwell_s: int = number(5, 600)
    hold_min: int = number(1, 1440)
    code_min: int = number(1, 60)
    dim_from: str = text(CLOCK, "a clock such as 22:00")
    dim_until: str = text(CLOCK, "a clock such as 06:00")
    dim_pct: int = number(20, 100)
