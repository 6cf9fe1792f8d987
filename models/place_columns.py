"""The columns of a registry file: how each is read, and what is allowed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from contract import AREA, SITE, parse_instant
from models.base import Instant
from models.civil_day import rule_fault
from models.place import CountBy, SiteKind

PERSONS_MAX = 100_000
CODES_MOST = 200
"""Areas, or devices, of one site."""

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Named:
    """A street or community as a line writes it; names are None where the line gives the bare code."""

    code: str
    name_zh: str | None = None
    name_en: str | None = None


class Column(NamedTuple):
    """`read` takes a text that is not empty and raises ValueError; `empty` stands for no text."""

    read: Callable[[str], Any]
    empty: Any
    allowed: str


_TEXT = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]*")
_SITE = re.compile(SITE)
_AREA = re.compile(AREA)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{0,20})?([eE]-[0-9]{1,2})?")
_WHOLE = re.compile(r"[0-9]{1,6}")


def _matching(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(text)
        return text

    return read


def _text(longest: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if len(text) > longest or not _TEXT.fullmatch(text):
            raise ValueError(text)
        return text

    return read


@lru_cache(maxsize=4096)
def _named(text: str) -> Named:
    code, equals, names = text.partition("=")
    if not _CODE.fullmatch(code) or len(names) > 200 or not _TEXT.fullmatch(names):
        raise ValueError(text)
    if not equals:
        return Named(code)
    name_zh, _, name_en = (part.strip() for part in names.partition("/"))
    if not (name_zh or name_en):
        raise ValueError(text)
    return Named(code, name_zh or name_en, name_en or name_zh)


def _degrees(most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        if not _NUMBER.fullmatch(text) or abs(float(text)) > most:
            raise ValueError(text)
        return float(text)

    return read


@lru_cache(maxsize=4096)
def _capacity(text: str) -> dict[str, int]:
    return _by_area(text, _persons)


def _persons(text: str) -> int:
    if not _WHOLE.fullmatch(text) or not 1 <= int(text) <= PERSONS_MAX:
        raise ValueError(text)
    return int(text)


@lru_cache(maxsize=4096)
def _count_by(text: str) -> dict[str, str]:
    return _by_area(text, lambda word: str(CountBy(word)))


def _by_area(text: str, read: Callable[[str], _Value]) -> dict[str, _Value]:
    """`60` is {'': 60}; `hall:60;canteen:40` is {'hall': 60, 'canteen': 40}."""
    if ":" not in text:
        return {"": read(text)}
    values: dict[str, _Value] = {}
    for part in text.split(";"):
        area, _, value = (piece.strip() for piece in part.partition(":"))
        if not _AREA.fullmatch(area) or area in values:
            raise ValueError(text)
        values[area] = read(value)
    return values


def _codes(pattern: re.Pattern[str]) -> Callable[[str], tuple[str, ...]]:
    """`hall;canteen` is ('canteen', 'hall')."""

    def read(text: str) -> tuple[str, ...]:
        codes = [part.strip() for part in text.split(";") if part.strip()]
        if len(codes) > CODES_MOST or len(set(codes)) < len(codes) or not all(map(pattern.fullmatch, codes)):
            raise ValueError(text)
        return tuple(sorted(codes))

    return read


@lru_cache(maxsize=4096)
def _open_hours(text: str) -> str:
    if rule_fault(text):
        raise ValueError(text)
    return text


def _moment(text: str) -> date | Instant:
    if len(text) == 10:
        day = date.fromisoformat(text)
        # It also takes 2026-W40-4, which nobody means.
        if day.isoformat() != text or not 1970 <= day.year <= 2100:
            raise ValueError(text)
        return day
    return int(parse_instant(text))


_HOURS = "OpenStreetMap opening_hours such as `Mo-Fr 08:30-17:30; Sa 09:00-12:00`"
_NAMED = "a code of A-Z a-z 0-9 _ . - up to 32, or code=name_zh/name_en"

COLUMNS: dict[str, Column] = {
    "site": Column(_matching(_SITE), None, "2 to 32 of a-z 0-9 -, not beginning with -"),
    "name_zh": Column(_text(200), "", "a name of up to 200 characters in one line; name_zh or name_en is needed"),
    "name_en": Column(_text(200), "", "a name of up to 200 characters in one line"),
    "kind": Column(lambda text: str(SiteKind(text)), None, ", ".join(SiteKind)),
    "street": Column(_named, None, _NAMED),
    "community": Column(_named, None, f"nothing, {_NAMED}"),
    "lat": Column(_degrees(90), None, "degrees from -90 to 90, and lon beside it"),
    "lon": Column(_degrees(180), None, "degrees from -180 to 180, and lat beside it"),
    "datum": Column(_matching(re.compile("wgs84|gcj02")), "wgs84", "wgs84, gcj02"),
    "capacity": Column(_capacity, {}, f"1 to {PERSONS_MAX} persons, or by area such as hall:60;canteen:40"),
    "count_by": Column(_count_by, {"": "counter"}, "counter, persons, or by area such as hall:counter;canteen:persons"),
    "areas": Column(_codes(_AREA), (), "areas such as hall;canteen, each 1 to 32 of a-z 0-9 -"),
    "devices": Column(_codes(_SITE), (), "devices such as door-1;bed-2, each 2 to 32 of a-z 0-9 -"),
    "open_hours": Column(_open_hours, "", _HOURS),
    "address": Column(_text(300), None, "up to 300 characters in one line"),
    "phone": Column(_text(64), None, "up to 64 characters in one line"),
    "valid_from": Column(
        _moment, None, "a date such as 2026-10-01, or an RFC 3339 time with offset; years 1970 to 2100"
    ),
}
NEEDED = ("site", "kind", "street")
