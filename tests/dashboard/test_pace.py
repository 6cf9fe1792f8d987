"""Never more than five frames in any second, evenly when there is much, at once when there is little."""

import random
from itertools import pairwise

import pytest

from dashboard.pace import Pace, frames_per_s


def leave(ready: list[float]) -> list[float]:
    """When frames leave that are ready at these moments, each after the one before has left."""
    pace, left = Pace(5), []
    for at in ready:
        at = max(at, left[-1] if left else at)
        left.append(at + pace.wait_s(at))
        pace.left(at, left[-1])
    return left


@pytest.mark.parametrize("seed", range(20))
def test_no_second_has_more_than_five(seed):
    chance, at, ready = random.Random(seed), 100.0, []
    for _ in range(2000):
        at += chance.choice((0.001, 0.05, 0.05, 0.2, 0.2, 0.4, 1.0))
        ready.append(at)
    left = leave(ready)
    for n, first in enumerate(left[:-5]):
        assert left[n + 5] - first >= 1 - 1e-9, n


def test_what_comes_all_the_time_leaves_evenly():
    left = leave([100 + n / 100 for n in range(100)])
    gaps = [round(later - earlier, 6) for earlier, later in pairwise(left[5:])]
    assert set(gaps) == {0.2}


def test_an_event_just_after_a_full_second_does_not_wait_but_a_third_one_does():
    assert leave([100.0, 100.05, 100.1]) == pytest.approx([100.0, 100.05, 100.4])
    assert leave([100.0, 100.05, 101.0, 101.06, 102.0]) == pytest.approx([100.0, 100.05, 101.0, 101.06, 102.0])


def test_a_look_begins_so_that_it_ends_when_the_next_frame_may_leave():
    pace = Pace(5)
    for at in (100.0, 100.01):
        pace.left(at, at)
    assert pace.rest_s(100.02, 0.03) == pytest.approx(0.35)
    assert Pace(5).rest_s(100.0, 0.03) == 0.0


@pytest.mark.parametrize(("streams", "per_s"), [(0, 5), (200, 5), (250, 4), (500, 2), (5000, 2)])
def test_many_viewers_get_fewer_frames_each_and_never_less_than_two_a_second(streams, per_s):
    assert frames_per_s(streams, 5, 1000) == per_s
    assert frames_per_s(streams, 1, 1000) == 1


def test_frames_are_spaced_anew_from_the_next_one_on():
    pace = Pace(5)
    for at in (100.0, 100.01):
        pace.left(at, at)
    pace.space(2)
    pace.left(100.4, 100.4)
    assert pace.wait_s(100.5) == pytest.approx(0.4)
