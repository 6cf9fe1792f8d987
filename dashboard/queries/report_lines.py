"""A period's figures one by one: the page, the files and the tests read this one list. Ratios are made of added numbers only."""

from collections.abc import Iterator

from dashboard.day_rows import DayLine
from dashboard.queries.day_lines import FEWEST_ANSWERS, Line, lag_us
from dashboard.report_rows import PlaceLine
from models.base import HOUR
from models.day_figures import percentile
from models.day_sums import Sums
from models.quality import LAG_EDGES_S

_EVERY_DAY = ("safety", "gear")
"""Blocks that every summary has."""


def report_lines(s: Sums) -> tuple[DayLine, ...]:
    """A block that no day reports has no line."""
    return tuple(DayLine(*line) for part in _BLOCKS for line in part(s))


def days_of(s: Sums, block: str) -> int:
    """On how many of the days that are asked for a block was reported."""
    name = {"people": "visits", "money": "meals"}.get(block, block)
    return s[f"{name}.days"] - (s["days.off"] + s["days.ours"] if block in _EVERY_DAY else 0)


def _people(s: Sums) -> Iterator[Line]:
    if s["visits.days"]:
        yield "people", "entries", s["visits.entries"]
        # Who was counted came by card at least once: none at all is a site that sends no cards.
        yield "people", "person_days", s["visits.person_days"] or None
        yield "people", "stay_mean", s["visits.stay_us"], s["visits.stays"], "mean"
    if s["people.days"]:
        yield "people", "average", s["people.person_us"], s["people.us"], "per"
        yield "people", "load", s["load.person_us"], s["load.place_us"], "rate"
        yield "people", "highest", s.peak
        yield "people", "peak_on", s.peak_at, None, "moment"
        yield "people", "over_days", s["load.over_days"]
        yield "people", "person_time", s["people.person_us"], None, "us"


def _residents(s: Sums) -> Iterator[Line]:
    if not s["residents.days"]:
        return
    yield "residents", "bed_use_period", s["residents.in_beds"], s["residents.bed_days"], "rate"
    yield "residents", "occupancy", s["residents.roll_in_beds"], s["residents.bed_days"], "rate"
    yield "residents", "bed_days", s["residents.in_house"]
    yield "residents", "hospital_days", s["residents.in_hospital"]
    for name in ("admitted", "discharged", "died", "transferred"):
        yield "residents", name, s[f"residents.{name}"]
    yield "residents", "falls_rate", s["residents.falls"], s["residents.in_house"], "mille"
    yield "residents", "unbalanced", s["residents.unbalanced"]


def _meals(s: Sums) -> Iterator[Line]:
    if not s["meals.days"]:
        return
    yield "meals", "served", s["meals.served"], s["meals.ordered"], "pair"
    yield "meals", "lunch", s["meals.lunch_served"], s["meals.lunch_ordered"], "pair"
    for name in ("dine_in", "pick_up", "delivery"):
        yield "meals", name, s[f"meals.{name}"]
    yield "meals", "not_fetched", s["meals.not_fetched"], s["meals.ordered"], "rate"
    yield "meals", "subsidised", s["meals.subsidised"], s["meals.served"], "pair"


def _services(s: Sums) -> Iterator[Line]:
    if not s["services.days"]:
        return
    yield "services", "done", s["services.done"], s["services.planned"], "pair"
    yield "services", "done_rate", s["services.done"], s["services.due"], "rate"
    yield "services", "on_time", s["services.on_time"], s["services.done"], "rate"
    yield "services", "late", s["services.late"]
    for by in ("elder", "provider", "system"):
        yield "services", f"by_{by}", s[f"services.cancelled_by_{by}"]
    yield "services", "unplanned", s["services.unplanned"]
    for type_, planned in sorted(s.family("planned_by.").items()):
        yield "services", f"type.{type_}", s[f"done_by.{type_}"], planned, "pair"


def _safety(s: Sums) -> Iterator[Line]:
    if not s["safety.days"]:
        return
    yield "safety", "raised", s["safety.raised"]
    yield "safety", "urgent", s["safety.grade_1"]
    yield "safety", "false", s["answers.false"]
    yield "safety", "open", s["safety.open"]
    yield "safety", "falls", s["alarm_by.FALL"]
    if s["safety.incidents"]:
        yield "safety", "family_told", s["safety.family_told"], s["safety.incidents"], "pair"
    yield "safety", "answered", s["answers.acknowledged"], s["answers.called"], "pair"
    yield "safety", "unanswered", s["answers.unanswered"]
    for name, lengths in (("ack", s.waits), ("arrive", s.arrivals), ("close", s.closes)):
        yield "safety", f"{name}_p50", percentile(lengths, 50), None, "us"
        yield "safety", f"{name}_p90", percentile(lengths, 90), None, "us"
    yield "safety", "close_rate", s["answers.in_limit"], s["answers.limited"], "rate"
    for type_, n in sorted(s.family("alarm_by.").items()):
        yield "safety", f"type.{type_}", n


