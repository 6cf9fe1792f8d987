"""The log of deliveries as CSV."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from dashboard.access import Viewer
from dashboard.csv_table import table_file
from dashboard.guarded import House
from dashboard.problems import Problem
from dashboard.queries.recipients import deliveries
from dashboard.recipient_rows import DeliveryRow
from models.database import read_only

FILE_MOST = 5000

router = APIRouter(prefix="/export", include_in_schema=False)


@router.get("/deliveries.csv")
def deliveries_csv(request: Request) -> Response:
    house: House = request.app.state.house
    viewer: Viewer = request.state.viewer
    if not viewer.may("recipient.manage"):
        raise Problem(403, "not for this role")
    with read_only(house.engine) as connection:
        return table_file("deliveries", DeliveryRow, deliveries(connection, viewer, FILE_MOST))
