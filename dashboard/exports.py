"""Tables as CSV for spreadsheets: a byte order mark so that Chinese is read, and no cell that could run as a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from contract import format_instant, is_site
from dashboard.access import Viewer
from dashboard.bytes_shown import shown
from dashboard.guarded import House
from dashboard.problems import Problem
from dashboard.quality_filter import SEES_QUALITY, Filter, chosen
from dashboard.quality_rows import QualityRow, RejectedRow
from dashboard.queries.quality import quality, rejected_of
from dashboard.queries.services_now import services_now
from dashboard.service_rows import ServiceLine
from models.base import Instant
from models.database import read_only

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
QUALITY = (
    "site", "name_zh", "name_en", "street", "kind", "grade", "why", "state", "heard_at", "events_last_hour", "lag_p95_s",
    "rejected", "duplicates", "missing", "lost", "clock_offset_ms", "negative_areas", "automatic_pct",
)  # fmt: skip
REJECTED = ("id", "site", "topic", "received_at", "last_at", "times", "index", "reason", "detail", "length", "bytes")
SERVICES = ("state", "site", "name_zh", "name_en", "street", "type", "due_at", "started_at", "minutes")
REJECTED_MOST = 5000

router = APIRouter(prefix="/export", include_in_schema=False)


def csv_text(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    written = io.StringIO()
    out = csv.writer(written, lineterminator="\r\n")
    out.writerow(heads)
    out.writerows([_cell(value) for value in row] for row in rows)
    return "\ufeff" + written.getvalue()


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets an apostrophe; a number stays one."""
    if isinstance(value, str) and value.startswith(FORMULA):
        return "'" + value
    return "" if value is None else value


def _file(name: str, text: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(text.encode(), media_type="text/csv; charset=utf-8", headers=headers)


def _viewer(request: Request) -> tuple[House, Viewer]:
    viewer: Viewer = request.state.viewer
    if not viewer.may(*SEES_QUALITY):
        raise Problem(403, "not for this role")
    return request.app.state.house, viewer


def _told(at: Instant | None) -> str | None:
    return None if at is None else format_instant(at)


@router.get("/quality.csv")
def quality_csv(request: Request, street: str = "", grade: str = "", q: str = "") -> Response:
    here, viewer = _viewer(request)
    with read_only(here.engine) as connection:
        rows = quality(connection, viewer, here.clock.now(), here.rules, here.limits)
    return _file("quality", csv_text(QUALITY, map(_quality, chosen(rows, Filter(street, grade, q)))))


def _quality(row: QualityRow) -> list[Any]:
    lag = row.lag_p95_s
    return [
        row.site, row.name_zh, row.name_en, row.street, row.kind, row.grade, row.why, row.state, _told(row.heard_at),
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
    return _file(f"rejected-{site}", csv_text(REJECTED, map(_rejected, rows)))


def _rejected(row: RejectedRow) -> list[Any]:
    times = (_told(row.received_at), _told(row.last_at), row.times)
    content = "" if row.content is None else shown(row.content, 4096)
    return [row.id, row.site, row.topic, *times, row.index, row.reason, row.detail, row.length, content]


@router.get("/services.csv")
def services_csv(request: Request, street: str = "", type: str = "", state: str = "") -> Response:
    """What the page of services lists, filtered by the same address."""
    here: House = request.app.state.house
    with read_only(here.engine) as connection:
        frame = services_now(connection, request.state.viewer, here.clock.now(), here.rules)
    wanted = {"street": street, "type": type, "state": state}
    rows = [one for one in frame.lines if all(not want or getattr(one, name) == want for name, want in wanted.items())]
    return _file("services", csv_text(SERVICES, map(_service, rows)))


def _service(row: ServiceLine) -> list[Any]:
    times = (_told(row.due_at), _told(row.started_at), row.minutes)
    return [row.state, row.site, row.name_zh, row.name_en, row.street, row.type, *times]
