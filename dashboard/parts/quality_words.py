"""How the pages of data quality write ages, lags, sizes and moments."""

from datetime import datetime
from zoneinfo import ZoneInfo

from dashboard.words import Speech

NONE = "—"
_GIB, _MIB = 2**30, 2**20


def age(say: Speech, seconds: float | None) -> str:
    """`2 s ago`, `31 min`, `15 h`, `3 d`."""
    if seconds is None:
        return NONE
    if seconds < 60:
        return say("age.ago", n=max(0, int(seconds)))
    if seconds < 7200:
        return say("age.min", n=int(seconds // 60))
    return say("age.h", n=int(seconds // 3600)) if seconds < 172_800 else say("age.d", n=int(seconds // 86_400))


def since(say: Speech, at: int | None, now: int) -> str:
    return NONE if at is None else age(say, (now - at) / 1e6)


def length(say: Speech, seconds: float | None) -> str:
    """A lag: the first edge means at most, beyond the last nobody counted."""
    if seconds is None:
        return NONE
    if seconds == float("inf"):
        return "> " + say("age.min", n=10)
    if seconds <= 2:
        return "≤ " + say("age.s", n=2)
    return say("age.s", n=round(seconds)) if seconds < 120 else say("age.min", n=round(seconds / 60))


def offset(say: Speech, milliseconds: int | None) -> str:
    """A clock's difference, in seconds."""
    return NONE if milliseconds is None else say("age.s", n=f"{milliseconds / 1000:.1f}".replace("-", "−"))


def octets(number: int | None) -> tuple[str, str]:
    """(figure, unit)."""
    if number is None:
        return NONE, ""
    return (f"{number / _GIB:,.1f}", "GB") if number >= _GIB else (f"{number / _MIB:,.1f}", "MB")


def share(part: float | None) -> str:
    return NONE if part is None else f"{round(part * 100)} %"


def clock(at: int, zone: str) -> str:
    """The moment as the wall clock there showed it."""
    return datetime.fromtimestamp(at / 1e6, ZoneInfo(zone)).strftime("%m-%d %H:%M:%S")
