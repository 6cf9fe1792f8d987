"""The share of expected minutes in which a site was live or late, against a plain count of minutes."""

import random

import pytest

from models.availability import Availability, HeardSlot, availability, opening_spans, up_spans
from models.base import HOUR, MINUTE
from models.calendar import read_exceptions
from models.civil_day import is_scheduled_open
from models.event import SLOT_US

ZONE, SILENT = "Asia/Shanghai", 15 * MINUTE
MONDAY = 1_795_363_200_000_000  # 2026-11-23 00:00 in Shenzhen
DAY = 24 * HOUR
HOLIDAY = read_exceptions("date,rule\n2026-11-24,closed\n2026-11-29,as Monday\n")


def plainly(rules, heard, span, exceptions):
    """Minute by minute: should it be open, and was anything heard in the last quarter of an hour?"""
    minutes = {
        one.slot * SLOT_US + n * MINUTE
        for one in heard
        if one.events and (not one.timed or one.timed > one.over_600s)
        for n in range(5)
        if one.minutes >> n & 1
    }
    expected = up = 0
    for at in range(*span, MINUTE):
        rule = next((rule for since, rule in reversed(rules) if since <= at), "")
        if is_scheduled_open(rule, at, ZONE, exceptions):
            expected += 1
            up += any(at - n * MINUTE in minutes for n in range(15))
    return Availability(expected, up, 1)


def heard_by(chance, span, gap):
    """Five minutes of which something is known, with stretches of nothing, some late and some backfilled."""
    at, found = span[0] - HOUR, []
    while at < span[1]:
        kind = chance.choice(["live", "live", "live", "late", "backfill"])
        timed, late = {"live": (3, 1), "late": (3, 3), "backfill": (0, 0)}[kind]
        found.append(HeardSlot(at // SLOT_US, chance.randint(1, 31), 3, timed, late))
        at += chance.choice([5, 5, 5, 10, gap]) * MINUTE
    return found


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    "rules",
    [
        [],
        [(0, "Mo-Fr 08:30-17:30; Sa 09:00-12:00")],
        [(0, "Mo-Fr 22:00-06:00")],
        [(0, "Mo-Su 08:00-12:00"), (MONDAY + 2 * DAY + 9 * HOUR, ""), (MONDAY + 4 * DAY, "Mo-Fr 09:00-10:00")],
    ],
)
def test_it_is_what_a_plain_count_of_minutes_says(rules, seed):
    chance = random.Random(seed)
    start = MONDAY + chance.randint(0, 2 * 1440) * MINUTE
    span = start, start + chance.choice([DAY, 5 * DAY])
    heard = heard_by(chance, span, chance.choice([20, 300]))
    found = availability(opening_spans(rules, span, ZONE, HOLIDAY), up_spans(heard, SILENT))
    assert found == plainly(rules, heard, span, HOLIDAY)
    assert found.expected_min == 0 or 0 <= found.share <= 1


def test_nothing_expected_has_no_share():
    assert Availability(0, 0, 1).share is None
