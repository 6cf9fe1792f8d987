"""The sites' figures of one moment as columns: thousands of sites are added up at once, and only what changed is written anew."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.access import Viewer
from dashboard.expected import Expected
from dashboard.queries.places import PlaceFacts
from dashboard.queries.today import BED_KINDS, MEAL_KINDS, VISIT_KINDS, SiteToday
from dashboard.rows import SiteRow
from models.day_figures import MEAL_MODES
from models.day_sources import open_beds
from models.site_state import State
from models.usual import Figure

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

STATES = tuple(State)
NEVER = -1
"""In `HEARD`: not heard yet."""
KINDS: Mapping[str, frozenset[str]] = {"visits": VISIT_KINDS, "lunch": MEAL_KINDS, "beds": BED_KINDS}
"""The kinds of site that a figure is of, by the figure's tile."""


class Row(IntEnum):
    """What a site's row says; unknown numbers are 0, and a flag beside them says whether they are known."""

    STATE = 0
    HEARD = 1
    PEOPLE = 2
    COUNTED = 3
    CAPACITY = 4
    ALARMS = 5
    WORST = 6


class Day(IntEnum):
    """What its day has added up to."""

    VISITS = 7
    VISITS_TOLD = 8
    PERSONS = 9
    PERSONS_TOLD = 10
    ORDERED = 11
    DINE_IN = 12
    PICK_UP = 13
    DELIVERY = 14
    MEALS_TOLD = 15
    PLANNED = 16
    DUE = 17
    DONE = 18
    RUNNING = 19
    LATE = 20
    SERVICES_TOLD = 21
    IN_HOUSE = 22
    ON_LEAVE = 23
    IN_HOSPITAL = 24
    BEDS_TOLD = 25


ROWS, ALL = len(Row), len(Row) + len(Day)


@dataclass(frozen=True)
class Layout:
    """Which site stands where, and what of it only the registry changes."""

    places: tuple[PlaceFacts, ...]

    @cached_property
    def position(self) -> dict[int, int]:
        return {place.id: number for number, place in enumerate(self.places)}

    @cached_property
    def streets(self) -> NDArray[Any]:
        return np.array([place.street for place in self.places], dtype=object)

    @cached_property
    def institutions(self) -> Flags:
        return np.array([place.kind == "INST" for place in self.places], dtype=bool)

    @cached_property
    def kinds(self) -> dict[str, Flags]:
        return {
            name: np.array([place.kind in kinds for place in self.places], dtype=bool) for name, kinds in KINDS.items()
        }

    @cached_property
    def open_beds(self) -> Numbers:
        return np.array([open_beds(place.kind, place.capacity) or 0 for place in self.places], dtype=np.int64)

    @cached_property
    def _of_scopes(self) -> dict[str, tuple[Numbers, frozenset[int]]]:
        return {}

    def of_scope(self, scope: str) -> Numbers:
        """Where the sites of a scope stand."""
        return self._of_scope(scope)[0]

    def sites_of(self, scope: str) -> frozenset[int]:
        """Their numbers."""
        return self._of_scope(scope)[1]

    def _of_scope(self, scope: str) -> tuple[Numbers, frozenset[int]]:
        if scope not in self._of_scopes:
            within = Viewer("", "", scope)
            mine = [n for n, p in enumerate(self.places) if within.sees(p.site, p.street, p.community)]
            self._of_scopes[scope] = np.array(mine, dtype=np.int64), frozenset(self.places[n].id for n in mine)
        return self._of_scopes[scope]


@dataclass(frozen=True)
class Columns:
    """`values`: a row for each of `Row` and `Day`, a column for each site. Never changed; a newer one is another."""

    layout: Layout = Layout(())
    values: Numbers = field(default_factory=lambda: np.zeros((ALL, 0), dtype=np.int64))
    versions: Numbers = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """Of the picture in which a site's row changed last."""
    lags: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    """Seconds; NaN of a site that sent nothing in the last hour."""
    usual: dict[str, Numbers] = field(default_factory=dict)
    """By figure, what is usual now at each site; `NEVER` where it is not known."""


def laid_out(places: Iterable[PlaceFacts]) -> Columns:
    """Of sites of which nothing is known yet."""
    layout = Layout(tuple(places))
    n = len(layout.places)
    values = np.zeros((ALL, n), dtype=np.int64)
    values[Row.STATE], values[Row.HEARD] = STATES.index(State.NEW), NEVER
    return Columns(layout, values, np.zeros(n, dtype=np.int64), np.full(n, np.nan))


def with_rows(columns: Columns, rows: Mapping[int, SiteRow], version: int) -> Columns:
    """With these rows as they are at a version of the picture."""
    if not rows:
        return columns
    values, versions = columns.values.copy(), columns.versions.copy()
    where = [columns.layout.position[id_] for id_ in rows]
    values[:ROWS, where] = np.array([_of_row(row) for row in rows.values()], dtype=np.int64).T
    versions[where] = version
    return _replaced(columns, values=values, versions=versions)


def with_days(columns: Columns, days: Mapping[int, SiteToday | None]) -> Columns:
    """With these days as they are; None where nothing is known of today."""
    known = {columns.layout.position[id_]: day for id_, day in days.items() if id_ in columns.layout.position}
    if not known:
        return columns
    values = columns.values.copy()
    values[ROWS:, list(known)] = np.array([_of_day(day) for day in known.values()], dtype=np.int64).T
    return _replaced(columns, values=values)


def with_lags(columns: Columns, lags: Mapping[int, float]) -> Columns:
    return _replaced(columns, lags=np.array([lags.get(place.id, np.nan) for place in columns.layout.places]))


def with_usual(columns: Columns, expected: Expected) -> Columns:
    usual = {
        str(figure): np.array(
            [expected.sites.get((place.id, figure), NEVER) for place in columns.layout.places], dtype=np.int64
        )
        for figure in Figure
    }
    return _replaced(columns, usual=usual)


def _replaced(columns: Columns, **changed: Any) -> Columns:
    return Columns(**(vars(columns) | changed))


def _of_row(row: SiteRow) -> tuple[int, ...]:
    return (
        STATES.index(State(row.state)),
        NEVER if row.heard_at is None else row.heard_at,
        row.people or 0,
        row.people is not None,
        row.capacity or 0,
        row.open_alarms,
        row.worst_grade or 0,
    )


_NOTHING = (0,) * len(Day)


def _of_day(day: SiteToday | None) -> tuple[int, ...]:
    if day is None:
        return _NOTHING
    tallies, services, beds = day.tallies, day.services, day.beds
    return (
        day.visits or 0,
        day.visits is not None,
        day.persons or 0,
        day.persons is not None,
        day.lunch_ordered,
        *(tallies[f"meal.served.lunch.{mode}"] for mode in MEAL_MODES),
        any(name.startswith("meal.") for name in tallies),
        services["planned"],
        services["due"],
        services["done"],
        services["running"],
        services["late"],
        bool(services),
        beds["in_house"],
        beds["on_leave"],
        beds["in_hospital"],
        bool(beds),
    )
