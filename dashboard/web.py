"""The ASGI shell: live streams, the API, health and metrics on the event loop; Dash's pages in threads; the gate around all."""

import asyncio
import contextlib
import functools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from a2wsgi import WSGIMiddleware
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from sqlalchemy import Engine
from starlette.middleware.gzip import GZipMiddleware

from clock import Clock, real_now
from config import Config
from dashboard import (
    api,
    day_files,
    deed_files,
    door_routes,
    exports,
    history_files,
    list_files,
    live_files,
    provider_routes,
    public,
    recipient_files,
    registry_files,
    report_files,
    wall_routes,
)
from dashboard.access import Credential, Viewer, hashed, viewer_of_key
from dashboard.acts.subjects import add_acts
from dashboard.api import described, told
from dashboard.app import create_app, house_of
from dashboard.door_routes import language_for, theme_for
from dashboard.gate import App, Gate, Receive, Scope, Send, asked_of, lifetime_of
from dashboard.guarded import House
from dashboard.letter_writing import keep_writing
from dashboard.live import Feed
from dashboard.metrics import metrics_text
from dashboard.parts.api_page import api_page
from dashboard.parts.door import refused_page
from dashboard.problems import Problem, add_problems, problem
from dashboard.public import PublicSites
from dashboard.queries.worker import Health, health
from dashboard.rules import rules_of
from dashboard.standing import Standing
from dashboard.wall_beside import Beside
from models.database import check_schema, read_only

log = logging.getLogger(__name__)

FEED_WAIT_S = 5.0
STREAMS = frozenset(("/live", "/wall/live"))


FILES = (
    day_files,
    report_files,
    history_files,
    exports,
    live_files,
    recipient_files,
    list_files,
    deed_files,
    registry_files,
)


def create_web(cfg: Config, engine: Engine, clock: Clock) -> Gate:
    """Everything that answers a request, behind the gate."""
    rules = rules_of(cfg)
    feed = Feed(cfg, engine, clock, rules)
    house = house_of(cfg, engine, clock, rules, lambda: feed.picture if feed.is_alive else None)
    shell = FastAPI(
        title="Eldercare",
        version="1",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_beside_the_answers(feed, house, cfg),
    )
    shell.state.feed, shell.state.cfg, shell.state.house = feed, cfg, house
    shell.state.standing = Standing(engine, lifetime_of(cfg))
    shell.state.beside, shell.state.public = Beside(house), PublicSites(engine, clock, feed)
    add_problems(shell, _refused)
    door_routes.prepare(shell, cfg)
    _add_routes(shell)
    shell.openapi = functools.cache(lambda: described(shell))  # type: ignore[method-assign]
    dash = create_app(cfg, house)
    # Not a mount, which would take a wrong method of another route for a page.
    shell.router.default = _pages(WSGIMiddleware(dash.server, workers=cfg.web.workers))  # type: ignore[arg-type]
    return Gate(_Compressed(shell, minimum_size=1000), cfg, engine, _script_policy(dash))


def _beside_the_answers(feed: Feed, house: House, cfg: Config) -> Any:
    """What runs for as long as the server does: the feed's reader, and the writer of ordered letters."""

    @contextlib.asynccontextmanager
    async def lifespan(_shell: FastAPI) -> AsyncIterator[None]:
        reader = asyncio.create_task(feed.run())
        writer = asyncio.create_task(keep_writing(house.engine, cfg, house.rules, house.clock.now))
        yield
        reader.cancel()
        writer.cancel()

    return lifespan


class _Compressed(GZipMiddleware):
    """All but streams: a compressor that waits for frames holds a quarter of a megabyte for each viewer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] in STREAMS:
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def _pages(flask: App) -> App:
    """A second ring: nothing but assets without a session, and nothing at all where no page can be."""

    async def only_pages(scope: Scope, receive: Receive, send: Send) -> None:
        asked = asked_of(scope)
        if asked.path.startswith("/assets/") or (asked.kind == "page" and scope.get("state", {}).get("session")):
            await flask(scope, receive, send)
        else:
            await _refused(Request(scope), 404, "no such address")(scope, receive, send)

    return only_pages


def _script_policy(dash: Any) -> Callable[[], str]:
    """Hashes of Dash's own inline scripts. Taken late: Dash adds one of them with its first request."""

    @functools.cache
    def hashes(_started: bool) -> str:
        return " ".join(dash.csp_hashes())

    return lambda: hashes(bool(getattr(dash, "_got_first_request", {}).get("setup_server")))


