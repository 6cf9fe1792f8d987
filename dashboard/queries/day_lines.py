"""A day's figures one by one, in the order of the sheet: the page, the exports and the tests read this one list."""

from collections.abc import Callable, Iterator, Sequence
from math import inf

from dashboard.day_rows import DayLine, DayPageRows
from models.base import SECOND
from models.day import DaySummary
from models.day_blocks import Gear, Meals, Residents, Safety, Services, Staff, Visits, Voice
from models.day_sums import Sums
from models.quality import LAG_EDGES_S, lag_p95

BLOCKS = ("people", "residents", "meals", "services", "safety", "staff", "gear", "money", "voice")
FEWEST_ANSWERS = 10
"""Below so many ratings no share of the satisfied is shown."""


def day_lines(day: DaySummary) -> tuple[DayLine, ...]:
    """A block that is not there has no line: it is not reported."""
    return tuple(DayLine(*line) for block in _BLOCKS for line in block(day))


Line = tuple[str, str, int | float | None] | tuple[str, str, int | float | None, int | float | None, str]


def _people(day: DaySummary) -> Iterator[Line]:
    v: Visits | None = day.visits
    if v is None:
        return
    yield "people", "entries", v.entries
    yield "people", "anonymous", v.anonymous
    yield "people", "named", v.named
    yield "people", "persons", v.persons
    yield "people", "peak", day.peak, day.capacity, "pair"
    yield "people", "peak_at", day.peak_at, None, "at"
    yield "people", "at_end", day.people_at_end
    yield "people", "stay_mean", v.stay_us if v.stays else None, v.stays, "mean"
    yield "people", "stay_median", v.stay_median_us, None, "us"
    yield "people", "person_hours", day.person_hours, None, "h"
    if day.reading and day.reading.guests:
        yield "people", "new_faces", day.reading.guests.new
        yield "people", "regulars", day.reading.guests.missing, day.reading.guests.regulars, "pair"


def _residents(day: DaySummary) -> Iterator[Line]:
    r: Residents | None = day.residents
    if r is None:
        return
    yield "residents", "roll", r.roll
    yield "residents", "in_house", r.in_house
    yield "residents", "in_hospital", r.in_hospital
    yield "residents", "on_leave", r.on_leave
    yield "residents", "occupancy", r.roll, r.beds, "rate"
    yield "residents", "bed_use", r.in_house, r.beds, "rate"
    yield "residents", "open_beds", None if r.beds is None else r.beds - r.roll
    yield "residents", "admitted", r.admitted
    yield "residents", "discharged", r.discharged
    yield "residents", "died", r.died
    yield "residents", "transferred", r.transferred
    if day.safety:
        yield "residents", "falls_rate", day.safety.by_type.get("FALL", 0), r.in_house, "mille"
    yield "residents", "balanced", int(r.is_balanced), None, "yes"


def _meals(day: DaySummary) -> Iterator[Line]:
    m: Meals | None = day.meals
    if m is None:
        return
    yield "meals", "served", m.served, m.ordered, "pair"
    yield "meals", "lunch", m.lunch_served, m.lunch_ordered, "pair"
    yield "meals", "dine_in", m.dine_in
    yield "meals", "pick_up", m.pick_up
    yield "meals", "delivery", m.delivery
    yield "meals", "not_fetched", m.not_fetched if day.reading else None, m.ordered, "rate"
    yield "meals", "subsidised", m.subsidised, m.served, "pair"


def _services(day: DaySummary) -> Iterator[Line]:
    s: Services | None = day.services
    if s is None:
        return
    yield "services", "done", s.done, s.planned, "pair"
    yield "services", "done_rate", s.done, s.due, "rate"
    yield "services", "on_time", s.on_time, s.done, "rate"
    yield "services", "late", s.late
    yield "services", "running", s.running
    yield "services", "by_elder", s.cancelled_by_elder
    yield "services", "by_provider", s.cancelled_by_provider
    yield "services", "by_system", s.cancelled_by_system
    yield "services", "unplanned", s.unplanned
    for type_, (planned, done, _, _) in sorted(s.by_type.items()):
        yield "services", f"type.{type_}", done, planned, "pair"


