"""Histories as CSV and XLSX: every point of what the page shows, each with its coverage."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from contract import format_instant
from dashboard.day_files import file_of, house_of, speech_of
from dashboard.history_reading import asked_of_address
from dashboard.history_rows import HistoryPoint, NotAsked, Series
from dashboard.problems import Problem
from dashboard.queries.histories import histories
from dashboard.taken import taken_by
from dashboard.workbook import Cell
from models.civil_day import day_of
from models.database import read_only

router = APIRouter(prefix="/export", include_in_schema=False)
HEADS: list[Cell] = [
    "of",
    "name",
    "start",
    "people",
    "lowest",
    "highest",
    "in",
    "out",
    "coverage",
    "sites_heard",
    "sites",
]


@router.get("/history.{kind}")
def history_file(request: Request, kind: str) -> Response:
    """`/export/history.csv?of=site:d-001&from=2026-11-01&to=2026-11-30&by=day&with=before`."""
    if kind not in ("csv", "xlsx"):
        raise Problem(404, "a file is history.csv or history.xlsx")
    here, say = house_of(request), speech_of(request)
    now = here.clock.now()
    try:
        asked = asked_of_address(request.query_params, day_of(now, here.rules.zone))
        with read_only(here.engine) as connection:
            rows = histories(connection, request.state.viewer, asked, now, here.rules)
    except NotAsked as wrong:
        raise Problem(400, f"this cannot be asked: {wrong}") from wrong
    if rows is None:
        raise Problem(404, "no such place")
    table = [[*HEADS], *(_row(say.language, one, point) for one in rows.series for point in one.points)]
    return file_of(table, f"history-{asked.first}-{asked.last}", kind, say("title.history"), taken_by(request))


def _row(language: str, one: Series, point: HistoryPoint) -> list[Cell]:
    name = one.name_zh if language == "zh" else one.name_en
    values: list[Cell] = [point.people, point.lowest, point.highest, point.came, point.went, point.coverage]
    return [one.scope, name, format_instant(point.at), *values, point.heard, point.sites]
