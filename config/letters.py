"""Letters by e-mail: what they wait for, where they may go, and how long what they said is kept."""

from dataclasses import dataclass

from config.keys import CLOCK, number, text


@dataclass(frozen=True)
class Letters:
    sign_by: str = text(CLOCK, "HH:MM")
    wait_min: int = number(0, 720)
    keep_days: int = number(1, 36_500)
    domains: str = text(r"([^\s,@]+(, ?[^\s,@]+)*)?", "domains of addresses with a comma between, or nothing")
