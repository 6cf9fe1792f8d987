"""The share of expected minutes in which a site was live or late, against a plain count of minutes."""

import random

import pytest

from models.availability import Availability, HeardSlot, availability, opening_spans, over_gaps, up_spans
from models.base import HOUR, MINUTE
from models.calendar import read_exceptions
from models.civil_day import is_scheduled_open
from models.event import SLOT_US

ZONE, SILENT = "Asia/Shanghai", 15 * MINUTE
MONDAY = 1_795_363_200_000_000  # 2026-11-23 00:00 in Shenzhen
DAY = 24 * HOUR
HOLIDAY = read_exceptions("date,rule\n2026-11-24,closed\n2026-11-29,as Monday\n")


def plainly(rules, heard, span, exceptions, gaps=()):
    """Minute by minute: should it be open, did we listen, and was anything heard in the last quarter of an hour?

    What was up when we stopped listening has a quarter of an hour from when we listened again.
    """
    minutes = {
        one.slot * SLOT_US + n * MINUTE
        for one in heard
        if one.events and (not one.timed or one.timed > one.over_600s)
        for n in range(5)
        if one.minutes >> n & 1
    }
    expected = up = own = 0
    up_until = 0
    for at in range(span[0] - 2 * HOUR, span[1], MINUTE):
        if at in minutes:
            up_until = max(up_until, at + SILENT)
        for start, end in gaps:
            if at == start < up_until:
                up_until = max(up_until, end + SILENT)
        rule = next((rule for since, rule in reversed(rules) if since <= at), "")
        if at < span[0] or not is_scheduled_open(rule, at, ZONE, exceptions):
            continue
        if any(start <= at < end for start, end in gaps):
            own += 1
        else:
            expected += 1
            up += at < up_until
    return Availability(expected, up, 1, own)


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
    cuts = sorted(chance.sample(range(-60, (span[1] - span[0]) // MINUTE), 2 * chance.randint(0, 4)))
    gaps = [(span[0] + a * MINUTE, span[0] + b * MINUTE) for a, b in zip(cuts[::2], cuts[1::2], strict=True)]
    opened = list(opening_spans(rules, span, ZONE, HOLIDAY))
    found = availability(opened, over_gaps(up_spans(heard, SILENT), gaps, SILENT), gaps)
    assert found == plainly(rules, heard, span, HOLIDAY, gaps)
    assert found.expected_min + found.own_min == sum(until - since for since, until in opened) // MINUTE
    assert found.expected_min == 0 or 0 <= found.share <= 1


def test_an_outage_of_our_own_is_neither_for_nor_against_a_site():
    """From ten to four our worker is down; every five minutes one site is heard, the other fell silent at nine."""
    hours = [(MONDAY + 8 * HOUR, MONDAY + 18 * HOUR)]
    gap = [(MONDAY + 10 * HOUR, MONDAY + 16 * HOUR)]
    steady, dead = (
        [HeardSlot((MONDAY + n * 5 * MINUTE) // SLOT_US, 1, 1, 1, 0) for n in range(96, until) if not 120 <= n < 192]
        for until in (216, 108)
    )
    of_steady, of_dead = (
        availability(hours, over_gaps(up_spans(heard, SILENT), gap, SILENT), gap) for heard in (steady, dead)
    )
    assert (of_steady.share, of_steady.own_min) == (1.0, 360)
    assert (of_dead.up_min, of_dead.expected_min, of_dead.own_min) == (70, 240, 360)


def test_nothing_expected_has_no_share():
    assert Availability(0, 0, 1).share is None
