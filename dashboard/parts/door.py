"""Pages for those who are not signed in, as whole documents without a script: sign-in, one-time link, refusals."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from dashboard.parts.document import document
from dashboard.words import Speech

OUTLINE = Path(__file__).parent / "outline.svg"
COMMAND = "python -m dashboard account link NAME"


PROBLEMS = (
    "expired", "signed_out", "plain_http", "wrong", "often", "busy", "over",
    "provider_none", "provider_away", "provider_failed",
)  # fmt: skip


@dataclass(frozen=True)
class Door:
    """What a page before sign-in is made of: how it looks, what went wrong, and whether a provider is offered."""

    language: str
    theme: str | None = None
    problem: str | None = None
    wait_min: int = 0
    has_provider: bool = False


def login_page(door: Door, name: str = "") -> str:
    """By name and password, with a code where she has an app; by her organisation; or how to get a one-time link."""
    say = Speech(door.language)
    fields = (
        _input(say("door.name"), "name", name, autocomplete="username", most=64, is_first=not name)
        + _input(say("door.password"), "password", "", kind="password", autocomplete="current-password", most=128,
                 is_first=bool(name))
        + _code(say, most=19)
        + f"<p class='sm mute'>{say('door.code_hint')}</p>"
    )  # fmt: skip
    other = f"<a class='btn big' href='/login/provider'>{say('door.provider')}</a>"
    body = (
        f"<h1>{say('door.login')}</h1>{_problem(say, door)}{_form(say, '/login', fields)}"
        f"{_or(say) + other if door.has_provider else ''}"
        f"<p class='sm mute'>{say('door.lead')}</p><code>{COMMAND}</code>{_foot(say)}"
    )
    return _door(say, door.theme, say("door.login"), body)


def code_page(door: Door) -> str:
    """The password was right; the second factor is still to come."""
    say = Speech(door.language)
    body = (
        f"<h1>{say('door.step')}</h1>{_problem(say, door)}<p class='lead'>{say('door.step_lead')}</p>"
        f"{_form(say, '/login/code', _code(say, most=19, is_first=True))}{_begin_again(say)}"
    )
    return _door(say, door.theme, say("door.step"), body)


def setup_page(door: Door, picture: str, secret: str) -> str:
    """A role that must have a second factor sets it up before she is in."""
    say = Speech(door.language)
    body = (
        f"<h1>{say('door.setup')}</h1>{_problem(say, door)}<p class='lead'>{say('door.setup_lead')}</p>"
        f"<img class='qr' src='{escape(picture)}' alt='{escape(say('door.setup_qr'))}'>"
        f"<p class='sm mute'>{say('door.setup_secret')}</p><code>{escape(secret)}</code>"
        f"{_form(say, '/login/code', _code(say, most=7, is_first=True))}{_begin_again(say)}"
    )
    return _door(say, door.theme, say("door.setup"), body)


def codes_page(door: Door, codes: Sequence[str]) -> str:
    """Recovery codes, shown this once."""
    say = Speech(door.language)
    listed = "".join(f"<li>{escape(code)}</li>" for code in codes)
    body = (
        f"<h1>{say('door.codes')}</h1><p class='lead'>{say('door.codes_lead')}</p><ul class='codes'>{listed}</ul>"
        f"<a class='btn main big' href='/'>{say('door.codes_kept')}</a>"
    )
    return _door(say, door.theme, say("door.codes"), body)


def enter_page(
    language: str, action: str, csrf_name: str | None = None, csrf: str | None = None, theme: str | None = None
) -> str:
    """One button that posts to `action`: a link that is only looked at (by a mail scanner, say) is not used up."""
    say = Speech(language)
    hidden = f"<input type='hidden' name='{escape(csrf_name)}' value='{escape(csrf or '')}'>" if csrf_name else ""
    body = (
        f"<h1>{say('door.login')}</h1><p class='lead'>{say('door.enter_lead')}</p>"
        f"<form method='post' action='{escape(action)}'>{hidden}"
        f"<button class='btn main big' type='submit' autofocus>{say('door.enter')}</button></form>{_foot(say)}"
    )
    return _door(say, theme, say("door.login"), body)


def refused_page(language: str, status: int, theme: str | None = None) -> str:
    """What a person sees instead of a page: 403, 404, 410 (link used up), 429, 500, 503."""
    say = Speech(language)
    code = str(status if status in (403, 404, 410, 429, 503) else 500 if status >= 500 else 404)
    title, text = say.named("refused", code), say.named("refused", f"{code}.text")
    ways = [("/login", say("door.back")), ("/", say("missing.home"))]
    if status >= 500:
        # The same address once more: nobody has to sign in anew because the database was away.
        ways = [("", say("door.again")), ("/", say("missing.home"))]
    links = "".join(f"<a class='link' href='{href}'>{word}</a>" for href, word in ways)
    body = f"<h1>{title}</h1><p class='lead'>{text}</p><p class='links'>{links}</p>"
    return _door(say, theme, title, body)


def _door(say: Speech, theme: str | None, title: str, body: str) -> str:
    name = f"<span><span>{say('brand.first')}</span><span>{say('brand.second')}</span></span>"
    brand = f"<div class='brand'><img src='/assets/marks/logo.svg' alt=''>{name}</div>"
    art = f"<div class='art'>{brand}{_outline()}<p>{say('door.demo')}</p></div>"
    main = f"<main class='signin'>{art}<div class='form'>{body}</div></main>"
    return document(say, theme, f"{title} | {say('brand')}", main, kind="door")


def _problem(say: Speech, door: Door) -> str:
    if door.problem not in PROBLEMS:
        return ""
    mark, word = "<span class='st' data-state='late'></span>", say.named("door", door.problem)
    return f"<p class='problem' role='alert'>{mark}<span>{word.format(minutes=door.wait_min)}</span></p>"


def _form(say: Speech, action: str, fields: str) -> str:
    go = f"<button class='btn main big' type='submit'>{say('door.login')}</button>"
    return f"<form method='post' action='{action}'>{fields}{go}</form>"


def _input(
    label: str,
    name: str,
    value: str,
    *,
    autocomplete: str,
    most: int,
    kind: str = "text",
    more: str = "",
    is_first: bool = False,
) -> str:
    first = " autofocus" if is_first else ""
    return (
        f"<label><span>{label}</span><input name='{name}' type='{kind}' value='{escape(value)}' maxlength='{most}' "
        f"autocomplete='{autocomplete}' autocapitalize='off' spellcheck='false'{more}{first}></label>"
    )


def _code(say: Speech, most: int, is_first: bool = False) -> str:
    more = " placeholder='000 000'" + (" inputmode='numeric'" if most < 8 else "") + (" required" if is_first else "")
    return _input(say("door.code"), "code", "", autocomplete="one-time-code", most=most, more=more, is_first=is_first)


def _or(say: Speech) -> str:
    return f"<p class='or'><span>{say('door.or')}</span></p>"


def _begin_again(say: Speech) -> str:
    return f"<p class='links'><a class='link' href='/login'>{say('door.back')}</a></p>"


def _foot(say: Speech) -> str:
    lang, other, name = ("en", "en", "English") if say.language == "zh" else ("zh-CN", "zh", "中文")
    link = f"<a class='link' href='?lang={other}' lang='{lang}'>{name}</a>"
    return f"<p class='sm mute'>{say('door.logged')}</p><p class='links'>{link}</p>"


@cache
def _outline() -> str:
    return OUTLINE.read_text("utf-8")
