"""Sums by columns are the sums of the rows, however they came about: written anew site by site, or all at once."""

import random
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from dashboard.access import Viewer
from dashboard.columns import laid_out, with_days, with_lags, with_rows, with_usual
from dashboard.frames.overview import overview_frame
from dashboard.picture import Picture, sites_of
from dashboard.queries.live import site_row
from dashboard.queries.today import BED_KINDS, MEAL_KINDS, VISIT_KINDS
from dashboard.rows import SiteRow
from dashboard.to_judge import older
from models.base import HOUR, MINUTE, SECOND
from models.change import registry_changed
from models.civil_day import day_of
from models.database import transaction
from models.day_sources import open_beds
from models.site_state import State, state_of
from tests.browser.lived import ZONE
from tests.browser.seeded import NOON
from tests.dashboard.streaming import look
from tests.dashboard.test_compared import reckoned
from tests.dashboard.town import COMMUNITY, ELSEWHERE, SAME_STREET, SITE, STREET, Town

SCOPES = ("", f"street:{STREET}", f"community:{COMMUNITY}", f"site:{SITE}", f"site:{ELSEWHERE}")


def a_morning(town: Town) -> None:
    """A little of everything, some of it late, some at sites that say no more."""
    today = day_of(NOON, ZONE).isoformat()
    for n, site in enumerate((SITE, SAME_STREET, ELSEWHERE, "d-001", "d-004")):
        at = NOON - HOUR + n * MINUTE
        town.happens(site, "occupancy.flow", at, **{"in": 5 + n, "out": n})
        town.happens(site, "meal.booked", at, meal="lunch", mode="dine_in", **{"for": today})
        town.happens(site, "meal.served", at, meal="lunch", mode=("dine_in", "delivery")[n % 2])
        town.happens(site, "service.started", at, service=f"s-{n}")
        town.happens(site, "bed.moved", at, person=f"tok-resident-{n}", move="admit")
        look(town)
    town.happens(SITE, "alarm.raised", alarm="a-1", type="SOS")
    town.look()


def fresh(picture: Picture) -> Picture:
    columns = with_rows(laid_out(picture.facts.values()), picture.rows, picture.version)
    columns = with_usual(with_lags(with_days(columns, dict(picture.today.sites)), picture.lags), picture.expected)
    return replace(picture, columns=columns)


def test_what_was_written_site_by_site_is_what_all_of_it_gives_at_once(own_town):
    town = own_town()
    a_morning(town)
    town.write("update site set name_zh = '新名' where code = ?", (SITE,))
    with transaction(town.engine) as connection:
        registry_changed(connection)
    reckoned(town, 30)
    a_morning(town)
    same_as_fresh(town.feed.picture)
    assert town.feed.picture.columns.values.any(axis=1).sum() > 15
    town.clock.at += 24 * HOUR
    town.look()
    same_as_fresh(town.feed.picture)


def same_as_fresh(picture: Picture) -> None:
    once = fresh(picture).columns
    assert np.array_equal(picture.columns.values, once.values)
    assert np.array_equal(picture.columns.lags, once.lags, equal_nan=True)
    assert {name: list(n) for name, n in picture.columns.usual.items()} == {n: list(v) for n, v in once.usual.items()}


