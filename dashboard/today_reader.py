"""Today's sums as the feed keeps them: of a site read anew only when something happened there, or its time has come."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice

from sqlalchemy import Connection

from dashboard.queries.live import Rules
from dashboard.queries.places import PlaceFacts
from dashboard.queries.today import NOTHING_PLANNED, Planned, SiteToday, plus, today_by_site
from models.base import Instant
from models.civil_day import day_of

AT_ONCE = 50
"""Sites read in one look; thousands that speak at once take some looks more, and every look stays short."""
ROUNDS = 30
"""So many rounds, a minute's, go over every site once: what changes a row without any event is seen then."""

Cell = tuple[str, str]
"""A street and a type of service."""


@dataclass(frozen=True, slots=True)
class TodaySums:
    """By site number; and its plans added up by street and type, so that nobody walks all sites to show a district's."""

    day: date | None = None
    places: Mapping[int, PlaceFacts] = field(default_factory=dict)
    """By which the plan was added up."""
    sites: Mapping[int, SiteToday] = field(default_factory=dict)
    plan: Mapping[Cell, Planned] = field(default_factory=dict)


def added_up(sites: Mapping[int, SiteToday], places: Mapping[int, PlaceFacts]) -> dict[Cell, Planned]:
    return _with({}, [(places[id_].street, one.plan, 1) for id_, one in sites.items() if id_ in places])


def _with(plan: Mapping[Cell, Planned], parts: Iterable[tuple[str, Mapping[str, Planned], int]]) -> dict[Cell, Planned]:
    """`parts`: a street, what is planned there by type, and whether it comes (1) or goes (-1)."""
    made = dict(plan)
    for street, by_type, sign in parts:
        for type_, n in by_type.items():
            made[street, type_] = plus(made.get((street, type_), NOTHING_PLANNED), tuple(sign * one for one in n))
    return {cell: n for cell, n in made.items() if any(n)}


class TodayReader:
    """One for the life of the process, used by one thread at a time."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._touched: set[int] = set()
        self._waiting: dict[int, None] = {}
        """What is left of the last round, in the order in which it came."""
        self._turn = 0

    @property
    def is_behind(self) -> bool:
        return bool(self._waiting)

    def touched(self, sites: Iterable[int]) -> None:
        """Something happened there: the next round reads them."""
        self._touched.update(sites)

    def round(
        self, connection: Connection, known: TodaySums, places: Mapping[int, PlaceFacts], now: Instant
    ) -> TodaySums:
        """The sums as they are now: of the sites that were touched, and of those whose time or turn has come."""
        day = day_of(now, self._rules.zone)
        if day != known.day:
            made = today_by_site(connection, now, self._rules)
            self._touched, self._waiting = set(), {}
            return TodaySums(day, places, made, added_up(made, places))
        if places is not known.places:
            known = replace(known, places=places, plan=added_up(known.sites, places))
            self.touched(places)
        self._turn = (self._turn + 1) % ROUNDS
        due = (id_ for id_, one in known.sites.items() if one.moves_at is not None and one.moves_at <= now)
        turn = (id_ for id_ in places if id_ % ROUNDS == self._turn)
        self._waiting.update(dict.fromkeys((*self._touched, *due, *turn)))
        self._touched = set()
        return self.go_on(connection, known, now)

    def go_on(self, connection: Connection, known: TodaySums, now: Instant) -> TodaySums:
        """The next ones of the round."""
        taken = list(islice(self._waiting, AT_ONCE))
        if not taken:
            return known
        found = today_by_site(connection, now, self._rules, taken)
        mine = [(id_, known.places[id_].street) for id_ in taken if id_ in known.places]
        goes = [(street, known.sites[id_].plan, -1) for id_, street in mine if id_ in known.sites]
        comes = [(street, found[id_].plan, 1) for id_, street in mine if id_ in found]
        sites = dict(known.sites)
        for id_ in taken:
            sites.pop(id_, None)
            del self._waiting[id_]
        return replace(known, sites=sites | found, plan=_with(known.plan, goes + comes))
