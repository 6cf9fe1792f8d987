"""Instants on the wire: RFC 3339 with an offset, years 1970 to 2100; inside: microseconds since 1970 UTC."""

import re
from datetime import UTC, datetime, timedelta, timezone

Instant = int

MOMENT = r"(?:19[7-9]\d|20\d\d|2100)-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:[0-5]\d)"
_FORM = re.compile(MOMENT, re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
CLOCK_SET_SINCE: Instant = 1_420_070_400_000_000
"""2015-01-01: a clock before it was never set."""
AHEAD_MOST: Instant = 600_000_000
"""Ten minutes: a clock farther ahead of the receive time is wrong."""


class Moment(int):
    """An instant in a structure; read from text, microseconds inside."""


def parse_instant(text: str) -> Moment:
    """Digits beyond microseconds are cut off; the years are those that are written, before the offset.

    Raises ValueError for anything that is not RFC 3339 with an offset, years 1970 to 2100.
    """
    if not _FORM.fullmatch(text):
        raise ValueError("bad_time: not RFC 3339 with an offset, years 1970 to 2100")
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise ValueError(f"bad_time: {error}") from None
    return Moment((moment - _EPOCH) // _MICROSECOND)


def format_instant(at: Instant, offset_minutes: int = 0) -> str:
    """RFC 3339 with milliseconds, or microseconds where there are any."""
    moment = (_EPOCH + timedelta(microseconds=at)).astimezone(timezone(timedelta(minutes=offset_minutes)))
    text = moment.isoformat(timespec="milliseconds" if at % 1000 == 0 else "microseconds")
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def effective_time(at: Instant, received_at: Instant) -> tuple[Instant, str | None]:
    """The time that everything folds by, a plain integer, and why it is not `at`: `clock_ahead`, `clock_unset` or None."""
    if at > received_at + AHEAD_MOST:
        return received_at, "clock_ahead"
    if at < CLOCK_SET_SINCE:
        return received_at, "clock_unset"
    return int(at), None
