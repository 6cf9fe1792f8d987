"""The deeds that were asked for as CSV."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from dashboard.access import Viewer
from dashboard.csv_table import table_file
from dashboard.deed_filter import may_read_deeds, sought_of
from dashboard.guarded import House
from dashboard.problems import Problem
from dashboard.queries.deeds import FILE_MOST, DeedRow, deeds
from models.database import read_only

router = APIRouter(prefix="/export", include_in_schema=False)


@router.get("/audit.csv")
def deeds_csv(request: Request) -> Response:
    """`who`, `what`, `subject`, `since`, `until` as on the page."""
    house: House = request.app.state.house
    viewer: Viewer = request.state.viewer
    if not may_read_deeds(viewer):
        raise Problem(403, "not for this role")
    sought = sought_of(dict(request.query_params), house.rules.zone)
    with read_only(house.engine) as connection:
        return table_file("audit", DeedRow, deeds(connection, sought, FILE_MOST))
