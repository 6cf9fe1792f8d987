"""The forms of administration: invite somebody, let her in no more or again, help her, and the keys of programs."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response

from clock import real_now
from config import Config
from dashboard import people_actions
from dashboard.acts.account import done
from dashboard.acts.posted import Body, answer, here, read
from dashboard.problems import Problem

router = APIRouter(prefix="/act", include_in_schema=False)

NUMBER_MOST = 2**31 - 1
DEEDS = {
    "disable": people_actions.disable,
    "enable": people_actions.enable,
    "reset-factor": people_actions.reset_factor,
    "end-sessions": people_actions.end_sessions,
}


class Named(msgspec.Struct, forbid_unknown_fields=True):
    """A person or a program; `scope` '' is the whole district."""

    name: Annotated[str, msgspec.Meta(max_length=64)]
    role: Annotated[str, msgspec.Meta(max_length=16)]
    scope: Annotated[str, msgspec.Meta(max_length=64)] = ""


@router.post("/accounts")
def invite(request: Request, body: Body) -> Response:
    said: Named = read(body, Named)
    house, viewer = here(request)
    minutes = _minutes(request)
    given = (house.engine, viewer, said.name, said.role, said.scope, real_now(), minutes)
    return answer({"link": f"/enter/{done(people_actions.invite, *given)}", "name": said.name, "minutes": minutes})


@router.post("/accounts/{number}/link")
def link(request: Request, number: int) -> Response:
    house, viewer = here(request)
    minutes = _minutes(request)
    token = done(people_actions.recovery_link, house.engine, viewer, _known(number), real_now(), minutes)
    return answer({"link": f"/enter/{token}", "minutes": minutes})


@router.post("/accounts/{number}/{deed}")
def deed(request: Request, number: int, deed: str) -> Response:
    house, viewer = here(request)
    if deed not in DEEDS:
        raise Problem(404, "404")
    done(DEEDS[deed], house.engine, viewer, _known(number), real_now())
    return answer({"done": True})


@router.post("/keys")
def make_key(request: Request, body: Body) -> Response:
    said: Named = read(body, Named)
    house, viewer = here(request)
    key = done(people_actions.make_key, house.engine, viewer, said.name, said.role, said.scope, real_now())
    return answer({"key": key, "name": said.name})


@router.post("/keys/{number}/revoke")
def end_key(request: Request, number: int) -> Response:
    house, viewer = here(request)
    done(people_actions.end_key, house.engine, viewer, _known(number), real_now())
    return answer({"done": True})


def _minutes(request: Request) -> int:
    cfg: Config = request.app.state.cfg
    return cfg.web.link_minutes


def _known(number: int) -> int:
    if not 0 < number <= NUMBER_MOST:
        raise Problem(404, "404")
    return number
