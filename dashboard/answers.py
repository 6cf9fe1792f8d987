"""What the API answers, as structures: its OpenAPI document is made from the same types that are encoded."""

from typing import Any

import msgspec

Instant = str
"""RFC 3339, UTC."""


class Answer(msgspec.Struct):
    as_of: Instant


class Part(msgspec.Struct):
    """A piece of an answer."""


class StreetNow(Part):
    code: str
    people: int | None
    sites_reporting: int
    sites_total: int


class Live(Answer):
    """`people` is the sum of the sites that report; null where none does."""

    sites_reporting: int
    sites_total: int
    people: int | None
    streets: list[StreetNow]


class AreaNow(Part):
    area: str
    people: int | None
    signed: int | None
    flags: list[str]


class SiteFields(Part):
    site: str
    name_zh: str
    name_en: str
    kind: str
    street: str
    people: int | None
    capacity: int | None
    state: str
    heard_at: Instant | None
    areas: list[AreaNow]


class Site(SiteFields):
    """One row."""


class OneSite(SiteFields):
    as_of: Instant


class Sites(Answer):
    """At most 5,000 rows; `next` goes into `after` for the following ones."""

    sites: list[Site]
    next: str | None


class Results(Answer):
    """One entry for each element, in order: `stored`, `duplicate` or a reason."""

    results: list[str]


class HistorySlot(Part):
    """Null where nothing was heard. `coverage` is the share of minutes, as far as they are over, that was heard."""

    start: Instant
    last: int | None
    min: int | None
    max: int | None
    average: float | None
    in_: int | None = msgspec.field(name="in")
    out: int | None
    coverage: float


class History(Answer):
    slots: list[HistorySlot]


class Day(Answer):
    """Version 0 is computed now and not stored: the running day, or one whose night work is not done."""

    site: str
    day: str
    version: int
    summary: dict[str, Any]
    month: dict[str, int] | None
    """Money in fen of its month up to this day, of the newest versions, by the names that the files have; null while the day
    runs."""


class OpenService(Part):
    site: str
    service: str
    type: str | None
    state: str
    due_at: Instant | None
    minutes: int | None
    started_at: Instant | None
    late: bool
    flags: list[str]


class Services(Answer):
    services: list[OpenService]


class OpenAlarm(Part):
    id: int
    site: str
    type: str
    grade: int
    area: str | None
    open: bool
    late: bool
    raised_at: Instant | None
    cleared_at: Instant | None


class Alarms(Answer):
    alarms: list[OpenAlarm]


class RejectedRow(Part):
    id: int
    site: str
    topic: str
    received_at: Instant
    reason: str
    detail: str
    bytes_base64: str
    index: int
    times: int


class RejectedRows(Answer):
    rejected: list[RejectedRow]
    next: int | None


class Outbox(Part):
    site: str
    boot: str
    highest: int
    received: int
    missing: list[tuple[int, int]]
    lost: int
    duplicates: int
    rejected: int


class Integrity(Answer):
    streams: list[Outbox]


class PublicSite(Part):
    """Nothing of a person, no count: `band` is free, moderate, busy, nearly_full or full, null where it is not told."""

    site: str
    name_zh: str
    name_en: str
    kind: str
    street: str
    address: str | None
    phone: str | None
    lat: float | None
    lon: float | None
    distance_m: int | None
    open: bool
    band: str | None
    band_as_of: Instant | None


class PublicList(Answer):
    sites: list[PublicSite]


class ProblemDetails(Part):
    """RFC 9457."""

    type: str
    title: str
    status: int


ANSWERS = (Live, Sites, OneSite, Results, History, Day, Services, Alarms, RejectedRows, Integrity, PublicList)
