"""Who answered: what counts as nobody having answered in time, and what as closed within its limit."""

import pytest

from models.base import MINUTE, SECOND
from models.deadlines import Deadline
from models.response import Called, response

LIMITS = {"SOS": Deadline(60, 180), "FALL": Deadline(60, 180), "OVERCAP": Deadline(600, 1800)}
NOW = 100 * MINUTE
START = NOW - 60 * MINUTE


def alarm(type_, acked=None, settled=None, arrived=None, opened=START, state="raised"):
    """Lengths in seconds from its beginning."""
    moments = [None if s is None else opened + s * SECOND for s in (acked, settled, arrived)]
    return Called(1, type_, state, opened, *moments)


@pytest.mark.parametrize(
    ("one", "unanswered", "limited", "in_limit"),
    [
        (alarm("SOS"), 1, 1, 0),
        (alarm("SOS", opened=NOW - 30 * SECOND), 0, 0, 0),
        (alarm("SOS", acked=20, settled=170), 0, 1, 1),
        (alarm("SOS", acked=20, settled=190), 0, 1, 0),
        (alarm("OVERCAP", settled=120), 0, 1, 1),
        (alarm("OVERCAP", settled=700), 1, 1, 1),
        (alarm("NEARCAP"), 0, 0, 0),
    ],
)
def test_an_alarm_is_unanswered_when_it_stood_longer_than_its_type_allows(one, unanswered, limited, in_limit):
    found = response([one], NOW, LIMITS)
    assert (found.called, found.unanswered, found.limited, found.in_limit) == (1, unanswered, limited, in_limit)


def test_times_count_from_our_knowing_and_stand_in_order():
    found = response([alarm("SOS", 95, 300, 200), alarm("SOS", 20), alarm("FALL", 50, 60, state="false")], NOW, LIMITS)
    assert found.acks_us == (20 * SECOND, 50 * SECOND, 95 * SECOND)
    assert (found.closes_us, found.arrivals_us, found.false) == ((60 * SECOND, 300 * SECOND), (200 * SECOND,), 1)
