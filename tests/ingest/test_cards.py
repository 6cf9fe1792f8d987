"""Visits and persons of a running day, whatever comes first; and nothing of a card is kept longer than it is needed."""

import random
from collections import Counter, defaultdict

import pytest

from ingest.jobs.forget_cards import forget_cards
from models.card_day import visits_by_area
from models.civil_day import day_of
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


@pytest.mark.parametrize("seed", range(4))
def test_whatever_comes_in_whatever_batches_the_day_counts_what_all_of_its_entries_say(district, seed):
    """Two areas, two cards, three days, entries at the same moment and behind each other, one by one and many at a time."""
    chance = random.Random(seed)
    said = [
        (day, chance.randrange(40), chance.choice(("hall", "yard")), f"tok-00{chance.randrange(2)}")
        for day in (0, 1, 2)
        for _ in range(30)
    ]
    chance.shuffle(said)
    while said:
        batch, said = said[: (size := chance.choice((1, 3, 9)))], said[size:]
        messages = [
            payload(event("person.in", NOW - day * DAY + minute * MINUTE, person=card, area=area))
            for day, minute, area, card in batch
        ]
        district.take(*messages, received_at=NOW + 100 * MINUTE)
    expected: Counter[tuple[str, int]] = Counter()
    entries: dict[tuple[str, int], set] = defaultdict(set)
    for token, at, area in district.rows("select token, at, area_id from card_entry"):
        entries[day_of(at, "Asia/Shanghai").isoformat(), token].add((at, area))
    for (day, _), set_ in entries.items():
        for area, n in visits_by_area(set_).items():
            expected[day, area] += n
    counted = {(day, area): n for day, area, n in district.rows("select day, area_id, visits from card_day")}
    assert counted == {key: expected[key] for key in counted}
    assert sum(counted.values()) == expected.total() > 0
    assert district.rows("select day, sum(persons) from card_day group by day order by day") == sorted(
        Counter(day for day, _ in entries).items()
    )


def test_a_card_is_kept_as_a_hash_and_for_some_days_only(district):
    district.take(payload(came(0)))
    assert "tok-li" not in str(district.rows("select * from card_entry"))
    assert forget_cards(occasion(district, NOW + 4 * DAY)) == {"entries": 0, "days": 0, "guest_days": 0}
    assert forget_cards(occasion(district, NOW + 6 * DAY)) == {"entries": 1, "days": 1, "guest_days": 0}
    assert district.rows("select * from card_entry") == district.rows("select * from card_day") == []
    district.take(payload(came(1)), received_at=NOW + 6 * DAY)
    assert district.rows("select * from card_day") == []
