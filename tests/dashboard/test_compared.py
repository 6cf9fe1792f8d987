"""A figure stands beside what is usual for just the sites that report, in every scope."""

import json

import numpy as np
import pytest

from dashboard.access import Viewer
from dashboard.columns import NEVER
from dashboard.compared import usual_of
from dashboard.queries.scope_curve import scope_curve
from models.database import read_only
from models.usual import STEPS, Point, written
from tests.browser.seeded import NOON
from tests.dashboard.town import SITE, STREET, Town

DAY = "2026-11-23"
DISTRICT, STREET_EYE = Viewer("d", "district", ""), Viewer("s", "street", f"street:{STREET}")


def reckoned(town: Town, per_site: int) -> None:
    """Each site usually has so many people, by card or by counter, all day long."""
    sites = town.rows("select code, street from site")
    counts = {"": len(sites)} | {f"site:{code}": 1 for code, _ in sites}
    for _, street in sites:
        counts[f"street:{street}"] = counts.get(f"street:{street}", 0) + 1
    rows = [
        (scope, figure, DAY, written([Point(n * per_site, n * per_site - 2, n * per_site + 4, 8)] * STEPS))
        for scope, n in counts.items()
        for figure in ("people", "lunch", "done", "due")
    ]
    town.write("insert into usual (scope, figure, day, points) values (?, ?, ?, ?)", *rows)
    town.write("insert into job_run (job, period, done_at) values ('reckon_usual', ?, 1)", (DAY,))
    town.look()


def frame(town: Town, scope: str = "") -> dict:
    return json.loads(town.feed.whole("overview", scope, 0))


def tile(shown: dict, name: str) -> dict:
    return next(one for one in shown["tiles"] if one["name"] == name)


def reporting(shown: dict) -> list[dict]:
    return [row for row in shown["sites"] if row["state"] in ("live", "late")]


@pytest.mark.parametrize("scope", ["", f"street:{STREET}", f"site:{SITE}"])
def test_what_is_usual_is_that_of_the_sites_of_the_scope_that_report(own_town, scope):
    town = own_town()
    reckoned(town, 30)
    shown = frame(town, scope)
    there, beside = reporting(shown), tile(shown, "people")["usual"]
    assert (beside["middle"], beside["low"], beside["high"]) == (
        30 * len(there),
        30 * len(there) - 2,
        30 * len(there) + 4,
    )
    assert (beside["value"], beside["sites"]) == (sum(row["people"] for row in there), len(there))
    for street in shown["streets"]:
        assert street["usual"] == 30 * sum(row["street"] == street["code"] for row in there)


def test_a_site_that_falls_silent_takes_what_is_usual_for_it_along(own_town):
    town = own_town()
    reckoned(town, 30)
    before = tile(frame(town), "people")["usual"]["middle"]
    town.write("update site_state set heard_at = 0 where site_id = (select id from site where code = ?)", (SITE,))
    town.happens("d-003", "occupancy.flow", **{"in": 0, "out": 0})
    town.write("update site_state set changed = (select max(changed) + 1 from site_state) where heard_at = 0")
    town.look()
    assert tile(frame(town), "people")["usual"]["middle"] == before - 30


def test_a_rate_is_compared_in_per_mille_and_what_nobody_knows_is_not_compared(own_town):
    town = own_town()
    assert [one["usual"] for one in frame(town)["tiles"]] == [None] * 5
    reckoned(town, 30)
    services = tile(frame(town), "services")["usual"]
    assert (services["is_rate"], services["middle"]) == (True, 1000)
    assert tile(frame(town), "visits")["usual"] is None


@pytest.mark.parametrize(
    ("counted", "told"),
    [
        ([1, 2, 3], Point(60, 50, 70, 8)),
        ([1, 2], Point(30, 20, 40, 8)),
        ([1], Point(10, 0, 20, 8)),
        ([4], None),
        ([], None),
    ],
)
def test_the_usual_of_the_others_is_taken_out(counted, told):
    usual, here = np.array([10, 20, 30, NEVER]), np.array([site in counted for site in (1, 2, 3, 4)])
    assert usual_of(Point(60, 50, 70, 8), usual, here) == told


def seen(town: Town, viewer: Viewer):
    with read_only(town.engine) as connection:
        return scope_curve(connection, viewer, NOON, town.shell.state.house.rules)


@pytest.mark.parametrize("viewer", [DISTRICT, STREET_EYE])
def test_the_curve_of_a_scope_ends_with_its_people_and_shows_the_gap(town, viewer):
    shown = json.loads(town.feed.whole("overview", viewer.scope, 0))
    kept = [row["people"] or 0 for row in shown["sites"] if row["state"] not in ("silent", "new")]
    curve = seen(town, viewer)
    assert curve.today[-1].people == sum(kept)
    known = [point.people for point in curve.today if point.people is not None]
    assert known[0] == 0
    assert known == sorted(known)


def test_five_minutes_in_which_no_site_was_heard_are_missing_and_not_zero(own_town):
    town = own_town()
    slot = NOON // 300_000_000 - 6
    town.write("delete from site_slot where slot = ?", (slot,))
    missing = [point.at // 300_000_000 for point in seen(town, DISTRICT).today if point.people is None]
    assert slot in missing
