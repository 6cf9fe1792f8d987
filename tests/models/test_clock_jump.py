"""A clock that was set ahead is told from time that passed, and what was noted before it keeps its true age."""

import pytest

from models.base import HOUR, MINUTE, SECOND
from models.clock_jump import Jump, by_stopwatch, jumps_now

NOW = 1_764_000_000 * SECOND
BEFORE = NOW, 100.0
ONCE = Jump(NOW + 2 * HOUR + SECOND, 2 * HOUR, NOW + 2 * HOUR + 301 * SECOND)


def after(clock, stopwatch_s):
    return NOW + clock, 100.0 + stopwatch_s


@pytest.mark.parametrize(
    ("known", "here", "expected"),
    [
        ((), after(SECOND, 1.0), ()),
        ((), after(10 * MINUTE, 600.0), ()),  # nobody looked for ten minutes
        ((), after(31 * SECOND, 1.0), ()),
        ((), after(32 * SECOND, 1.0), (Jump(NOW + 32 * SECOND, 31 * SECOND, NOW + 332 * SECOND),)),
        ((), after(2 * HOUR + SECOND, 1.0), (ONCE,)),
        ((), after(-2 * HOUR, 1.0), ()),
        ((ONCE,), (ONCE.until - 1, 101.0 + 299.0), (ONCE,)),
        ((ONCE,), (ONCE.until, 101.0 + 300.0), ()),
        ((ONCE,), after(2 * SECOND, 2.0), ()),  # it was set back
    ],
)
def test_a_jump_is_what_a_stopwatch_did_not_see(known, here, expected):
    before = (ONCE.after, 101.0) if known else BEFORE
    assert jumps_now(known, before, here, 30, 300) == expected


def test_two_jumps_add_up_and_count_until_the_second_has_settled():
    first = jumps_now((), BEFORE, after(2 * HOUR + SECOND, 1.0), 30, 300)
    here = NOW + 5 * HOUR + 11 * SECOND, 111.0
    both = jumps_now(first, (NOW + 2 * HOUR + 10 * SECOND, 110.0), here, 30, 300)
    assert [jump.by for jump in both] == [2 * HOUR, 3 * HOUR]
    assert {jump.until for jump in both} == {here[0] + 300 * SECOND}
    assert here[0] - by_stopwatch(NOW - 20 * SECOND, both) == 31 * SECOND
    between = NOW + 2 * HOUR + 5 * SECOND
    assert here[0] - by_stopwatch(between, both) == 6 * SECOND
    assert by_stopwatch(here[0], both) == here[0]


def test_without_a_first_look_nothing_is_known():
    assert jumps_now((), None, BEFORE, 30, 300) == ()
