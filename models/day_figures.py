"""The formulas of a day's blocks: from what happened to numbers. Pure; each says in one line what it counts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median_low

import msgspec

from models.base import HOUR, MINUTE, Instant
from models.bed import WHEREABOUTS
from models.day_blocks import Meals, Residents, Services, ShiftCheck, Staff, Visits, Voice

ONE_VISIT: Instant = 5 * MINUTE
"""A credential that comes again within this time has not come twice."""
STAY_MIN, STAY_MAX = MINUTE, 720 * MINUTE
STRICT_SELF_CARE = 15
"""Residents to one care worker where all can look after themselves: the least that the stricter ratio asks for."""
LONGEST_SHIFT: Instant = 16 * HOUR
SHIFT_CHECKS = (("night", 240), ("day", 600), ("evening", 960))
"""Name, and minutes after midnight on the district's clock at which is looked."""
CARERS = ("care", "nurse")
MEAL_MODES = ("dine_in", "pick_up", "delivery")


@dataclass(frozen=True)
class Passing:
    """A known person at a door; `counts` where cards are the area's number."""

    at: Instant
    person: str
    came: bool
    auto: bool
    counts: bool


def is_visit(before: Instant | None, at: Instant) -> bool:
    """Whether a card that came at `at`, and the last time before that, has come anew."""
    return before is None or at - before > ONE_VISIT


def visits(anonymous: int, passings: Sequence[Passing]) -> Visits:
    """`anonymous` is what the counters saw come in. `passings` in order of time."""
    came = by_card(passings)
    stays = _stays(passings)
    return Visits(
        entries=anonymous + sum(one.counts for one in came),
        anonymous=anonymous,
        named=len(came),
        persons=len({one.person for one in came}) if passings else None,
        stays=len(stays),
        stay_us=sum(stays),
        stay_median_us=median_low(stays) if stays else None,
    )


def by_card(passings: Iterable[Passing]) -> list[Passing]:
    """The entries that are visits; `passings` in order of time."""
    found, last_in = [], dict[str, Instant]()
    for one in (one for one in passings if one.came):
        before = last_in.get(one.person)
        last_in[one.person] = one.at
        if is_visit(before, one.at):
            found.append(one)
    return found


def _stays(passings: Iterable[Passing]) -> list[Instant]:
    inside: dict[str, Instant] = {}
    lengths = []
    for one in passings:
        if one.came:
            inside.setdefault(one.person, one.at)
        elif one.person in inside:
            length = one.at - inside.pop(one.person)
            if not one.auto and STAY_MIN <= length <= STAY_MAX:
                lengths.append(length)
    return lengths


@dataclass(frozen=True)
class Move:
    at: Instant
    person: str
    move: str


def residents(moves: Sequence[Move] | None, start: Instant, beds: int | None) -> Residents | None:
    """`moves` in order: those from `start` on are the day's, those before it at least the last of everybody on the roll;
    None: nobody has ever moved."""
    if moves is None:
        return None
    before = Counter(WHEREABOUTS[move] for move in _last(m for m in moves if m.at < start).values())
    now = Counter(WHEREABOUTS[move] for move in _last(moves).values())
    today = Counter(m.move for m in moves if m.at >= start)
    return Residents(
        roll_before=_on_roll(before),
        admitted=today["admit"],
        discharged=today["discharge"],
        died=today["death"],
        transferred=today["transfer"],
        roll=_on_roll(now),
        in_house=now["in_house"],
        on_leave=now["on_leave"],
        in_hospital=now["in_hospital"],
        beds=beds,
    )


def _last(moves: Iterable[Move]) -> dict[str, str]:
    return {m.person: m.move for m in moves}


def _on_roll(whereabouts: Counter[str]) -> int:
    return whereabouts.total() - whereabouts["gone"]


def ordered_of(tallies: Mapping[str, int], meal: str, mode: str) -> int:
    """Booked without what was cancelled; one that was cancelled without having been booked takes nothing from others."""
    way = f"{meal}.{mode}"
    return max(tallies.get(f"meal.booked.{way}", 0) - tallies.get(f"meal.cancelled.{way}", 0), 0)


def meals(tallies: Mapping[str, int]) -> Meals | None:
    """From the day's tallies `meal.KIND.MEAL.MODE` and the sums in fen."""
    said = {name: n for name, n in tallies.items() if name.startswith("meal.")}
    if not said:
        return None
    ways = [(meal, mode) for meal in ("breakfast", "lunch", "dinner") for mode in MEAL_MODES]
    table = {way: tuple(said.get(f"meal.{kind}.{'.'.join(way)}", 0) for kind in ("booked", "cancelled", "served"))
             for way in ways}  # fmt: skip
    ordered = {way: ordered_of(said, *way) for way in ways}
    served = {way: n for way, (_, _, n) in table.items()}
    by_mode = {mode: sum(n for way, n in served.items() if way[1] == mode) for _, mode in ways}
    return Meals(
        booked=sum(row[0] for row in table.values()),
        cancelled=sum(row[1] for row in table.values()),
        ordered=sum(ordered.values()),
        served=sum(served.values()),
        not_fetched=sum(max(ordered[way] - served[way], 0) for way in ways),
        lunch_ordered=sum(n for way, n in ordered.items() if way[0] == "lunch"),
        lunch_served=sum(n for way, n in served.items() if way[0] == "lunch"),
        subsidised=said.get("meal.subsidised", 0),
        priced=said.get("meal.priced", 0),
        price_fen=said.get("meal.price_fen", 0),
        subsidy_fen=said.get("meal.subsidy_fen", 0),
        **by_mode,
    )


