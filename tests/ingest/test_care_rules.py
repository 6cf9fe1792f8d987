"""Meals, shifts and sensors on a real database: from what a site says to the alarm, and to its end."""

import random

import pytest

from models.base import HOUR, MINUTE, SECOND
from tests.ingest.conftest import NOW
from tests.ingest.said import event, payload
from tests.ingest.test_judge import Day

NOON = NOW // MINUTE * MINUTE + 133 * MINUTE
"""11:15 in Shenzhen: lunch is at its peak from here on."""
NIGHT = NOON + 12 * HOUR
"""23:15."""


@pytest.fixture
def day(district):
    made = Day(district)
    made.now = NOON
    made.alive()
    made.look()
    return made


def meal(day, kind, at=None, **more):
    where = {"meal": "lunch", "mode": "dine_in", **more}
    day.say(event(f"meal.{kind}", day.now if at is None else at, **where))


def booked(day, n):
    day.say(*(event("meal.booked", day.now, meal="lunch", mode="dine_in", for_="2026-11-23") for _ in range(n)))


def pass_minutes(day, n):
    for _ in range(n):
        day.now += MINUTE
        day.alive()
        day.look()


def test_a_canteen_that_stops_at_noon_rings_once_and_is_over_with_the_next_meal(day):
    booked(day, 8)
    meal(day, "served")
    pass_minutes(day, 14)
    assert day.types() == []
    pass_minutes(day, 2)
    assert day.types() == ["MEALSHORT"]
    assert day.district.rows("select subject, numbers, grade from alarm") == [("lunch", "[7]", 3)]
    meal(day, "served")
    day.look(after=SECOND)
    assert day.types() == []
    pass_minutes(day, 16)
    assert day.district.rows("select times from alarm") == [(2,)]
    pass_minutes(day, 50)  # 12:30: it thins out by itself
    assert day.types() == []


def test_bookings_where_no_meal_was_ever_reported_ring_nothing_and_say_so(day):
    booked(day, 50)
    pass_minutes(day, 40)
    assert day.types() == []
    assert "MEALSHORT" in day.district.rows("select unreported from watch where site_id = 1")[0][0]
    meal(day, "served")
    day.look(after=16 * MINUTE)
    assert "MEALSHORT" not in day.district.rows("select unreported from watch where site_id = 1")[0][0]


def test_a_house_with_too_few_carers_for_an_hour_rings_and_one_that_clocks_nobody_in_does_not(day):
    moves = [event("bed.moved", day.now, person=f"elder-{n:04d}", move="admit") for n in range(16)]
    day.say(*moves)
    day.say(*[dict(one, id=f"b{one['id']}") for one in moves], site="s-002")
    day.say(
        event("staff.on", day.now, worker="carer-01", role="care"),
        event("staff.on", day.now, worker="cook-001", role="cook"),
    )
    pass_minutes(day, 59)
    assert day.types() == []
    pass_minutes(day, 17)
    assert day.district.rows("select type, site_id, numbers from alarm") == [("STAFFLOW", 1, "[1, 2]")]
    day.say(event("staff.on", day.now, worker="nurse-01", role="nurse"))
    day.look(after=SECOND)
    assert day.types() == []


def said(day, metric, value, at=None, device="bed-7"):
    day.say(event("observation", day.now if at is None else at, device=device, metric=metric, value=value))


def test_who_was_in_bed_and_is_up_for_half_an_hour_at_night_rings_until_she_is_back(day):
    day.now = NIGHT
    said(day, "bed_occupied", 1)
    day.now += HOUR
    said(day, "bed_occupied", 0)
    day.look()
    pass_minutes(day, 29)
    assert day.types() == []
    pass_minutes(day, 1)
    assert day.district.rows("select type, subject, grade from alarm where holds = 1") == [("BEDEXIT", "bed-7", 2)]
    said(day, "bed_occupied", 1)
    day.look(after=SECOND)
    assert day.types() == []


def test_a_certificate_that_ends_soon_is_seen_within_a_quarter_of_an_hour(day):
    said(day, "cert_days_left", 9, device="gateway-1")
    pass_minutes(day, 16)
    assert day.district.rows("select type, subject, numbers from alarm") == [("CERT", "gateway-1", "[9]")]
    said(day, "cert_days_left", 365, device="gateway-1")
    day.look(after=SECOND)
    assert day.types() == []


def plainly(observations):
    """The definition: the newest by time; since when it has been zero or not; when it was last not zero."""
    ordered = sorted(observations)
    at, value = ordered[-1]
    since = at
    for before, earlier in reversed(ordered):
        if (earlier == 0) != (value == 0):
            break
        since = before
    return float(value), at, since, max((at for at, value in ordered if value), default=None)


@pytest.mark.parametrize("seed", range(4))
def test_sensors_are_kept_as_their_events_say_in_any_batching(day, seed):
    chance = random.Random(seed)
    told = [(NOON + n * SECOND, chance.choice([0, 0, 1])) for n in range(40)]
    events = [event("observation", at, device="m-1", metric="motion", value=value) for at, value in told]
    while events:
        n = chance.randint(1, 7)
        batch, events = events[:n], events[n:]
        chance.shuffle(batch)
        day.district.take(payload(*batch), received_at=NOON + MINUTE)
    assert day.district.rows("select value, at, since, active_at from observed") == [plainly(told)]
    day.say(event("observation", NOON - SECOND, device="m-1", metric="motion", value=1))  # late: changes nothing here
    assert day.district.rows("select value, at from observed") == [plainly(told)[:2]]
