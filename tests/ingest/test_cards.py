"""Visits and persons of a running day, whatever comes first; and nothing of a card is kept longer than it is needed."""

import pytest

from ingest.jobs.forget_cards import forget_cards
from tests.ingest.conftest import NOW
from tests.ingest.said import DAY, MINUTE, event, payload
from tests.ingest.test_jobs import occasion


def came(minute, card="tok-li"):
    return event("person.in", NOW + minute * MINUTE, person=card)


@pytest.mark.parametrize("order", [(0, 4, 8, 20), (20, 8, 4, 0), (0, 8, 20, 4)])
def test_one_that_comes_late_takes_the_visit_of_the_one_behind_it(district, order):
    for minute in order:
        district.take(payload(came(minute)), received_at=NOW + 30 * MINUTE)
    district.take(payload(came(4, "tok-wu"), came(4, "tok-wu")), received_at=NOW + 30 * MINUTE)
    assert district.rows("select visits, persons from card_day") == [(3, 2)]


def test_a_card_is_kept_as_a_hash_and_for_some_days_only(district):
    district.take(payload(came(0)))
    assert "tok-li" not in str(district.rows("select * from card_entry"))
    assert forget_cards(occasion(district, NOW + 4 * DAY)) == {"entries": 0, "days": 0}
    assert forget_cards(occasion(district, NOW + 6 * DAY)) == {"entries": 1, "days": 1}
    assert district.rows("select * from card_entry") == district.rows("select * from card_day") == []
    district.take(payload(came(1)), received_at=NOW + 6 * DAY)
    assert district.rows("select * from card_day") == []
