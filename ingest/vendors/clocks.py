"""What a device calls the time: formats, and the zones of clocks that do not say theirs. No civil day is made here."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contract import Instant
from ingest.vendors.expressions import Expression, TableRefused
from ingest.vendors.payloads import Unreadable

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d\d))?(?:\s.*)?", re.DOTALL)
_MILLISECONDS_FROM = 10**11
"""`auto`: a number from here on is milliseconds, below it seconds (which reach it in the year 5138)."""

_RESET_OFF: Instant = 120_000_000
"""A device resets a little before or after the hour that it was told."""


class TimeOf(NamedTuple):
    """Where the time stands. `zone` counts for texts without an offset: `site`, `+08:00`, or what `zone_expr` finds."""

    expr: Expression
    format: str
    zone: str
    zone_expr: Expression | None
    trusted: bool
    """True: the clock is a server's; what it says counts however long ago. False: beyond the skew the receive time counts."""

    def of(self, context: Any, site_zone: str) -> Instant | None:
        """None where the payload says no time. Raises Unreadable for something else than a time."""
        said = self.expr.of(context)
        if said is None or said == "":
            return None
        zone = self.zone_expr.of(context) if self.zone_expr else None
        try:
            return _instant(said, self.format, zone_of(str(zone or self.zone), site_zone))
        except (ValueError, TypeError, OverflowError, TableRefused) as error:
            raise Unreadable(f"`{self.expr.text}` is no time of the form {self.format}") from error


def zone_of(text: str, site_zone: str) -> tzinfo:
    """`site`, an IANA name, `+08:00`, or a label that begins with `UTC+8:00`."""
    if text == "site":
        return ZoneInfo(site_zone)
    found = _OFFSET.fullmatch(text)
    if found:
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        return timezone(timedelta(minutes=minutes if found[1] == "+" else -minutes))
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise TableRefused(f"{text!r} is no time zone: site, +08:00 or an IANA name") from error


def _instant(said: Any, form: str, zone: tzinfo) -> Instant:
    if form in ("epoch_s", "epoch_ms", "auto") and not (form == "auto" and _is_words(said)):
        number = float(said)
        is_ms = form == "epoch_ms" or (form == "auto" and abs(number) >= _MILLISECONDS_FROM)
        return round(number * (1000 if is_ms else 1_000_000))
    moment = datetime.fromisoformat(said) if form in ("iso8601", "auto") else _by_pattern(said, form)
    return ((moment if moment.tzinfo else moment.replace(tzinfo=zone)) - _EPOCH) // _MICROSECOND


def _by_pattern(said: str, form: str) -> datetime:
    return datetime.strptime(said, form)  # noqa: DTZ007 - the caller adds the zone where the text has none


def _is_words(said: Any) -> bool:
    return isinstance(said, str) and not re.fullmatch(r"-?\d+(\.\d+)?", said)


def was_reset_due(reset_at: str, zone: str, last: Instant, now: Instant) -> bool:
    """Whether the daily hour `reset_at` (HH:MM, local) lies between two samples."""
    if now - last >= 86_400_000_000:
        return True
    hour, minute = (int(part) for part in reset_at.split(":"))
    local = (_EPOCH + timedelta(microseconds=now)).astimezone(ZoneInfo(zone))
    at = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    dues = [(at + timedelta(days=days) - _EPOCH) // _MICROSECOND for days in (-1, 0, 1)]
    return any(last < due + _RESET_OFF and due - _RESET_OFF <= now for due in dues)
