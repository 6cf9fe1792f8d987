"""What mends what could not be used: a replay, a device bound to a table, and what that would have meant."""

from typing import Any

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response

from clock import real_now
from dashboard.access import Viewer
from dashboard.actions import ActionRefused, bind_device, replay_rejected
from dashboard.acts.posted import WAIT_S, answer, here, read
from dashboard.guarded import House
from dashboard.inbox import awaited
from dashboard.problems import Problem
from dashboard.queries.quarantine import last_messages
from dashboard.vendor_tables import ChoiceRefused, meanings
from models.database import read_only

ROW_MOST = 2**63 - 1
TEXT_MOST = 200
REFUSED = {"403": (403, "not for this role"), "404": (404, "no such thing"), "code": (400, "no such code")}
WHOLE = (409, "this row cannot be replayed: its bytes are not whole, or name a person")

router = APIRouter(prefix="/act", include_in_schema=False)


class Chosen(msgspec.Struct, forbid_unknown_fields=True):
    """How a device shall be read."""

    site: str
    device: str
    table: str
    params: dict[str, str] = {}
    area: str = ""


def problem_of(refusal: ActionRefused) -> Problem:
    return Problem(*REFUSED.get(str(refusal), WHOLE))


async def _chosen(request: Request) -> Chosen:
    said: Chosen = read(await request.body(), Chosen, "not a choice")
    texts = [said.site, said.device, said.table, said.area, *said.params, *said.params.values()]
    if any(len(text) > TEXT_MOST or "\0" in text for text in texts) or len(said.params) > 40:
        raise Problem(400, "not a choice: a text is too long")
    said.params = {name: value for name, value in said.params.items() if value}
    return said


@router.post("/rejected/{number}/replay")
async def replay(request: Request, number: int) -> Response:
    house, viewer = here(request)
    if not 0 <= number <= ROW_MOST:
        raise Problem(404, "no such thing")
    now = house.clock.now()
    try:
        row = await to_thread.run_sync(replay_rejected, house.engine, viewer, number, now, real_now())
    except ActionRefused as refusal:
        raise problem_of(refusal) from refusal
    return answer({"results": await awaited(house.engine, row, WAIT_S) or []})


@router.post("/preview")
async def preview(request: Request) -> Response:
    """What the last messages of a device would have meant; nothing is kept."""
    house, viewer = here(request)
    if not viewer.may("device.bind"):
        raise Problem(403, "not for this role")
    said = await _chosen(request)
    return answer(await to_thread.run_sync(_meant, house, viewer, said))


def _meant(house: House, viewer: Viewer, said: Chosen) -> Any:
    with read_only(house.engine) as connection:
        messages = last_messages(connection, viewer, said.site, said.device, house.clock.now())
    try:
        found = meanings(
            said.table,
            said.params,
            messages,
            site=said.site,
            device=said.device,
            area=said.area or None,
            zone=house.rules.zone,
        )
    except ChoiceRefused as refusal:
        raise Problem(400, str(refusal)) from refusal
    return {"messages": found}


@router.post("/bind")
async def bind(request: Request) -> Response:
    house, viewer = here(request)
    said = await _chosen(request)
    now, area = house.clock.now(), said.area or None
    given = (house.engine, viewer, said.site, said.device, said.table, said.params, area, now, real_now())
    try:
        waiting = await to_thread.run_sync(bind_device, *given)
    except ActionRefused as refusal:
        raise problem_of(refusal) from refusal
    except ChoiceRefused as refusal:
        raise Problem(400, str(refusal)) from refusal
    return answer({"waiting": waiting})
