"""What it costs to look at a year: the year's report and histories of the district, of one street and of one site, each as its
page is made, of many sites that have all their days and hours."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
from dash._utils import to_json
from sqlalchemy import Connection, Engine, insert, text

import config
from bench.databases import Database, database
from bench.events import site_code
from bench.lived import TALLIES
from bench.platform import STREETS, registry_file
from bench.processes import run
from bench.report import Row, most
from bench.sizes import Sizes
from bench.statements import Ledger, listened_to
from dashboard.access import Viewer
from dashboard.history_rows import Asked
from dashboard.parts.history_page import history_cards
from dashboard.parts.report_district import district_sheets
from dashboard.parts.report_rail import report_rail
from dashboard.queries.histories import histories
from dashboard.queries.reports import scope_report
from dashboard.rules import rules_of
from dashboard.words import Speech
from models.base import HOUR
from models.civil_day import day_bounds
from models.database import engine_for, read_only, transaction
from models.day import AreaDay, Beside, summarise
from models.day_blocks import Gear, Meals, Safety, Services, Staff
from models.day_sums import added, sums_of
from models.event import SLOT_US
from models.month_sum import MonthSum, ScopeMonth, scope_months_from_sites
from models.occupancy import SlotFold, Step
from models.period import period_of

ZONE, LIMIT_MS = "Asia/Shanghai", 300.0
FIRST, LAST, BEFORE = date(2026, 1, 1), date(2026, 12, 31), "2025"
STREET = STREETS[0].partition("=")[0]
ALARMS_A_YEAR = 24
"""Of a site, that called somebody."""
SAY = Speech("en")

# Made by the database itself: forty million rows that came through Python would take an hour.
_DAYS = "with recursive one(n) as (select :first union all select n + 1 from one where n + 1 < :until)"
_SITE_HOURS = (
    f"insert into site_hour (site_id, at, last, lowest, highest, person_us, slots, came, went, heard_min) {_DAYS}"
    " select id, n * :hour, 5, 3, 9, 18000000000, 12, 7, 7, 60 from one, site"
)
_SCOPE_HOURS = (
    f"insert into scope_hour (scope, at, last, person_us, came, went, heard_min, heard, sites) {_DAYS}"
    " select :scope, n * :hour, 5, 18000000000, 7, 7, 60, :sites, :sites from one"
)
_SITE_DAYS = (
    "insert into site_day (site_id, day, version, made_at, summary, changes, why)"
    " select id, :day, 1, 0, :summary, '[]', 'first' from site"
)
_UP = "insert into availability_day (site_id, day, expected_min, up_min) select id, :day, 720, 700 from site"
_ALARMS = (
    "insert into alarm (site_id, cause, type, subject, grade, numbers, holds, open, late, times, raised_at, received_at,"
    " opened_at, state, level, acknowledged_at, settled_at)"
    " select id, :cause, 'OVERCAP', '', 2, '[]', 0, 0, 0, 1, at, at, at, 'closed', 0, at + 60000000, at + 900000000"
    " from (select id, :at + cast(id as bigint) * 1000000 as at from site) rung"
)
_STEPS = (
    "insert into transition (alarm_id, at, step, state, author, level, tell)"
    " select id, opened_at + 300000000, 'on_site', 'on_site', 'duty-1', 0, 0 from alarm"
)


def years(sizes: Sizes) -> list[Row]:
    rows = []
    for sites in sizes.both:
        with _district(sizes, sites) as (engine, ledger, now):
            rows += [_timed(engine, ledger, page, now, f"{sites:,} sites", sizes.asks) for page in PAGES]
    return rows


@contextmanager
def _district(sizes: Sizes, sites: int) -> Iterator[tuple[Engine, Ledger, int]]:
    with (
        tempfile.TemporaryDirectory(prefix="eldercare-bench-", dir=os.environ.get("BENCH_FOLDER")) as folder,
        database(sizes.database, Path(folder)) as its_database,
    ):
        given = {"ELDERCARE_DATABASE_URL": its_database.url}
        run(Path(folder), given, "ingest", "migrate")
        run(Path(folder), given, "ingest", "places", "load", str(registry_file(Path(folder), sites)))
        _live_through(its_database, sites, min(sizes.year_days, (LAST - FIRST).days))
        engine = engine_for(its_database.url)
        ledger = listened_to(engine)
        yield engine, ledger, day_bounds(LAST, ZONE)[0] + 16 * HOUR
        engine.dispose()


# -- a year that has been lived -----------------------------------------------------------------------------------------------


def _live_through(its_database: Database, sites: int, days: int) -> None:
    """The last so many days of the year but its very last, which runs."""
    engine = engine_for(its_database.url)
    lived = [LAST - timedelta(days=n) for n in range(days, 0, -1)]
    summary = _a_day()
    stored = msgspec.json.encode(summary).decode()
    for day in lived:
        start, end = day_bounds(day, ZONE)
        hours = {"first": start // HOUR, "until": end // HOUR, "hour": HOUR}
        with transaction(engine) as connection:
            connection.execute(text(_SITE_DAYS), {"day": day.isoformat(), "summary": stored})
            connection.execute(text(_UP), {"day": day.isoformat()})
            connection.execute(text(_SITE_HOURS), hours)
            for scope in ("", *(f"street:{street.partition('=')[0]}" for street in STREETS)):
                connection.execute(text(_SCOPE_HOURS), hours | {"scope": scope, "sites": sites})
    with transaction(engine) as connection:
        # A site that came during the year is one of the awkward ones, so they were all there before it.
        connection.execute(text("update site set created_at = 0"))
        for n in range(ALARMS_A_YEAR):
            at = day_bounds(lived[n * days // ALARMS_A_YEAR], ZONE)[0] + 9 * HOUR
            connection.execute(text(_ALARMS), {"cause": f"bench/{n}", "at": at})
        connection.execute(text(_STEPS))
    _sum_up(engine, [day.isoformat() for day in lived])
    engine.dispose()


def _a_day() -> Any:
    """Of a site that has something of everything."""
    start, end = day_bounds(FIRST, ZONE)
    slots = [
        SlotFold(2, slot, opening=5) for slot in range((start + 7 * HOUR) // SLOT_US, (start + 19 * HOUR) // SLOT_US)
    ]
    for slot in slots:
        slot.append(Step(slot.start, 0, b"", None, 2, 1))
    beside = Beside(60, 720, dict.fromkeys(TALLIES, 20), frozenset(slot.slot for slot in slots))
    types = dict.fromkeys(("ML.DI", "BA.HM", "RH.TR", "VC.HM", "BA.ST", "HL.MN"), (4, 3, 1, 1))
    return replace(
        summarise(FIRST.isoformat(), start, end, [AreaDay(5, slots).spans(start, end)], beside),
        meals=Meals(40, 2, 38, 36, 2, 20, 10, 6, 30, 28, 20, 36, 64_800, 10_000),
        services=Services(24, 22, 20, 0, 2, 18, 1, 1, 0, 1, 20, 60_000, types, 1),
        safety=Safety(2, {"OVERCAP": 1, "FALL": 1}, (1, 1, 0, 0), 0, 1, {"OVERCAP": 1}, 2, 60_000_000, 90_000_000),
        gear=Gear(720, 700, (), 3, 0, 900, 20, timed=900, over=(30, 10, 5, 3)),
        staff=Staff({"care": 4}, 100 * HOUR, ()),
    )


def _sum_up(engine: Engine, days: list[str]) -> None:
    """As the clock keeps them: each site's months and years, the scopes' months."""
    one = sums_of(_a_day())
    by_month = {month: sum(day[:7] == month for day in days) for month in sorted({day[:7] for day in days})}
    kept = {month: added([one] * n) for month, n in by_month.items()}
    kept |= {"2026": added(list(kept.values())), BEFORE: added([one] * 365)}
    kept |= {f"{BEFORE}-{month:02}": added([one] * 30) for month in range(1, 13)}
    with transaction(engine) as connection:
        sites = list(connection.execute(text("select id from site")).scalars())
        for name, sums in kept.items():
            written = msgspec.json.encode(sums).decode()
            rows = [{"month": name, "site_id": site, "made_at": 0, "sums": written} for site in sites]
            connection.execute(insert(MonthSum), rows)
    for name in [name for name in kept if len(name) == len("2026-11")]:
        with transaction(engine) as connection:
            connection.execute(insert(ScopeMonth), scope_months_from_sites(connection, name))


# -- the pages -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Page:
    what: str
    ask: Callable[[Connection, int], Any]
    """The rows of the page."""
    made: Callable[[Any], Any]
    """What is sent."""


def _report(viewer: Viewer, street: str = "") -> Callable[[Connection, int], Any]:
    rules = rules_of(config.load(environ={}))
    return lambda connection, now: scope_report(connection, viewer, street, _period("2026"), now, rules)


def _period(name: str) -> Any:
    return period_of(name)


def _history(of: str, step: str, days: int = 365) -> Callable[[Connection, int], Any]:
    rules, viewer = rules_of(config.load(environ={})), Viewer("bench", "district", "")
    asked = Asked(of, LAST - timedelta(days=days - 1), LAST, step)
    return lambda connection, now: histories(connection, viewer, asked, now, rules)


def _sheets(rows: Any) -> Any:
    return [*district_sheets(SAY, rows, ZONE, False), report_rail(SAY, rows)]


def _cards(rows: Any) -> Any:
    return history_cards(SAY, rows, ZONE)


_DISTRICT = Viewer("bench", "district", "")
_SITE = site_code(0)
PAGES = (
    Page("year's report, district", _report(_DISTRICT), _sheets),
    Page("year's report, a street", _report(_DISTRICT, STREET), _sheets),
    Page("year's report, one site", _report(Viewer("bench", "site", f"site:{_SITE}")), _sheets),
    Page("a year by day, district", _history("", "day"), _cards),
    Page("a year by day, a street", _history(f"street:{STREET}", "day"), _cards),
    Page("a year by day, one site", _history(f"site:{_SITE}", "day"), _cards),
    Page("a year by hour, district", _history("", "hour"), _cards),
    Page("a year by hour, one site", _history(f"site:{_SITE}", "hour"), _cards),
    Page("four weeks by hour, district", _history("", "hour", 28), _cards),
    Page("four weeks by hour, one site", _history(f"site:{_SITE}", "hour", 28), _cards),
)


def _timed(engine: Engine, ledger: Ledger, page: Page, now: int, where: str, times: int) -> Row:
    looks = [_look(engine, ledger, page, now) for _ in range(times + 1)][1:]
    longest = max(looks[-1][3], key=lambda one: one.ms)
    note = f"of it the rows {looks[-1][1]:.0f}; the longest statement {longest.ms:.0f}: {longest.tables}"
    note += f"; sent {looks[-1][2] / 1000:,.0f} kB"
    return Row(f"{where}: {page.what}", "ms", tuple(look[0] for look in looks), most(LIMIT_MS), note)


def _look(engine: Engine, ledger: Ledger, page: Page, now: int) -> tuple[float, float, int, list[Any]]:
    """Processor time of the whole page and of its rows in ms, what is sent in bytes, and the statements."""
    with read_only(engine) as connection:
        ledger.emptied()
        began = time.thread_time()
        rows = page.ask(connection, now)
        asked = time.thread_time()
        statements = ledger.emptied()
    sent = len(to_json(page.made(rows)).encode())
    served = sum(one.server_ms for one in statements)
    rows_ms = (asked - began) * 1000 + served
    return rows_ms + (time.thread_time() - asked) * 1000, rows_ms, sent, statements
