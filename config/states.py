"""When a site is late, and when it is silent."""

from dataclasses import dataclass

from config.keys import number


@dataclass(frozen=True)
class States:
    late_after_s: int = number(1, 86_400)
    silent_after_s: int = number(1, 604_800)
