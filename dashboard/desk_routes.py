"""What the buttons of the alarms desk post: behind the gate with session and token, done by `actions`."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from msgspec import Meta

from clock import real_now
from dashboard.actions import ActionRefused, act
from dashboard.problems import Problem
from models.alarm_life import Move
from models.alarm_steps import Asked

router = APIRouter(prefix="/act/alarms", include_in_schema=False)

STATUS = {"404": 404, "403": 403, "code": 400}
NUMBER_MOST = 2**63 - 1
Short = Annotated[str, Meta(max_length=64)]


class Chosen(msgspec.Struct, forbid_unknown_fields=True):
    """What was chosen from the list of the move; a post only for whom it is assigned to."""

    code: Short | None = None
    post: Short | None = None


async def _chosen(request: Request) -> Chosen:
    try:
        return msgspec.json.decode(await request.body(), type=Chosen)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem(400, "code") from error


@router.post("/{alarm}/{move}")
def move_one(request: Request, alarm: str, move: str, chosen: Annotated[Chosen, Depends(_chosen)]) -> Response:
    """`done` false: somebody was first; the answer says who, when, and what the alarm is by now."""
    known = alarm.isascii() and alarm.isdigit() and len(alarm) < 20 and int(alarm) <= NUMBER_MOST
    if not known or move not in list(Move):
        raise Problem(404, "404")
    here, viewer = request.app.state.house, request.state.viewer
    asked = Asked(Move(move), viewer.name, chosen.code, chosen.post)
    try:
        outcome = act(here.engine, viewer, int(alarm), asked, here.clock.now(), real_now())
    except ActionRefused as refused:
        raise Problem(STATUS[str(refused)], str(refused)) from refused
    return JSONResponse({"done": outcome.done, "state": outcome.state, "by": outcome.by, "at": outcome.at})
