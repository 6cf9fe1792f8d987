"""What a screen on a wall asks for: a code, its key, its page, its stream. The gate lets a wall's key nowhere else."""

import time
from collections.abc import AsyncIterator

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from clock import real_now
from config import Config
from dashboard import walls
from dashboard.access import Viewer
from dashboard.acts.posted import answer
from dashboard.build import build
from dashboard.gate import SECURE_WALL_COOKIE, WALL_COOKIE, asked_of, wall_key_of
from dashboard.guarded import House
from dashboard.live import Feed
from dashboard.parts.wall_page import Manner, pairing_page, wall_page
from dashboard.problems import Problem
from dashboard.wall_beside import Beside
from dashboard.walls import PairedWall, WallRefused
from dashboard.words import language_of

router = APIRouter(include_in_schema=False)

CLAIM_COOKIE, SECURE_CLAIM_COOKIE = "wall_claim", "__Host-wall_claim"
KEPT_DAYS = 400
"""As long as browsers keep a cookie; each look at the page begins anew."""
CHECK_S = 1.0
"""A revoked wall goes dark within this time."""
FEED_WAIT_S = 5.0


# -- the screen ---------------------------------------------------------------------------------------------------------


@router.get("/wall")
def screen(request: Request) -> Response:
    """The wall itself for a screen that has a key, else the page with a code."""
    cfg: Config = request.app.state.cfg
    lang, accept = request.query_params.get("lang"), request.headers.get("accept-language")
    language = language_of(lang, request.cookies.get("lang"), accept, cfg.time.language)
    manner = Manner(language, cfg.time.zone, cfg.wall, cfg.web.simulated, build())
    key = wall_key_of(asked_of(request.scope))
    wall = walls.wall_of(_house(request).engine, key) if key else None
    if wall is None or key is None:
        return HTMLResponse(pairing_page(manner))
    walls.saw(_house(request).engine, wall, real_now())
    page = HTMLResponse(wall_page(manner))
    _keep(request, page, (WALL_COOKIE, SECURE_WALL_COOKIE), key, KEPT_DAYS * 86_400)
    return page


@router.post("/wall/pair")
def pair(request: Request) -> Response:
    cfg, engine = request.app.state.cfg, _house(request).engine
    try:
        claim, code = walls.ask(engine, asked_of(request.scope).client, real_now(), cfg.wall.code_min)
    except WallRefused as refused:
        raise Problem(429, str(refused)) from refused
    made = JSONResponse({"code": code, "seconds": cfg.wall.code_min * 60})
    _keep(request, made, (CLAIM_COOKIE, SECURE_CLAIM_COOKIE), claim, cfg.wall.code_min * 60)
    return made


@router.post("/wall/claim")
def claim(request: Request) -> Response:
    """`waiting`, `over`, or `paired`, which brings the key."""
    asked = asked_of(request.scope)
    mine = asked.cookie(SECURE_CLAIM_COOKIE if asked.https else CLAIM_COOKIE)
    state, key = walls.fetch_key(_house(request).engine, mine, real_now()) if mine else ("over", None)
    said = JSONResponse({"state": state})
    if key is not None:
        _keep(request, said, (WALL_COOKIE, SECURE_WALL_COOKIE), key, KEPT_DAYS * 86_400)
    return said


@router.get("/wall/live")
async def live(request: Request) -> Response:
    feed: Feed = request.app.state.feed
    viewer: Viewer = request.state.viewer
    if not await feed.has_read(FEED_WAIT_S):
        raise Problem(503, "the database does not answer")
    return StreamingResponse(
        _while_allowed(request, feed, viewer),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no", "Content-Encoding": "identity"},
    )


async def _while_allowed(request: Request, feed: Feed, viewer: Viewer) -> AsyncIterator[bytes]:
    """A frame leaves each second at least; before it the key is looked up again."""
    checked_at = time.monotonic()
    async for piece in feed.stream("wall", viewer, lambda: to_thread.run_sync(_is_still, request, viewer)):
        if time.monotonic() >= checked_at + CHECK_S:
            checked_at = time.monotonic()
            if not await to_thread.run_sync(_is_still_or_unknown, request, viewer):
                return
        yield piece


def _wall(request: Request) -> PairedWall | None:
    return walls.wall_of(_house(request).engine, wall_key_of(asked_of(request.scope)) or "")


def _is_still(request: Request, viewer: Viewer) -> bool:
    wall = _wall(request)
    if wall is not None:
        walls.saw(_house(request).engine, wall, real_now())
    return wall is not None and wall.viewer == viewer


def _is_still_or_unknown(request: Request, viewer: Viewer) -> bool:
    """A database that does not answer revokes nothing: the missing beats say so on the wall itself."""
    try:
        return _is_still(request, viewer)
    except Exception:
        return True


@router.get("/wall/beside")
def beside(request: Request) -> Response:
    """Curve, services and answering times of the wall's scope."""
    made: Beside = request.app.state.beside
    language = language_of(request.query_params.get("lang"), None, None, "zh")
    return answer(made.of(request.state.viewer.scope, language, "wide" in request.query_params))


def _house(request: Request) -> House:
    found: House = request.app.state.house
    return found


def _keep(request: Request, to: Response, names: tuple[str, str], value: str, seconds: int) -> None:
    secure = request.url.scheme == "https"
    name = names[1] if secure else names[0]
    to.set_cookie(name, value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="strict")
