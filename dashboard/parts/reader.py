"""Who reads, as far as the look goes: language, theme, time zone."""

from dataclasses import dataclass

from flask import current_app, request

from dashboard.words import Speech, language_of
from models.permission import allows

THEMES = ("light", "dark")


@dataclass(frozen=True)
class Reading:
    """What holds for the whole installation; stands in the Flask configuration under `READING`."""

    language: str
    """zh or en, where neither the viewer nor the browser has said."""
    zone: str
    """IANA zone in which the screens write times."""
    simulated: bool


@dataclass(frozen=True)
class Reader:
    """One reader of one request. `theme` None: as the browser prefers."""

    say: Speech
    theme: str | None
    zone: str
    simulated: bool
    name: str
    """Of the account; empty where nobody is signed in."""
    role: str

    def may(self, permission: str) -> bool:
        return allows(self.role, permission)


def reader() -> Reader:
    """The reader of the running request."""
    reading: Reading = current_app.config["READING"]
    language = language_of(
        request.args.get("lang"),
        request.cookies.get("lang"),
        request.headers.get("Accept-Language"),
        reading.language,
    )
    theme = request.cookies.get("theme")
    chosen = theme if theme in THEMES else None
    return Reader(Speech(language), chosen, reading.zone, reading.simulated, _viewer("name"), _viewer("role"))


def _viewer(what: str) -> str:
    """The gate in front has put the viewer into the request."""
    state = request.environ.get("asgi.scope", {}).get("state", {})
    return str(getattr(state.get("viewer"), what, ""))
