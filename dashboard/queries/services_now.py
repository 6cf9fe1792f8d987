"""The page of services: what runs, what is late, what lasts too long, plan against done, and what does not fit together."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, and_, case, cast, column, func, or_, select

from dashboard.access import Viewer
from dashboard.queries.live import Heard, Live, Rules, live_parts, site_row
from dashboard.queries.places import PlaceFacts, places, seen_by, streets
from dashboard.queries.today import SiteToday, today_by_site
from dashboard.questions import SLEEPERS, Given, Meal, Situation, questions
from dashboard.service_rows import (
    PlanCell,
    ProviderPlan,
    Question,
    ServiceLine,
    ServiceMoved,
    ServicesFrame,
    StreetName,
)
from models.base import HOUR, MINUTE, Instant
from models.civil_day import day_bounds, day_of, is_open, last_change
from models.day_so_far import STATES, service_counts, summed
from models.place import Site
from models.service import Service

LINES_MOST, PROVIDERS_MOST, MOVED_MOST, GIVEN_MOST, QUESTIONS_MOST = 300, 200, 20, 5000, 50
STILL_RUNNING_DAYS = 7
"""A service that began earlier and never ended is history: nobody can end it now."""
ORDER = {"overrun": 0, "late": 1, "running": 2}


@dataclass(frozen=True)
class Known:
    """What somebody has read already of the viewer's sites, as the feed has: places in the order of their codes."""

    places: Sequence[PlaceFacts]
    live: Mapping[int, Live]
    today: Mapping[int, SiteToday]


def services_now(
    connection: Connection,
    viewer: Viewer,
    now: Instant,
    rules: Rules,
    known: Known | None = None,
    asked: tuple[Question, ...] | None = None,
) -> ServicesFrame:
    """`asked` are questions of a moment ago that still do: they walk all sites and move slowly."""
    start, end = day_bounds(day_of(now, rules.zone), rules.zone)
    cells, providers = _plans(connection, viewer, start, end, now, rules)
    lines = _lines(connection, viewer, start, end, now, rules)
    mine = known.places if known else places(connection, viewer, now)
    seen = {place.street for place in mine}
    if asked is None:
        known = known or _read(connection, mine, now, rules)
        asked = tuple(questions(_situations(connection, viewer, known, start, now, rules), now)[:QUESTIONS_MOST])
    return ServicesFrame(
        as_of=now,
        change=0,
        streets=tuple(StreetName(s.code, s.name_zh, s.name_en) for s in streets(connection) if s.code in seen),
        lines=tuple(lines),
        lines_total=sum(cell.running + cell.late for cell in cells),
        plan=cells,
        providers=providers,
        moved=tuple(_moved(connection, viewer, now)),
        questions=asked,
    )


def _read(connection: Connection, mine: Sequence[PlaceFacts], now: Instant, rules: Rules) -> Known:
    today = today_by_site(connection, now, rules.zone, rules.service_late_min)
    return Known(mine, live_parts(connection, mine), today)


def _late(now: Instant, rules: Rules) -> ColumnElement[bool]:
    return service_counts(now, rules.service_late_min * MINUTE)["late"]


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
    """Added up by the database, from an index alone: today's rows are many, the sums few."""
    sums = _sums(now, rules)
    mine = (seen_by(viewer), _of_today(start, end))
    type_ = func.coalesce(Service.type, "").label("code")
    by_cell = select(Site.street, type_, *sums).join(Site, Site.id == Service.site_id).where(*mine)
    found = connection.execute(by_cell.group_by(Site.street, type_).order_by(Site.street, type_))
    cells = tuple(_cell(row.street, row.code, row) for row in found)
    by_site = select(Site.code, Site.name_zh, Site.name_en, Site.street, *sums).join(Site, Site.id == Service.site_id)
    worst: list[Any] = [column(name).desc() for name in ("overrun", "late", "planned")]
    ranked = by_site.where(*mine).group_by(Site.id).order_by(*worst, Site.code).limit(PROVIDERS_MOST)
    made = (ProviderPlan(r.code, r.name_zh, r.name_en, _cell(r.street, "", r)) for r in connection.execute(ranked))
    return cells, tuple(made)


def _sums(now: Instant, rules: Rules) -> list[Any]:
    counted = service_counts(now, rules.service_late_min * MINUTE) | {"overrun": _overrun(now, rules)}
    return summed(counted)


def _cell(street: str, type_: str, r: Any) -> PlanCell:
    return PlanCell(
        street, type_, *map(int, (r.planned, r.due, r.done, r.running, r.late, r.overrun, r.cancelled))
    )  # fmt: skip


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
    connection: Connection, viewer: Viewer, known: Known, start: Instant, now: Instant, rules: Rules
) -> list[Situation]:
    doors = {one.id: (one, known.live[one.id].heard) for one in known.places}
    given = _given(connection, viewer, doors, start, now, rules)
    return [
        _situation(one, known.live[one.id], known.today.get(one.id), given.get(one.id, []), now, rules)
        for one in known.places
    ]


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
