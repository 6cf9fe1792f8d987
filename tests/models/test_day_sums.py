"""A month is the sum of its days to the last digit, in every order and grouping; ratios come out of what was added."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from dashboard.sum_frame import SumFrame
from models.base import HOUR, MINUTE
from models.day import DaySummary
from models.day_blocks import Gear, Meals, Residents, Safety, Services
from models.day_sums import Sums, added, sums_of, with_response
from models.response import Response

MEALS = Meals(40, 4, 36, 33, 3, 20, 8, 5, 30, 28, 10, 33, 59_400, 5_000)
SERVICES = Services(18, 18, 16, 0, 1, 15, 1, 0, 0, 0, 16, 96_000, {"BA.ST": (9, 8, 1, 0), "RH.TR": (9, 8, 0, 1)})
SAFETY = Safety(2, {"FALL": 2}, (2, 0, 0, 0), 0, 1, {"FALL": 1}, 1, 40_000_000, 40_000_000)
GEAR = Gear(720, 700, ((0, 20 * MINUTE),), 1, 0, 500, 20)
RESIDENTS = Residents(24, 1, 0, 0, 0, 25, 24, 1, 0, 60)
NOTHING = DaySummary("2026-11-01", None, None, None, None, None, None, None, None, 0, 1440, {})
counts = st.integers(0, 10**7)


@st.composite
def days(draw):
    """A day with any of the blocks, or nothing at all."""
    person_us = draw(st.integers(0, 10**15))
    day = replace(NOTHING, minutes=draw(st.sampled_from((1380, 1440, 1500))))
    if draw(st.booleans()):
        day = replace(
            day,
            minutes_heard=draw(st.integers(0, 1440)),
            person_hours=person_us / HOUR,
            peak=draw(st.integers(0, 500)),
            peak_at=draw(counts),
            capacity=draw(st.sampled_from((None, 90))),
        )
    blocks = {
        "meals": replace(MEALS, served=draw(counts), subsidy_fen=draw(st.integers(0, 10**9))),
        "services": replace(SERVICES, done=draw(counts), late=draw(counts)),
        "safety": replace(SAFETY, raised=draw(counts)),
        "gear": replace(GEAR, open_minutes=draw(counts), heard_minutes=draw(counts)),
        "residents": replace(RESIDENTS, in_house=draw(counts)),
    }
    return replace(day, **{name: block for name, block in blocks.items() if draw(st.booleans())})


@st.composite
def answers(draw):
    lengths = [tuple(sorted(draw(st.lists(counts, max_size=4)))) for _ in range(3)]
    return draw(st.none() | st.just(Response(9, 1, 0, 3, 2, *lengths)))


@given(st.lists(st.tuples(days(), answers()), min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_a_month_is_the_sum_of_its_days_however_they_are_grouped(told, chance):
    some = [day for day, _ in told]
    every = [with_response(sums_of(day), said) for day, said in told]
    whole = added(every)
    keys = [{"site": chance.choice("abc"), "street": chance.choice("xy")} for _ in every]
    frame = SumFrame(list(zip(keys, every, strict=True)))
    shuffled = chance.sample(every, len(every))
    assert frame.total() == whole == added(shuffled)
    for what in ("site", "street"):
        assert added(list(frame.grouped(what).values())) == whole
    assert whole["days"] == len(some)
    assert whole["meals.served"] == sum(day.meals.served for day in some if day.meals)
    assert whole["meals.days"] == sum(1 for day in some if day.meals)
    assert whole["people.person_us"] == sum(
        round(day.person_hours * HOUR) for day in some if day.person_hours is not None
    )
    assert len(whole.waits) == whole["answers.acknowledged"]
    assert whole["answers.called"] == 9 * sum(1 for _, said in told if said)
    assert with_response(every[0], told[0][1]) == every[0]


def test_what_is_not_reported_adds_nothing_and_is_counted_as_such():
    told = added([sums_of(NOTHING), sums_of(replace(NOTHING, meals=MEALS, minutes_heard=1440))])
    assert (told["days"], told["days.heard"], told["meals.days"], told["services.days"]) == (2, 1, 1, 0)
    assert added([]) == Sums() == SumFrame([]).total()


def test_person_hours_come_back_to_the_microsecond():
    person_us = 123_456_789_012_345
    assert sums_of(replace(NOTHING, person_hours=person_us / HOUR))["people.person_us"] == person_us
