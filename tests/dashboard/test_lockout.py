"""Guessing becomes slow; nobody locks out somebody who is known where she is."""

import pytest

from dashboard.lockout import (
    ADDRESS,
    FORGOTTEN,
    FREE,
    KNOWN_FOR,
    LONGEST,
    NAME,
    PAIR,
    Tally,
    home_of,
    one_more,
    wait_for,
)
from models.base import MINUTE, SECOND

NOW = 1_790_000_000_000_000


@pytest.mark.parametrize(
    ("wrong", "seconds"),
    [(0, 0), (1, 0), (4, 0), (5, 15), (6, 30), (7, 60), (10, 480), (11, 900), (20, 900), (30_000, 900)],
)
def test_the_wait_of_a_pair_doubles_up_to_a_quarter_of_an_hour(wrong, seconds):
    assert wait_for({PAIR: Tally(wrong, NOW)}, NOW) == seconds * SECOND


def test_a_wait_ends_and_wrong_ones_are_forgotten_after_a_day():
    tally = Tally(6, NOW)
    assert wait_for({PAIR: tally}, NOW + 29 * SECOND) == SECOND
    assert wait_for({PAIR: tally}, NOW + 30 * SECOND) == 0
    assert one_more(tally, NOW + MINUTE) == Tally(7, NOW + MINUTE)
    assert one_more(tally, NOW + FORGOTTEN + 1) == Tally(1, NOW + FORGOTTEN + 1)


@pytest.mark.parametrize("kind", [ADDRESS, NAME])
def test_guesses_from_elsewhere_slow_strangers_and_not_who_came_in_here_before(kind):
    attacked = {kind: Tally(FREE[kind] + 20, NOW)}
    assert wait_for(attacked, NOW) == LONGEST
    assert wait_for(attacked | {PAIR: Tally(0, 0, NOW - KNOWN_FOR)}, NOW) == 0
    assert wait_for(attacked | {PAIR: Tally(0, 0, NOW - KNOWN_FOR - 1)}, NOW) == LONGEST


def test_being_known_here_is_no_leave_to_guess():
    assert wait_for({PAIR: Tally(9, NOW, NOW - MINUTE)}, NOW) == 240 * SECOND


@pytest.mark.parametrize(
    ("client", "home"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("no address" * 20, ("no address" * 20)[:64]),
    ],
)
def test_an_address_is_a_line_not_a_machine(client, home):
    assert home_of(client) == home
