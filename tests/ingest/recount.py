"""A day's figures out of its raw events by plain loops: every line of the sheet, and none of the product's formulas.

An event is as on the wire, with `_at` (when its device says), `_got` (when it was received) and for an alarm `_seen`,
`_there` and `_closed`: when somebody acknowledged it, came to the spot and closed it.
"""

from collections import Counter
from dataclasses import dataclass
from statistics import median_low

from tests.ingest import reference

SECOND, MINUTE = 1_000_000, 60_000_000
HOUR, SLOT = 60 * MINUTE, 5 * MINUTE
WAYS = [(meal, mode) for meal in ("breakfast", "lunch", "dinner") for mode in ("dine_in", "pick_up", "delivery")]
SEEN_S = {"SOS": 60, "FALL": 60, "FIRE": 60, "VITAL": 300}
FIXED_S = {"SOS": 180, "FALL": 180, "FIRE": 180, "VITAL": 1800, "LOWBAT": 604_800}
"""As domain.md, 5.4, has them; a kind that is not here has no limit."""


@dataclass(frozen=True)
class House:
    """What the registry says; `areas` are (code, whether cards are its number)."""

    date: str
    start: int
    end: int
    opens: int
    closes: int
    places: int
    beds: int
    areas: tuple[tuple[str, bool], ...]


def effective(event):
    """The contract, section 2."""
    ahead, unset = event["_at"] > event["_got"] + 10 * MINUTE, event["_at"] < 1_420_070_400 * SECOND
    return event["_got"] if ahead or unset else event["_at"]


def recounted(events, house):
    """(block, figure) -> (value, denominator)."""
    told = sorted(({**one, "at_us": effective(one)} for one in events), key=lambda e: (e["at_us"], e["id"].encode()))
    day = [one for one in told if house.start <= one["at_us"] < house.end]
    lived = residents(told, day, house)
    return {
        **people(told, day, house), **lived, **meals(day, told, house), **services(told, house), **safety(day, told, house),
        **staff(told, house, lived.get(("residents", "in_house"), (None,))[0]), **gear(told, day, house), **voice(day),
    }  # fmt: skip


def of(day, *kinds):
    return [one for one in day if one["kind"] in kinds]


# -- people -----------------------------------------------------------------------------------------------------------------


def people(told, day, house):
    counted = sum(e["in"] for e in of(day, "occupancy.flow"))
    by_card = {area for area, persons in house.areas if persons}
    came, last, where = Counter(), {}, Counter()
    for one in of(day, "person.in"):
        if one["person"] not in last or one["at_us"] - last[one["person"]] > 5 * MINUTE:
            came[one["person"]] += 1
            where[one["area"]] += 1
        last[one["person"]] = one["at_us"]
    stays = lengths(day)
    peak, peak_at = highest(told, house)
    at_end = [reference.number([e for e in told if e["at_us"] < house.end], area) for area, _ in house.areas]
    us = sum(reference.person_us(told, area, persons, house.start, house.end) for area, persons in house.areas)
    return {
        ("people", "entries"): (counted + sum(where[area] for area in by_card), None),
        ("people", "anonymous"): (counted, None),
        ("people", "named"): (came.total(), None),
        ("people", "persons"): (len(came), None),
        ("people", "peak"): (peak, house.places),
        ("people", "peak_at"): (peak_at, None),
        ("people", "at_end"): (sum(max(n, 0) for n in at_end), None),
        ("people", "stay_mean"): (sum(stays), len(stays)),
        ("people", "stay_median"): (median_low(stays), None),
        ("people", "person_hours"): (us / HOUR, None),
    }


def lengths(day):
    """Of stays that a person ended herself, from one minute to twelve hours."""
    inside, found = {}, []
    for one in of(day, "person.in", "person.out"):
        if one["kind"] == "person.in":
            inside.setdefault(one["person"], one["at_us"])
        elif one["person"] in inside:
            length = one["at_us"] - inside.pop(one["person"])
            if one.get("method") != "auto" and MINUTE <= length <= 720 * MINUTE:
                found.append(length)
    return found


