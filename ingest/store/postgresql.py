"""The write path on PostgreSQL: rows are copied into a temporary table of the session and go on in one statement.

A round trip costs more here than a row, so whatever a batch touches is read at once and written at once. A batch of few
events goes without the temporary tables, and its statements share round trips.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import Any

import msgspec
from msgspec.structs import astuple
from sqlalchemy import Connection

from ingest.store import DeviceSaid, EventRow, Head, Identity, RejectedRow, SiteLine, StreamLine
from ingest.store.postgresql_ways import EVENT, HEAD, SITE, SLOT, STREAM, Way
from models.base import Instant
from models.event import SLOT_US, sender_id
from models.event_keys import ALL_KEYS, keys_around
from models.occupancy import COUNTING, SlotFold, Step, bases_of, step_of

FEW = 100
"""Events of a batch up to which three more round trips cost more than to read its rows out of a text."""

_MINUTES = (
    "insert into site_slot as s (site_id, slot, minutes, events, by_hand, timed, over_2s, over_10s, over_60s, over_600s)"
    " select * from unnest(%s::int[], %s::int[], %s::smallint[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[],"
    " %s::int[], %s::int[]) on conflict (site_id, slot) do update set minutes = s.minutes | excluded.minutes,"
    " events = s.events + excluded.events, by_hand = s.by_hand + excluded.by_hand, timed = s.timed + excluded.timed,"
    " over_2s = s.over_2s + excluded.over_2s, over_10s = s.over_10s + excluded.over_10s,"
    " over_60s = s.over_60s + excluded.over_60s, over_600s = s.over_600s + excluded.over_600s"
)
_TALLIES = (
    "insert into tally (day, site_id, what, n) select * from unnest(%s::text[], %s::int[], %s::text[], %s::bigint[])"
    " on conflict (day, site_id, what) do update set n = tally.n + excluded.n"
)
_TOUCHED = (
    # Each touch is later than the one before, also within a microsecond and after a clock went back.
    "insert into touched_day (site_id, day, since, touched_at)"
    " select * from unnest(%s::int[], %s::text[], %s::bigint[], %s::bigint[])"
    " on conflict (site_id, day) do update set touched_at = greatest(touched_day.touched_at + 1, excluded.touched_at)"
)
_DEVICE_HEARD = (
    "update device d set heard_at = u.at from unnest(%s::bigint[], %s::int[]) as u (at, id)"
    " where d.id = u.id and (d.heard_at is null or d.heard_at < u.at or d.heard_at > %s)"
)
_DEVICE_SAID = (
    "update device d set status_at = u.at, online = u.online, battery_pct = coalesce(u.battery_pct, d.battery_pct),"
    " clock_offset_ms = coalesce(u.clock_offset_ms, d.clock_offset_ms), queued = coalesce(u.queued, d.queued),"
    " firmware = coalesce(u.firmware, d.firmware)"
    " from unnest(%s::int[], %s::bigint[], %s::smallint[], %s::int[], %s::bigint[], %s::bigint[], %s::text[])"
    " as u (id, at, online, battery_pct, clock_offset_ms, queued, firmware)"
    " where d.id = u.id and (d.status_at is null or d.status_at <= u.at)"
)
_CARD_ENTRIES = (
    "select e.token, e.site_id, e.at, e.area_id"
    " from unnest(%s::bigint[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])"
    " as k (token, site, first, last, start, until) join card_entry e on e.token = k.token and e.site_id = k.site"
    " and e.at >= coalesce((select max(p.at) from card_entry p where p.token = k.token and p.site_id = k.site"
    " and p.at >= k.start and p.at < k.first), k.first)"
    " and e.at <= coalesce((select min(n.at) from card_entry n where n.token = k.token and n.site_id = k.site"
    " and n.at > k.last and n.at < k.until), k.last)"
)
_REJECTED = (
    "insert into rejected (site, topic, received_at, last_at, times, reason, detail, bytes, length, sha256,"
    ' "index", replayable) values (%s, %s, %s, %s, 1, %s, %s, %s, %s, %s, %s, %s)'
    ' on conflict (site, md5(topic), sha256, "index") do update set times = rejected.times + 1,'
    " last_at = excluded.last_at"
)
_DIGESTS = (
    # The bounds let the planner leave out the days that cannot hold any.
    "select e.key, e.site_id, e.digest from event e join unnest(%s::bytea[], %s::int[]) as u (key, site_id)"
    " on e.key = u.key and e.site_id = u.site_id where e.key between %s and %s"
)
_OPEN = (
    "select h.*, s.* from head_count h left join slot s on s.track = h.track and s.slot = h.last_at / %s"
    " where h.track = any(%s::int[])"
)
_SITES = (
    "with taken as (insert into change (name, n) values ('live', 1)"
    " on conflict (name) do update set n = change.n + 1 returning n)"
    " select taken.n, s.* from taken left join site_state s on s.site_id = any(%s::int[])"
)
_STREAMS = (
    "select s.* from unnest(%s::text[], %s::text[]) as u (site, boot)"
    " join stream s on s.site = u.site and s.boot = u.boot"
)
_WALK = 288
"""Slots read at once on a walk forward: a day."""


@cache
def translated(sql: str) -> str:
    """Our constant texts have `?` for a value, as SQLite has; psycopg wants `%s`. Each text once."""
    return sql.replace("%", "%%").replace("?", "%s")


_STEPS = (
    "select kind, at, seq, form, key, id, a, b from event"
    " where slot = %(slot)s and area_id = %(area)s and key >= %(keys)s and key < %(end_keys)s"
)


class PostgresqlStore:
    """See `ingest.store.Store`."""

    def __init__(self, connection: Connection) -> None:
        self._raw: Any = connection.connection.driver_connection
        self._few = False

    @contextmanager
    def together(self, events: int) -> Iterator[None]:
        self._few = events <= FEW
        try:
            with self._sharing_trips() if self._few else nullcontext():
                yield
        finally:
            self._few = False

    def _sharing_trips(self) -> Any:
        """Inside, a statement waits for its answer only when somebody asks for it. COPY does not go inside."""
        return self._raw.pipeline()

    def next_change(self, name: str) -> int:
        taken = self._raw.execute(
            "insert into change (name, n) values (%s, 1) on conflict (name) do update set n = change.n + 1 returning n",
            (name,),
        ).fetchone()
        return int(taken[0])

    def registry_number(self) -> int:
        found = self._raw.execute("select n from change where name = 'registry'").fetchone()
        return int(found[0]) if found else 0

    def digests(self, identities: Sequence[Identity]) -> dict[Identity, int]:
        if not identities:
            return {}
        keys, sites = [key for key, _ in identities], [site for _, site in identities]
        found = self._raw.execute(_DIGESTS, (keys, sites, min(keys), max(keys)))
        return {(key, site): digest for key, site, digest in found}

    def insert_events(self, rows: Sequence[EventRow]) -> set[Identity]:
        return set(self._save(EVENT, rows).fetchall())

    def _save(self, way: Way, rows: Iterable[msgspec.Struct]) -> Any:
        if self._few:
            return self._raw.execute(way.few, (msgspec.json.encode(list(rows)).decode(),))
        cursor = self._raw.cursor()
        cursor.execute(way.stage)
        with cursor.copy(way.copy) as target:
            for row in rows:
                target.write_row(astuple(row))
        return cursor.execute(way.many)

    def heads(self, tracks: Sequence[int]) -> dict[int, Head]:
        found = self._raw.execute(
            "select track, signed, last_at, own, received_at from head_count where track = any(%s::int[])",
            (list(tracks),),
        )
        return {row[0]: Head(*row) for row in found}

    def open_tracks(self, tracks: Sequence[int]) -> dict[int, tuple[Head, SlotFold | None]]:
        found = self._raw.execute(_OPEN, (SLOT_US, list(tracks))).fetchall()
        return {row[0]: (Head(*row[:5]), None if row[5] is None else SlotFold(*row[5:])) for row in found}

    def save_heads(self, heads: Iterable[Head]) -> None:
        self._save(HEAD, heads)

    def slots_from(self, track: int, slot: int) -> Iterator[SlotFold]:
        """By the day: most walks end within one."""
        while True:
            found = self._raw.execute(
                "select * from slot where track = %s and slot >= %s order by slot limit %s", (track, slot, _WALK)
            ).fetchall()
            for row in found:
                yield SlotFold(*row)
            if len(found) < _WALK:
                return
            slot = found[-1][1] + 1

    def slot_before(self, track: int, slot: int) -> SlotFold | None:
        row = self._raw.execute(
            "select * from slot where track = %s and slot < %s order by slot desc limit 1", (track, slot)
        ).fetchone()
        return SlotFold(*row) if row else None

    def save_slots(self, slots: Iterable[SlotFold]) -> None:
        self._save(SLOT, slots)

    def steps(self, area_id: int, basis: int, slot: int, events: int) -> list[Step]:
        start = slot * SLOT_US
        about = self._steps(area_id, basis, slot, keys_around(start, start + SLOT_US))
        return about if len(about) >= events else self._steps(area_id, basis, slot, ALL_KEYS)

    def _steps(self, area_id: int, basis: int, slot: int, keys: dict[str, bytes]) -> list[Step]:
        found = self._raw.execute(_STEPS, {"slot": slot, "area": area_id, **keys})
        return sorted(
            step_of(kind, at, seq, sender_id(form, key, id_).encode(), a, b)
            for kind, at, seq, form, key, id_, a, b in found
            if kind in COUNTING and basis in bases_of(kind, b)
        )

    def add_minutes(self, rows: Iterable[tuple[int, ...]]) -> None:
        self._unnest(_MINUTES, rows)

    def _unnest(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        columns = [list(column) for column in zip(*rows, strict=True)]
        if columns:
            self._raw.execute(sql, columns)

    def changed_sites(self, sites: Sequence[int]) -> tuple[int, dict[int, SiteLine]]:
        found = self._raw.execute(_SITES, (list(sites),)).fetchall()
        return int(found[0][0]), {row[1]: SiteLine(*row[1:]) for row in found if row[1] is not None}

    def save_site_lines(self, lines: Iterable[SiteLine]) -> None:
        self._save(SITE, lines)

    def stream_lines(self, outboxes: Sequence[tuple[str, str]]) -> dict[tuple[str, str], StreamLine]:
        if not outboxes:
            return {}
        found = self._raw.execute(_STREAMS, ([site for site, _ in outboxes], [boot for _, boot in outboxes]))
        return {(row[0], row[1]): StreamLine(*row) for row in found}

    def save_stream_lines(self, lines: Iterable[StreamLine]) -> None:
        self._save(STREAM, lines)

    def reject(self, rows: Sequence[RejectedRow]) -> None:
        texts = ((_text(r.site), _text(r.topic), r.received_at, r.received_at, r.reason, _text(r.detail)) for r in rows)
        rest = (r[5:] for r in rows)
        self._raw.cursor().executemany(_REJECTED, [(*text, *more) for text, more in zip(texts, rest, strict=True)])

    def add_tallies(self, rows: Iterable[tuple[str, int, str, int]]) -> None:
        self._unnest(_TALLIES, rows)

    def card_entries(
        self, asked: Sequence[tuple[int, int, Instant, Instant, Instant, Instant]]
    ) -> list[tuple[int, int, Instant, int]]:
        columns = [list(column) for column in zip(*asked, strict=True)]
        return list(self._raw.execute(_CARD_ENTRIES, columns).fetchall())

    def touch_days(self, rows: Iterable[tuple[int, str]], now: Instant) -> None:
        self._unnest(_TOUCHED, ((site_id, day, now, now) for site_id, day in rows))

    def devices_heard(self, rows: Sequence[tuple[Instant, int]], now: Instant) -> None:
        self._raw.execute(_DEVICE_HEARD, ([at for at, _ in rows], [id_ for _, id_ in rows], now))

    def devices_said(self, rows: Sequence[DeviceSaid]) -> None:
        """A statement takes a device's row once, so its second one has to wait for the next."""
        while rows:
            first = {one.device_id: one for one in reversed(rows)}
            self._unnest(_DEVICE_SAID, [first[id_] for id_ in sorted(first)])
            rows = [one for one in rows if first[one.device_id] is not one]

    def rows(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        return list(self._raw.execute(translated(sql), values).fetchall())

    def each(self, sql: str, values: Sequence[Sequence[Any]]) -> list[list[tuple[Any, ...]]]:
        if not values:
            return []
        with nullcontext() if self._few else self._sharing_trips():
            asked = [self._raw.execute(translated(sql), row) for row in values]
            return [list(one.fetchall()) for one in asked]

    def write(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        self._raw.cursor().executemany(translated(sql), rows)


def _text(said: str) -> str:
    """PostgreSQL's text has no NUL, and no half of a surrogate pair; the bytes beside it are kept as they came."""
    return said.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
