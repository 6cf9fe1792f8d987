"""The two things that a click on a day's page does: sign, and say what was not reported."""

from datetime import date
from typing import Annotated

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response
from msgspec import Meta

from clock import real_now
from dashboard.acts.posted import Body, answer, here, read, refused
from dashboard.day_corrections import Said
from dashboard.day_desk import DayRefused, Signed, correct, moment_of, sign
from models.period import day_named

router = APIRouter(prefix="/act/days", include_in_schema=False)

Short = Annotated[str, Meta(max_length=64)]


class Sign(msgspec.Struct, forbid_unknown_fields=True):
    version: Annotated[int, Meta(ge=1, le=10**9)]
    fingerprint: Short


class Correct(msgspec.Struct, forbid_unknown_fields=True):
    """`at` is as a clock on the wall shows it, in minutes after midnight; `once` is the same when the same is sent again."""

    what: Short
    at: Annotated[int, Meta(ge=0, lt=1440)]
    reason: Short
    once: Annotated[str, Meta(pattern="^[0-9a-f]{24}$")]
    of: Short = ""
    how: Short = ""
    n: Annotated[int, Meta(ge=0, le=100_000)] = 1


@router.post("/{site}/{day}/sign")
def sign_day(request: Request, site: str, day: str, body: Body) -> Response:
    said = read(body, Sign, "count")
    (house, viewer), when = here(request), _day(day)
    try:
        done: Signed = sign(
            house.engine, viewer, site, when.isoformat(), said.version, said.fingerprint, house.clock.now(), real_now()
        )
    except DayRefused as refusal:
        raise refused(str(refusal)) from refusal
    return answer({"done": done.done, "by": done.by})


@router.post("/{site}/{day}/correct")
def correct_day(request: Request, site: str, day: str, body: Body) -> Response:
    said = read(body, Correct, "count")
    (house, viewer), when = here(request), _day(day)
    now, zone = house.clock.now(), house.rules.zone
    try:
        at = moment_of(house.engine, viewer, site, when, said.at, zone, now)
        wanted = Said(said.what, at, said.reason, said.of, said.how, said.n)
        correct(house.engine, viewer, site, when, wanted, said.once, zone, now, real_now())
    except DayRefused as refusal:
        raise refused(str(refusal)) from refusal
    return answer({"done": True})


def _day(text: str) -> date:
    day = day_named(text)
    if day is None:
        raise refused("404")
    return day
