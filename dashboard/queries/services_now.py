"""The page of services: what runs, what is late, what lasts too long, plan against done, and what does not fit together.

Sums are those that the feed keeps; the lists are read along indexes, and their statements are built once for each scope.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from heapq import nsmallest
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, literal, select, true, union_all

from dashboard.access import Viewer
from dashboard.queries.live import Heard, Live, Rules, live_parts, site_row
from dashboard.queries.places import PlaceFacts, places, seen_by, streets
from dashboard.queries.today import (
    NOTHING_PLANNED,
    PLAN_COUNTS,
    Planned,
    SiteToday,
    asked_at,
    asked_between,
    plus,
    should_have_ended,
    today_by_site,
)
from dashboard.questions import AT_SITE, SLEEPERS, Given, Meal, Situation, questions
from dashboard.rows import SiteRow
from dashboard.service_rows import (
    PlanCell,
    ProviderPlan,
    Question,
    ServiceLine,
    ServiceMoved,
    ServicesFrame,
    StreetName,
)
from models.base import HOUR, Instant, big
from models.civil_day import is_open, last_change
from models.day_begin import days_lived, lives_among
from models.day_so_far import due_in_day, of_sites, service_counts
from models.place import Site
from models.service import Service

LINES_MOST, PROVIDERS_MOST, MOVED_MOST, GIVEN_MOST, QUESTIONS_MOST = 300, 200, 20, 5000, 50
MOVED_BACK = 4 * HOUR
SCOPES_KEPT = 256
"""Of so many scopes the statements are kept."""
ORDER = {"overrun": 0, "late": 1, "running": 2}
_RUNNING, _LATE, _OVERRUN = (PLAN_COUNTS.index(name) for name in ("running", "late", "overrun"))


@dataclass(frozen=True)
class Known:
    """What somebody has read already of the viewer's sites, as the feed has: places in the order of their codes."""

    places: Sequence[PlaceFacts]
    live: Mapping[int, Live]
    today: Mapping[int, SiteToday]
    plan: Mapping[tuple[str, str], Planned] | None = None
    """By street and type, where somebody has added it up; of more streets than these it may be."""
    rows: Mapping[int, SiteRow] = field(default_factory=dict)
    """As they were judged last; where there is none it is judged now."""


def services_now(
    connection: Connection,
    viewer: Viewer,
    now: Instant,
    rules: Rules,
    known: Known | None = None,
    asked: tuple[Question, ...] | None = None,
) -> ServicesFrame:
    """`known`: the viewer's sites, where somebody has read them already; `asked`: questions of a moment ago that still do, for
    they walk all sites and move slowly."""
    known = known or read_known(connection, viewer, now, rules)
    lines = _lines(connection, viewer.scope, known.places, now, rules)
    seen = {place.street for place in known.places}
    cells = _cells(known, seen)
    if asked is None:
        asked = ask(situations(connection, viewer, known, now, rules), now)
    return ServicesFrame(
        as_of=now,
        change=0,
        streets=tuple(StreetName(s.code, s.name_zh, s.name_en) for s in streets(connection) if s.code in seen),
        lines=tuple(lines),
        lines_total=max(len(lines), sum(cell.running + cell.late for cell in cells)),
        plan=cells,
        providers=tuple(_providers(known)),
        moved=tuple(_moved(connection, viewer.scope, now)),
        questions=asked,
    )


def read_known(connection: Connection, viewer: Viewer, now: Instant, rules: Rules) -> Known:
    mine = places(connection, viewer, now)
    only = [place.id for place in mine] if viewer.scope else None
    return Known(mine, live_parts(connection, mine), today_by_site(connection, now, rules, only))


# -- plan against done --------------------------------------------------------------------------------------------------


def _cells(known: Known, seen: set[str]) -> tuple[PlanCell, ...]:
    plan = known.plan if known.plan is not None else _added_up(known)
    return tuple(PlanCell(street, type_, *n) for (street, type_), n in sorted(plan.items()) if street in seen)


def _added_up(known: Known) -> dict[tuple[str, str], Planned]:
    plan: dict[tuple[str, str], Planned] = {}
    for place in known.places:
        for type_, n in known.today.get(place.id, SiteToday()).plan.items():
            plan[place.street, type_] = plus(plan.get((place.street, type_), NOTHING_PLANNED), n)
    return plan


