"""A day's arithmetic against plain lists: the same numbers a person would get by walking through the minutes."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from models.base import HOUR, MINUTE
from models.day import AreaDay, Beside
from models.day import summarise as summarise_spans
from models.event import SLOT_US
from models.occupancy import SlotFold, Step

DAY = 20_000 * 24 * HOUR
BESIDE = Beside(capacity=60, minutes_heard=1, tallies={})

changes = st.lists(
    st.tuples(st.integers(0, 24 * 60 * 60 - 1), st.integers(-3, 3), st.none() | st.integers(0, 9)), max_size=12
)


def summarise(day, start, end, areas, beside):
    return summarise_spans(day, start, end, [area.spans(start, end) for area in areas], beside)


def folded(opening, steps):
    """Slots of one area from (second, change, absolute) in order."""
    slots, value = {}, opening
    for number, (second, change, absolute) in enumerate(sorted(steps, key=lambda step: step[0])):
        at = DAY + second * 1_000_000
        slot = slots.setdefault(at // SLOT_US, SlotFold(2, at // SLOT_US, opening=value))
        slot.append(Step(at, number, b"", absolute, max(change, 0), max(-change, 0)))
        value = slot.closing
    return list(slots.values())


def walked(opening, steps, end):
    """(value at the end, person·µs) by plain arithmetic."""
    value, at, weight = opening, DAY, 0
    for second, change, absolute in sorted(steps, key=lambda step: step[0]):
        moment = DAY + second * 1_000_000
        weight += value * (moment - at)
        value, at = (absolute if absolute is not None else value + change), moment
    return value, weight + value * (end - at)


def shown_us(opening, steps, end):
    """person·µs of what is shown: five minutes in which an area was below nobody on the whole have no hours."""
    borders = [*range(DAY, end, SLOT_US), end]
    weights = [walked(opening, [step for step in steps if DAY + step[0] * 1_000_000 < at], at)[1] for at in borders]
    return sum(max(after - before, 0) for before, after in pairwise(weights))


def test_a_counter_that_drifts_takes_no_hours_from_the_other_areas():
    areas = [AreaDay(10, []), AreaDay(-4, [])]
    day = summarise("2024-10-04", DAY, DAY + 24 * HOUR, areas, BESIDE)
    assert (day.people_at_end, day.person_hours, day.average) == (10, 240.0, 10.0)


@given(st.integers(-2, 20), changes, st.integers(-2, 20), changes)
def test_a_whole_day_is_the_sum_of_its_areas(opening, steps, other_opening, other_steps):
    end = DAY + 24 * HOUR
    areas = [AreaDay(opening, folded(opening, steps)), AreaDay(other_opening, folded(other_opening, other_steps))]
    day = summarise("2024-10-04", DAY, end, areas, BESIDE)
    last, other_last = walked(opening, steps, end)[0], walked(other_opening, other_steps, end)[0]
    assert day.people_at_end == max(last, 0) + max(other_last, 0)
    shown = shown_us(opening, steps, end) + shown_us(other_opening, other_steps, end)
    assert day.person_hours == shown / HOUR
    assert day.average == shown / (24 * HOUR)
    both = [*steps, *other_steps]
    assert day.came == sum(max(change, 0) for _, change, _ in both)
    assert day.went == sum(max(-change, 0) for _, change, _ in both)


@given(st.integers(0, 20), changes, st.integers(0, 7200))
def test_a_day_that_is_not_over_counts_no_minute_that_has_not_come(opening, steps, later_s):
    last_s = max((second for second, *_ in steps), default=0)
    now = DAY + (last_s + later_s) * 1_000_000
    day = summarise("2024-10-04", DAY, now, [AreaDay(opening, folded(opening, steps))], BESIDE)
    if now > DAY:
        value, _ = walked(opening, steps, now)
        assert day.person_hours == shown_us(opening, steps, now) / HOUR
        assert day.people_at_end == max(value, 0)
        assert day.minutes == -((DAY - now) // MINUTE)
    else:
        assert day.people_at_end is None


@given(st.integers(0, 20), changes)
def test_the_peak_is_the_highest_value_of_a_single_area_and_the_five_minutes_that_saw_it(opening, steps):
    values = [(DAY, opening)]
    for second, change, absolute in sorted(steps, key=lambda step: step[0]):
        values.append((DAY + second * 1_000_000, absolute if absolute is not None else values[-1][1] + change))
    day = summarise("2024-10-04", DAY, DAY + 24 * HOUR, [AreaDay(opening, folded(opening, steps))], BESIDE)
    assert day.peak == max(0, *(value for _, value in values))
    if day.peak > 0:
        first = min(at for at, value in values if value == day.peak)
        assert day.peak_at == first // SLOT_US * SLOT_US


def test_a_day_in_which_nothing_was_heard_has_no_numbers():
    silent = Beside(capacity=60, minutes_heard=0, tallies={"meal.booked.lunch.dine_in": 3})
    day = summarise("2024-10-04", DAY, DAY + 24 * HOUR, [AreaDay(41, [])], silent)
    assert (day.people_at_end, day.peak, day.peak_at, day.person_hours, day.came) == (None, None, None, None, None)
    assert (day.coverage, day.tallies) == (0.0, {"meal.booked.lunch.dine_in": 3})


def test_a_day_heard_without_any_head_count_has_no_people_and_its_coverage():
    day = summarise("2024-10-04", DAY, DAY + 24 * HOUR, [], Beside(None, 720, {}))
    assert (day.people_at_end, day.capacity, day.coverage) == (None, None, 0.5)