def test_each_scope_s_sums_are_those_of_its_rows(own_town):
    town = own_town()
    reckoned(town, 30)
    a_morning(town)
    picture = town.feed.picture
    for scope in SCOPES:
        within = Viewer("", "", scope)
        places = [p for p in picture.facts.values() if within.sees(p.site, p.street, p.community)]
        rows, days = [picture.rows[p.id] for p in places], picture.today.sites
        frame = overview_frame(picture, scope, 0)
        states = Counter(row.state for row in rows)
        shown = frame.strip
        assert {n: getattr(shown, n) for n in ("live", "late", "silent", "new", "closed")} == {
            n: states[n] for n in ("live", "late", "silent", "new", "closed")
        }
        here = [row for row in rows if row.state in ("live", "late")]
        assert shown.oldest_heard_at == min((row.heard_at for row in here), default=None)
        tiles = {tile.name: tile for tile in frame.tiles}
        known = [row.people for row in here if row.people is not None]
        assert tiles["people"].value == (sum(known) if known else None)

        def of(kinds, places=places, days=days):
            return [days[p.id] for p in places if p.kind in kinds and p.id in days]

        visits = [day.visits for day in of(VISIT_KINDS) if day.visits is not None]
        assert tiles["visits"].value == (sum(visits) if visits else None)
        served = sum((day.tallies for day in of(MEAL_KINDS)), Counter())
        lunches = [n for what, n in served.items() if what.startswith("meal.served.lunch.")]
        assert (tiles["lunch"].value or 0, tiles["lunch"].of or 0) == (
            sum(lunches), sum(day.lunch_ordered for day in of(MEAL_KINDS)),
        )  # fmt: skip
        given = sum((days[p.id].services for p in places if p.id in days), Counter())
        assert (tiles["services"].value or 0, tiles["services"].of or 0) == (given["done"], given["due"])
        beds = sum(open_beds(p.kind, p.capacity) or 0 for p in places if p.kind in BED_KINDS)
        in_house = sum(day.beds["in_house"] for day in of(BED_KINDS))
        assert (tiles["beds"].value or 0, tiles["beds"].of or 0) == (in_house, beds)
        by_street = {street.code: street for street in frame.streets}
        assert set(by_street) == {p.street for p in places}
        assert sum(street.open_alarms for street in by_street.values()) == sum(row.open_alarms for row in rows)
        assert {row.site for row in frame.sites} == {p.site for p in places}
        assert sites_of(picture, scope) == {p.id for p in places}


@pytest.mark.parametrize("age_s", [0, 59, 60, 61, 299, 300, 301, None])
def test_who_is_in_another_state_by_now_is_who_the_rule_says(own_town, age_s):
    town = own_town()
    picture, now = town.feed.picture, NOON
    heard = None if age_s is None else now - age_s * SECOND
    for was in State:
        rows = {id_: replace(row, state=str(was), heard_at=heard) for id_, row in picture.rows.items()}
        columns = with_rows(picture.columns, rows, 1)
        is_another = was not in (State.CLOSED, state_of(heard, True, now, 60, 300))
        assert older(columns, now, 60, 300) == (list(picture.facts) if is_another else [])


def all_judged(town: Town) -> dict[int, SiteRow]:
    picture, rules = town.feed.picture, town.feed._rules
    return {
        id_: site_row(place, picture.live[id_], [a.grade for a in picture.alarms.get(id_, ())], picture.as_of, rules)
        for id_, place in picture.facts.items()
    }


def test_what_time_alone_changes_is_seen_at_the_next_second(own_town):
    """Hours end, a site goes silent, a door's event from a clock ahead takes effect, an alarm is raised without any event."""
    town, chance = own_town(), random.Random(7)
    town.happens(SITE, "occupancy.count", count=3, method="staff")
    town.happens(SAME_STREET, "site.closed", NOON + 20 * SECOND)
    town.look()
    seen, places = set(), list(town.feed.picture.facts.values())
    for step in range(60):
        town.clock.at += chance.choice((SECOND, 7 * SECOND, 45 * SECOND, 2 * MINUTE))
        if step % 7 == 0:
            town.happens(ELSEWHERE, "occupancy.flow", town.clock.at, **{"in": 1, "out": 0})
        if step == 20:
            town.happens(ELSEWHERE, "alarm.raised", town.clock.at, alarm="a-9", type="SOS")
        if step == 30:
            town.write("update alarm set grade = 2, open = 1 where grade = 1 and open = 1")
        town.look()
        assert town.feed.picture.rows == all_judged(town), step
        seen |= {(place.site, town.feed.picture.rows[place.id].state) for place in places}
    states = {state for site, state in seen if site in (SITE, SAME_STREET, ELSEWHERE)}
    assert states == {"live", "late", "silent", "closed"}