def _providers(known: Known) -> Iterator[ProviderPlan]:
    """Those with the most that lasts too long, then that is late, then that is planned."""
    planned = ((place, today.all_planned) for place in known.places if (today := known.today.get(place.id)))
    some = ((place, n) for place, n in planned if n is not None)
    for place, n in nsmallest(PROVIDERS_MOST, some, key=_rank):
        yield ProviderPlan(place.site, place.name_zh, place.name_en, PlanCell(place.street, "", *n))


def _rank(one: tuple[PlaceFacts, Planned]) -> tuple[int, int, int, str]:
    place, n = one
    return -n[_OVERRUN], -n[_LATE], -n[0], place.site


# -- the lists ----------------------------------------------------------------------------------------------------------


def _lines(
    connection: Connection, scope: str, mine: Sequence[PlaceFacts], now: Instant, rules: Rules
) -> list[ServiceLine]:
    """The most pressing of each state first, each for itself, so that many of one do not crowd out another."""
    said, found = asked_at(now, rules), list[ServiceLine]()
    for state, wanted in _pressing(scope).items():
        rows = _late(connection, scope, mine, now, rules) if wanted is None else connection.execute(wanted, said)
        found += [_line(row, state) for row in rows]
    return found[:LINES_MOST]


def _late(connection: Connection, scope: str, mine: Sequence[PlaceFacts], now: Instant, rules: Rules) -> list[Any]:
    """Of the day that runs at each site: a night's is late until the morning, and what a day left undone is not the next's."""
    begins = {place.id: place.begins for place in mine if place.begins}
    days, found = days_lived(begins, None, now, rules.zone), list[Any]()
    for _, bounds, sites in days:
        wanted = _due_and_late(scope, sites is not None)
        if sites is None and len(days) > 1:
            wanted = wanted.where(lives_among(Service.site_id, None))
        found += connection.execute(wanted, asked_between(*bounds, now, rules) | {"sites": sites or []})
    return found if len(days) == 1 else nsmallest(LINES_MOST, found, key=lambda row: (row.due_at, row.id))


def _line(r: Any, state: str) -> ServiceLine:
    return ServiceLine(r.code, r.name_zh, r.name_en, r.street, r.type or "", state, r.due_at, r.started_at, r.minutes)


@lru_cache(SCOPES_KEPT)
def _pressing(scope: str) -> dict[str, Select[Any] | None]:
    """Only what stands in the index of due services is asked for: their rows are long. None: asked by each site's day."""
    running, over = Service.state == "running", should_have_ended()
    lately = and_(Service.due_at >= bindparam("since", type_=big), Service.due_at < bindparam("end", type_=big))
    fits = {
        "overrun": (and_(over, lately), Service.started_at),
        "late": None,
        "running": (and_(running, func.coalesce(~over, True), lately), Service.started_at),
    }
    return {state: asked and _lines_of(scope, *asked) for state, asked in fits.items()}


@lru_cache(SCOPES_KEPT)
def _due_and_late(scope: str, some: bool) -> Select[Any]:
    late = and_(service_counts()["late"], due_in_day(some), of_sites(Service.site_id, some))
    return _lines_of(scope, late, Service.due_at)


def _lines_of(scope: str, which: ColumnElement[bool], order: Any) -> Select[Any]:
    columns = (Service.id, Service.type, Service.due_at, Service.started_at, Service.minutes)
    return _at_sites(scope, *columns).where(which).order_by(order, Service.id).limit(LINES_MOST)


def _at_sites(scope: str, *columns: Any) -> Select[Any]:
    return (
        select(*columns, Site.code, Site.name_zh, Site.name_en, Site.street)
        .join(Site, Site.id == Service.site_id)
        .where(_within(scope))
    )


def _within(scope: str) -> ColumnElement[bool]:
    """A street's services are chosen among those that are pressing; by its hundreds of sites SQLite would walk all theirs."""
    kind, _, code = scope.partition(":")
    return func.coalesce(Site.street, "") == code if kind == "street" else seen_by(Viewer("", "", scope))


def _moved(connection: Connection, scope: str, now: Instant) -> Iterator[ServiceMoved]:
    """The last starts and ends of these hours."""
    said = {"now": now, "since": now - MOVED_BACK}
    for r in connection.execute(_last_moved(scope), said):
        yield ServiceMoved(r.at, r.what, r.code, r.name_zh, r.name_en, r.street, r.type or "")


