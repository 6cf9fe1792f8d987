"""The ASGI shell: live streams, the API, health and metrics on the event loop; Dash's pages in threads; the gate around all."""

import asyncio
import contextlib
import functools
import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from a2wsgi import WSGIMiddleware
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from sqlalchemy import Engine
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from clock import Clock, real_now
from config import Config
from dashboard import api
from dashboard.access import is_link_good, sign_in, sign_out, signed_in
from dashboard.api import Problem, problem
from dashboard.app import create_app
from dashboard.gate import COOKIE, CSRF_COOKIE, SECURE_COOKIE, Gate
from dashboard.guarded import House
from dashboard.live import Feed
from dashboard.metrics import metrics_text
from dashboard.parts.door import enter_page, login_page, refused_page
from dashboard.queries.live import Rules
from dashboard.queries.worker import Health, health
from dashboard.words import language_of
from models.calendar import read_exceptions
from models.database import check_schema, read_only

BUILD = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]


def rules_of(cfg: Config) -> Rules:
    days = Path(cfg.time.days_file)
    exceptions = read_exceptions(days.read_text(encoding="utf-8")) if cfg.time.days_file and days.is_file() else {}
    return Rules(
        zone=cfg.time.zone,
        exceptions=exceptions,
        late_after_s=cfg.states.late_after_s,
        silent_after_s=cfg.states.silent_after_s,
        overcap_pct=cfg.alarms.overcap_pct,
        service_late_min=cfg.alarms.service_late_min,
    )


