"""Coming in and going out: by a one-time link, by name and password with a second factor, and the end of a session."""

from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from clock import real_now
from config import Config
from dashboard.access import AccountRefused, Came, hashed, is_link_good, language_said, sign_out, signed_in
from dashboard.gate import COOKIE, CSRF_COOKIE, SECURE_COOKIE, asked_of, lifetime_of
from dashboard.parts.door import Door, code_page, codes_page, enter_page, login_page, refused_page, setup_page
from dashboard.parts.reader import THEMES
from dashboard.passwords import Passwords
from dashboard.provider_accounts import groups_of
from dashboard.second_factor import qr_of, spaced
from dashboard.signing_in import (
    LINK,
    STEP_FOR,
    Entered,
    Halfway,
    SignInRefused,
    by_code,
    by_link,
    by_password,
    factor_roles,
    step_of,
)
from dashboard.words import language_of
from models.base import MINUTE, SECOND
from models.sealing import Seal, seal_of

router = APIRouter(include_in_schema=False)

STEP_COOKIE, SECURE_STEP_COOKIE = "step", "__Host-step"
STATUS = {"wrong": 403, "often": 429, "busy": 503, "over": 403}
LANG_FOR_S = 365 * 24 * 3600


def prepare(shell: FastAPI, cfg: Config) -> None:
    """What the door needs for its whole life. Raises ConfigError."""
    groups_of(cfg.accounts)  # a wrong one stops the start
    shell.state.passwords, shell.state.factor_roles = Passwords(cfg.accounts), factor_roles(cfg.accounts)


def language_for(request: Request) -> str:
    cfg: Config = request.app.state.cfg
    wanted = request.query_params.get("lang"), request.cookies.get("lang"), request.headers.get("accept-language")
    return language_of(*wanted, cfg.time.language)


def theme_for(request: Request) -> str | None:
    """A cookie is what a browser says; only a theme that exists is written into a page."""
    said = request.cookies.get("theme")
    return said if said in THEMES else None


def came_from(request: Request, way: str) -> Came:
    return Came(request.client.host if request.client else "", request.headers.get("user-agent", ""), way)


def door_of(request: Request, problem: str | None = None, wait_min: int = 0) -> Door:
    cfg: Config = request.app.state.cfg
    return Door(language_for(request), theme_for(request), problem, wait_min, bool(cfg.accounts.oidc_issuer))


async def _form(request: Request) -> dict[str, str]:
    """What a form without a script posts: the first value of each name. The gate bounds its length."""
    said = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=16)
    return {name: values[0] for name, values in said.items()}


Form = Annotated[dict[str, str], Depends(_form)]
"""Read on the loop; passwords are looked at in a thread."""


# -- by a link ----------------------------------------------------------------------------------------------------------


@router.get("/enter/{token}")
def look_at_link(request: Request, token: str) -> Response:
    """Looking uses nothing up: a mail scanner or a preview may follow the link."""
    if not is_link_good(request.app.state.house.engine, token, real_now()):
        return HTMLResponse(refused_page(language_for(request), 410, theme_for(request)), 410)
    return HTMLResponse(enter_page(language_for(request), f"/enter/{token}", theme=theme_for(request)))


@router.post("/enter/{token}")
def enter(request: Request, token: str) -> Response:
    try:
        done = by_link(request.app.state.house.engine, token, came_from(request, LINK), real_now())
    except AccountRefused:
        return HTMLResponse(refused_page(language_for(request), 403, theme_for(request)), 403)
    if done is None:
        return HTMLResponse(refused_page(language_for(request), 410, theme_for(request)), 410)
    return to_step(request, done) if isinstance(done, Halfway) else entered(request, done)


# -- by name and password -----------------------------------------------------------------------------------------------


@router.get("/login")
def login(request: Request) -> Response:
    return HTMLResponse(login_page(door_of(request, request.query_params.get("why"))))


@router.post("/login")
def log_in(request: Request, form: Form) -> Response:
    """With a code in the same form, or with a page of its own for it."""
    state, name, code = request.app.state, form.get("name", ""), form.get("code", "").strip()
    came, now = came_from(request, "password"), real_now()
    try:
        done = by_password(
            state.house.engine, state.passwords, state.factor_roles, name, form.get("password", ""), came, now
        )
        if isinstance(done, Halfway):
            if not code or step_of(state.house.engine, _seal(request), done.token, now).secret:
                return to_step(request, done)
            done = by_code(state.house.engine, _seal(request), done.token, code, came, now)
    except SignInRefused as refused:
        door = _door_for(request, refused)
        page = HTMLResponse(login_page(door, name[:64]), STATUS[refused.why])
        return _again(page, refused)
    return entered(request, done)


