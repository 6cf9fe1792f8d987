"""How a page or a callback gets at data: always for a viewer, always from one consistent picture.

This file is the only one that registers a server callback with Dash. A callback's inputs come from a browser and may be
anything; what it may see is decided by the viewer that the gate has put into the request, never by an input.
"""

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from dash import callback
from flask import current_app, request
from sqlalchemy import Connection, Engine

from clock import Clock
from dashboard.access import Viewer
from dashboard.alarm_desk import desk_frame, with_hers
from dashboard.curve_reader import CurveReader
from dashboard.day_rows import DayListRows, DayPageRows, NotBegun, UnsignedDay
from dashboard.desk_rows import DeskFrame
from dashboard.history_reading import asked_of_address
from dashboard.history_rows import HistoryRows
from dashboard.noted import Withheld
from dashboard.picture import Picture
from dashboard.picture_known import caught_up, places_known
from dashboard.quality_shared import QualityShared
from dashboard.queries.days import day_list as read_day_list
from dashboard.queries.days import day_page as read_day_page
from dashboard.queries.days import not_begun
from dashboard.queries.deeds import ChainState, DeedRow, Sought, chain_state, deeds
from dashboard.queries.histories import histories as read_histories
from dashboard.queries.letters import LettersRows
from dashboard.queries.letters import letters_page as read_letters_page
from dashboard.queries.live import Rules
from dashboard.queries.places import PlaceFacts
from dashboard.queries.reports import scope_report as read_scope_report
from dashboard.queries.reports import site_report as read_site_report
from dashboard.queries.scope_curve import scope_curve as read_scope_curve
from dashboard.queries.services_now import services_now
from dashboard.queries.site import site_page as read_site_page
from dashboard.queries.unsigned import unsigned_days as read_unsigned_days
from dashboard.report_rows import ScopeReport, SiteReport
from dashboard.rows import ScopeCurve, SitePageRows
from dashboard.service_rows import ServicesFrame
from models.base import Instant
from models.civil_day import day_of
from models.database import read_only
from models.event import SLOT_US
from models.period import day_named, period_of
from models.quality_grade import Limits


@dataclass(frozen=True)
class House:
    """What every page stands on; in the Flask configuration under `HOUSE`."""

    engine: Engine
    clock: Clock
    rules: Rules
    limits: Limits
    quiet: tuple[str, str, int] = ("", "", 3)
    """The nightly quiet hours of the configuration: from, until, and the grades from which on they hold."""
    curves: dict[str, ScopeCurve] = field(default_factory=dict)
    """The last one of each scope that somebody looked at; good for its five minutes."""
    slots: CurveReader = field(default_factory=CurveReader)
    quality: QualityShared = field(default_factory=QualityShared)
    picture: Callable[[], Picture | None] = lambda: None
    """The feed's, while the database answers it: what stands in it no page need read again."""

    def curve_of(self, connection: Connection, viewer: Viewer, now: Instant) -> ScopeCurve:
        picture = self.picture()
        known = caught_up(connection, picture, viewer, now, self.rules) if picture else None
        return read_scope_curve(connection, viewer, now, self.rules, known, self.slots.moved)

    def places_of(self, connection: Connection, viewer: Viewer, now: Instant) -> list[PlaceFacts] | None:
        """As the feed knows them; None: they are to be read."""
        picture = self.picture()
        return places_known(connection, picture, viewer, now) if picture else None


def house() -> House:
    found: House = current_app.config["HOUSE"]
    return found


def viewer() -> Viewer:
    """Whom the gate has let in. Raises KeyError without a gate in front, which is a fault of the wiring."""
    found: Viewer = request.environ["asgi.scope"]["state"]["viewer"]
    return found


def withhold(address: str, search: str) -> None:
    """Leaves a word for the gate, which writes down what was refused to whom: this is not there, or not hers."""
    request.environ["asgi.scope"]["state"]["withheld"] = Withheld(address, search)


