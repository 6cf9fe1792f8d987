"""The forms of recipients: name one, end one, send one a test message and wait for its answer."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import Engine

from clock import real_now
from dashboard.actions import ActionRefused
from dashboard.acts.posted import Body, answer, here, read, refused
from dashboard.problems import Problem
from dashboard.recipient_actions import Named, add_recipient, answer_of_test, ask_for_test, end_recipient

router = APIRouter(prefix="/act/recipients", include_in_schema=False)

NUMBER_MOST = 2**31 - 1
TEST_WAIT_S = 20.0
"""The clock process looks every few seconds, and gives a channel ten."""


class RecipientForm(msgspec.Struct, forbid_unknown_fields=True):
    """`scope` '' is the whole district."""

    level: int
    scope: Annotated[str, msgspec.Meta(max_length=64)]
    channel: Annotated[str, msgspec.Meta(max_length=16)]
    address: Annotated[str, msgspec.Meta(max_length=254)]


@router.post("")
def add(request: Request, body: Body) -> Response:
    said: RecipientForm = read(body, RecipientForm)
    house, viewer = here(request)
    named = Named(said.level, said.scope, said.channel, said.address)
    return answer({"number": _done(add_recipient, house.engine, viewer, named, house.clock.now(), real_now())})


@router.post("/{number}/end")
def end(request: Request, number: int) -> Response:
    house, viewer = here(request)
    _done(end_recipient, house.engine, viewer, _known(number), real_now())
    return answer({"number": number})


@router.post("/{number}/test")
async def test(request: Request, number: int) -> Response:
    """`state` waiting: nobody has taken it up yet; the clock process is not there, or very busy."""
    house, viewer = here(request)
    await to_thread.run_sync(_done, ask_for_test, house.engine, viewer, _known(number), real_now())
    state, detail = await _answered(house.engine, number) or ("waiting", "")
    return answer({"state": state, "detail": detail, "at": real_now()})


async def _answered(engine: Engine, number: int) -> tuple[str, str] | None:
    deadline = asyncio.get_running_loop().time() + TEST_WAIT_S
    while asyncio.get_running_loop().time() < deadline:
        said = await to_thread.run_sync(answer_of_test, engine, number)
        if said is not None:
            return said
        await asyncio.sleep(0.25)
    return None


def _known(number: int) -> int:
    if not 0 < number <= NUMBER_MOST:
        raise Problem(404, "404")
    return number


def _done(deed: Callable[..., Any], *given: Any) -> Any:
    try:
        return deed(*given)
    except ActionRefused as refusal:
        raise refused(str(refusal)) from refusal
