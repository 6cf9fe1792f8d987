"""Who is told of alarms, and the log of deliveries, as CSV."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from dashboard.access import Viewer
from dashboard.csv_table import table_file
from dashboard.guarded import House
from dashboard.problems import Problem
from dashboard.queries.recipients import deliveries, recipients
from dashboard.recipient_rows import DeliveryRow, RecipientRow
from models.database import read_only

FILE_MOST = 5000

router = APIRouter(prefix="/export", include_in_schema=False)


def _here(request: Request) -> tuple[House, Viewer]:
    viewer: Viewer = request.state.viewer
    if not viewer.may("recipient.manage"):
        raise Problem(403, "not for this role")
    return request.app.state.house, viewer


@router.get("/recipients.csv")
def recipients_csv(request: Request) -> Response:
    house, viewer = _here(request)
    with read_only(house.engine) as connection:
        return table_file("recipients", RecipientRow, recipients(connection, viewer))


@router.get("/deliveries.csv")
def deliveries_csv(request: Request) -> Response:
    house, viewer = _here(request)
    with read_only(house.engine) as connection:
        return table_file("deliveries", DeliveryRow, deliveries(connection, viewer, FILE_MOST))
