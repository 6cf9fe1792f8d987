"""The write path on SQLite: constant statements, many rows at a time, on the driver's own connection."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from msgspec.structs import astuple
from sqlalchemy import Connection

from ingest.store import DeviceSaid, EventRow, Head, Identity, RejectedRow, SiteLine, StreamLine
from models.base import Instant
from models.event import SLOT_US, sender_id
from models.occupancy import COUNTING, SlotFold, Step, bases_of, step_of

_MINUTES = (
    "insert into site_slot (site_id, slot, minutes, events, by_hand, timed, over_2s, over_10s, over_60s, over_600s)"
    " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (site_id, slot) do update set"
    " minutes = minutes | excluded.minutes, events = events + excluded.events, by_hand = by_hand + excluded.by_hand,"
    " timed = timed + excluded.timed, over_2s = over_2s + excluded.over_2s, over_10s = over_10s + excluded.over_10s,"
    " over_60s = over_60s + excluded.over_60s, over_600s = over_600s + excluded.over_600s"
)
_EVENT = (
    "insert into event (key, site_id, digest, form, id, kind, at, received_at, slot, area_id, device_id,"
    " boot, seq, a, b, rest, flags) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " on conflict (key, site_id) do nothing"
)
_SLOT_SAVE = (
    "insert or replace into slot (track, slot, opening, net, low, high, weight, fixed_at, fixed, fixed_low, fixed_high,"
    " fixed_weight, came, went, events, last_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_OPEN = (
    "select h.*, s.* from head_count h left join slot s on s.track = h.track and s.slot = h.last_at / ?"
    " where h.track in (select value from json_each(?))"
)
_STREAMS = "select s.* from json_each(?) as wanted join stream s on s.site = wanted.value ->> 0 and s.boot = wanted.value ->> 1"
_SITE_SAVE = (
    "insert or replace into site_state (site_id, changed, heard_at, event_at, online, boot, agent, door, door_at,"
    " door_seq, door_id) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_STREAM_SAVE = (
    "insert or replace into stream (site, boot, upto, highest, beyond, lost, received, duplicates, rejected, heard_at)"
    " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_TOUCHED = (
    # Each touch is later than the one before, also within a microsecond and after a clock went back.
    "insert into touched_day (site_id, day, since, touched_at) values (?, ?, ?, ?)"
    " on conflict (site_id, day) do update set touched_at = max(touched_day.touched_at + 1, excluded.touched_at)"
)
_CARD_ENTRIES = (
    "with k (token, site, first, last, start, until) as (select value ->> 0, value ->> 1, value ->> 2, value ->> 3,"
    " value ->> 4, value ->> 5 from json_each(?))"
    " select e.token, e.site_id, e.at, e.area_id from k join card_entry e on e.token = k.token and e.site_id = k.site"
    " and e.at >= coalesce((select max(p.at) from card_entry p where p.token = k.token and p.site_id = k.site"
    " and p.at >= k.start and p.at < k.first), k.first)"
    " and e.at <= coalesce((select min(n.at) from card_entry n where n.token = k.token and n.site_id = k.site"
    " and n.at > k.last and n.at < k.until), k.last)"
)
_REJECTED = (
    "insert into rejected (site, topic, received_at, last_at, times, reason, detail, bytes, length, sha256,"
    ' "index", replayable) values (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?)'
    ' on conflict (site, topic, sha256, "index") do update set times = times + 1, last_at = excluded.last_at'
)
_DEVICE_HEARD = "update device set heard_at = ? where id = ? and (heard_at is null or heard_at < ? or heard_at > ?)"
_DEVICE_SAID = (
    "update device set status_at = ?2, online = ?3, battery_pct = coalesce(?4, battery_pct),"
    " clock_offset_ms = coalesce(?5, clock_offset_ms), queued = coalesce(?6, queued), firmware = coalesce(?7, firmware)"
    " where id = ?1 and (status_at is null or status_at <= ?2)"
)


class SqliteStore:
    """See `ingest.store.Store`."""

    def __init__(self, connection: Connection) -> None:
        self._raw: Any = connection.connection.driver_connection

    def together(self, _events: int) -> AbstractContextManager[None]:
        """There are no round trips here."""
        return nullcontext()

    def next_change(self, name: str) -> int:
        taken = self._raw.execute(
            "insert into change (name, n) values (?, 1) on conflict (name) do update set n = n + 1 returning n", (name,)
        ).fetchall()
        return int(taken[0][0])

    def registry_number(self) -> int:
        found = self._raw.execute("select n from change where name = 'registry'").fetchone()
        return int(found[0]) if found else 0

    def digests(self, identities: Sequence[Identity]) -> dict[Identity, int]:
        found: dict[Identity, int] = {}
        for identity in identities:
            row = self._raw.execute("select digest from event where key = ? and site_id = ?", identity).fetchone()
            if row:
                found[identity] = row[0]
        return found

    def insert_events(self, rows: Sequence[EventRow]) -> set[Identity]:
        # There is one writer and the transaction holds the lock, so whatever lies above the mark is ours.
        mark = self._raw.execute("select coalesce(max(rowid), 0) from event").fetchone()[0]
        changes = self._raw.total_changes
        self._raw.executemany(_EVENT, map(astuple, rows))
        if self._raw.total_changes - changes == len(rows):
            return {row.identity for row in rows}
        return set(self._raw.execute("select key, site_id from event where rowid > ?", (mark,)).fetchall())

    def heads(self, tracks: Sequence[int]) -> dict[int, Head]:
        found = self._raw.execute(
            "select track, signed, last_at, own, received_at from head_count"
            " where track in (select value from json_each(?))",
            (json.dumps(tracks),),
        )
        return {row[0]: Head(*row) for row in found}

    def open_tracks(self, tracks: Sequence[int]) -> dict[int, tuple[Head, SlotFold | None]]:
        found = self._raw.execute(_OPEN, (SLOT_US, json.dumps(tracks)))
        return {row[0]: (Head(*row[:5]), None if row[5] is None else SlotFold(*row[5:])) for row in found}

    def save_heads(self, heads: Iterable[Head]) -> None:
        self._raw.executemany(
            "insert or replace into head_count (track, signed, last_at, own, received_at) values (?, ?, ?, ?, ?)",
            map(astuple, heads),
        )

    def slots_from(self, track: int, slot: int) -> Iterator[SlotFold]:
        for row in self._raw.execute("select * from slot where track = ? and slot >= ? order by slot", (track, slot)):
            yield SlotFold(*row)

    def slot_before(self, track: int, slot: int) -> SlotFold | None:
        row = self._raw.execute(
            "select * from slot where track = ? and slot < ? order by slot desc limit 1", (track, slot)
        ).fetchone()
        return SlotFold(*row) if row else None

    def save_slots(self, slots: Iterable[SlotFold]) -> None:
        self._raw.executemany(_SLOT_SAVE, map(astuple, slots))

    def steps(self, area_id: int, basis: int, slot: int, events: int) -> list[Step]:  # noqa: ARG002 - one index over all days
        found = self._raw.execute(
            "select kind, at, seq, form, key, id, a, b from event where slot = ? and area_id = ?", (slot, area_id)
        )
        return sorted(
            step_of(kind, at, seq, sender_id(form, key, id_).encode(), a, b)
            for kind, at, seq, form, key, id_, a, b in found
            if kind in COUNTING and basis in bases_of(kind, b)
        )

    def add_minutes(self, rows: Iterable[tuple[int, ...]]) -> None:
        self._raw.executemany(_MINUTES, rows)

    def changed_sites(self, sites: Sequence[int]) -> tuple[int, dict[int, SiteLine]]:
        change = self.next_change("live")
        found = self._raw.execute(
            "select * from site_state where site_id in (select value from json_each(?))",
            (json.dumps(sites),),
        )
        return change, {row[0]: SiteLine(*row) for row in found}

    def save_site_lines(self, lines: Iterable[SiteLine]) -> None:
        self._raw.executemany(_SITE_SAVE, map(astuple, lines))

    def stream_lines(self, outboxes: Sequence[tuple[str, str]]) -> dict[tuple[str, str], StreamLine]:
        found = self._raw.execute(_STREAMS, (json.dumps(outboxes),))
        return {(row[0], row[1]): StreamLine(*row) for row in found}

    def save_stream_lines(self, lines: Iterable[StreamLine]) -> None:
        self._raw.executemany(_STREAM_SAVE, map(astuple, lines))

    def reject(self, rows: Sequence[RejectedRow]) -> None:
        self._raw.executemany(
            _REJECTED,
            ((r.site, r.topic, r.received_at, r.received_at, *r[3:]) for r in rows),
        )

    def add_tallies(self, rows: Iterable[tuple[str, int, str, int]]) -> None:
        self._raw.executemany(
            "insert into tally (day, site_id, what, n) values (?, ?, ?, ?)"
            " on conflict (day, site_id, what) do update set n = n + excluded.n",
            rows,
        )

    def card_entries(
        self, asked: Sequence[tuple[int, int, Instant, Instant, Instant, Instant]]
    ) -> list[tuple[int, int, Instant, int]]:
        return list(self._raw.execute(_CARD_ENTRIES, (json.dumps(asked),)).fetchall())

    def touch_days(self, rows: Iterable[tuple[int, str]], now: Instant) -> None:
        self._raw.executemany(_TOUCHED, [(site_id, day, now, now) for site_id, day in rows])

    def devices_heard(self, rows: Sequence[tuple[Instant, int]], now: Instant) -> None:
        self._raw.executemany(_DEVICE_HEARD, [(at, id_, at, now) for at, id_ in rows])

    def devices_said(self, rows: Sequence[DeviceSaid]) -> None:
        self._raw.executemany(_DEVICE_SAID, rows)

    def rows(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        return list(self._raw.execute(sql, values).fetchall())

    def each(self, sql: str, values: Sequence[Sequence[Any]]) -> list[list[tuple[Any, ...]]]:
        return [self.rows(sql, row) for row in values]

    def write(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        self._raw.executemany(sql, rows)
