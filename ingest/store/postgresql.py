"""The write path on PostgreSQL: rows are copied into a temporary table of the session and go on in one statement.

A round trip costs more here than a row, so whatever a batch touches is read at once and written at once.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from msgspec.structs import astuple
from sqlalchemy import Connection

from ingest.store import EventRow, Head, Identity, RejectedRow, SiteLine, StreamLine
from models.base import Instant
from models.event import sender_id
from models.occupancy import COUNTING, SlotFold, Step, bases_of, step_of

# Rows of a temporary table go with the commit, so a retry finds it empty. `if not exists`: a rollback takes it along.
_STAGE_EVENT = "create temp table if not exists new_event (like event) on commit delete rows"
_COPY_EVENT = "copy new_event from stdin"
_EVENT = "insert into event select * from new_event order by key on conflict (key, site_id) do nothing returning key, site_id"
_STAGE_HEAD = "create temp table if not exists new_head_count (like head_count) on commit delete rows"
_COPY_HEAD = "copy new_head_count from stdin"
_HEAD = (
    "insert into head_count select * from new_head_count order by track on conflict (track) do update set"
    " signed = excluded.signed, last_at = excluded.last_at, own = excluded.own, received_at = excluded.received_at"
)
_STAGE_SLOT = "create temp table if not exists new_slot (like slot) on commit delete rows"
_COPY_SLOT = "copy new_slot from stdin"
_SLOT = (
    "insert into slot select * from new_slot order by track, slot on conflict (track, slot) do update set"
    " opening = excluded.opening, net = excluded.net, low = excluded.low, high = excluded.high,"
    " weight = excluded.weight, fixed_at = excluded.fixed_at, fixed = excluded.fixed, fixed_low = excluded.fixed_low,"
    " fixed_high = excluded.fixed_high, fixed_weight = excluded.fixed_weight, came = excluded.came,"
    " went = excluded.went, events = excluded.events, last_at = excluded.last_at"
)
_STAGE_SITE = "create temp table if not exists new_site_state (like site_state) on commit delete rows"
_COPY_SITE = "copy new_site_state from stdin"
_SITE = (
    "insert into site_state select * from new_site_state order by site_id on conflict (site_id) do update set"
    " changed = excluded.changed, heard_at = excluded.heard_at, event_at = excluded.event_at, online = excluded.online,"
    " boot = excluded.boot, agent = excluded.agent, door = excluded.door, door_at = excluded.door_at,"
    " door_seq = excluded.door_seq, door_id = excluded.door_id"
)
_STAGE_STREAM = "create temp table if not exists new_stream (like stream) on commit delete rows"
_COPY_STREAM = "copy new_stream from stdin"
_STREAM = (
    "insert into stream select * from new_stream order by site, boot on conflict (site, boot) do update set"
    " upto = excluded.upto, highest = excluded.highest, beyond = excluded.beyond, lost = excluded.lost,"
    " received = excluded.received, duplicates = excluded.duplicates, rejected = excluded.rejected,"
    " heard_at = excluded.heard_at"
)
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
_SLOTS = (
    "select s.* from unnest(%s::int[], %s::int[]) as u (track, slot)"
    " join slot s on s.track = u.track and s.slot = u.slot"
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


class PostgresqlStore:
    """See `ingest.store.Store`."""

    def __init__(self, connection: Connection) -> None:
        self._raw: Any = connection.connection.driver_connection

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
        self._stage(_STAGE_EVENT, _COPY_EVENT, map(astuple, rows))
        return set(self._raw.execute(_EVENT).fetchall())

    def _stage(self, make: str, copy: str, rows: Iterable[Sequence[Any]]) -> None:
        cursor = self._raw.cursor()
        cursor.execute(make)
        with cursor.copy(copy) as target:
            for row in rows:
                target.write_row(row)

    def heads(self, tracks: Sequence[int]) -> dict[int, Head]:
        found = self._raw.execute(
            "select track, signed, last_at, own, received_at from head_count where track = any(%s::int[])",
            (list(tracks),),
        )
        return {row[0]: Head(*row) for row in found}

    def save_heads(self, heads: Iterable[Head]) -> None:
        self._stage(_STAGE_HEAD, _COPY_HEAD, map(astuple, heads))
        self._raw.execute(_HEAD)

    def slots(self, wanted: Sequence[tuple[int, int]]) -> dict[tuple[int, int], SlotFold]:
        if not wanted:
            return {}
        found = self._raw.execute(_SLOTS, ([track for track, _ in wanted], [slot for _, slot in wanted]))
        return {(row[0], row[1]): SlotFold(*row) for row in found}

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
        self._stage(_STAGE_SLOT, _COPY_SLOT, map(astuple, slots))
        self._raw.execute(_SLOT)

    def steps(self, area_id: int, basis: int, slot: int) -> list[Step]:
        found = self._raw.execute(
            "select kind, at, seq, form, key, id, a, b from event where slot = %s and area_id = %s", (slot, area_id)
        )
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

    def site_lines(self, sites: Sequence[int]) -> dict[int, SiteLine]:
        found = self._raw.execute("select * from site_state where site_id = any(%s::int[])", (list(sites),))
        return {row[0]: SiteLine(*row) for row in found}

    def save_site_lines(self, lines: Iterable[SiteLine]) -> None:
        self._stage(_STAGE_SITE, _COPY_SITE, map(astuple, lines))
        self._raw.execute(_SITE)

    def stream_lines(self, outboxes: Sequence[tuple[str, str]]) -> dict[tuple[str, str], StreamLine]:
        if not outboxes:
            return {}
        found = self._raw.execute(_STREAMS, ([site for site, _ in outboxes], [boot for _, boot in outboxes]))
        return {(row[0], row[1]): StreamLine(*row) for row in found}

    def save_stream_lines(self, lines: Iterable[StreamLine]) -> None:
        self._stage(_STAGE_STREAM, _COPY_STREAM, map(astuple, lines))
        self._raw.execute(_STREAM)

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

    def sites_numbered(self) -> None:
        self._raw.execute("select setval(pg_get_serial_sequence('site', 'id'), (select max(id) from site))")

    def rows(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        return list(self._raw.execute(translated(sql), values).fetchall())

    def write(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        self._raw.cursor().executemany(translated(sql), rows)


def _text(said: str) -> str:
    """PostgreSQL's text has no NUL, and no half of a surrogate pair; the bytes beside it are kept as they came."""
    return said.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
