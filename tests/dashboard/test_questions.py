"""What does not fit together is asked with its numbers; what fits is not."""

from dataclasses import replace

import pytest

from dashboard.questions import APART_MIN, Given, Meal, Situation, questions
from models.base import HOUR, MINUTE

NOON = 1_795_404_968_000_000
EMPTY = Situation("d-001", "甲", "A", "s1", "MEAL", 0, 40, None, (), ())


def asked(*sites):
    return [(q.what, q.site, q.numbers, q.type) for q in questions(sites, NOON)]


def given(type_="BA.ST", at=NOON - HOUR, was_open=True, *people):
    return Given(type_, at, was_open, frozenset(people))


@pytest.mark.parametrize(
    ("served", "taken", "present", "expected"),
    [
        (40, 0, 40, []),
        (41, 0, 40, [("meals", "d-001", (41, 40, 0), "")]),
        (60, 20, 40, []),
        (61, 20, 40, [("meals", "d-001", (61, 40, 20), "")]),
        (61, 0, None, []),
        (0, 0, 0, []),
    ],
)
def test_what_was_eaten_in_the_house_must_have_come_in(served, taken, present, expected):
    assert asked(replace(EMPTY, meals=(Meal(served, taken),), present=present)) == expected


@pytest.mark.parametrize(
    ("type_", "was_open", "hit"), [("BA.ST", False, True), ("BA.ST", True, False), ("BA.HM", False, False)]
)
def test_a_bath_at_a_closed_site_is_asked_about_and_one_at_home_is_not(type_, was_open, hit):
    found = asked(replace(EMPTY, given=(given(type_, NOON - HOUR, was_open),)))
    assert found == ([("closed", "d-001", (), type_)] if hit else [])


@pytest.mark.parametrize(("apart", "hit"), [(0, True), (APART_MIN, True), (APART_MIN + 1, False)])
def test_one_token_in_two_places_within_minutes(apart, hit):
    first = replace(EMPTY, given=(given("BA.ST", NOON - HOUR, True, "tok_first"),))
    second = replace(
        EMPTY, site="d-002", given=(given("RH.TR", NOON - HOUR + apart * MINUTE, True, "tok_first", "wk_other"),)
    )
    assert asked(first, second) == ([("two_places", "d-002", (apart,), "RH.TR")] if hit else [])
    assert "tok_first" not in repr(questions([first, second], NOON))


def test_the_same_person_twice_at_one_site_is_nobodys_riddle():
    assert asked(replace(EMPTY, given=(given("BA.ST", NOON, True, "tok_1"), given("RH.TR", NOON, True, "tok_1")))) == []


@pytest.mark.parametrize(
    ("people", "hours", "kind", "hit"),
    [(3, 2, "CST", True), (3, 1, "CST", False), (0, 3, "CST", False), (3, 3, "INST", False), (None, 3, "CST", False)],
)
def test_somebody_still_counted_in_two_hours_after_closing(people, hours, kind, hit):
    closed = NOON - hours * HOUR
    found = asked(replace(EMPTY, people=people, closed_since=closed, kind=kind))
    assert found == ([("still_in", "d-001", (3,), "")] if hit else [])
