"""The tables of quality, quarantine and services as CSV."""

from dataclasses import astuple, fields
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from contract import is_site
from dashboard.access import Viewer
from dashboard.bytes_shown import shown
from dashboard.csv_table import csv_file, csv_text, table_file, told
from dashboard.guarded import House
from dashboard.problems import Problem
from dashboard.quality_filter import Filter, chosen
from dashboard.quality_rows import QualityRow, RejectedRow, UnknownDevice, UnknownSite
from dashboard.queries.quality import quality, rejected_of
from dashboard.queries.quarantine import unknown_devices, unknown_sites
from dashboard.queries.services_now import services_now
from dashboard.service_rows import PlanCell, Question, ServiceLine, ServiceMoved
from models.database import read_only

QUALITY = (
    "site", "name_zh", "name_en", "street", "kind", "grade", "why", "state", "heard_at", "events_last_hour", "lag_p95_s",
    "rejected", "duplicates", "missing", "lost", "clock_offset_ms", "negative_areas", "automatic_pct",
)  # fmt: skip
REJECTED = ("id", "site", "topic", "received_at", "last_at", "times", "index", "reason", "detail", "length", "bytes")
PLAN = ("site", *(one.name for one in fields(PlanCell)))
SERVICES = ("state", "site", "name_zh", "name_en", "street", "type", "due_at", "started_at", "minutes")
REJECTED_MOST = 5000

router = APIRouter(prefix="/export", include_in_schema=False)


def _viewer(request: Request) -> tuple[House, Viewer]:
    viewer: Viewer = request.state.viewer
    if not viewer.may("quality.read"):
        raise Problem(403, "not for this role")
    return request.app.state.house, viewer


@router.get("/quality.csv")
def quality_csv(request: Request, street: str = "", grade: str = "", q: str = "") -> Response:
    here, viewer = _viewer(request)
    with read_only(here.engine) as connection:
        rows = quality(connection, viewer, here.clock.now(), here.rules, here.limits)
    return csv_file("quality", csv_text(QUALITY, map(_quality, chosen(rows, Filter(street, grade, q)))))


def _quality(row: QualityRow) -> list[Any]:
    lag = row.lag_p95_s
    return [
        row.site, row.name_zh, row.name_en, row.street, row.kind, row.grade, row.why, row.state, told(row.heard_at),
        row.events, None if lag is None else "over 600" if lag == float("inf") else round(lag, 1),
        "; ".join(f"{reason} {n}" for reason, n in row.rejected), row.duplicates, row.missing, row.lost,
        row.clock_offset_ms, " ".join(row.negative), None if row.automatic is None else round(row.automatic * 100),
    ]  # fmt: skip


@router.get("/rejected.csv")
def rejected_csv(request: Request, site: str) -> Response:
    here, viewer = _viewer(request)
    if not is_site(site):
        raise Problem(404, "no such site")
    with read_only(here.engine) as connection:
        rows = rejected_of(connection, viewer, site, most=REJECTED_MOST)
    return csv_file(f"rejected-{site}", csv_text(REJECTED, map(_rejected, rows)))


def _rejected(row: RejectedRow) -> list[Any]:
    times = (told(row.received_at), told(row.last_at), row.times)
    content = "" if row.content is None else shown(row.content, 4096)
    return [row.id, row.site, row.topic, *times, row.index, row.reason, row.detail, row.length, content]


@router.get("/unknown-sites.csv")
def unknown_sites_csv(request: Request) -> Response:
    here, viewer = _viewer(request)
    with read_only(here.engine) as connection:
        return table_file("unknown-sites", UnknownSite, unknown_sites(connection, viewer))


@router.get("/unknown-devices.csv")
def unknown_devices_csv(request: Request) -> Response:
    here, viewer = _viewer(request)
    with read_only(here.engine) as connection:
        return table_file("unknown-devices", UnknownDevice, unknown_devices(connection, viewer, here.clock.now()))


@router.get("/services.csv")
def services_csv(request: Request, street: str = "", type: str = "", state: str = "") -> Response:
    """What the page of services lists, filtered by the same address."""
    here: House = request.app.state.house
    with read_only(here.engine) as connection:
        frame = services_now(connection, request.state.viewer, here.clock.now(), here.rules)
    wanted = {"street": street, "type": type, "state": state}
    rows = [one for one in frame.lines if all(not want or getattr(one, name) == want for name, want in wanted.items())]
    return csv_file("services", csv_text(SERVICES, map(_service, rows)))


@router.get("/plan.csv")
def plan_csv(request: Request, street: str = "", type: str = "") -> Response:
    """Today's plan against what is done, a row for each type in each street; then each provider, whose types are together."""
    here: House = request.app.state.house
    with read_only(here.engine) as connection:
        frame = services_now(connection, request.state.viewer, here.clock.now(), here.rules, asked=())
    cells = [("", one) for one in frame.plan if street in ("", one.street) and type in ("", one.type)]
    whole = [(one.site, one.plan) for one in frame.providers if street in ("", one.plan.street) and not type]
    return csv_file("plan", csv_text(PLAN, ([site, *astuple(cell)] for site, cell in cells + whole)))


@router.get("/questions.csv")
def questions_csv(request: Request) -> Response:
    """What does not fit together today."""
    here: House = request.app.state.house
    with read_only(here.engine) as connection:
        frame = services_now(connection, request.state.viewer, here.clock.now(), here.rules)
    return table_file("questions", Question, frame.questions)


@router.get("/moved.csv")
def moved_csv(request: Request) -> Response:
    """The latest beginnings and ends of services."""
    here: House = request.app.state.house
    with read_only(here.engine) as connection:
        frame = services_now(connection, request.state.viewer, here.clock.now(), here.rules, asked=())
    return table_file("moved", ServiceMoved, frame.moved)


def _service(row: ServiceLine) -> list[Any]:
    times = (told(row.due_at), told(row.started_at), row.minutes)
    return [row.state, row.site, row.name_zh, row.name_en, row.street, row.type, *times]
