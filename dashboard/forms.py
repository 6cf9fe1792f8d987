"""What the forms of the pages send. The gate has asked for a session and its token; who may do what, the deed itself asks."""

from collections.abc import Callable
from typing import Any

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response

from clock import real_now
from contract import format_instant
from dashboard.access import Viewer
from dashboard.actions import ActionRefused
from dashboard.guarded import House
from dashboard.inbox import awaited
from dashboard.problems import Problem
from dashboard.site_actions import Correction, correct_count, move_door

router = APIRouter(prefix="/act", include_in_schema=False)

WAIT_S = 10.0
"""How long a person waits for the worker before the page says that it has been kept."""
STATUS = {"404": 404, "403": 403, "code": 400}


class CountForm(msgspec.Struct, forbid_unknown_fields=True):
    area: str
    count: int
    reason: str


class DoorForm(msgspec.Struct, forbid_unknown_fields=True):
    opens: bool
    reason: str


@router.post("/sites/{site}/count")
async def count(request: Request, site: str) -> Response:
    said = _read(await request.body(), CountForm)
    correction = Correction(said.area, said.count, said.reason)

    def do(here: House, viewer: Viewer) -> int:
        return correct_count(here.engine, viewer, site, correction, here.clock.now(), real_now())

    return await _done(request, do)


@router.post("/sites/{site}/door")
async def door(request: Request, site: str) -> Response:
    said = _read(await request.body(), DoorForm)

    def do(here: House, viewer: Viewer) -> int:
        return move_door(here.engine, viewer, site, said.opens, said.reason, here.clock.now(), real_now())

    return await _done(request, do)


def _read(body: bytes, form: type[Any]) -> Any:
    try:
        return msgspec.json.decode(body, type=form)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem(400, "code") from error


async def _done(request: Request, do: Callable[[House, Viewer], int]) -> Response:
    """Do it and wait for the worker's word; a problem's title is a word's key of the form."""
    here: House = request.app.state.house
    try:
        row = await to_thread.run_sync(do, here, request.state.viewer)
    except ActionRefused as refused:
        raise Problem(STATUS[str(refused)], str(refused)) from refused
    said = await awaited(here.engine, row, WAIT_S)
    if said is None:
        raise Problem(504, "kept")
    answer = {"as_of": format_instant(here.clock.now()), "results": said}
    return Response(msgspec.json.encode(answer), media_type="application/json")
