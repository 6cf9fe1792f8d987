"""The tables of the watching pages as CSV, each filtered by the same address as its page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from contract import is_site
from dashboard.access import Viewer
from dashboard.alarm_rows import AlarmRow, DeskAlarm, ResponseTimes, limit_at
from dashboard.csv_table import csv_file, csv_text, table_file, told
from dashboard.frames.overview import overview_frame
from dashboard.guarded import House
from dashboard.outage_reading import read_outages
from dashboard.picture import Picture
from dashboard.problems import Problem
from dashboard.queries.desk import desk, hers, response_times, settled
from dashboard.queries.outages import Outage
from dashboard.queries.site import site_page
from dashboard.rows import CurvePoint, DeviceRow, ServiceCount, SitePageRows, SiteRow, StreetRow
from models.base import HOUR, Instant
from models.civil_day import day_bounds, day_of
from models.database import read_only

router = APIRouter(prefix="/export", include_in_schema=False)

DAYS_MOST = 366


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A line of the working behind an area's number."""

    area: str
    at: Instant | None
    what: str
    method: str | None
    number: int
    post: str | None
    reason: str | None


def _ledger(page: SitePageRows) -> list[LedgerRow]:
    return [
        LedgerRow(one.area, line.at, line.what, line.method, line.number, line.post, line.reason)
        for one in page.frame.ledgers
        for line in one.lines
    ]


OF_A_SITE: dict[str, tuple[type, Callable[[SitePageRows], Sequence[Any]]]] = {
    "alarms": (AlarmRow, lambda page: page.frame.alarms),
    "curve": (CurvePoint, lambda page: page.today),
    "devices": (DeviceRow, lambda page: page.frame.devices),
    "ledger": (LedgerRow, _ledger),
    "services": (ServiceCount, lambda page: page.frame.services),
}


def _here(request: Request) -> tuple[House, Viewer, Picture]:
    return request.app.state.house, request.state.viewer, request.app.state.feed.picture


@router.get("/sites.csv")
def sites_csv(request: Request, street: str = "", state: str = "", q: str = "") -> Response:
    """What the list of sites shows; `state=alarm` are those with an open alarm."""
    _, viewer, picture = _here(request)
    text = q.strip().lower()
    rows = [
        row
        for row in overview_frame(picture, viewer.scope, 0).sites
        if street in ("", row.street)
        and (state in ("", row.state) or (state == "alarm" and row.open_alarms > 0))
        and any(text in part.lower() for part in (row.name_zh, row.name_en, row.site, row.kind, row.community or ""))
    ]
    return table_file("sites", SiteRow, rows)


@router.get("/streets.csv")
def streets_csv(request: Request) -> Response:
    _, viewer, picture = _here(request)
    return table_file("streets", StreetRow, overview_frame(picture, viewer.scope, picture.version).streets)


@router.get("/curve.csv")
def curve_csv(request: Request) -> Response:
    """Today's curve of all that she sees, by five minutes."""
    house, viewer, _ = _here(request)
    with read_only(house.engine) as connection:
        rows = house.curve_of(connection, viewer, house.clock.now()).today
    return table_file("curve", CurvePoint, rows)


@router.get("/alarms.csv")
def alarms_csv(request: Request, grade: str = "", street: str = "", state: str = "") -> Response:
    """What the desk lists; `state=settled` are those of today, `state=mine` those that wait for whoever asks."""
    house, viewer, _ = _here(request)
    now = house.clock.now()
    with read_only(house.engine) as connection:
        start = day_bounds(day_of(now, house.rules.zone), house.rules.zone)[0]
        listed = hers if state == "mine" else desk
        rows = settled(connection, viewer, start) if state == "settled" else listed(connection, viewer)
    fitting = [
        replace(row, limit_at=limit_at(row, house.rules.deadlines))
        for row in rows
        if grade in ("", str(row.grade)) and street in ("", row.street)
    ]
    return table_file("alarms", DeskAlarm, fitting)


@router.get("/response-times.csv")
def times_csv(request: Request, days: int = 30) -> Response:
    """How soon people answered in the last days, site by site."""
    house, viewer, _ = _here(request)
    if not 1 <= days <= DAYS_MOST:
        raise Problem(400, f"days: 1 to {DAYS_MOST}")
    now = house.clock.now()
    with read_only(house.engine) as connection:
        rows = response_times(connection, viewer, now - days * 24 * HOUR, now + 1, by_site=True)
    return table_file("response-times", ResponseTimes, rows)


@router.get("/outages.csv")
def outages_csv(request: Request, site: str = "", days: str = "") -> Response:
    """What the page of outages lists; a column of notes, each with who made it."""
    house, viewer, _ = _here(request)
    with read_only(house.engine) as connection:
        found = read_outages(connection, viewer, site, days, house.clock.now(), house.rules)
    if found is None:
        raise Problem(404, "no such site")
    heads = ("alarm", "type", "site", "street", "name_zh", "name_en", "began_at", "ended_at", "times", "notes")
    return csv_file("outages", csv_text(heads, map(_outage, found.rows)))


def _outage(r: Outage) -> list[object]:
    place = r.site, r.street, r.name_zh, r.name_en
    notes = " ".join(f"{code}:{author}" for code, author in r.notes)
    return [r.alarm, r.type, *place, told(r.began_at), told(r.ended_at), r.times, notes]


@router.get("/sites/{site}/{what}.csv")
def site_csv(request: Request, site: str, what: str) -> Response:
    house, viewer, _ = _here(request)
    if not is_site(site) or what not in OF_A_SITE:
        raise Problem(404, "no such table")
    with read_only(house.engine) as connection:
        page = site_page(connection, viewer, site, house.clock.now(), house.rules)
    if page is None:
        raise Problem(404, "no such site")
    kind, rows_of = OF_A_SITE[what]
    return table_file(f"{site}-{what}", kind, rows_of(page))
