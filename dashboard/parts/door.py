"""Pages for those who are not signed in, as whole documents without a script: sign-in, one-time link, refusals."""

from functools import cache
from html import escape
from pathlib import Path

from dashboard.parts.document import document
from dashboard.words import Speech

OUTLINE = Path(__file__).parent / "outline.svg"
COMMAND = "python -m dashboard account link NAME"


def login_page(language: str, problem: str | None = None, theme: str | None = None) -> str:
    """How to sign in. `problem`: None, `expired`, `signed_out` or `plain_http`."""
    say = Speech(language)
    body = (
        f"<h1>{say('door.login')}</h1>{_problem(say, problem)}<p class='lead'>{say('door.lead')}</p>"
        f"<p class='soft'>{say('door.how')}</p><code>{COMMAND}</code>{_foot(say)}"
    )
    return _door(say, theme, say("door.login"), body)


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
    """What a person sees instead of a page: 403, 404, 410 (link used up), 429, 503."""
    say = Speech(language)
    code = str(status if status in (403, 404, 410, 429, 503) else 404)
    title, text = say.named("refused", code), say.named("refused", f"{code}.text")
    ways = [("/login", say("door.back")), ("/", say("missing.home"))]
    if status == 503:
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


def _problem(say: Speech, problem: str | None) -> str:
    if problem not in ("expired", "signed_out", "plain_http"):
        return ""
    mark = "<span class='st' data-state='late'></span>"
    return f"<p class='problem' role='status'>{mark}<span>{say.named('door', problem)}</span></p>"


def _foot(say: Speech) -> str:
    lang, other, name = ("en", "en", "English") if say.language == "zh" else ("zh-CN", "zh", "中文")
    link = f"<a class='link' href='?lang={other}' lang='{lang}'>{name}</a>"
    return f"<p class='sm mute'>{say('door.logged')}</p><p class='links'>{link}</p>"


@cache
def _outline() -> str:
    return OUTLINE.read_text("utf-8")
