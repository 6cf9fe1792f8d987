"""The contract's page as a table, written from the page and not from the code: every kind, every field, every value.

A field is `name: sort`, with `?` where it may be absent. SORTS holds, for each sort, values that are good and values that are
not; what only some readers can judge (a calendar, a comparison of two fields) stands in BEYOND_SCHEMAS.
"""

import json
from collections.abc import Iterator
from typing import Any

AT = "2026-11-23T09:02:11.250+08:00"
SITE = "s-001"
IDENTITY = "44030919400101007X"
"""Made up, with a valid checksum (GB 11643)."""

ENVELOPE = "id: id, at: moment, boot?: boot, seq?: seq, device?: name, site?: own_site, backfill?: flag"

MEAL = "meal: breakfast|lunch|dinner, mode: dine_in|pick_up|delivery"
KINDS = {
    "occupancy.count": "area?: area, count: count, method?: sensor|staff|reset",
    "occupancy.flow": "area?: area, in: passed, out: passed",
    "person.in": "person: token, area?: area, method?: card|qr|face|desk|auto",
    "person.out": "person: token, area?: area, method?: card|qr|face|desk|auto",
    "meal.served": f"{MEAL}, person?: token, price_fen?: fen, subsidy_fen?: fen",
    "meal.booked": f"{MEAL}, for: date, person?: token",
    "meal.cancelled": f"{MEAL}, for: date, person?: token",
    "service.planned": "service: id, type: code, due_at: moment, minutes?: amount, person?: token, worker?: token,"
    " price_fen?: fen",
    "service.started": "service: id, type?: code, person?: token, worker?: token, method?: qr|nfc|gps|phone|desk,"
    " place?: place",
    "service.completed": "service: id, type?: code, method?: qr|nfc|gps|phone|desk, place?: place, units?: amount,"
    " price_fen?: fen",
    "service.cancelled": "service: id, by: elder|provider|system, reason?: word",
    "service.confirmed": "service: id, method: pin|card|sign|family|call|witness",
    "bed.moved": "person: token, move: admit|discharge|leave|return|hospital|death|transfer, bed?: label",
    "alarm.raised": "alarm: id, type: code, area?: area, person?: token, value?: number",
    "alarm.cleared": "alarm: id, type: code, area?: area, person?: token, value?: number",
    "site.opened": "by?: id",
    "site.closed": "by?: id",
    "staff.on": "worker: token, role: care|nurse|cook|desk|manager",
    "staff.off": "worker: token, role: care|nurse|cook|desk|manager",
    "rating.given": "score: score, service?: id",
    "device.status": "online: flag, battery_pct?: percent, clock_offset_ms?: whole, queued?: size, firmware?: label,"
    " lost?: lost",
    "observation": "metric: word, value: number, area?: area",
    "door.opened": "area?: area",
    "door.closed": "area?: area",
    "vendor.message": "device: name, topic: topic, text: text",
}

NO_TEXT = (1, 1.5, True, [], {})
NO_NUMBER = ("1", "", True, False, [], {})


def whole_numbers(low: int, high: int) -> tuple[list[Any], list[Any]]:
    return [low, high], [low - 1, high + 1, low + 0.5, 10**30, *NO_NUMBER]


