"""What officers do with walls: their list, letting a screen in, sending one away."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response

from clock import real_now
from dashboard import walls
from dashboard.acts.posted import Body, answer, here, read
from dashboard.problems import Problem
from dashboard.queries.places import streets
from dashboard.walls import WallRefused
from models.database import read_only

router = APIRouter(prefix="/act/walls", include_in_schema=False)

STATUS = {"403": 403, "404": 404, "often": 429}
NUMBER_MOST = 2**31 - 1


class Approval(msgspec.Struct, forbid_unknown_fields=True):
    code: Annotated[str, msgspec.Meta(max_length=16)]
    name: Annotated[str, msgspec.Meta(max_length=64)]
    scope: Annotated[str, msgspec.Meta(max_length=64)] = ""


@router.get("")
def listed(request: Request) -> Response:
    """The good walls of her scope, and the scopes that she may give."""
    house, viewer = here(request)
    if not viewer.may("wall.pair"):
        raise Problem(403, "403")
    with read_only(house.engine) as connection:
        found, named = walls.walls(connection, viewer), streets(connection)
    mine = [street for street in named if viewer.scope in ("", f"street:{street.code}")]
    return answer({"as_of": real_now(), "walls": found, "streets": mine, "whole": not viewer.scope})


@router.post("")
def approve(request: Request, body: Body) -> Response:
    house, viewer = here(request)
    said = read(body, Approval)
    code = said.code.replace(" ", "")
    return _done(lambda: walls.approve(house.engine, viewer, code, said.name, said.scope, real_now()))


@router.post("/{number}/revoke")
def revoke(request: Request, number: str) -> Response:
    house, viewer = here(request)
    if not (number.isascii() and number.isdigit() and len(number) < 11 and int(number) <= NUMBER_MOST):
        raise Problem(404, "404")
    return _done(lambda: walls.revoke(house.engine, viewer, int(number), real_now()))


def _done(deed: Callable[[], Any]) -> Response:
    try:
        deed()
    except WallRefused as refused:
        raise Problem(STATUS.get(str(refused), 400), str(refused)) from refused
    return answer({"done": True})
