"""The forms of one's own account: password, language, second factor, sessions."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response

from clock import real_now
from config import Config
from dashboard import own_account
from dashboard.actions import ActionRefused
from dashboard.acts.posted import Body, answer, here, read
from dashboard.own_account import Self
from dashboard.problems import Problem
from dashboard.second_factor import qr_of, spaced
from models.sealing import Seal, seal_of

router = APIRouter(prefix="/act/account", include_in_schema=False)

STATUS = {
    "403": 403,
    "404": 404,
    "often": 429,
    "busy": 503,
    "same": 409,
    "has": 409,
    "disabled": 409,
    "last": 409,
    "self": 409,
}
"""Everything else is 400."""


class PasswordForm(msgspec.Struct, forbid_unknown_fields=True):
    new: Annotated[str, msgspec.Meta(max_length=1024)]
    old: Annotated[str, msgspec.Meta(max_length=1024)] = ""


class CodeForm(msgspec.Struct, forbid_unknown_fields=True):
    code: Annotated[str, msgspec.Meta(max_length=32)]


class LanguageForm(msgspec.Struct, forbid_unknown_fields=True):
    language: Annotated[str, msgspec.Meta(max_length=8)]


@router.post("/password")
def password(request: Request, body: Body) -> Response:
    said: PasswordForm = read(body, PasswordForm)
    done(own_account.change_password, _self(request), request.app.state.passwords, said.old, said.new)
    return answer({"done": True})


@router.post("/language")
def language(request: Request, body: Body) -> Response:
    said: LanguageForm = read(body, LanguageForm)
    done(own_account.set_language, _self(request), said.language)
    answered = answer({"done": True})
    answered.set_cookie("lang", said.language, max_age=365 * 24 * 3600, path="/", samesite="lax")
    return answered


@router.post("/factor/begin")
def begin_factor(request: Request) -> Response:
    who = _self(request)
    secret = done(own_account.begin_factor, who, _seal(request))
    return answer({"picture": qr_of(secret, who.name), "secret": spaced(secret)})


@router.post("/factor/confirm")
def confirm_factor(request: Request, body: Body) -> Response:
    said: CodeForm = read(body, CodeForm)
    return answer({"codes": done(own_account.confirm_factor, _self(request), _seal(request), said.code)})


@router.post("/factor/codes")
def renew_codes(request: Request, body: Body) -> Response:
    said: CodeForm = read(body, CodeForm)
    return answer({"codes": done(own_account.renew_codes, _self(request), _seal(request), said.code)})


@router.post("/factor/remove")
def remove_factor(request: Request, body: Body) -> Response:
    said: CodeForm = read(body, CodeForm)
    done(own_account.remove_factor, _self(request), _seal(request), said.code)
    return answer({"done": True})


@router.post("/sessions/end")
def end_other_sessions(request: Request) -> Response:
    return answer({"ended": done(own_account.end_other_sessions, _self(request))})


@router.post("/sessions/{key}/end")
def end_session(request: Request, key: str) -> Response:
    done(own_account.end_session, _self(request), key)
    return answer({"done": True})


def _self(request: Request) -> Self:
    house, _ = here(request)
    return Self(house.engine, request.state.session, request.client.host if request.client else "", real_now())


def _seal(request: Request) -> Seal:
    cfg: Config = request.app.state.cfg
    return seal_of(cfg.database.seal_key_file)


def done(deed: Callable[..., Any], *given: Any) -> Any:
    """What it gives; a refusal is a problem whose title is a key of the page's words."""
    try:
        return deed(*given)
    except ActionRefused as refusal:
        raise Problem(STATUS.get(str(refusal), 400), str(refusal)) from refusal