def _safety(day: DaySummary) -> Iterator[Line]:
    s: Safety | None = day.safety
    if s is None:
        return
    yield "safety", "raised", s.raised
    yield "safety", "false", s.false
    yield "safety", "open", s.open
    yield "safety", "falls", s.by_type.get("FALL", 0)
    if s.incidents:
        yield "safety", "family_told", s.family_told, s.incidents, "pair"
    yield "safety", "answered", s.acknowledged, s.called, "pair"
    yield "safety", "unanswered", s.unanswered
    yield "safety", "ack_p50", s.ack_p50_us, None, "us"
    yield "safety", "ack_p90", s.ack_p90_us, None, "us"
    yield "safety", "arrive_p50", s.arrive_p50_us, None, "us"
    yield "safety", "arrive_p90", s.arrive_p90_us, None, "us"
    yield "safety", "close_p50", s.close_p50_us, None, "us"
    yield "safety", "close_p90", s.close_p90_us, None, "us"
    yield "safety", "close_rate", s.in_limit, s.limited, "rate"
    for type_, n in sorted(s.by_type.items()):
        yield "safety", f"type.{type_}", n


def _staff(day: DaySummary) -> Iterator[Line]:
    s: Staff | None = day.staff
    if s is None:
        return
    for check in s.shifts:
        yield "staff", f"shift_{check.shift}", check.care, check.need, "pair"
    yield "staff", "care_time", s.care_us, None, "us"
    if day.residents and day.residents.in_house:
        yield "staff", "care_per_resident", s.care_us, day.residents.in_house, "mean"
    yield "staff", "on_duty", sum(s.on_duty.values())


def _gear(day: DaySummary) -> Iterator[Line]:
    g: Gear | None = day.gear
    if g is None:
        return
    silent = sum(until - since for since, until in g.silences)
    yield "gear", "opened_at", next((door.at for door in day.doors if door.opened), None), None, "at"
    yield "gear", "closed_at", next((door.at for door in reversed(day.doors) if not door.opened), None), None, "at"
    yield "gear", "heard", g.heard_minutes, g.open_minutes, "rate"
    yield "gear", "silent", silent, None, "us"
    if g.ours:
        yield "gear", "ours", sum(until - since for since, until in g.ours), None, "us"
    yield "gear", "complete", min(day.minutes_heard, day.minutes_expected), day.minutes_expected, "rate"
    yield "gear", "lag_p95", lag_us(g.timed, g.over), None, "lag"
    yield "gear", "late", g.late
    if g.late_by_us:
        yield "gear", "late_by_us", g.late_by_us
    yield "gear", "typed", g.typed, g.events, "rate"
    yield "gear", "gap", max((abs(c.counter - c.staff) for c in g.checks), default=None)
    yield "gear", "wrong_clock", g.wrong_clock


def _money(day: DaySummary) -> Iterator[Line]:
    m = day.meals if day.meals and (day.meals.priced or day.meals.subsidised) else None
    if m is not None:
        yield "money", "subsidy", m.subsidy_fen, None, "fen"
        yield "money", "self_paid", m.price_fen - m.subsidy_fen, None, "fen"
        yield "money", "meal_price", m.price_fen, m.priced, "mean_fen"
    if day.services and day.services.priced:
        yield "money", "services", day.services.price_fen, None, "fen"


def _voice(day: DaySummary) -> Iterator[Line]:
    v: Voice | None = day.voice
    if v is None:
        return
    yield "voice", "ratings", v.ratings
    yield "voice", "satisfied", v.satisfied if v.ratings >= FEWEST_ANSWERS else None, v.ratings, "rate"


def page_lines(rows: DayPageRows) -> tuple[DayLine, ...]:
    """The day's own, and the month's money up to it."""
    return (*day_lines(rows.summary), *month_lines(rows.month))


def month_lines(month: Sums | None) -> tuple[DayLine, ...]:
    return tuple(DayLine(*line) for line in _month(month))


def _month(s: Sums | None) -> Iterator[Line]:
    if s is None:
        return
    if s["meals.priced"] or s["meals.subsidised"]:
        yield "money", "subsidy_month", s["meals.subsidy_fen"], None, "fen"
        yield "money", "self_paid_month", s["meals.price_fen"] - s["meals.subsidy_fen"], None, "fen"
    if s["services.priced"]:
        yield "money", "services_month", s["services.price_fen"], None, "fen"


def lag_us(timed: int, over: Sequence[int]) -> int | None:
    """From happening to reception, P95; one more than the last edge where it lies beyond, which nobody counted."""
    p95_s = lag_p95(timed, over)
    if p95_s is None:
        return None
    return LAG_EDGES_S[-1] * SECOND + 1 if p95_s == inf else round(p95_s * SECOND)


_BLOCKS: tuple[Callable[[DaySummary], Iterator[Line]], ...] = (
    _people, _residents, _meals, _services, _safety, _staff, _gear, _money, _voice,
)  # fmt: skip
