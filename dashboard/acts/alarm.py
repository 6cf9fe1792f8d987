"""The moves of the alarms desk, done by `actions`."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response
from msgspec import Meta

from clock import real_now
from dashboard.actions import ActionRefused, act
from dashboard.acts.posted import Body, answer, here, read, refused
from models.alarm_life import Move
from models.alarm_steps import Asked

router = APIRouter(prefix="/act/alarms", include_in_schema=False)

NUMBER_MOST = 2**63 - 1
Short = Annotated[str, Meta(max_length=64)]


class Chosen(msgspec.Struct, forbid_unknown_fields=True):
    """What was chosen from the list of the move; a post only for whom it is assigned to."""

    code: Short | None = None
    post: Short | None = None


@router.post("/{alarm}/{move}")
def move_one(request: Request, alarm: str, move: str, body: Body) -> Response:
    """`done` false: somebody was first; the answer says who, when, and what the alarm is by now."""
    known = alarm.isascii() and alarm.isdigit() and len(alarm) < 20 and int(alarm) <= NUMBER_MOST
    if not known or move not in list(Move):
        raise refused("404")
    chosen, (house, viewer) = read(body, Chosen), here(request)
    asked = Asked(Move(move), viewer.name, chosen.code, chosen.post)
    try:
        outcome = act(house.engine, viewer, int(alarm), asked, house.clock.now(), real_now())
    except ActionRefused as refusal:
        raise refused(str(refusal)) from refusal
    return answer({"done": outcome.done, "state": outcome.state, "by": outcome.by, "at": outcome.at})