def _add_routes(shell: FastAPI) -> None:
    for part in (door_routes, provider_routes, api, public, wall_routes, *FILES):
        shell.include_router(part.router)
    add_acts(shell)
    for path, function, methods in (
        ("/live", _live, ["GET"]),
        ("/healthz", _healthz, ["GET", "HEAD"]),
        ("/metrics", _metrics, ["GET"]),
        ("/api/v1/docs", _docs, ["GET"]),
        ("/docs", _docs, ["GET"]),
        ("/docs/openapi.json", _openapi, ["GET"]),
    ):
        shell.add_api_route(path, function, methods=methods, include_in_schema=False)


# -- live ---------------------------------------------------------------------------------------------------------------


async def _live(request: Request, view: str = "overview") -> Response:
    feed: Feed = request.app.state.feed
    viewer = request.state.viewer
    if not await feed.has_read(FEED_WAIT_S):
        raise Problem(503, "the database does not answer")
    if not feed.knows(view, viewer):
        raise Problem(404, "no such view")
    return StreamingResponse(
        feed.stream(view, viewer, _still_allowed(request), request.state.wire),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no", "Content-Encoding": "identity"},
    )


def _still_allowed(request: Request) -> Callable[[], Awaitable[bool]]:
    """Asked again while a stream lasts: a session that ended or a key that was revoked must not go on hearing."""
    standing: Standing = request.app.state.standing
    session, viewer, key = request.state.session, request.state.viewer, asked_of(request.scope).bearer
    by_key = Credential(hashed(key or ""), viewer, is_key=True)
    return lambda: standing.holds(Credential(session.token_hash, session.viewer) if session else by_key)


# -- health -------------------------------------------------------------------------------------------------------------


def _health(request: Request) -> Health:
    here: House = request.app.state.house
    try:
        check_schema(here.engine)
        with read_only(here.engine) as connection:
            return health(connection, here.clock.now())
    except Exception as error:
        log.warning("not healthy", extra={"why": str(error).splitlines()[0]})
        return Health(("the database does not answer at this schema",), None, None, None, None)


def _healthz(request: Request) -> Response:
    found = _health(request)
    body: dict[str, Any] = {
        "status": "ok" if not found.reasons else "failing",
        "reasons": list(found.reasons),
        "as_of": told(request.app.state.house.clock.now()),
    }
    if _has_key(request):
        body["details"] = {
            "worker_seen_at": told(found.seen_at),
            "last_commit_at": told(found.commit_at),
            "waiting": found.waiting,
            "trouble": found.trouble,
        }
    return JSONResponse(body, 503 if found.reasons else 200)


def _has_key(request: Request) -> bool:
    """Health answers without a key, and also when nobody can look one up."""
    key = asked_of(request.scope).bearer
    try:
        return key is not None and viewer_of_key(request.app.state.house.engine, key, real_now()) is not None
    except Exception:
        return False


def _metrics(request: Request) -> Response:
    """Sums over what the key may see; without one (the gate lets this machine in) over everything."""
    viewer: Viewer | None = getattr(request.state, "viewer", None)
    scope = viewer.scope if viewer else ""
    text = metrics_text(request.app.state.feed, _health(request), scope)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


# -- what is not a page of Dash -----------------------------------------------------------------------------------------


def _refused(request: Request, status: int, title: str) -> Response:
    """Programs get a problem, people a page."""
    if asked_of(request.scope).kind != "page" or request.url.path.startswith(("/public/", "/healthz", "/docs/")):
        return problem(status, title)
    return HTMLResponse(refused_page(language_for(request), status, theme_for(request)), status)


def _docs(request: Request) -> Response:
    """The API's addresses, drawn from its own description; no outside resource."""
    beside = "/docs/openapi.json" if request.url.path == "/docs" else "/api/v1/openapi.json"
    return HTMLResponse(api_page(request.app.openapi(), beside))


def _openapi(request: Request) -> Response:
    """For people who are signed in: their cookie does not open /api."""
    return JSONResponse(request.app.openapi())