def _staff(s: Sums) -> Iterator[Line]:
    if not s["staff.days"]:
        return
    yield "staff", "care_time", s["staff.care_us"], None, "us"
    yield "staff", "care_per_day", s["staff.resident_care_us"], s["staff.resident_days"], "mean"
    yield "staff", "short", s["staff.short"], s["staff.checks"], "pair"


def _gear(s: Sums) -> Iterator[Line]:
    if not s["gear.days"]:
        return
    yield "gear", "heard", s["gear.heard_minutes"], s["gear.open_minutes"], "rate"
    yield "gear", "silences", s["gear.silences"]
    yield "gear", "silent", s["gear.silent_us"], None, "us"
    if s["gear.ours_us"]:
        yield "gear", "ours", s["gear.ours_us"], None, "us"
    yield "gear", "complete", *complete(s), "rate"
    yield "gear", "lag_p95", lag_us(s["gear.timed"], [s[f"gear.over_{edge}"] for edge in LAG_EDGES_S]), None, "lag"
    yield "gear", "late", s["gear.late"]
    if s["gear.late_by_us"]:
        yield "gear", "late_by_us", s["gear.late_by_us"]
    yield "gear", "typed", s["gear.typed"], s["gear.events"], "rate"
    yield "gear", "gap_rate", s["gear.gap"], s["gear.counted"], "rate"
    yield "gear", "wrong_clock", s["gear.wrong_clock"]


def complete(s: Sums) -> tuple[int, int]:
    """Minutes heard, of those in which we listened or of which something came later."""
    return s["minutes.heard"], s["minutes"] - s["minutes.ours"]


def asked(s: Sums) -> int:
    """Days that ask for a name: not those of an outage of our own, nor those on which a site was closed and nobody was there."""
    return s["days"] - s["days.ours"] - s["days.closed"]


def _money(s: Sums) -> Iterator[Line]:
    if s["meals.priced"] or s["meals.subsidised"]:
        yield "money", "subsidy", s["meals.subsidy_fen"], None, "fen"
        yield "money", "self_paid", s["meals.price_fen"] - s["meals.subsidy_fen"], None, "fen"
        yield "money", "meal_price", s["meals.price_fen"], s["meals.priced"], "mean_fen"
    if s["services.priced"]:
        yield "money", "services", s["services.price_fen"], None, "fen"


def _voice(s: Sums) -> Iterator[Line]:
    if not s["voice.days"]:
        return
    n = s["voice.ratings"]
    yield "voice", "ratings", n
    yield "voice", "satisfied", s["voice.satisfied"] if n >= FEWEST_ANSWERS else None, n, "rate"


_BLOCKS = (_people, _residents, _meals, _services, _safety, _staff, _gear, _money, _voice)


COLUMNS = ("days", "heard", "available", "alarms", "unanswered", "ack_p90", "done_rate", "signed", "entries", "hours")
"""Of a street or a site in a report of the district."""


def place_lines(place: PlaceLine) -> tuple[DayLine, ...]:
    """One for each column; what is not reported has no value."""
    s, up = place.sums, place.availability
    waits = s.waits
    made: dict[str, tuple[float | None, float | None, str]] = {
        "days": (s["days.heard"], place.expected_days, "pair"),
        "heard": (s["gear.heard_minutes"] if s["gear.days"] else None, s["gear.open_minutes"], "rate"),
        "available": (up.up_min if up else None, up.expected_min if up else None, "rate"),
        "alarms": (s["safety.raised"] if s["safety.days"] else None, None, "n"),
        "unanswered": (s["answers.unanswered"] if s["safety.days"] else None, s["answers.called"], "pair"),
        "ack_p90": (percentile(waits, 90), None, "us"),
        "done_rate": (s["services.done"] if s["services.days"] else None, s["services.due"], "rate"),
        "signed": (place.signed, asked(s), "pair"),
        "entries": (s["visits.entries"] if s["visits.days"] else None, None, "n"),
        # Of many sites together a mean would grow on the days on which only the large ones are open.
        "hours": (s["people.person_us"] if s["people.days"] else None, HOUR, "per"),
    }
    return tuple(DayLine("place", name, *made[name]) for name in COLUMNS)
