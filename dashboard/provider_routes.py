"""To the organisation's sign-in and back."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from clock import real_now
from config import Config
from dashboard.door_routes import came_from, entered, to_step
from dashboard.gate import asked_of
from dashboard.problems import Problem
from dashboard.provider import VISIT_FOR, ProviderRefused, way_back, way_there
from dashboard.provider_accounts import by_provider
from dashboard.signing_in import Halfway
from models.base import SECOND

router = APIRouter(include_in_schema=False)

VISIT_COOKIE, SECURE_VISIT_COOKIE = "visit", "__Host-visit"


@router.get("/login/provider")
def go(request: Request) -> Response:
    cfg = _config(request)
    try:
        address, state = way_there(request.app.state.house.engine, cfg.accounts, _back(request), real_now())
    except ProviderRefused as refused:
        return RedirectResponse(f"/login?why=provider_{refused}", 303)
    answer, secure = RedirectResponse(address, 303), request.url.scheme == "https"
    # Lax, not strict: she comes back from another site.
    answer.set_cookie(
        _cookie(secure), state, max_age=VISIT_FOR // SECOND, path="/", secure=secure, httponly=True, samesite="lax"
    )
    return answer


@router.get("/login/provider/back")
def come_back(request: Request) -> Response:
    cfg, engine, now = _config(request), request.app.state.house.engine, real_now()
    kept = asked_of(request.scope).cookie(_cookie(request.url.scheme == "https")) or ""
    try:
        person = way_back(engine, cfg.accounts, _back(request), dict(request.query_params), kept, now)
    except ProviderRefused as refused:
        return RedirectResponse(f"/login?why=provider_{refused}", 303)
    came, must = came_from(request, "provider"), request.app.state.factor_roles
    done = by_provider(engine, cfg.accounts, must, person, came, now)
    if done is None:
        return RedirectResponse("/login?why=provider_none", 303)
    answer = to_step(request, done) if isinstance(done, Halfway) else entered(request, done)
    answer.delete_cookie(_cookie(request.url.scheme == "https"), path="/", secure=request.url.scheme == "https")
    return answer


def _config(request: Request) -> Config:
    cfg: Config = request.app.state.cfg
    if not cfg.accounts.oidc_issuer:
        raise Problem(404, "no provider is set up")
    return cfg


def _back(request: Request) -> str:
    return str(request.url.replace(path="/login/provider/back", query="", fragment=""))


def _cookie(secure: bool) -> str:
    return SECURE_VISIT_COOKIE if secure else VISIT_COOKIE
