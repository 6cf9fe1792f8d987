"""How every click is read and answered: JSON in and out, a problem's title is a key of the page's words."""

from typing import Annotated, Any

import msgspec
from fastapi import Depends, Request
from fastapi.responses import Response

from dashboard.access import Viewer
from dashboard.guarded import House
from dashboard.problems import Problem

WAIT_S = 10.0
"""How long a person waits for the worker before the page says that it has been kept."""
STATUS = {
    "code": 400,
    "account": 400,
    "span": 400,
    "count": 400,
    "403": 403,
    "404": 404,
    "newer": 409,
    "address": 400,
    "same": 409,
    "often": 429,
    "reason": 400,
    "named": 400,
    "closed": 409,
    "successor": 400,
}


async def _bytes(request: Request) -> bytes:
    return await request.body()


Body = Annotated[bytes, Depends(_bytes)]
"""Read on the loop; the database is asked in a thread."""


def read(body: bytes, form: Any, wrong: str = "code") -> Any:
    """What was posted; `wrong` names the problem with anything else."""
    try:
        return msgspec.json.decode(body, type=form)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Problem(400, wrong) from error


def refused(word: str) -> Problem:
    return Problem(STATUS[word], word)


def here(request: Request) -> tuple[House, Viewer]:
    return request.app.state.house, request.state.viewer


def answer(body: Any) -> Response:
    return Response(msgspec.json.encode(body), media_type="application/json")