SORTS: dict[str, tuple[list[Any], list[Any]]] = {
    "id": (["a", "A9._:-z", "x" * 64, "01JD9Z6Q3M8VJ2W0F6T1A7K5RC"], ["", "x" * 65, "a b", "a/b", "号", *NO_TEXT]),
    "boot": (["k", "k3f9", "A_-9", "x" * 16], ["", "x" * 17, "a.b", "a b", *NO_TEXT]),
    "name": (["d0", "door-1", "0-", "x" * 32], ["", "d", "x" * 33, "-d", "Door", "door_1", "门-1", *NO_TEXT]),
    "own_site": ([SITE], ["", "S-001", "s", *NO_TEXT]),
    "area": (["h", "main", "hall-2", "x" * 32], ["", "x" * 33, "-h", "Hall", "a_b", "大厅", *NO_TEXT]),
    "token": (["abcdef", "A_-9zz", "x" * 64], ["", "abcde", "x" * 65, "abc def", "abc.def", "张三张三张三", *NO_TEXT]),
    "code": (["SOS", "ML.DI", "A1", "X_" + "9" * 14], ["", "A", "sos", "1A", "A-B", "X" * 17, *NO_TEXT]),
    "word": (["a", "co2_ppm", "9", "x" * 32], ["", "x" * 33, "CO2", "a-b", "a b", *NO_TEXT]),
    "label": (["A", "302-1", "三楼 2 床", "V1.0.3 (b7)", "x" * 64], ["", "x" * 65, "a\nb", "a\x00", *NO_TEXT]),
    "topic": (["t", "/gw/status", "x" * 1024], ["", "x" * 1025, *NO_TEXT]),
    "text": (["", "x", "温度", "x" * 65536], ["x" * 65537, *NO_TEXT]),
    "seq": whole_numbers(1, 2**53),
    "count": whole_numbers(0, 100_000),
    "passed": whole_numbers(0, 10_000),
    "fen": whole_numbers(0, 10**9),
    "amount": whole_numbers(0, 10_000),
    "score": whole_numbers(1, 5),
    "percent": whole_numbers(0, 100),
    "size": ([0, 100_000], [-1, 1.5, 10**30, *NO_NUMBER]),
    "whole": ([-90_000, 0, 90_000], [1.5, 10**30, *NO_NUMBER]),
    "number": ([0, -1, 1, 22.5, -3e-7, 1e300], list(NO_NUMBER)),
    "flag": ([True, False], [0, 1, "true", "", [], {}]),
    "date": (["2026-11-23", "2028-02-29"], ["", "2026-11-23T00:00:00Z", "20261123", "2026-1-2", "tomorrow", *NO_TEXT]),
    "place": (
        [
            {"lat": 22.65, "lon": 114.03, "accuracy_m": 12.5, "mock": False},
            {"lat": -90, "lon": 180},
            {"lat": 90, "lon": -180, "accuracy_m": 0},
        ],
        [
            {"lat": 90.01, "lon": 0},
            {"lat": -90.01, "lon": 0},
            {"lat": 0, "lon": 180.01},
            {"lat": 0, "lon": -180.01},
            {"lat": "22.65", "lon": 114.03},
            {"lat": None, "lon": 114.03},
            {"lat": True, "lon": 114.03},
            {"lat": 0, "lon": 0, "accuracy_m": -1},
            {"lat": 0, "lon": 0, "mock": 0},
            [22.65, 114.03],
            "22.65,114.03",
            1,
        ],
    ),
    "lost": (
        [[], [{"boot": "k3f9", "from": 1, "to": 1}], [{"boot": "k3f9", "from": 3, "to": 2**53}] * 2],
        [
            {"boot": "k3f9", "from": 1, "to": 2},
            [{"boot": "", "from": 1, "to": 2}],
            [{"boot": "k3f9", "from": 0, "to": 2}],
            [{"boot": "k3f9", "from": 1, "to": 2**53 + 1}],
            [{"boot": "k3f9", "from": 1.5, "to": 2}],
            [{"boot": "k3f9", "from": True, "to": 2}],
            [[1, 2]],
            [None],
            "1-2",
        ],
    ),
    "moment": (
        [
            AT,
            "2026-11-23T01:02:11Z",
            "2026-11-23t01:02:11z",
            "2026-11-23T01:02:11.1-03:30",
            "2026-11-23T01:02:11.123456789Z",
            "2026-11-23T01:02:11." + "9" * 80 + "Z",
            "2028-02-29T00:00:00Z",
            "1970-01-01T00:00:00Z",
            "1970-01-01T00:00:00+08:00",
            "2100-12-31T23:59:59Z",
            "2026-11-23T01:02:11-00:00",
        ],
        [],
    ),
}
NO_MOMENTS: list[Any] = [
    "",
    "now",
    "2026-11-23",
    "2026-11-23T09:02:11",
    "2026-11-23 09:02:11Z",
    "2026-11-23T09:02Z",
    "20261123T090211Z",
    "2026-11-23T09:02:11,5Z",
    "2026-11-23T09:02:11.Z",
    "2026-11-23T09:02:11+0800",
    "2026-11-23T09:02:11+08",
    "2026-11-23T09:02:11+08:60",
    "2026-11-23T09:02:11+08:00:00",
    "2026-11-23T09:02:11 Z",
    " 2026-11-23T09:02:11Z",
    "1969-12-31T23:59:59Z",
    "2101-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "+2026-11-23T09:02:11Z",
    "12026-11-23T09:02:11Z",
    "２０２６-11-23T09:02:11Z",
    "2026-W48-1T09:02:11Z",
    *NO_TEXT,
    1795395731,
    1795395731250,
]
"""Refused as `bad_time`, by the schemas as well."""

