"""Weeks, months and years by their names; they follow each other without a gap."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.period import KINDS, holding, period_of


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("2026-11-23", "2026-11-23", "2026-11-23"),
        ("2026-W48", "2026-11-23", "2026-11-29"),
        ("2026-W53", "2026-12-28", "2027-01-03"),
        ("2020-W01", "2019-12-30", "2020-01-05"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2026-12", "2026-12-01", "2026-12-31"),
        ("2026", "2026-01-01", "2026-12-31"),
    ],
)
def test_a_name_says_its_days(name, first, last):
    found = period_of(name)
    assert (found.name, found.first.isoformat(), found.last.isoformat()) == (name, first, last)


@pytest.mark.parametrize(
    "name", ["", "2025-W53", "2026-W00", "2026-13", "2026-00", "2026-02-30", "1969", "2100", "2026-W1", "x", "2026-1"]
)
def test_what_is_no_period_has_none(name):
    assert period_of(name) is None


@given(st.sampled_from(KINDS), st.dates(date(1980, 1, 1), date(2090, 12, 31)))
def test_every_day_lies_in_one_of_each_kind_and_they_follow_each_other(kind, day):
    found = holding(kind, day)
    assert found.first <= day < found.end
    assert found.after.first == found.end
    assert found.before.end == found.first
    assert period_of(found.name) == found
    assert len(list(found.days())) == (found.end - found.first) / timedelta(days=1)
