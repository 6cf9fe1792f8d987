"""The registry of sites, written directly in one transaction; what was quarantined for a new site goes through the inbox."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, TextClause, func, select, text

from models.base import Instant
from models.change import registry_changed, registry_number
from models.database import read_only, transaction
from models.day_begin import DayBegins
from models.event import Rejected
from models.place_file import SAY_EVERY, FileRefused, PlacesFile, Say
from models.place_plan import Notice, Plan, Row, first_taken, foreign, plan, read_known, seen_from


class _Write(NamedTuple):
    """`rows` names the list of a plan; `columns` what its rows hold, in their order."""

    rows: str
    statement: TextClause
    columns: tuple[str, ...]


_TERM = ("name_zh", "name_en", "street", "community")
_REST = ("kind", "lat", "lon", "address", "phone", "count_by")
_WRITES = (
    _Write(
        "streets",
        text("insert into street (code, name_zh, name_en) values (:code, :name_zh, :name_en)"),
        ("code", "name_zh", "name_en"),
    ),
    _Write(
        "streets_renamed",
        text("update street set name_zh = :name_zh, name_en = :name_en where code = :code"),
        ("name_zh", "name_en", "code"),
    ),
    _Write(
        "communities",
        text("insert into community (code, street, name_zh, name_en) values (:code, :street, :name_zh, :name_en)"),
        ("code", "street", "name_zh", "name_en"),
    ),
    _Write(
        "communities_changed",
        text("update community set street = :street, name_zh = :name_zh, name_en = :name_en where code = :code"),
        ("street", "name_zh", "name_en", "code"),
    ),
    _Write(
        "sites",
        text(
            "insert into site (id, name_zh, name_en, street, community, code, kind, lat, lon, address, phone, count_by,"
            " created_at) values (:id, :name_zh, :name_en, :street, :community, :code, :kind, :lat, :lon, :address,"
            " :phone, :count_by, :created_at)"
        ),
        ("id", *_TERM, "code", *_REST, "created_at"),
    ),
    _Write(
        "sites_changed",
        text(
            "update site set name_zh = :name_zh, name_en = :name_en, street = :street, community = :community,"
            " kind = :kind, lat = :lat, lon = :lon, address = :address, phone = :phone, count_by = :count_by"
            " where id = :id"
        ),
        (*_TERM, *_REST, "id"),
    ),
    _Write(
        "terms",
        text(
            "insert into site_term (site_id, valid_from, name_zh, name_en, street, community)"
            " values (:site_id, :valid_from, :name_zh, :name_en, :street, :community)"
            " on conflict (site_id, valid_from) do update set name_zh = excluded.name_zh, name_en = excluded.name_en,"
            " street = excluded.street, community = excluded.community"
        ),
        ("site_id", "valid_from", *_TERM),
    ),
    _Write(
        # The worker may have added it since it was looked for; so with devices.
        "areas",
        text(
            "insert into area (site_id, code, count_by) values (:site_id, :code, :count_by)"
            " on conflict (site_id, code) do update set count_by = excluded.count_by"
        ),
        ("site_id", "code", "count_by"),
    ),
    _Write(
        "areas_changed",
        text("update area set count_by = :count_by where site_id = :site_id and code = :code"),
        ("count_by", "site_id", "code"),
    ),
    _Write(
        "devices",
        text(
            "insert into device (site_id, code, new, since) values (:site_id, :code, 0, :since)"
            " on conflict (site_id, code) do nothing"
        ),
        ("site_id", "code", "since"),
    ),
    _Write(
        "capacity",
        text(
            "insert into capacity (site_id, area, valid_from, persons) values (:site_id, :area, :valid_from, :persons)"
            " on conflict (site_id, area, valid_from) do update set persons = excluded.persons"
        ),
        ("site_id", "area", "valid_from", "persons"),
    ),
    _Write(
        "hours",
        text(
            "insert into opening_hours (site_id, valid_from, rule) values (:site_id, :valid_from, :rule)"
            " on conflict (site_id, valid_from) do update set rule = excluded.rule"
        ),
        ("site_id", "valid_from", "rule"),
    ),
    _Write(
        "day_begins",
        text("insert into day_begin (site_id, from_day, minutes) values (:site_id, :from_day, :minutes)"),
        ("site_id", "from_day", "minutes"),
    ),
)
"""In their order: sites point to streets, everything else to sites."""

_PUT_QUARANTINE = text(
    "insert into inbox (put_at, source, site, topic, payload, rejected_id)"
    " select :now, 'register', site, topic, bytes, id from rejected"
    " where site = :site and reason = 'unknown_site' and replayable = 1 and replayed_at is null order by last_at, id"
)
_NUMBER_ON = text("select setval(pg_get_serial_sequence('site', 'id'), (select max(id) from site))")
Also = Callable[[Connection, Plan], Any]


@dataclass(frozen=True)
class Report:
    """What a load did, or with `dry_run` would do."""

    created: int
    updated: int
    unchanged: int
    streets_created: int
    to_replay: int
    """Quarantined messages of the new sites, put into the inbox."""
    warnings: tuple[Notice, ...]
    dry_run: bool
    made: Plan

    def __str__(self) -> str:
        counts = (
            f"sites: {self.created:,} created, {self.updated:,} updated, {self.unchanged:,} unchanged; "
            f"streets: {self.streets_created:,} created; quarantined messages to be replayed: {self.to_replay:,}"
        )
        return f"nothing written (dry run): {counts}" if self.dry_run else counts


def load_places(
    engine: Engine,
    file: PlacesFile,
    now: Instant,
    zone: str,
    day_begins: DayBegins,
    *,
    dry_run: bool = False,
    street: str | None = None,
    also: Also = lambda _connection, _made: None,
    say: Say = lambda _line: None,
) -> Report:
    """Register the file's sites; `also` is what belongs into the same transaction. `zone` is that of its dates,
    `day_begins` when the days of new sites begin.

    Raises FileRefused where a `street` is given and a line is not of that street; then nothing is written. Of codes that
    another street has it says so only where something is to be written, and of one: a dry run of guesses tells nothing.
    """
    while True:
        # Compared outside the writers' lock: with many sites it takes seconds, and the worker would wait for it.
        with read_only(engine) as connection:
            number = registry_number(connection)
            known = read_known(connection)
            seen = known if street is None else seen_from(known, street, now)
            if street is not None and (wrong := foreign(file, seen, street)):
                raise FileRefused(wrong)
            made = plan(file, seen, now, zone, day_begins)
            if dry_run or not made.changes_anything:
                return _report(made, sum(_to_replay(connection, made.created).values()), dry_run)
            if taken := first_taken(file, known, seen):
                raise FileRefused([taken])
        if len(file.places) >= SAY_EVERY:
            say(f"writing {len(made.created) + len(made.updated):,} sites")
        with transaction(engine) as connection:
            if registry_number(connection) == number:
                waiting = _write_all(connection, made, now)
                also(connection, made)
                return _report(made, waiting, dry_run)


def _report(made: Plan, to_replay: int, dry_run: bool) -> Report:
    return Report(
        created=len(made.created),
        updated=len(made.updated),
        unchanged=made.unchanged,
        streets_created=len(made.streets),
        to_replay=to_replay,
        warnings=tuple(made.warnings),
        dry_run=dry_run,
        made=made,
    )


def _write_all(connection: Connection, made: Plan, now: Instant) -> int:
    """Returns how many quarantined messages now wait in the inbox."""
    for rows, statement, columns in _WRITES:
        found: list[Row] = getattr(made, rows)
        if found:
            connection.execute(statement, [dict(zip(columns, row, strict=True)) for row in found])
    if made.sites and connection.dialect.name == "postgresql":
        # They came with numbers of their own: the server goes on behind the highest.
        connection.execute(_NUMBER_ON)
    registry_changed(connection)
    return replay_strangers(connection, made.created, now)


def replay_strangers(connection: Connection, sites: Sequence[str], now: Instant) -> int:
    """What was quarantined of sites that are new goes into the inbox, in the caller's transaction; how many messages."""
    waiting = _to_replay(connection, sites)
    for site in waiting:
        connection.execute(_PUT_QUARANTINE, {"now": now, "site": site})
    return sum(waiting.values())


def _to_replay(connection: Connection, sites: Sequence[str]) -> dict[str, int]:
    """How many quarantined messages each new site has."""
    if not sites:
        return {}
    strangers = (Rejected.reason == "unknown_site", Rejected.replayable == 1, Rejected.replayed_at.is_(None))
    counted = connection.execute(select(Rejected.site, func.count()).where(*strangers).group_by(Rejected.site))
    new = set(sites)
    return {site: n for site, n in counted if site in new}
