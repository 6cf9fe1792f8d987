"""Instants on the wire: RFC 3339 with an offset, years 1970 to 2100; inside: microseconds since 1970 UTC."""

import re
from datetime import UTC, datetime, timedelta, timezone

Instant = int

_FORM = re.compile(r"(\d{4})-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,64})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
CLOCK_SET_SINCE: Instant = 1_420_070_400_000_000
"""2015-01-01: a clock before it was never set."""
AHEAD_MOST: Instant = 600_000_000
"""Ten minutes: a clock farther ahead of the receive time is wrong."""


class Moment(int):
    """An instant in a structure; read from text, microseconds inside."""


def parse_instant(text: str) -> Moment:
    """Digits beyond microseconds are cut off.

    Raises ValueError for anything that is not RFC 3339 with an offset between 1970 and 2100.
    """
    form = _FORM.fullmatch(text)
    if form is None or not 1970 <= int(form[1]) <= 2100:
        raise ValueError(f"bad_time: {text[:40]!r} is not RFC 3339 with an offset, years 1970 to 2100")
    at = (datetime.fromisoformat(text.upper()) - _EPOCH) // _MICROSECOND
    if at < 0:
        raise ValueError("bad_time: before 1970-01-01T00:00:00Z")
    return Moment(at)


def format_instant(at: Instant, offset_minutes: int = 0) -> str:
    """RFC 3339 with milliseconds, or microseconds where there are any."""
    moment = (_EPOCH + timedelta(microseconds=at)).astimezone(timezone(timedelta(minutes=offset_minutes)))
    text = moment.isoformat(timespec="milliseconds" if at % 1000 == 0 else "microseconds")
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def effective_time(at: Instant, received_at: Instant) -> tuple[Instant, str | None]:
    """The time that everything folds by, and why it is not `at`: `clock_ahead`, `clock_unset` or None."""
    if at > received_at + AHEAD_MOST:
        return received_at, "clock_ahead"
    if at < CLOCK_SET_SINCE:
        return received_at, "clock_unset"
    return at, None
