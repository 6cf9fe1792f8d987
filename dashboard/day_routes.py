"""The two things that a click on a day's page does: sign, and count anew. The gate has checked session and token."""

import re
from datetime import date
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from msgspec import Meta

from clock import real_now
from dashboard.day_desk import Counted, DayRefused, Signed, correct, sign
from dashboard.guarded import House
from dashboard.problems import Problem
from models.base import MINUTE
from models.civil_day import day_bounds

router = APIRouter(prefix="/act/days", include_in_schema=False)


async def _bytes(request: Request) -> bytes:
    return await request.body()


Body = Annotated[bytes, Depends(_bytes)]
"""Read on the loop; the database is asked in a thread."""
STATUS = {"403": 403, "404": 404, "newer": 409, "count": 400}
Short = Annotated[str, Meta(max_length=64)]


class Sign(msgspec.Struct, forbid_unknown_fields=True):
    version: Annotated[int, Meta(ge=1, le=10**9)]
    fingerprint: Short


class Correct(msgspec.Struct, forbid_unknown_fields=True):
    """`at` is minutes after the day's beginning."""

    area: Short
    at: Annotated[int, Meta(ge=0, le=1560)]
    count: Annotated[int, Meta(ge=0, le=100_000)]
    reason: Short


@router.post("/{site}/{day}/sign")
def sign_day(request: Request, site: str, day: str, body: Body) -> Response:
    said = _said(body, Sign)
    here, viewer, when = _house(request), request.state.viewer, _day(day)
    try:
        done: Signed = sign(
            here.engine, viewer, site, when.isoformat(), said.version, said.fingerprint, here.clock.now(), real_now()
        )
    except DayRefused as refused:
        raise Problem(STATUS[str(refused)], str(refused)) from refused
    return JSONResponse({"done": done.done, "by": done.by})


@router.post("/{site}/{day}/correct")
def correct_day(request: Request, site: str, day: str, body: Body) -> Response:
    said = _said(body, Correct)
    here, viewer, when = _house(request), request.state.viewer, _day(day)
    zone = here.rules.zone
    counted = Counted(said.area, day_bounds(when, zone)[0] + said.at * MINUTE, said.count, said.reason)
    try:
        correct(here.engine, viewer, site, when, counted, zone, here.clock.now(), real_now())
    except DayRefused as refused:
        raise Problem(STATUS[str(refused)], str(refused)) from refused
    return JSONResponse({"done": True})


def _said(body: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise Problem(400, "count") from error


def _day(text: str) -> date:
    try:
        if re.fullmatch(r"(?:19[789]|20[0-9])[0-9]-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise Problem(404, "404")


def _house(request: Request) -> House:
    found: House = request.app.state.house
    return found
