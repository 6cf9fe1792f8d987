"""What does not fit together at a site: asked, never judged. Each question brings the numbers that it rests on.

Pure rules over one situation; they stand in QUESTIONS, and their order there is the order on the page.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dashboard.service_rows import Question
from models.base import HOUR, MINUTE, Instant

AT_SITE = frozenset(("BA.ST", "HL.ED", "CR.RC", "DY.FD", "DY.HD"))
"""Services that need an open house."""
APART_MIN = 10
"""Minutes within which nobody gets from one place to another and into the next service."""
EMPTY_AFTER = 2 * HOUR
SLEEPERS = frozenset(("INST", "STC"))
"""Kinds where people stay over night."""


@dataclass(frozen=True, slots=True)
class Meal:
    """One meal of today at a site."""

    served: int
    taken_away: int
    """Of these, picked up or delivered."""


@dataclass(frozen=True, slots=True)
class Given:
    """A service that runs, or has been given today. Who gives and who receives it stays here and is never shown."""

    type: str
    started_at: Instant
    was_open: bool
    """Whether the site was open when it began."""
    people: frozenset[str]
    """Tokens of the elder and of the worker."""


@dataclass(frozen=True, slots=True)
class Situation:
    site: str
    name_zh: str
    name_en: str
    street: str
    kind: str
    people: int | None
    present: int | None
    """Everybody who came today, and where people sleep also who is in now; None without a counter."""
    closed_since: Instant | None
    meals: tuple[Meal, ...]
    given: tuple[Given, ...]


def ask(
    site: Situation, what: str, at: Instant, *numbers: int, type: str = "", other: Situation | None = None
) -> Question:
    names = (other.name_zh, other.name_en) if other else ("", "")
    return Question(what, site.site, site.name_zh, site.name_en, site.street, at, numbers, type, *names)


def more_meals_than_people(sites: Sequence[Situation], now: Instant) -> Iterator[Question]:
    """Nobody eats the same meal twice: what was eaten in the house must have come in."""
    for site in sites:
        for meal in site.meals:
            if site.present is not None and meal.served > site.present + meal.taken_away:
                yield ask(site, "meals", now, meal.served, site.present, meal.taken_away)


def given_behind_closed_doors(sites: Sequence[Situation], now: Instant) -> Iterator[Question]:
    for site in sites:
        for one in site.given:
            if one.type in AT_SITE and not one.was_open and one.started_at <= now:
                yield ask(site, "closed", one.started_at, type=one.type)


def in_two_places(sites: Sequence[Situation], now: Instant) -> Iterator[Question]:
    """One token in services at two sites that began within minutes of each other."""
    seen = sorted(
        ((token, one.started_at, place, one.type) for place, site in enumerate(sites) for one in site.given for token in one.people)
    )  # fmt: skip
    for (token, at, place, _), (other, later, elsewhere, type_) in pairwise(seen):
        near = later - at <= APART_MIN * MINUTE and later <= now
        if token == other and place != elsewhere and near:
            minutes = (later - at) // MINUTE
            yield ask(sites[elsewhere], "two_places", later, minutes, type=type_, other=sites[place])


def nobody_went_home(sites: Sequence[Situation], now: Instant) -> Iterator[Question]:
    for site in sites:
        shut = site.closed_since is not None and now - site.closed_since >= EMPTY_AFTER
        if shut and site.people and site.kind not in SLEEPERS and site.closed_since is not None:
            yield ask(site, "still_in", site.closed_since, site.people)


QUESTIONS: tuple[Callable[[Sequence[Situation], Instant], Iterator[Question]], ...] = (
    in_two_places,
    given_behind_closed_doors,
    more_meals_than_people,
    nobody_went_home,
)


def questions(sites: Sequence[Situation], now: Instant) -> list[Question]:
    return [question for rule in QUESTIONS for question in rule(sites, now)]