def highest(told, house):
    """The first five minutes in which the areas' own highest numbers add up to most."""
    sums = Counter()
    for area, persons in house.areas:
        slots, value = reference.slots(told, area, persons), 0
        for number in sorted(slots):
            if number < house.start // SLOT:
                value = slots[number][0]
        for number in range(house.start // SLOT, house.end // SLOT):
            value, _, high = slots[number][:3] if number in slots else (value, value, value)
            sums[number] += max(high, 0)
    number = min(sums, key=lambda n: (-sums[n], n))
    return sums[number], number * SLOT


# -- residents, staff -------------------------------------------------------------------------------------------------------


def residents(told, day, house):
    def where(until):
        return Counter({e["person"]: e["move"] for e in of(told, "bed.moved") if e["at_us"] < until}.values())

    now, before = where(house.end), where(house.start)
    if not now:
        return {}
    away = {"leave": now["leave"], "hospital": now["hospital"]}
    in_house = now["admit"] + now["return"]
    roll, roll_before = in_house + sum(away.values()), sum(before[m] for m in ("admit", "return", "leave", "hospital"))
    moves = Counter(e["move"] for e in of(day, "bed.moved"))
    left = moves["discharge"] + moves["death"] + moves["transfer"]
    falls = sum(e["type"] == "FALL" for e in of(day, "alarm.raised"))
    values = {
        "roll": (roll, None), "in_house": (in_house, None), "in_hospital": (away["hospital"], None),
        "on_leave": (away["leave"], None), "occupancy": (roll, house.beds), "bed_use": (in_house, house.beds),
        "open_beds": (house.beds - roll, None), "admitted": (moves["admit"], None),
        "discharged": (moves["discharge"], None), "died": (moves["death"], None), "transferred": (moves["transfer"], None),
        "falls_rate": (falls, in_house), "balanced": (int(roll == roll_before + moves["admit"] - left), None),
    }  # fmt: skip
    return {("residents", name): value for name, value in values.items()}


def staff(told, house, in_house):
    """A shift that nobody ended is thought to have lasted sixteen hours."""
    on, shifts = {}, []
    for one in of(told, "staff.on", "staff.off"):
        if house.start - 24 * HOUR <= one["at_us"] < house.end:
            if one["kind"] == "staff.on":
                on.setdefault(one["worker"], one)
            elif one["worker"] in on:
                shifts.append((on.pop(one["worker"]), one["at_us"]))
    shifts += [(one, min(house.end, one["at_us"] + 16 * HOUR)) for one in on.values()]
    here = [
        (e["worker"], e["role"], e["at_us"], off) for e, off in shifts if off > house.start and e["at_us"] < house.end
    ]
    if not here:
        return {}
    worked = sum(min(off, house.end) - max(at, house.start) for _, role, at, off in here if role in ("care", "nurse"))
    found = {("staff", "care_time"): (worked, None), ("staff", "on_duty"): (len({who[:2] for who in here}), None)}
    for name, hour in (("night", 4), ("day", 10), ("evening", 16)):
        at = house.start + hour * HOUR
        there = sum(role == "care" and on_at <= at < off for _, role, on_at, off in here)
        found["staff", f"shift_{name}"] = (there, None if in_house is None else (in_house + 14) // 15)
    if in_house:
        found["staff", "care_per_resident"] = (worked, in_house)
    return found


# -- meals, services --------------------------------------------------------------------------------------------------------


def meals(day, told, house):
    """A booking counts for the day that it is for, whenever it was made."""

    def count(some):
        return Counter((e["meal"], e["mode"]) for e in some)

    served = count(of(day, "meal.served"))
    booked, cancelled = (
        count(e for e in of(told, kind) if e["for"] == house.date) for kind in ("meal.booked", "meal.cancelled")
    )
    ordered = {way: max(booked[way] - cancelled[way], 0) for way in WAYS}
    priced = [e for e in of(day, "meal.served") if "price_fen" in e]
    helped = [e for e in of(day, "meal.served") if e.get("subsidy_fen")]
    price, subsidy = sum(e["price_fen"] for e in priced), sum(e["subsidy_fen"] for e in helped)
    missed = sum(max(ordered[way] - served[way], 0) for way in WAYS)
    lunch = [sum(n for (meal, _), n in some.items() if meal == "lunch") for some in (served, ordered)]
    found = {
        ("meals", "served"): (served.total(), sum(ordered.values())), ("meals", "lunch"): tuple(lunch),
        ("meals", "not_fetched"): (missed, sum(ordered.values())), ("meals", "subsidised"): (len(helped), served.total()),
        ("money", "subsidy"): (subsidy, None), ("money", "self_paid"): (price - subsidy, None),
        ("money", "meal_price"): (price, len(priced)),
    }  # fmt: skip
    for mode in ("dine_in", "pick_up", "delivery"):
        found["meals", mode] = (sum(n for (_, by), n in served.items() if by == mode), None)
    return found


def services(told, house):
    """By what is known as the day ends; of a plan the latest counts, of a start the first, of an end the last."""
    known = {}
    for one in of(told, *(f"service.{what}" for what in ("planned", "started", "completed", "cancelled"))):
        if one["at_us"] < house.end:
            what = one["kind"].removeprefix("service.")
            mine = known.setdefault(one["service"], {})
            mine[what] = mine.get(what, one) if what == "started" else one
    due = [(one, one["planned"]["_due"] if "planned" in one else one["started"]["at_us"]) for one in known.values()]
    found, types, priced = Counter(), {}, []
    for one, due_at in due:
        if not house.start <= due_at < house.end:
            continue
        done, off = "completed" in one, "cancelled" in one and "completed" not in one
        by = one["cancelled"]["by"] if off else None
        begun = one["started"]["at_us"] if "started" in one else None
        plan = "planned" in one and by != "elder"
        late = plan and (begun - due_at > 15 * MINUTE if begun is not None else not done)
        kind = next(one[what]["type"] for what in ("planned", "started", "completed") if one.get(what, {}).get("type"))
        row = types.setdefault(kind, Counter())
        row.update({"done": plan and done, "planned": plan})
        fits = {
            "planned": plan, "done": plan and done, "late": late, f"by_{by}": off,
            "unplanned": not off and "planned" not in one, "running": not off and begun is not None and not done,
            "on_time": plan and done and (begun is None or abs(begun - due_at) <= 15 * MINUTE),
            "due": plan and (done or due_at + 15 * MINUTE <= house.end),
        }  # fmt: skip
        found.update(fits)
        fen = one.get("completed", {}).get("price_fen", one.get("planned", {}).get("price_fen"))
        priced += [fen] if done and fen is not None else []
    pairs = {"done": "planned", "done_rate": "due", "on_time": "done"}
    names = ("done", "done_rate", "on_time", "late", "running", "by_elder", "by_provider", "by_system", "unplanned")
    told_ = {
        ("services", n): (found["done" if n == "done_rate" else n], found[pairs[n]] if n in pairs else None)
        for n in names
    }
    told_ |= {("services", f"type.{kind}"): (row["done"], row["planned"]) for kind, row in types.items()}
    return told_ | ({("money", "services"): (sum(priced), None)} if priced else {})


# -- safety, gear, voice ----------------------------------------------------------------------------------------------------


def rank(values, per_cent):
    """The smallest that so many per cent do not exceed."""
    return next((v for v in sorted(values) if sum(w <= v for w in values) * 100 >= per_cent * len(values)), None)


def safety(day, told, house):
    raised = of(day, "alarm.raised")
    called = [one for one in raised if one["_got"] - one["at_us"] <= 15 * MINUTE]
    waits = {n: [e[n] - e["_got"] for e in called if n in e] for n in ("_seen", "_there", "_closed")}
    stood = {e["id"]: e.get("_closed", house.end) - e["_got"] for e in called}
    unanswered = [e for e in called if "_seen" not in e and stood[e["id"]] > SEEN_S.get(e["type"], 10**9) * SECOND]
    limited = [e for e in called if e["type"] in FIXED_S]
    limited = [e for e in limited if "_closed" in e or stood[e["id"]] > FIXED_S[e["type"]] * SECOND]
    in_time = sum(stood[e["id"]] <= FIXED_S[e["type"]] * SECOND for e in limited)
    open_ = [
        e for e in of(told, "alarm.raised") if e["_got"] < house.end and not e.get("_closed", house.end) < house.end
    ]
    values = {
        "raised": (len(raised), None), "false": (0, None), "open": (len(open_), None),
        "falls": (sum(e["type"] == "FALL" for e in raised), None), "answered": (len(waits["_seen"]), len(called)),
        "unanswered": (len(unanswered), None), "close_rate": (in_time, len(limited)),
    }  # fmt: skip
    for name, which in (("ack", "_seen"), ("arrive", "_there"), ("close", "_closed")):
        values |= {f"{name}_p{per_cent}": (rank(waits[which], per_cent), None) for per_cent in (50, 90)}
    values |= {f"type.{kind}": (n, None) for kind, n in Counter(e["type"] for e in raised).items()}
    return {("safety", name): value for name, value in values.items()}


def gear(told, day, house):
    heard, open_ = {e["at_us"] // SLOT for e in day}, range(house.opens // SLOT, house.closes // SLOT)
    silent, run = 0, 0
    for number in [*open_, None]:
        if number is not None and number not in heard:
            run += 1
            continue
        silent, run = silent + (run * SLOT if run * SLOT > 15 * MINUTE else 0), 0
    doors = of(day, "site.opened", "site.closed")
    minutes, late = {e["at_us"] // MINUTE for e in day}, [e["_got"] - e["at_us"] for e in day if not e.get("backfill")]
    typed = sum(e.get("method") in ("staff", "desk", "phone", "call") for e in day)
    gaps = [abs(now - e["count"]) for e, now in checks(told, house)]
    values = {
        "opened_at": (next((e["at_us"] for e in doors if e["kind"] == "site.opened"), None), None),
        "closed_at": (next((e["at_us"] for e in reversed(doors) if e["kind"] == "site.closed"), None), None),
        "heard": (5 * len(heard & {*open_}), 5 * len(open_)), "silent": (silent, None),
        "complete": (len(minutes), 1440), "lag_p95": (between(late), None),
        "late": (sum(wait > 600 * SECOND for wait in late), None), "typed": (typed, len(day)),
        "gap": (max(gaps, default=None), None), "wrong_clock": (sum(e["at_us"] != e["_at"] for e in day), None),
    }  # fmt: skip
    return {("gear", name): value for name, value in values.items()}


def checks(told, house):
    """What staff counted where a counter stands, and what the counter said just before."""
    for area in (area for area, persons in house.areas if not persons):
        steps = reference.steps(told, area, False)
        after = {id_: now for (_, _, id_, *_), (_, now) in zip(steps, reference.values(steps), strict=True)}
        before = 0
        for _, _, id_, *_ in steps:
            one = next(e for e in told if e["id"].encode() == id_)
            if one.get("method") == "staff" and house.start <= one["at_us"] < house.end:
                yield one, before
            before = after[id_]


def between(waits):
    """From happening to reception, P95: read off, by its logarithm, between the edges that the platform counts."""
    edges = (2, 10, 60, 600)
    over = [sum(wait > edge * SECOND for wait in waits) for edge in edges]
    allowed = 0.05 * len(waits)
    if over[0] <= allowed:
        return edges[0] * SECOND
    for low, high, above, beyond in zip(edges, edges[1:], over, over[1:], strict=False):
        if beyond <= allowed:
            return round(low * (high / low) ** ((above - allowed) / (above - beyond)) * SECOND)
    return edges[-1] * SECOND + 1


def voice(day):
    scores = [e["score"] for e in of(day, "rating.given")]
    good = sum(score >= 4 for score in scores) if len(scores) >= 10 else None
    return {("voice", "ratings"): (len(scores), None), ("voice", "satisfied"): (good, len(scores))} if scores else {}