@router.get("/login/code")
def step(request: Request) -> Response:
    return _step_page(request, None, 200)


@router.post("/login/code")
def step_on(request: Request, form: Form) -> Response:
    engine, token = request.app.state.house.engine, _step_token(request)
    try:
        done = by_code(engine, _seal(request), token, form.get("code", ""), came_from(request, ""), real_now())
    except SignInRefused as refused:
        return _again(_step_page(request, refused, STATUS[refused.why]), refused)
    return entered(request, done)


def _step_page(request: Request, refused: SignInRefused | None, status: int) -> Response:
    try:
        asked = step_of(request.app.state.house.engine, _seal(request), _step_token(request), real_now())
    except SignInRefused:
        return RedirectResponse("/login?why=over", 303)
    door = _door_for(request, refused) if refused else door_of(request)
    if asked.secret:
        return HTMLResponse(setup_page(door, qr_of(asked.secret, asked.name), spaced(asked.secret)), status)
    return HTMLResponse(code_page(door), status)


def _door_for(request: Request, refused: SignInRefused) -> Door:
    return door_of(request, refused.why, -(-refused.wait // MINUTE))


def _again(answer: Response, refused: SignInRefused) -> Response:
    if refused.why in ("often", "busy"):
        answer.headers["Retry-After"] = str(max(1, -(-refused.wait // SECOND)) if refused.wait else 5)
    return answer


def to_step(request: Request, halfway: Halfway) -> Response:
    answer, secure = RedirectResponse("/login/code", 303), request.url.scheme == "https"
    name = SECURE_STEP_COOKIE if secure else STEP_COOKIE
    # Lax, not strict: who comes back from the provider's site must still have it on the next page.
    answer.set_cookie(
        name, halfway.token, max_age=STEP_FOR // SECOND, path="/", secure=secure, httponly=True, samesite="lax"
    )
    return answer


def _step_token(request: Request) -> str:
    return asked_of(request.scope).cookie(SECURE_STEP_COOKIE if request.url.scheme == "https" else STEP_COOKIE) or ""


def _seal(request: Request) -> Seal:
    """Made at first use, and not before: who signs in by link needs none."""
    cfg: Config = request.app.state.cfg
    return seal_of(cfg.database.seal_key_file)


def entered(request: Request, done: Entered) -> Response:
    page = HTMLResponse(codes_page(door_of(request), done.codes)) if done.codes else RedirectResponse("/", 303)
    return let_in(request, done.token, page)


# -- in, and out --------------------------------------------------------------------------------------------------------


def let_in(request: Request, session: str, answer: Response) -> Response:
    """The new session's cookies; the one that this browser had ends, so that nobody goes on with it."""
    cfg: Config = request.app.state.cfg
    engine, now, secure = request.app.state.house.engine, real_now(), request.url.scheme == "https"
    begun = signed_in(engine, session, now, lifetime_of(cfg))
    if begun is None:
        return HTMLResponse(refused_page(language_for(request), 403, theme_for(request)), 403)
    before = asked_of(request.scope).cookie(SECURE_COOKIE if secure else COOKIE)
    if before:
        sign_out(engine, hashed(before), now)
    kept = {"max_age": cfg.web.session_hours * 3600, "path": "/", "secure": secure, "samesite": "lax"}
    answer.set_cookie(SECURE_COOKIE if secure else COOKIE, session, httponly=True, **kept)  # type: ignore[arg-type]
    # Readable by scripts on purpose: the renderer copies it into a header, which a foreign page cannot do.
    answer.set_cookie(CSRF_COOKIE, begun.csrf_token, httponly=False, **kept)  # type: ignore[arg-type]
    language = language_said(engine, begun.viewer)
    if language:
        answer.set_cookie("lang", language, max_age=LANG_FOR_S, path="/", samesite="lax")
    _forget(answer, STEP_COOKIE, SECURE_STEP_COOKIE)
    return answer


@router.post("/logout")
def logout(request: Request) -> Response:
    session = request.state.session
    if session is not None:
        sign_out(request.app.state.house.engine, session.token_hash, real_now())
    answer = RedirectResponse("/login?why=signed_out", 303)
    _forget(answer, COOKIE, SECURE_COOKIE, CSRF_COOKIE)
    return answer


def _forget(answer: Response, *names: str) -> None:
    for name in names:
        # A browser refuses to touch a cookie named __Host-… by one that is not secure.
        answer.delete_cookie(name, path="/", secure=name.startswith("__Host-"), samesite="lax")
