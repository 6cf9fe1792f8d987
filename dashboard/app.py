"""Dash, its pages and their frame: wiring only."""

import logging
import secrets
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import dash
import flask
from dash.development.base_component import Component
from dash.exceptions import DependencyException
from sqlalchemy import Engine
from werkzeug.exceptions import HTTPException

from clock import Clock
from config import Config
from dashboard.gate import CSRF_COOKIE, lifetime_of
from dashboard.guarded import House
from dashboard.parts.document import Screen
from dashboard.parts.door import refused_page
from dashboard.parts.frame import frame
from dashboard.parts.missing import failed
from dashboard.parts.reader import Reading, reader
from dashboard.picture import Picture
from dashboard.queries.live import Rules
from models.quality_grade import Limits

HERE = Path(__file__).parent
log = logging.getLogger(__name__)


def limits_of(cfg: Config) -> Limits:
    return Limits(cfg.quality.lag_s, cfg.quality.offset_s, cfg.quality.automatic_pct)


def quiet_of(cfg: Config) -> tuple[str, str, int]:
    return cfg.alarms.quiet_from, cfg.alarms.quiet_until, cfg.alarms.quiet_grade


def house_of(
    cfg: Config, engine: Engine, clock: Clock, rules: Rules, picture: Callable[[], Picture | None] = lambda: None
) -> House:
    """`picture`: the feed's."""
    return House(engine, clock, rules, limits_of(cfg), quiet_of(cfg), picture=picture)


def create_app(cfg: Config, house: House) -> Any:
    """The Dash application on its own Flask server. It is never served without the gate in front."""
    server = flask.Flask("dashboard")
    server.config["HOUSE"] = house
    server.config["LIFETIME"] = lifetime_of(cfg)
    server.config["SEAL_KEY_FILE"] = cfg.database.seal_key_file
    server.config["READING"] = Reading(cfg.time.language, cfg.time.zone, cfg.web.simulated)
    server.register_error_handler(Exception, answer_failure)
    app = Screen(
        __name__,
        server=server,  # type: ignore[arg-type]
        use_pages=True,
        pages_folder=str(HERE / "pages"),
        assets_folder=str(HERE / "assets"),
        assets_ignore=r".*\.svg$|wall_.*",  # a wall loads its own files, and no page of people loads them
        suppress_callback_exceptions=True,
        prevent_initial_callbacks=True,
        update_title=None,  # type: ignore[arg-type]
        csrf_token_name=CSRF_COOKIE,
        csrf_header_name="X-CSRFToken",
        compress=False,
        title="",
    )
    app.layout = frame
    for page in dash.page_registry.values():
        page["layout"] = shown_or_failed(page["layout"])
    return app


def shown_or_failed(layout: Callable[..., Component]) -> Callable[..., Component]:
    """A page that cannot be made says so, with a number to quote that stands in the log, and leaves menu and alarms as they are."""

    @wraps(layout)
    def shown(**address: str) -> Component:
        try:
            return layout(**address)
        except Exception:
            code = f"E-{secrets.token_hex(2).upper()}"
            log.exception("a page failed", extra={"page": layout.__module__, "code": code})
            return failed(code)

    return shown


def answer_failure(error: Exception) -> Any:
    """A hostile or outdated callback body is the sender's fault; everything else is ours and is logged as such."""
    if isinstance(error, HTTPException):
        return error
    if isinstance(error, DependencyException):
        return flask.Response("", 404)  # a file that no library of Dash has
    status = 400 if flask.request.path == "/_dash-update-component" else 500
    log.exception("a page failed", extra={"path": flask.request.path[:80], "status": status})
    if status == 400 or flask.request.path.startswith("/_dash"):
        return flask.Response("", status)
    here = reader()
    return flask.Response(refused_page(here.say.language, status, here.theme), status)