@dataclass(frozen=True)
class Given:
    """A service that was due on the day, as its events say together."""

    type: str
    due_at: Instant
    started_at: Instant | None
    completed_at: Instant | None
    cancelled_by: str | None
    planned: bool
    price_fen: int | None


def services(given: Sequence[Given], end: Instant, on_time: Instant) -> Services | None:
    """What is known by `end`; `on_time` is how far from its time a start may lie. An end without a start is in time.

    Only what the elder called off is out of the plan; what the provider or the system called off was due and not done.
    """
    if not given:
        return None
    off = [one for one in given if _is_off(one, end)]
    live = [one for one in given if not _is_off(one, end)]
    plan = [one for one in given if one.planned and not (_is_off(one, end) and one.cancelled_by == "elder")]
    done = [one for one in plan if _is_done(one, end)]
    due = [one for one in plan if one.due_at + on_time <= end or _is_done(one, end)]
    late = [one for one in due if _is_late(one, end, on_time)]
    by = Counter(one.cancelled_by for one in off)
    priced = [one.price_fen for one in live if _is_done(one, end) and one.price_fen is not None]
    return Services(
        planned=len(plan),
        due=len(due),
        done=len(done),
        due_off=sum(1 for one in due if _is_off(one, end)),
        running=sum(1 for one in live if _is_begun(one, end) and not _is_done(one, end)),
        late=len(late),
        on_time=sum(1 for one in done if one.started_at is None or abs(one.started_at - one.due_at) <= on_time),
        cancelled_by_elder=by["elder"],
        cancelled_by_provider=by["provider"],
        cancelled_by_system=by["system"],
        unplanned=sum(1 for one in live if not one.planned),
        priced=len(priced),
        price_fen=sum(priced),
        by_type={
            type_: tuple(sum(1 for one in group if one.type == type_) for group in (plan, done, late, off))  # type: ignore[misc]
            for type_ in sorted({one.type for one in given})
        },
    )


def _is_done(one: Given, end: Instant) -> bool:
    return one.completed_at is not None and one.completed_at < end


def _is_off(one: Given, end: Instant) -> bool:
    return one.cancelled_by is not None and not _is_done(one, end)


def _is_begun(one: Given, end: Instant) -> bool:
    return one.started_at is not None and one.started_at < end


def _is_late(one: Given, end: Instant, on_time: Instant) -> bool:
    if _is_begun(one, end):
        return (one.started_at or 0) - one.due_at > on_time
    return not _is_done(one, end)


@dataclass(frozen=True)
class Shift:
    worker: str
    role: str
    on: Instant
    off: Instant


def shifts(events: Iterable[tuple[Instant, bool, str, str]], end: Instant) -> list[Shift]:
    """From (at, on, worker, role) in order; who never went off is thought to have gone after the longest shift."""
    on: dict[str, tuple[Instant, str]] = {}
    made = []
    for at, came, worker, role in events:
        if came:
            on.setdefault(worker, (at, role))
        elif worker in on:
            since, held = on.pop(worker)
            made.append(Shift(worker, held, since, at))
    made += [Shift(worker, role, since, min(end, since + LONGEST_SHIFT)) for worker, (since, role) in on.items()]
    return made


def staff(
    worked: Sequence[Shift], start: Instant, end: Instant, in_house: int | None, looks: Sequence[tuple[str, Instant]]
) -> Staff | None:
    """`worked` may reach over the day's borders: a night shift counts on both days for its hours.

    `looks`: the moments of the day at which is looked who is on duty, by the names of their shifts.
    """
    today = [one for one in worked if one.off > start and one.on < end]
    if not today:
        return None
    roles: dict[str, set[str]] = defaultdict(set)
    for one in today:
        roles[one.role].add(one.worker)
    need = None if in_house is None else -(-in_house // STRICT_SELF_CARE)
    checks = [(name, at) for name, at in sorted(looks, key=lambda look: look[1]) if at < end]
    return Staff(
        on_duty={role: len(workers) for role, workers in sorted(roles.items())},
        care_us=sum(min(one.off, end) - max(one.on, start) for one in today if one.role in CARERS),
        shifts=tuple(
            ShiftCheck(name, at, sum(1 for one in today if one.role == "care" and one.on <= at < one.off), need)
            for name, at in checks
        ),
    )


def voice(tallies: Mapping[str, int]) -> Voice | None:
    """Ratings of the day by score."""
    scores = {score: tallies.get(f"rating.{score}", 0) for score in range(1, 6)}
    if not any(scores.values()):
        return None
    return Voice(sum(scores.values()), scores[4] + scores[5], sum(score * n for score, n in scores.items()))


def percentile(values: Sequence[int], per_cent: int) -> int | None:
    """The smallest value that so many per cent of all do not exceed."""
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * per_cent // 100) - 1)] if ranked else None


def fields_of(rest: str | None) -> dict[str, str]:
    """A stored event's other fields."""
    said: dict[str, str] = msgspec.json.decode(rest or "{}")
    return said
