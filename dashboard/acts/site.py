"""The forms of a site's page: a corrected count, the doors. Both go through the inbox like a sensor's message."""

from collections.abc import Callable

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response

from clock import real_now
from contract import format_instant
from dashboard.access import Viewer
from dashboard.actions import ActionRefused
from dashboard.acts.posted import WAIT_S, answer, here, read, refused
from dashboard.guarded import House
from dashboard.inbox import awaited
from dashboard.problems import Problem
from dashboard.site_actions import Correction, correct_count, move_door

router = APIRouter(prefix="/act/sites", include_in_schema=False)


class CountForm(msgspec.Struct, forbid_unknown_fields=True):
    area: str
    count: int
    reason: str


class DoorForm(msgspec.Struct, forbid_unknown_fields=True):
    opens: bool
    reason: str


@router.post("/{site}/count")
async def count(request: Request, site: str) -> Response:
    said = read(await request.body(), CountForm)
    correction = Correction(said.area, said.count, said.reason)

    def do(house: House, viewer: Viewer) -> int:
        return correct_count(house.engine, viewer, site, correction, house.clock.now(), real_now())

    return await _done(request, do)


@router.post("/{site}/door")
async def door(request: Request, site: str) -> Response:
    said = read(await request.body(), DoorForm)

    def do(house: House, viewer: Viewer) -> int:
        return move_door(house.engine, viewer, site, said.opens, said.reason, house.clock.now(), real_now())

    return await _done(request, do)


async def _done(request: Request, do: Callable[[House, Viewer], int]) -> Response:
    """Do it and wait for the worker's word."""
    house, viewer = here(request)
    try:
        row = await to_thread.run_sync(do, house, viewer)
    except ActionRefused as refusal:
        raise refused(str(refusal)) from refusal
    said = await awaited(house.engine, row, WAIT_S)
    if said is None:
        raise Problem(504, "kept")
    return answer({"as_of": format_instant(house.clock.now()), "results": said})