NO_MOMENTS_BY_CALENDAR = [
    "2026-13-01T00:00:00Z",
    "2026-00-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "2027-02-29T00:00:00Z",
    "2026-11-23T24:00:00Z",
    "2026-11-23T09:60:00Z",
    "2026-11-23T09:02:60Z",
    "2026-11-23T09:02:11+24:00",
    "2026-11-23T09:02:11Z\n",
]

BEYOND_SCHEMAS: dict[str, list[Any]] = {
    "id": ["a\n"],
    "area": ["main\n"],
    "date": ["2026-02-30", "2026-13-01", "0000-01-01"],
    "text": ["温" * 21846],
    "lost": [[{"boot": "k3f9", "from": 3, "to": 2}]],
}
"""Bad as well, for reasons that a pattern cannot express."""


def fields(kind: str) -> dict[str, str]:
    """The fields of a kind beside the envelope's, as `name?` → sort."""
    return dict(part.strip().split(": ") for part in KINDS[kind].split(","))


def good_values(sort: str) -> list[Any]:
    return sort.split("|") if "|" in sort else SORTS[sort][0]


def bad_values(sort: str) -> list[Any]:
    if "|" in sort:
        return ["", "other", sort.split("|")[0].upper(), sort, *NO_TEXT]
    return SORTS[sort][1]


def least(kind: str) -> dict[str, Any]:
    """The smallest good event of a kind."""
    needed = {name: good_values(sort)[0] for name, sort in fields(kind).items() if not name.endswith("?")}
    return {"id": "e-1", "kind": kind, "at": AT, **needed}


def fullest(kind: str) -> dict[str, Any]:
    """One with every field."""
    said = {name.removesuffix("?"): good_values(sort)[-1] for name, sort in fields(kind).items()}
    around = {"boot": "k3f9", "seq": 1042, "device": "door-1", "site": SITE, "backfill": True}
    return {**around, "id": "01JD9Z6Q3M8VJ2W0F6T1A7K5RC", "kind": kind, "at": AT, **said}


def every_field() -> Iterator[tuple[str, str, str]]:
    """(kind, field, sort) of all; the envelope's once, on the smallest event."""
    yield from (("door.opened", *part.strip().split(": ")) for part in ENVELOPE.split(","))  # type: ignore[misc]
    yield from ((kind, name, sort) for kind in KINDS for name, sort in fields(kind).items())


def with_field(kind: str, name: str, value: Any) -> dict[str, Any]:
    """The smallest event with this value; `boot` and `seq` come together."""
    name = name.removesuffix("?")
    pair = {"boot": "k3f9", "seq": 1} if name in ("boot", "seq") else {}
    return {**least(kind), **pair, name: value}


def encoded(said: Any) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode()
