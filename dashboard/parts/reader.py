"""Who reads, as far as the look goes: language, theme, time zone."""

from dataclasses import dataclass

from flask import current_app, request

from dashboard.words import Speech, language_of

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
    return Reader(Speech(language), theme if theme in THEMES else None, reading.zone, reading.simulated)
