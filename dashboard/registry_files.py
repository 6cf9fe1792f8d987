"""The registry as a file that it takes itself."""

import csv
import io

from fastapi import APIRouter, Request
from fastapi.responses import Response

from dashboard.access import Viewer
from dashboard.csv_table import csv_file, csv_text, told
from dashboard.guarded import House
from dashboard.problems import Problem
from dashboard.queries.registry import registry_lines, registry_site
from dashboard.registry_actions import MANAGE
from models.configuration import exported
from models.database import read_only
from models.sheet_cell import as_cell

router = APIRouter(prefix="/export", include_in_schema=False)


@router.get("/registry.csv")
def registry_csv(request: Request) -> Response:
    """It is there to be loaded again: what is written before a cell that could be a formula is taken away on the way back."""
    house: House = request.app.state.house
    viewer: Viewer = request.state.viewer
    if not viewer.may(MANAGE):
        raise Problem(403, "not for this role")
    with read_only(house.engine) as connection:
        lines = registry_lines(connection, viewer, house.clock.now())
    written = io.StringIO()
    if lines:
        out = csv.DictWriter(written, list(lines[0]), lineterminator="\r\n")
        out.writeheader()
        out.writerows({name: as_cell(text) for name, text in line.items()} for line in lines)
    return csv_file("registry", "\ufeff" + written.getvalue())


@router.get("/registry/{site}.csv")
def terms_csv(request: Request, site: str) -> Response:
    """What held of one site since when."""
    house: House = request.app.state.house
    viewer: Viewer = request.state.viewer
    if not viewer.may(MANAGE):
        raise Problem(403, "not for this role")
    with read_only(house.engine) as connection:
        found = registry_site(connection, viewer, site, house.clock.now())
    if found is None:
        raise Problem(404, "no such site")
    rows = [(told(term.since), term.what, term.value) for term in found.terms]
    return csv_file(f"{site}-registry", csv_text(("since", "what", "value"), rows))


@router.get("/configuration.json")
def configuration_json(request: Request) -> Response:
    """For those who answer for the whole district; `python -m ingest places import` takes it."""
    house: House = request.app.state.house
    viewer: Viewer = request.state.viewer
    if not viewer.may(MANAGE) or viewer.scope:
        raise Problem(403, "not for this role")
    with read_only(house.engine) as connection:
        content = exported(connection)
    headers = {"Content-Disposition": 'attachment; filename="configuration.json"'}
    return Response(content, media_type="application/json", headers=headers)
