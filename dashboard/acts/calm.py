"""The forms of calm times: keep a site or a street calm, end it early."""

from datetime import datetime

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response

from clock import real_now
from config import Config
from dashboard.actions import ActionRefused
from dashboard.acts.posted import Body, answer, here, read, refused
from dashboard.calm_actions import CalmTime, end_calm, keep_calm
from dashboard.problems import Problem
from models.base import Instant
from models.civil_day import wall_moment

router = APIRouter(prefix="/act/calm", include_in_schema=False)

NUMBER_MOST = 2**31 - 1


class CalmForm(msgspec.Struct, forbid_unknown_fields=True):
    """`since` and `until` as a clock at the district shows them, `2026-11-23T13:00`; `since` '' is now."""

    kind: str
    place: str
    """`site:CODE` or `street:CODE`."""
    until: str
    reason: str
    since: str = ""


@router.post("")
def keep(request: Request, body: Body) -> Response:
    said: CalmForm = read(body, CalmForm)
    house, viewer = here(request)
    now, zone = house.clock.now(), house.rules.zone
    of, _, code = said.place.partition(":")
    since = _moment(said.since, zone) if said.since else now
    asked = CalmTime(
        said.kind,
        code if of == "site" else "",
        code if of == "street" else "",
        since,
        _moment(said.until, zone),
        said.reason,
    )
    try:
        number = keep_calm(house.engine, viewer, asked, _days_max(request), now, real_now())
    except ActionRefused as refusal:
        raise refused(str(refusal)) from refusal
    return answer({"number": number})


@router.post("/{number}/end")
def end(request: Request, number: int) -> Response:
    house, viewer = here(request)
    if not 0 < number <= NUMBER_MOST:
        raise Problem(404, "404")
    try:
        end_calm(house.engine, viewer, number, house.clock.now(), real_now())
    except ActionRefused as refusal:
        raise refused(str(refusal)) from refusal
    return answer({"number": number})


def _days_max(request: Request) -> int:
    cfg: Config = request.app.state.cfg
    return cfg.alarms.window_days_max


def _moment(text: str, zone: str) -> Instant:
    try:
        moment = datetime.fromisoformat(text)
        return wall_moment(moment, zone)
    except (ValueError, OverflowError) as error:
        raise Problem(400, "span") from error
