"""Names of a site's persons: one in full for a purpose and a while, and a file of them that the site's staff hand in."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from clock import real_now
from config import Config
from dashboard.actions import ActionRefused
from dashboard.acts.posted import Body, answer, here, read, refused
from dashboard.persons import TOKEN, Why, WrongLines, enter, entries_of, reveal
from dashboard.problems import Problem
from models.sealing import Seal, seal_of

router = APIRouter(prefix="/act/persons", include_in_schema=False)

LINES_SHOWN = 20


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    purpose: Annotated[str, msgspec.Meta(max_length=16)]
    reason: Annotated[str, msgspec.Meta(max_length=80)]


@router.post("/{site}/{person}/reveal")
def in_full(request: Request, site: str, person: str, body: Body) -> Response:
    """`seconds` is how long the page may show it."""
    said: Asked = read(body, Asked)
    (house, viewer), web = here(request), _cfg(request).web
    if not TOKEN.fullmatch(person):
        person = ""  # like one that is not there
    client = request.client.host if request.client else ""
    now, why = house.clock.now(), Why(said.purpose, said.reason, client)
    try:
        told = reveal(house.engine, viewer, _seal(request), site, person, why, web.reveals_per_hour, now, real_now())
    except ActionRefused as refusal:
        raise refused(str(refusal)) from refusal
    return answer({"name": told.name, "contact": told.contact, "seconds": web.reveal_s})


@router.post("/{site}")
def hand_in(request: Request, site: str, body: Body) -> Response:
    """CSV of person, name, contact; 422 with the wrong lines, and then nothing is kept."""
    house, viewer = here(request)
    if not viewer.may("person.enter"):
        raise Problem(403, "403")
    try:
        entries = entries_of(body.decode("utf-8-sig"))
        count = enter(house.engine, viewer, _seal(request), site, entries, house.clock.now(), real_now())
    except UnicodeDecodeError:
        return JSONResponse({"wrong": ["the file is not UTF-8"]}, 422)
    except WrongLines as wrong:
        return JSONResponse({"wrong": wrong.lines[:LINES_SHOWN]}, 422)
    except ActionRefused as refusal:
        raise refused(str(refusal)) from refusal
    return answer({"count": count})


def _cfg(request: Request) -> Config:
    found: Config = request.app.state.cfg
    return found


def _seal(request: Request) -> Seal:
    return seal_of(_cfg(request).database.seal_key_file)
