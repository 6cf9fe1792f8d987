"""The page of services: what runs, what is late, what lasts too long, plan against done, and what does not fit together."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, and_, case, cast, func, or_, select

from dashboard.access import Viewer
from dashboard.queries.live import Heard, Live, Rules, live_parts, site_row
from dashboard.queries.places import PlaceFacts, places, seen_by, streets
from dashboard.queries.today import SiteToday, today_by_site
from dashboard.questions import SLEEPERS, Given, Meal, Situation, questions
from dashboard.service_rows import PlanCell, ProviderPlan, ServiceLine, ServiceMoved, ServicesFrame, StreetName
from models.base import HOUR, MINUTE, Instant
from models.civil_day import day_bounds, day_of, is_open, last_change
from models.place import Site
from models.service import Service

LINES_MOST, PROVIDERS_MOST, MOVED_MOST, GIVEN_MOST, QUESTIONS_MOST = 300, 200, 20, 5000, 50
STILL_RUNNING_DAYS = 7
"""A service that began earlier and never ended is history: nobody can end it now."""
STATES = ("planned", "running", "done", "confirmed", "cancelled")
ORDER = {"overrun": 0, "late": 1, "running": 2}


def services_now(connection: Connection, viewer: Viewer, now: Instant, rules: Rules) -> ServicesFrame:
    start, end = day_bounds(day_of(now, rules.zone), rules.zone)
    cells, providers = _plans(connection, viewer, start, end, now, rules)
    lines = _lines(connection, viewer, start, end, now, rules)
    mine = places(connection, viewer, now)
    seen = {place.street for place in mine}
    asked = questions(_situations(connection, viewer, mine, start, now, rules), now)
    return ServicesFrame(
        as_of=now,
        change=0,
        streets=tuple(StreetName(s.code, s.name_zh, s.name_en) for s in streets(connection) if s.code in seen),
        lines=tuple(lines),
        lines_total=sum(cell.running + cell.late for cell in cells),
        plan=cells,
        providers=providers,
        moved=tuple(_moved(connection, viewer, now)),
        questions=tuple(asked[:QUESTIONS_MOST]),
    )


def _late(now: Instant, rules: Rules) -> ColumnElement[bool]:
    return and_(Service.state == "planned", Service.due_at < now - rules.service_late_min * MINUTE)


def _overrun(now: Instant, rules: Rules) -> ColumnElement[bool]:
    lasted = cast(Service.minutes, BigInteger) * (MINUTE * rules.overrun_pct // 100)
    return and_(Service.state == "running", Service.started_at + lasted < now)


def _of_today(start: Instant, end: Instant) -> ColumnElement[bool]:
    """Due today, or running since a few days: both along the index of state and due time."""
    since = start - STILL_RUNNING_DAYS * 24 * HOUR
    running = and_(Service.state == "running", Service.due_at >= since, Service.due_at < start)
    return or_(and_(Service.state.in_(STATES), Service.due_at >= start, Service.due_at < end), running)


def _plans(
    connection: Connection, viewer: Viewer, start: Instant, end: Instant, now: Instant, rules: Rules
) -> tuple[tuple[PlanCell, ...], tuple[ProviderPlan, ...]]:
    late, overrun = case((_late(now, rules), 1), else_=0), case((_overrun(now, rules), 1), else_=0)
    due = case((or_(Service.due_at <= now, Service.state.in_(("running", "done", "confirmed"))), 1), else_=0)
    type_ = func.coalesce(Service.type, "")
    groups = (Site.code, Site.name_zh, Site.name_en, Site.street, type_, Service.state, late, overrun, due)
    named: list[Any] = [column.label(f"c{n}") for n, column in enumerate(groups)]
    grouped = (
        select(*named, func.count().label("n"))
        .join(Site, Site.id == Service.site_id)
        .where(seen_by(viewer), _of_today(start, end))
        .group_by(*named)
    )
    by_cell: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    by_site: dict[tuple[str, str, str, str], Counter[str]] = defaultdict(Counter)
    for site, zh, en, street, code, state, is_late, is_over, is_due, n in connection.execute(grouped):
        for counts in (by_cell[street, code], by_site[site, zh, en, street]):
            _count(counts, state, (is_late, is_over, is_due), n)
    cells = tuple(_cell(street, code, counts) for (street, code), counts in sorted(by_cell.items()))
    made = [ProviderPlan(site, zh, en, _cell(st, "", counts)) for (site, zh, en, st), counts in by_site.items()]
    made.sort(key=lambda one: (-one.plan.overrun, -one.plan.late, -one.plan.planned, one.site))
    return cells, tuple(made[:PROVIDERS_MOST])


def _count(counts: Counter[str], state: str, marks: tuple[int, int, int], n: int) -> None:
    if state == "cancelled":
        counts["cancelled"] += n
        return
    late, overrun, due = marks
    counts["planned"] += n
    counts["done" if state == "confirmed" else state if state != "planned" else "waiting"] += n
    counts["late"] += n * late
    counts["overrun"] += n * overrun
    counts["due"] += n * due


def _cell(street: str, type_: str, c: Counter[str]) -> PlanCell:
    return PlanCell(
        street, type_, c["planned"], c["due"], c["done"], c["running"], c["late"], c["overrun"], c["cancelled"]
    )


def _lines(
    connection: Connection, viewer: Viewer, start: Instant, end: Instant, now: Instant, rules: Rules
) -> list[ServiceLine]:
    """The most pressing of each state first, each for itself, so that many of one do not crowd out another."""
    over, late = _overrun(now, rules), _late(now, rules)
    wanted = {
        "overrun": (over, Service.started_at),
        "late": (late, Service.due_at),
        "running": (and_(Service.state == "running", func.coalesce(~over, True)), Service.started_at),
    }
    found: list[ServiceLine] = []
    for state, (fits, order) in wanted.items():
        rows = connection.execute(
            select(Service, Site.code, Site.name_zh, Site.name_en, Site.street)
            .join(Site, Site.id == Service.site_id)
            .where(seen_by(viewer), _of_today(start, end), fits)
            .order_by(order, Service.id)
            .limit(LINES_MOST)
        )
        found += [_line(row, state) for row in rows]
    return found[:LINES_MOST]


def _line(row: Any, state: str) -> ServiceLine:
    return ServiceLine(
        row.code, row.name_zh, row.name_en, row.street, row.type or "", state, row.due_at, row.started_at, row.minutes
    )


def _moved(connection: Connection, viewer: Viewer, now: Instant) -> Iterator[ServiceMoved]:
    """The last starts and ends of what was due in these hours."""
    ended = case((Service.state == "running", Service.started_at), else_=Service.completed_at)
    rows = connection.execute(
        select(ended.label("at"), Service.state, Service.type, Site.code, Site.name_zh, Site.name_en, Site.street)
        .join(Site, Site.id == Service.site_id)
        .where(
            seen_by(viewer),
            Service.state.in_(("running", "done", "confirmed")),
            Service.due_at.between(now - 4 * HOUR, now + HOUR),
            ended <= now,
        )
        .order_by(ended.desc(), Service.id)
        .limit(MOVED_MOST)
    )
    for row in rows:
        what = "started" if row.state == "running" else "completed"
        yield ServiceMoved(row.at, what, row.code, row.name_zh, row.name_en, row.street, row.type or "")


# -- what the questions are asked of ------------------------------------------------------------------------------------


def _situations(
    connection: Connection, viewer: Viewer, mine: Sequence[PlaceFacts], start: Instant, now: Instant, rules: Rules
) -> list[Situation]:
    live = live_parts(connection, mine)
    today = today_by_site(connection, day_of(now, rules.zone).isoformat(), start, now, rules.service_late_min)
    given = _given(connection, viewer, {place.id: (place, live[place.id].heard) for place in mine}, start, now, rules)
    return [_situation(one, live[one.id], today.get(one.id), given.get(one.id, []), now, rules) for one in mine]


def _situation(
    place: PlaceFacts, live: Live, today: SiteToday | None, given: list[Given], now: Instant, rules: Rules
) -> Situation:
    row = site_row(place, live, (), now, rules)
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


def _given(
    connection: Connection,
    viewer: Viewer,
    known: dict[int, tuple[PlaceFacts, Heard]],
    start: Instant,
    now: Instant,
    rules: Rules,
) -> dict[int, list[Given]]:
    rows = connection.execute(
        select(Service.site_id, Service.type, Service.started_at, Service.plan, Service.start)
        .join(Site, Site.id == Service.site_id)
        .where(
            seen_by(viewer),
            Service.state.in_(("running", "done", "confirmed")),
            Service.due_at >= start,
            Service.due_at <= now + HOUR,
            Service.started_at.between(start, now),
        )
        .order_by(Service.started_at.desc())
        .limit(GIVEN_MOST)
    )
    found: dict[int, list[Given]] = defaultdict(list)
    for row in rows:
        if row.site_id in known:
            place, door = known[row.site_id]
            opened = is_open(place.hours, door.door, door.door_at, row.started_at, rules.zone, rules.exceptions)
            found[row.site_id].append(Given(row.type or "", row.started_at, opened, _tokens(row.plan, row.start)))
    return found


def _tokens(*won: str | None) -> frozenset[str]:
    said = [json.loads(one)[1] for one in won if one]
    return frozenset(str(fields[who]) for fields in said for who in ("person", "worker") if fields.get(who))
