"""Every query that the live screens make: what each page asks at a tick of its stream, and what it asks as it opens."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

import config
from bench.events import site_code
from bench.lived import District
from bench.platform import STREETS
from dashboard.access import Viewer
from dashboard.alarm_desk import desk_frame
from dashboard.curve_reader import CurveReader
from dashboard.quality_shared import beside
from dashboard.queries.alarms import open_alarms, wide_alarms
from dashboard.queries.crowding import crowding
from dashboard.queries.days import day_list
from dashboard.queries.happenings import happenings
from dashboard.queries.ledgers import Memory
from dashboard.queries.live import Rules, changed_since, live_parts, site_row
from dashboard.queries.own_health import own_health
from dashboard.queries.places import PlaceFacts, places
from dashboard.queries.quality import lag_by_site, quality
from dashboard.queries.scope_curve import scope_curve
from dashboard.queries.services import open_services
from dashboard.queries.services_now import Known, ask, services_now, situations
from dashboard.queries.site import site_frame, site_page
from dashboard.queries.streams import integrity
from dashboard.queries.today import today_by_site
from dashboard.queries.unsigned import unsigned_days
from dashboard.queries.usual import usual_of_day, usual_reckoned_at
from dashboard.queries.wall import ack_p50_s, wall_services
from dashboard.queries.worker import clock_lost, numbers, worker_lag
from dashboard.rules import rules_of
from dashboard.today_reader import AT_ONCE, added_up
from models.base import MINUTE
from models.quality_grade import Limits

DISTRICT = Viewer("bench", "district", "")
STREET = Viewer("bench", "street", f"street:{STREETS[0].partition('=')[0]}")
SITE = site_code(0)
ONE_SITE = Viewer("bench", "site", f"site:{SITE}")
ALARM = 6
"""One that is settled: it has its whole story."""
SHOWN = 60
"""Rows that the page of quality draws."""


@dataclass
class Watching:
    """What the feed holds in memory while it asks."""

    district: District
    rules: Rules = field(init=False)
    limits: Limits = field(init=False)
    known: dict[str, Known] = field(default_factory=dict)
    """By scope."""
    ledgers: Memory = field(default_factory=Memory)
    slots: CurveReader = field(default_factory=CurveReader)
    facts: dict[int, PlaceFacts] = field(default_factory=dict)

    def __post_init__(self) -> None:
        cfg = config.load(environ={})
        self.rules = rules_of(cfg)
        self.limits = Limits(cfg.quality.lag_s, cfg.quality.offset_s, cfg.quality.automatic_pct)

    def look(self, connection: Connection) -> None:
        now = self.district.now
        today = today_by_site(connection, now, self.rules)
        everywhere = self.facts = {place.id: place for place in places(connection, DISTRICT, now)}
        live, plan = live_parts(connection, list(everywhere.values())), added_up(today, everywhere)
        rows = {id_: site_row(place, live[id_], (), now, self.rules) for id_, place in everywhere.items()}
        for viewer in (DISTRICT, STREET, ONE_SITE):
            mine = [one for one in everywhere.values() if viewer.sees(one.site, one.street, one.community)]
            kept = None if viewer is ONE_SITE else plan
            self.known[viewer.scope] = Known(mine, live, today, kept, rows)

    @property
    def site(self) -> PlaceFacts:
        return self.known[ONE_SITE.scope].places[0]


@dataclass(frozen=True)
class Asked:
    """`each`: a row comes back for each site, so with thousands of sites it is as long as they are many."""

    what: str
    when: str
    ask: Callable[[Connection, Watching], Any]
    each: bool = False


def _services(viewer: Viewer) -> Callable[[Connection, Watching], Any]:
    return lambda c, w: services_now(c, viewer, w.district.now, w.rules, w.known[viewer.scope], ())


def _questions(connection: Connection, w: Watching) -> Any:
    return ask(situations(connection, DISTRICT, w.known[""], w.district.now, w.rules), w.district.now)


def _today(sites: int | None) -> Callable[[Connection, Watching], Any]:
    def ask(connection: Connection, w: Watching) -> Any:
        some = None if sites is None else range(1, min(sites, w.district.sites) + 1)
        return today_by_site(connection, w.district.now, w.rules, some)

    return ask


def _just_now(viewer: Viewer) -> Callable[[Connection, Watching], Any]:
    def ask(connection: Connection, w: Watching) -> Any:
        only = {place.id for place in w.known[viewer.scope].places} if viewer.scope else None
        return happenings(connection, w.facts, w.district.now, 8, only)

    return ask


def _desk(viewer: Viewer, alarm: int | None = None) -> Callable[[Connection, Watching], Any]:
    return lambda connection, w: desk_frame(connection, viewer, alarm, w.district.now, w.rules)


def _curve(viewer: Viewer, anew: bool = False) -> Callable[[Connection, Watching], Any]:
    """`anew`: nothing is remembered yet, as once a day and at the start."""

    def ask(connection: Connection, w: Watching) -> Any:
        reader = CurveReader() if anew else w.slots
        for site in reader._sites.values():
            # As after five minutes at a living district: the last two of them have gone on at every site.
            site.events = site.events[:-2]
        return scope_curve(connection, viewer, w.district.now, w.rules, w.known[viewer.scope], reader.moved)

    return ask


def _quality(connection: Connection, w: Watching) -> Any:
    now, known = w.district.now, w.known[""]
    return (
        quality(connection, DISTRICT, now, w.rules, w.limits, known),
        beside(connection, [place.id for place in known.places[:SHOWN]], now, w.rules),
        own_health(connection, DISTRICT, now),
    )


def _open_services(connection: Connection, w: Watching) -> Any:
    return open_services(connection, DISTRICT, w.district.now, w.rules)


ASKED: tuple[Asked, ...] = (
    Asked("overview: has anything changed", "100 ms", lambda c, _w: numbers(c)),
    Asked(
        "overview: 50 sites that changed",
        "100 ms",
        lambda c, w: live_parts(c, [w.facts[id_] for id_ in changed_since(c, w.district.sites - 50)[0]]),
    ),
    Asked("overview: open alarms", "1 s", lambda c, _w: (open_alarms(c, DISTRICT), wide_alarms(c))),
    Asked("overview: today's sums of as many sites as are read at once", "100 ms", _today(AT_ONCE)),
    Asked("overview: today's sums of every site", "1 day", _today(None), each=True),
    Asked("overview: what happened just now, district", "2 s", _just_now(DISTRICT)),
    Asked("overview: what happened just now, a street", "2 s", _just_now(STREET)),
    Asked(
        "overview: our own row, the clock's, the usual's",
        "2 s",
        lambda c, w: (worker_lag(c), clock_lost(c, w.district.now, ()), usual_reckoned_at(c, w.district.day)),
    ),
    Asked("overview: lag of every site", "10 s", lambda c, w: lag_by_site(c, w.district.now), each=True),
    Asked("overview: what is usual", "1 day", lambda c, w: usual_of_day(c, w.district.day), each=True),
    Asked("overview: the day's curve, district", "5 min", _curve(DISTRICT), each=True),
    Asked("overview: the day's curve, district, the first of a day", "1 day", _curve(DISTRICT, anew=True), each=True),
    Asked("overview: the day's curve, a street", "5 min", _curve(STREET), each=True),
    Asked(
        "any page: the registry and its heads anew",
        "changed",
        lambda c, w: live_parts(c, places(c, DISTRICT, w.district.now)),
        each=True,
    ),
    Asked("site: frame", "200 ms", lambda c, w: site_frame(c, w.site, w.district.now, w.rules, w.ledgers)),
    Asked("site: page opens", "opening", lambda c, w: site_page(c, DISTRICT, SITE, w.district.now, w.rules)),
    Asked(
        "site: days that wait for a signature",
        "opening",
        lambda c, w: unsigned_days(c, ONE_SITE, w.district.now, w.rules, SITE),
    ),
    Asked("services: frame, district", "1 s", _services(DISTRICT)),
    Asked("services: frame, a street", "1 s", _services(STREET)),
    Asked("services: frame, a site", "1 s", _services(ONE_SITE)),
    Asked("services: questions, once for all scopes", "10 s", _questions, each=True),
    Asked("alarms: desk, district", "500 ms", _desk(DISTRICT)),
    Asked("alarms: desk, a street", "500 ms", _desk(STREET)),
    Asked("alarms: desk with one alarm", "500 ms", _desk(DISTRICT, ALARM)),
    Asked("quality: rows and what stands beside, once for all viewers", "10 s", _quality, each=True),
    Asked(
        "wall: services and answers",
        "8 s",
        lambda c, w: (wall_services(c, "", w.district.now, w.rules), ack_p50_s(c, "", w.district.now, w.rules)),
    ),
    Asked("public: how crowded", "5 min", lambda c, w: crowding(c.engine, w.district.now - 30 * MINUTE), each=True),
    Asked(
        "days: list opens",
        "opening",
        lambda c, w: day_list(c, DISTRICT, w.district.day, w.district.now, w.rules),
        each=True,
    ),
    Asked("api: services that are open", "call", _open_services, each=True),
    Asked("api: outboxes of a site", "call", lambda c, _w: integrity(c, DISTRICT, SITE)),
)