def guarded(*arguments: Any, **named: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a server callback whose first argument is the viewer."""

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        @callback(*arguments, **named)
        @functools.wraps(function)
        def run(*inputs: Any) -> Any:
            return function(viewer(), *inputs)

        return function

    return wrap


def day_page(site: str, day: str, version: str) -> DayPageRows | None:
    """A site's day for the viewer of the running request; `version` '' is the newest."""
    here, wanted = house(), day_named(day)
    if wanted is None or not re.fullmatch(r"[1-9][0-9]{0,8}|", version):
        return None
    with read_only(here.engine) as connection:
        number = int(version) if version else None
        return read_day_page(connection, viewer(), site, wanted, number, here.clock.now(), here.rules)


def day_not_begun(site: str, day: str) -> NotBegun | None:
    """Why there is no such day of a site of the running request's viewer: it begins later today."""
    here, wanted = house(), day_named(day)
    if wanted is None:
        return None
    with read_only(here.engine) as connection:
        return not_begun(connection, viewer(), site, wanted, here.clock.now(), here.rules)


def day_list(day: str) -> DayListRows | None:
    """All days of the viewer's sites; `day` '' is yesterday."""
    here = house()
    now = here.clock.now()
    wanted = day_named(day) if day else day_of(now, here.rules.zone) - timedelta(days=1)
    if wanted is None:
        return None
    with read_only(here.engine) as connection:
        return read_day_list(connection, viewer(), wanted, now, here.rules)


def unsigned_days(site: str = "") -> tuple[UnsignedDay, ...]:
    """Days that wait for the signature of the running request's viewer."""
    here = house()
    with read_only(here.engine) as connection:
        return read_unsigned_days(connection, viewer(), here.clock.now(), here.rules, site)


def site_report(site: str, name: str) -> SiteReport | None:
    """A week or month of a site for the viewer of the running request."""
    here, period = house(), period_of(name)
    if period is None or period.kind not in ("week", "month"):
        return None
    with read_only(here.engine) as connection:
        return read_site_report(connection, viewer(), site, period, here.clock.now(), here.rules)


def scope_report(name: str, street: str) -> ScopeReport | None:
    """A period of a street, or of all that the viewer of the running request sees."""
    here, period = house(), period_of(name)
    if period is None:
        return None
    with read_only(here.engine) as connection:
        now = here.clock.now()
        hers = here.places_of(connection, viewer(), now)
        return read_scope_report(connection, viewer(), street, period, now, here.rules, hers)


def today() -> date:
    """The civil day that runs."""
    return day_of(house().clock.now(), house().rules.zone)


def history_page(address: Mapping[str, str]) -> HistoryRows | None:
    """What an address asks, for the viewer of the running request. Raises NotAsked."""
    here, asked = house(), asked_of_address(address, today())
    with read_only(here.engine) as connection:
        now = here.clock.now()
        hers = here.places_of(connection, viewer(), now)
        return read_histories(connection, viewer(), asked, now, here.rules, hers)


def site_page(site: str) -> SitePageRows | None:
    """The page of a site for the viewer of the running request."""
    here = house()
    with read_only(here.engine) as connection:
        return read_site_page(connection, viewer(), site, here.clock.now(), here.rules)


def scope_curve() -> ScopeCurve:
    """Today's curve for the viewer of the running request; the page's stream moves its end."""
    here, asking = house(), viewer()
    now, known = here.clock.now(), here.curves.get(asking.scope)
    if known is None or known.now // SLOT_US != now // SLOT_US:
        with read_only(here.engine) as connection:
            known = here.curve_of(connection, asking, now)
        here.curves[asking.scope] = known
    return known


def services_page() -> ServicesFrame:
    """The page of services for the viewer of the running request."""
    here = house()
    with read_only(here.engine) as connection:
        return services_now(connection, viewer(), here.clock.now(), here.rules)


def desk_page(alarm: str) -> DeskFrame | None:
    """The alarms desk for the viewer of the running request; `alarm` '' is the list alone."""
    here = house()
    if not re.fullmatch(r"[1-9][0-9]{0,17}|", alarm):
        return None
    with read_only(here.engine) as connection:
        frame = desk_frame(connection, viewer(), int(alarm) if alarm else None, here.clock.now(), here.rules)
        return with_hers(connection, viewer(), frame) if frame else None


def letters_page() -> LettersRows:
    """The letters of the viewer of the running request."""
    here = house()
    with read_only(here.engine) as connection:
        return read_letters_page(connection, viewer(), here.clock.now())


def read_deeds(sought: Sought) -> tuple[list[DeedRow], ChainState | None]:
    """What was asked for of the deeds, and how the chain was found; the page asks first whether she may."""
    with read_only(house().engine) as connection:
        return deeds(connection, sought), chain_state(connection)
