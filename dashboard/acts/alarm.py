"""The moves of the alarms desk, done by `actions`."""

from datetime import datetime
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
from models.civil_day import wall_moment
from models.incident import Account

router = APIRouter(prefix="/act/alarms", include_in_schema=False)

NUMBER_MOST = 2**63 - 1
Short = Annotated[str, Meta(max_length=64)]


class Told(msgspec.Struct, forbid_unknown_fields=True):
    """Of an incident; `told_at` as a clock at the district shows it, `2026-11-23T13:00`."""

    done: Short
    told: Short
    told_at: Short
    told_by: Short
    prevention: Short


class Chosen(msgspec.Struct, forbid_unknown_fields=True):
    """What was chosen from the list of the move; a post only for whom it is assigned to."""

    code: Short | None = None
    post: Short | None = None
    account: Told | None = None


@router.post("/{alarm}/{move}")
def move_one(request: Request, alarm: str, move: str, body: Body) -> Response:
    """`done` false: somebody was first; the answer says who, when, and what the alarm is by now."""
    known = alarm.isascii() and alarm.isdigit() and len(alarm) < 20 and int(alarm) <= NUMBER_MOST
    if not known or move not in list(Move):
        raise refused("404")
    chosen, (house, viewer) = read(body, Chosen), here(request)
    account = _account(chosen.account, house.rules.zone) if chosen.account else None
    asked = Asked(Move(move), viewer.name, chosen.code, chosen.post, account)
    try:
        outcome = act(house.engine, viewer, int(alarm), asked, house.clock.now(), real_now(), house.rules.deadlines)
    except ActionRefused as refusal:
        raise refused(str(refusal)) from refusal
    return answer({"done": outcome.done, "state": outcome.state, "by": outcome.by, "at": outcome.at})


def _account(said: Told, zone: str) -> Account:
    try:
        told_at = wall_moment(datetime.fromisoformat(said.told_at), zone)
    except (ValueError, OverflowError) as error:
        raise refused("account") from error
    return Account(said.done, said.told, told_at, said.told_by, said.prevention)