def create_web(cfg: Config, engine: Engine, clock: Clock) -> Gate:
    """Everything that answers a request, behind the gate."""
    rules = rules_of(cfg)
    feed = Feed(cfg, engine, clock, rules)

    @contextlib.asynccontextmanager
    async def lifespan(_shell: FastAPI) -> AsyncIterator[None]:
        reader = asyncio.create_task(feed.run())
        yield
        reader.cancel()

    shell = FastAPI(
        title="Eldercare",
        version="1",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    shell.state.feed, shell.state.cfg = feed, cfg
    shell.state.house = House(engine, clock, rules)
    shell.add_exception_handler(Problem, _problem)
    shell.add_exception_handler(RequestValidationError, _unreadable)
    shell.add_exception_handler(HTTPException, _not_here)
    shell.add_exception_handler(Exception, _broken)
    shell.include_router(api.router)
    _add_routes(shell)
    dash = create_app(cfg, engine, clock, rules)
    shell.mount("/", WSGIMiddleware(dash.server, workers=cfg.web.workers))  # type: ignore[arg-type]
    return Gate(GZipMiddleware(shell, minimum_size=1000), cfg, engine, _script_policy(dash))  # type: ignore[arg-type]


def _script_policy(dash: Any) -> Callable[[], str]:
    """Hashes of Dash's own inline scripts. Taken late: Dash adds one of them with its first request."""

    @functools.cache
    def hashes(_started: bool) -> str:
        return " ".join(dash.csp_hashes())

    return lambda: hashes(bool(getattr(dash, "_got_first_request", {}).get("setup_server")))


def _add_routes(shell: FastAPI) -> None:
    for path, function, methods in (
        ("/live", _live, ["GET"]),
        ("/healthz", _healthz, ["GET"]),
        ("/metrics", _metrics, ["GET"]),
        ("/login", _login, ["GET"]),
        ("/logout", _logout, ["POST"]),
        ("/enter/{token}", _look_at_link, ["GET"]),
        ("/enter/{token}", _enter, ["POST"]),
        ("/api/v1/docs", _docs, ["GET"]),
    ):
        shell.add_api_route(path, function, methods=methods, include_in_schema=False)


# -- live ---------------------------------------------------------------------------------------------------------------


async def _live(request: Request, view: str = "overview") -> Response:
    feed: Feed = request.app.state.feed
    viewer = request.state.viewer
    if not feed.knows(view, viewer):
        return problem(404, "no such view")
    allowed = _still_allowed(request)
    return StreamingResponse(
        feed.stream(view, viewer, allowed),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no", "Content-Encoding": "identity"},
    )


def _still_allowed(request: Request) -> Callable[[], bool]:
    """Asked again while a stream lasts: a session that ended must not go on hearing."""
    session = request.state.session
    if session is None:
        return lambda: True
    cfg: Config = request.app.state.cfg
    token = request.cookies.get(SECURE_COOKIE) or request.cookies.get(COOKIE) or ""
    engine = request.app.state.house.engine
    return lambda: signed_in(engine, token, real_now(), cfg.web.session_idle_min, cfg.web.session_hours) is not None


# -- health -------------------------------------------------------------------------------------------------------------


def _health(request: Request) -> Health:
    here: House = request.app.state.house
    try:
        check_schema(here.engine)
        with read_only(here.engine) as connection:
            return health(connection, here.clock.now())
    except Exception:
        return Health(("the database does not answer at this schema",), None, None, None, None)


def _healthz(request: Request) -> Response:
    found = _health(request)
    body = {"status": "ok" if not found.reasons else "failing", "reasons": list(found.reasons)}
    return JSONResponse(body, 503 if found.reasons else 200)


def _metrics(request: Request) -> Response:
    text = metrics_text(request.app.state.feed, _health(request), request.app.state.house)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


# -- the door -----------------------------------------------------------------------------------------------------------


def _language(request: Request) -> str:
    cfg: Config = request.app.state.cfg
    wanted = request.query_params.get("lang"), request.cookies.get("lang"), request.headers.get("accept-language")
    return language_of(*wanted, cfg.time.language)


def _login(request: Request) -> Response:
    return HTMLResponse(login_page(_language(request), request.query_params.get("why"), request.cookies.get("theme")))


def _look_at_link(request: Request, token: str) -> Response:
    """Looking uses nothing up: a mail scanner or a preview may follow the link."""
    if not is_link_good(request.app.state.house.engine, token, real_now()):
        return HTMLResponse(refused_page(_language(request), 410, request.cookies.get("theme")), 410)
    return HTMLResponse(enter_page(_language(request), f"/enter/{token}", theme=request.cookies.get("theme")))


def _enter(request: Request, token: str) -> Response:
    engine = request.app.state.house.engine
    session = sign_in(engine, token, real_now())
    if session is None:
        return HTMLResponse(refused_page(_language(request), 410, request.cookies.get("theme")), 410)
    cfg: Config = request.app.state.cfg
    begun = signed_in(engine, session, real_now(), cfg.web.session_idle_min, cfg.web.session_hours)
    if begun is None:
        return HTMLResponse(refused_page(_language(request), 403, request.cookies.get("theme")), 403)
    secure = request.url.scheme == "https"
    answer = RedirectResponse("/", 303)
    kept = {"max_age": cfg.web.session_hours * 3600, "path": "/", "secure": secure, "samesite": "lax"}
    answer.set_cookie(SECURE_COOKIE if secure else COOKIE, session, httponly=True, **kept)  # type: ignore[arg-type]
    # Readable by scripts on purpose: the renderer copies it into a header, which a foreign page cannot do.
    answer.set_cookie(CSRF_COOKIE, begun.csrf_token, httponly=False, **kept)  # type: ignore[arg-type]
    return answer


def _logout(request: Request) -> Response:
    session = request.state.session
    if session is not None:
        sign_out(request.app.state.house.engine, session.token_hash, real_now())
    answer = RedirectResponse("/login?why=signed_out", 303)
    for name in (COOKIE, SECURE_COOKIE, CSRF_COOKIE):
        answer.delete_cookie(name, path="/")
    return answer


# -- errors -------------------------------------------------------------------------------------------------------------


def _problem(_request: Request, error: Exception) -> Response:
    return problem(error.status, error.title) if isinstance(error, Problem) else problem(500, "failed")


def _unreadable(_request: Request, _error: Exception) -> Response:
    return problem(400, "a parameter is missing or malformed")


def _not_here(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if request.url.path.startswith(("/api/", "/live", "/metrics")):
        return problem(status, {404: "no such address", 405: "not with this method"}.get(status, "refused"))
    return HTMLResponse(refused_page(_language(request), status), status)


def _broken(_request: Request, _error: Exception) -> Response:
    return problem(500, "failed; the log says why")


def _docs(request: Request) -> Response:
    """The API's addresses, drawn from its own description; no outside resource."""
    from dashboard.parts.api_page import api_page

    return HTMLResponse(api_page(request.app.openapi()))
