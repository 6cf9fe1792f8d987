"""The write path behind one interface: what `intake` asks of a database inside its transaction."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from msgspec import Struct

from models.base import Instant
from models.event import Event, Stream
from models.occupancy import HeadCount, SiteState, Slot, SlotFold, Step

Identity = tuple[bytes, int]
"""(key, site number): one event counts once."""


class EventRow(Struct, frozen=True, gc=False):
    """The columns of `event`, in the order in which they are written."""

    key: bytes
    site_id: int
    digest: int
    form: int
    id: str | None
    kind: int
    at: Instant
    received_at: Instant
    slot: int
    area_id: int | None
    device_id: int | None
    boot: str | None
    seq: int | None
    a: int | None
    b: int | None
    rest: str | None
    flags: int

    @property
    def identity(self) -> Identity:
        return self.key, self.site_id


class Head(Struct, frozen=True, gc=False):
    """The columns of `head_count`."""

    track: int
    signed: int
    last_at: Instant
    own: int
    received_at: Instant


class SiteLine(Struct):
    """The columns of `site_state`; a batch changes them in place."""

    site_id: int
    changed: int
    heard_at: Instant | None
    event_at: Instant | None
    online: int | None
    boot: str | None
    agent: str | None
    door: str | None
    door_at: Instant | None
    door_seq: int | None
    door_id: str | None


class StreamLine(Struct):
    """The columns of `stream`; a batch changes them in place."""

    site: str
    boot: str
    upto: int
    highest: int
    beyond: str
    lost: str
    received: int
    duplicates: int
    rejected: int
    heard_at: Instant


class RejectedRow(NamedTuple):
    site: str
    topic: str
    received_at: Instant
    reason: str
    detail: str
    content: bytes
    length: int
    sha256: bytes
    position: int
    """Its index in the array, 0 for a single or whole message."""
    replayable: int


class DeviceSaid(NamedTuple):
    """A device's own status; None: of that it said nothing, and what it said before stays."""

    device_id: int
    at: Instant
    online: int
    battery_pct: int | None
    clock_offset_ms: int | None
    queued: int | None
    firmware: str | None


class Store(Protocol):
    """One batch's writes and the reads that they need; lives as long as its transaction."""

    def together(self, events: int) -> AbstractContextManager[None]:
        """Around all that a batch of so many events asks: statements whose answers nobody waits for share a round trip."""

    def next_change(self, name: str) -> int:
        """Take the next change number; holds the others back until the commit."""

    def registry_number(self) -> int: ...

    def digests(self, identities: Sequence[Identity]) -> dict[Identity, int]:
        """The digests of those that are kept already."""

    def insert_events(self, rows: Sequence[EventRow]) -> set[Identity]:
        """Write those that are not there yet; returns exactly the new ones. Identities in `rows` are distinct."""

    def heads(self, tracks: Sequence[int]) -> dict[int, Head]: ...

    def save_heads(self, heads: Iterable[Head]) -> None: ...

    def open_tracks(self, tracks: Sequence[int]) -> dict[int, tuple[Head, SlotFold | None]]:
        """The heads of these tracks, each with the slot of its newest event."""

    def slots_from(self, track: int, slot: int) -> Iterator[SlotFold]:
        """In order, from this slot on; read lazily, so that a walk may stop early."""

    def slot_before(self, track: int, slot: int) -> SlotFold | None: ...

    def save_slots(self, slots: Iterable[SlotFold]) -> None: ...

    def steps(self, area_id: int, basis: int, slot: int, events: int) -> list[Step]:
        """Every step of a slot from the raw events, in the contract's order; `events` is how many there should be."""

    def add_minutes(self, rows: Iterable[tuple[int, ...]]) -> None:
        """(site number, slot, bits of minutes heard, then what is added to the other columns of `site_slot`)."""

    def changed_sites(self, sites: Sequence[int]) -> tuple[int, dict[int, SiteLine]]:
        """Take the next number of `live`; it, and the lines of those that have one."""

    def save_site_lines(self, lines: Iterable[SiteLine]) -> None: ...

    def stream_lines(self, outboxes: Sequence[tuple[str, str]]) -> dict[tuple[str, str], StreamLine]:
        """By (site, boot)."""

    def save_stream_lines(self, lines: Iterable[StreamLine]) -> None: ...

    def reject(self, rows: Sequence[RejectedRow]) -> None:
        """Keep, or count the repetition of, what could not be used."""

    def add_tallies(self, rows: Iterable[tuple[str, int, str, int]]) -> None:
        """(day, site number, what, how many more)."""

    def card_entries(
        self, asked: Sequence[tuple[int, int, Instant, Instant, Instant, Instant]]
    ) -> list[tuple[int, int, Instant, int]]:
        """(token, site number, at, area number) of the entries beside new ones, so that a card that comes all day costs the same.

        Each is asked for by token, site number, the first and the last new entry of a day, and the bounds [start, end) of
        that day: what lies between them, the nearest before and the nearest after.
        """

    def touch_days(self, rows: Iterable[tuple[int, str]], now: Instant) -> None: ...

    def devices_heard(self, rows: Sequence[tuple[Instant, int]], now: Instant) -> None:
        """(when, device number): the newest stays, but for one that a clock gave which was ahead of `now`."""

    def devices_said(self, rows: Sequence[DeviceSaid]) -> None:
        """By device, oldest first; one that is older than what is kept changes nothing."""

    def rows(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """A constant text with a `?` for each value, in what both databases understand; for the rarer tables."""

    def each(self, sql: str, values: Sequence[Sequence[Any]]) -> list[list[tuple[Any, ...]]]:
        """As `rows`, for one row of values after the other: the answers in their order."""

    def write(self, sql: str, rows: Sequence[Sequence[Any]]) -> None: ...


# The stores write whole rows by position; a new column in a table must fail here, not at the first event.
assert [c.name for c in Event.__table__.columns] == list(EventRow.__struct_fields__)
assert [c.name for c in HeadCount.__table__.columns] == list(Head.__struct_fields__)
assert [c.name for c in Slot.__table__.columns] == list(SlotFold.__struct_fields__)
assert [c.name for c in SiteState.__table__.columns] == list(SiteLine.__struct_fields__)
assert [c.name for c in Stream.__table__.columns] == list(StreamLine.__struct_fields__)
