"""`python -m ingest places load FILE [--dry-run]`: the registry of sites, written directly in one transaction.

Works with no worker, broker or secret; only the replay of what was quarantined for a new site goes through the inbox.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from clock import Clock
from config import Config
from ingest.places_file import SAY_EVERY, FileRefused, Say, read_places
from ingest.places_known import Plan, Row, plan, read_known
from ingest.store import Store
from ingest.store.choice import store_for
from models.base import Instant
from models.database import DatabaseRefused, check_schema, engine_for, is_transient, read_only, transaction

_BUSY_TIMEOUT_S = 30.0

_QUARANTINED = "select distinct site from rejected where reason = 'unknown_site'"
_PUT_QUARANTINE = (
    "insert into inbox (put_at, source, site, topic, payload, rejected_id)"
    " select ?, 'register', site, topic, bytes, id from rejected"
    " where site = ? and reason = 'unknown_site' and replayable = 1 and replayed_at is null order by last_at, id"
)
_COUNT_QUARANTINE = (
    "select count(*) from rejected"
    " where site = ? and reason = 'unknown_site' and replayable = 1 and replayed_at is null"
)


@dataclass(frozen=True)
class Report:
    """What a load did, or with `dry_run` would do."""

    created: int
    updated: int
    unchanged: int
    streets_created: int
    to_replay: int
    """Quarantined messages of the new sites, put into the inbox."""
    warnings: tuple[str, ...]
    dry_run: bool

    def __str__(self) -> str:
        counts = (
            f"sites: {self.created:,} created, {self.updated:,} updated, {self.unchanged:,} unchanged; "
            f"streets: {self.streets_created:,} created; quarantined messages to be replayed: {self.to_replay:,}"
        )
        return f"nothing written (dry run): {counts}" if self.dry_run else counts


def load(
    engine: Engine,
    path: Path,
    now: Instant,
    dry_run: bool = False,
    zone: str = "Asia/Shanghai",
    say: Say = lambda _line: None,
) -> Report:
    """Register the file's sites.

    `zone` is that of dates in `valid_from`. Raises FileRefused with every wrong line; then nothing is written.
    """
    file = read_places(path.read_bytes(), say)
    while True:
        # Compared outside the writers' lock: with many sites it takes seconds, and the worker would wait for it.
        with read_only(engine) as connection:
            store = store_for(connection)
            number = store.registry_number()
            made = plan(file, read_known(store), now, zone)
            if dry_run or not made.changes_anything:
                return _report(made, sum(_to_replay(store, made).values()), dry_run)
        if len(file.places) >= SAY_EVERY:
            say(f"writing {len(made.created) + made.updated:,} sites")
        with transaction(engine) as connection:
            store = store_for(connection)
            if store.registry_number() == number:
                return _report(made, _write_all(store, made, now), dry_run)


def _report(made: Plan, to_replay: int, dry_run: bool) -> Report:
    return Report(
        created=len(made.created),
        updated=made.updated,
        unchanged=made.unchanged,
        streets_created=len(made.streets),
        to_replay=to_replay,
        warnings=tuple(made.warnings),
        dry_run=dry_run,
    )


def _write_all(store: Store, made: Plan, now: Instant) -> int:
    """Returns how many quarantined messages now wait in the inbox."""
    _write(store, made)
    waiting = _to_replay(store, made)
    if waiting:
        store.write(_PUT_QUARANTINE, [(now, site) for site in waiting])
    store.next_change("registry")
    return sum(waiting.values())


def _write(store: Store, made: Plan) -> None:
    """Streets first: sites point to them."""
    statements: Sequence[tuple[str, list[Row]]] = (
        ("insert into street (code, name_zh, name_en) values (?, ?, ?)", made.streets),
        ("update street set name_zh = ?, name_en = ? where code = ?", made.streets_renamed),
        ("insert into community (code, street, name_zh, name_en) values (?, ?, ?, ?)", made.communities),
        ("update community set street = ?, name_zh = ?, name_en = ? where code = ?", made.communities_changed),
        (
            "insert into site (id, code, name_zh, name_en, kind, street, community, lat, lon, address, phone, count_by,"
            " created_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            made.sites,
        ),
        (
            "update site set name_zh = ?, name_en = ?, kind = ?, street = ?, community = ?, lat = ?, lon = ?, address = ?,"
            " phone = ?, count_by = ? where id = ?",
            made.sites_changed,
        ),
        (
            # The worker may have added it since it was looked for.
            "insert into area (site_id, code, count_by) values (?, ?, ?)"
            " on conflict (site_id, code) do update set count_by = excluded.count_by",
            made.areas,
        ),
        ("update area set count_by = ? where site_id = ? and code = ?", made.areas_changed),
        (
            "insert into capacity (site_id, area, valid_from, persons) values (?, ?, ?, ?)"
            " on conflict (site_id, area, valid_from) do update set persons = excluded.persons",
            made.capacity,
        ),
        (
            "insert into opening_hours (site_id, valid_from, rule) values (?, ?, ?)"
            " on conflict (site_id, valid_from) do update set rule = excluded.rule",
            made.hours,
        ),
    )
    for statement, rows in statements:
        if rows:
            store.write(statement, rows)
    if made.sites:
        store.sites_numbered()


def _to_replay(store: Store, made: Plan) -> dict[str, int]:
    """How many quarantined messages each new site has."""
    quarantined = {site for (site,) in store.rows(_QUARANTINED, ())} if made.created else set()
    counted = {site: store.rows(_COUNT_QUARANTINE, (site,))[0][0] for site in made.created if site in quarantined}
    return {site: n for site, n in counted.items() if n}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="action", dest="action")
    loading = actions.add_parser("load", help="register or update the sites of a CSV or GeoJSON file")
    loading.add_argument("file", type=Path, metavar="FILE")
    loading.add_argument("--dry-run", action="store_true", help="check and count, write nothing")


def run(arguments: argparse.Namespace, cfg: Config) -> int:
    """0 loaded; 1 with every wrong line on standard error."""
    engine = engine_for(cfg.database.url, _BUSY_TIMEOUT_S, cfg.database.cache_mib)
    check_schema(engine)
    now = Clock(cfg.clock.offset_s).now()
    try:
        report = load(engine, arguments.file, now, arguments.dry_run, cfg.time.zone, _say)
    except FileRefused as refusal:
        sys.stderr.write(f"{refusal}\n{arguments.file}: {len(refusal.wrong):,} wrong, nothing was written\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{arguments.file}: cannot be read ({error.strerror})\n")
        return 1
    except Exception as error:
        if is_transient(error):
            raise DatabaseRefused(
                f"the database did not take the registry, nothing was written: {error.__cause__}"
            ) from error
        raise
    for warning in report.warnings:
        _say(f"warning: {warning}")
    sys.stdout.write(f"{report}\n")
    return 0


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
