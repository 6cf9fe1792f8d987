"""What of a site's data is still good: beyond these it is graded B."""

from dataclasses import dataclass

from config.keys import number


@dataclass(frozen=True)
class Quality:
    lag_s: int = number(1, 86_400)
    offset_s: int = number(1, 86_400)
    automatic_pct: int = number(0, 100)