@lru_cache(SCOPES_KEPT)
def _last_moved(scope: str) -> Any:
    """The newest of each kind along its own index, then the newest of both."""
    # Of a bare state SQLite would walk every service that ever was in it; what has an end is done, or confirmed.
    kinds = (
        ("started", Service.started_at, func.coalesce(Service.state, "") == "running"),
        ("completed", Service.completed_at, true()),
    )
    parts = []
    for what, at, state in kinds:
        lately = and_(at > bindparam("since", type_=big), at <= bindparam("now", type_=big))
        newest = _at_sites(scope, at.label("at"), literal(what).label("what"), Service.type, Service.id)
        parts.append(newest.where(state, lately).order_by(at.desc(), Service.id).limit(MOVED_MOST).subquery())
    both = union_all(*(select(part) for part in parts)).subquery()
    return select(both).order_by(both.c.at.desc(), both.c.id).limit(MOVED_MOST)


# -- what the questions are asked of ------------------------------------------------------------------------------------


def ask(of: Iterable[Situation], now: Instant) -> tuple[Question, ...]:
    return tuple(questions(list(of), now)[:QUESTIONS_MOST])


def situations(connection: Connection, viewer: Viewer, known: Known, now: Instant, rules: Rules) -> list[Situation]:
    """Of each site, in the order of their codes."""
    doors = {one.id: (one, known.live[one.id].heard) for one in known.places if one.id in known.live}
    given = _given(connection, viewer.scope, doors, now, rules)
    return [_situation(place, known, given.get(place.id, []), now, rules) for place, _ in doors.values()]


def _situation(place: PlaceFacts, known: Known, given: list[Given], now: Instant, rules: Rules) -> Situation:
    live, today = known.live[place.id], known.today.get(place.id)
    row = known.rows.get(place.id) or site_row(place, live, (), now, rules)
    came = today.visits if today else None
    slept = (row.people or 0) if place.kind in SLEEPERS else 0
    return Situation(
        site=place.site,
        name_zh=place.name_zh,
        name_en=place.name_en,
        street=place.street,
        kind=place.kind,
        people=row.people,
        present=None if came is None else came + slept,
        closed_since=_closed_since(place, live.heard, now, rules) if row.state == "closed" else None,
        meals=_meals(today.tallies) if today else (),
        given=tuple(given),
    )


def _closed_since(place: PlaceFacts, heard: Heard, now: Instant, rules: Rules) -> Instant | None:
    by_hand = heard.door_at if heard.door == "closed" else None
    planned = last_change(place.hours, now, rules.zone, rules.exceptions) if place.hours else None
    return max((at for at in (by_hand, planned) if at is not None), default=None)


def _meals(tallies: Counter[str]) -> tuple[Meal, ...]:
    made = []
    for meal in ("breakfast", "lunch", "dinner"):
        modes = {mode: tallies[f"meal.served.{meal}.{mode}"] for mode in ("dine_in", "pick_up", "delivery")}
        made.append(Meal(sum(modes.values()), modes["pick_up"] + modes["delivery"]))
    return tuple(made)


class Named(msgspec.Struct):
    """What a winning event says of people."""

    person: str | None = None
    worker: str | None = None


Won = tuple[Any, Named]
_READ = msgspec.json.Decoder(Won)


def _given(
    connection: Connection, scope: str, known: dict[int, tuple[PlaceFacts, Heard]], now: Instant, rules: Rules
) -> dict[int, list[Given]]:
    """Newest first; whether the door was open is asked only where it matters."""
    said = asked_at(now, rules) | {"soon": now + HOUR}
    found: dict[int, list[Given]] = defaultdict(list)
    for row in connection.execute(_given_today(scope), said):
        if row.site_id in known:
            place, door = known[row.site_id]
            was_open = row.type not in AT_SITE or is_open(
                place.hours, door.door, door.door_at, row.started_at, rules.zone, rules.exceptions
            )
            found[row.site_id].append(Given(row.type or "", row.started_at, was_open, _tokens(row.plan, row.start)))
    return found


@lru_cache(SCOPES_KEPT)
def _given_today(scope: str) -> Any:
    start, now = bindparam("start", type_=big), bindparam("now", type_=big)
    return (
        select(Service.site_id, Service.type, Service.started_at, Service.plan, Service.start)
        .join(Site, Site.id == Service.site_id)
        .where(
            seen_by(Viewer("", "", scope)),
            Service.state.in_(("running", "done", "confirmed")),
            Service.due_at >= start,
            Service.due_at <= bindparam("soon", type_=big),
            Service.started_at.between(start, now),
        )
        .order_by(Service.started_at.desc())
        .limit(GIVEN_MOST)
    )


def _tokens(*won: str | None) -> frozenset[str]:
    said = [_READ.decode(one)[1] for one in won if one]
    return frozenset(token for one in said for token in (one.person, one.worker) if token)
