"""Hours and months that the clock keeps say what slots and days say, and go when a day is restated."""

import pytest
from sqlalchemy import select

from dashboard.queries.history import history
from dashboard.queries.places import places
from ingest.jobs.add_up_hours import add_up_hours
from ingest.jobs.add_up_months import add_up_months, restated
from ingest.jobs.occasion import Occasion
from ingest.jobs.summarise_days import QUIET, summarise_days
from models.base import HOUR, MINUTE
from models.database import read_only, transaction
from models.day_sums import added, sums_of
from models.hours_read import site_hours
from models.month_sum import kept_months, kept_scope_months, months_from_days, newest_days
from models.place import Site
from tests.browser.lived import END, LIVED, START, YESTERDAY
from tests.browser.seeded import NOON
from tests.dashboard.test_days import MANAGER

MONTH = "2026-11"


@pytest.fixture
def town(lived_in, seeded):
    with seeded.town(*lived_in) as made:
        yield made


def add_up(town):
    occasion = Occasion(town.engine, town.cfg, NOON, NOON)
    return add_up_hours(occasion), add_up_months(occasion)


def number_of(town):
    return town.rows("select id from site where code = ?", LIVED)[0][0]


def test_the_hours_of_a_day_are_those_that_the_api_makes_of_its_slots(town):
    with read_only(town.engine) as connection:
        place = places(connection, MANAGER, NOON, LIVED)[0]
        told = history(connection, place, list(range(START, END + 1, HOUR)), NOON)
        kept = site_hours(connection, place.id, (START, END))
        stored = town.rows(
            "select at, last, lowest, highest, person_us, slots, came, went, heard_min from site_hour"
            " where site_id = ? and at >= ? order by at", place.id, START,
        )  # fmt: skip
    assert [tuple(row) for row in stored] == [tuple(getattr(one, name) for name in one.__slots__) for one in kept]
    assert len(kept) == 24
    for entry, hour in zip(told, kept, strict=True):
        assert entry["coverage"] == round(hour.heard_min / 60, 4)
        if hour.heard_min:
            average = round(max(hour.person_us / (hour.slots * 5 * MINUTE), 0), 3)
            assert (entry["last"], entry["min"], entry["max"]) == (hour.last, hour.lowest, hour.highest)
            assert (entry["average"], entry["in"], entry["out"]) == (average, hour.came, hour.went)


def test_a_street_is_the_sum_of_its_sites_that_were_heard(town):
    done, _ = add_up(town)
    assert done == {"days": 5, "site_days": 23 * 5}
    street = town.rows("select street from site where code = ?", LIVED)[0][0]
    for scope in ("", f"street:{street}"):
        rows = town.rows(
            "select h.at, h.last, h.person_us, h.came, h.went, h.heard_min, h.heard from scope_hour h"
            " where h.scope = ? and h.at >= ? and h.at < ? order by h.at", scope, START, END,
        )  # fmt: skip
        mine = town.rows(
            "select at, last, person_us, came, went, heard_min from site_hour where site_id = ? and at >= ? order by at",
            number_of(town), START,
        )  # fmt: skip
        heard = [(*row, 1) if row[5] else (row[0], 0, 0, 0, 0, 0, 0) for row in mine]
        assert [tuple(row) for row in rows] == heard
    (district,) = {row[0] for row in town.rows("select sites from scope_hour where scope = ''")}
    assert district == 24
    assert add_up(town)[0] == {}


def test_months_are_kept_until_a_day_of_them_is_restated(town):
    assert add_up(town)[1] == {"months": 2, "sums": 3 * 24, "years": 1}
    site = number_of(town)
    with read_only(town.engine) as connection:
        kept = kept_months(connection, [site], [MONTH])[site, MONTH]
        days = [sums_of(day) for *_, day in newest_days(connection, [site], YESTERDAY.replace(day=1), YESTERDAY)]
        assert kept == added(days) == months_from_days(connection, [site], MONTH)[site]
    assert kept["days"] == 4
    town.happens(LIVED, "meal.served", START + 12 * HOUR, meal="lunch", mode="dine_in")
    now = NOON + QUIET + MINUTE
    summarise_days(Occasion(town.engine, town.cfg, now, now, day=YESTERDAY, forced=True))
    with read_only(town.engine) as connection:
        assert kept_months(connection, [site], [MONTH]) == {}
    assert add_up(town) == ({"days": 1, "site_days": 0}, {"months": 1, "sums": 2, "years": 1})
    with read_only(town.engine) as connection:
        assert kept_months(connection, [site], [MONTH])[site, MONTH]["meals.served"] == kept["meals.served"] + 1


def test_a_year_of_a_site_and_a_month_of_a_street_are_kept_and_go_with_a_restated_day(town):
    add_up(town)
    site, everywhere = number_of(town), [row[0] for row in town.rows("select id from site")]
    street = town.rows("select street from site where id = ?", site)[0][0]
    with read_only(town.engine) as connection:
        months = kept_months(connection, everywhere, [MONTH, "2026-10"])
        assert kept_months(connection, [site], ["2026"])[site, "2026"] == added(
            [sums for (one, _), sums in months.items() if one == site]
        )
        for scope, mine in (("", []), (f"street:{street}", [Site.street == street])):
            of = set(connection.execute(select(Site.id).where(*mine)).scalars())
            whole = added([sums for (one, month), sums in months.items() if one in of and month == MONTH])
            assert kept_scope_months(connection, scope, [MONTH], mine) == {MONTH: whole}
        assert kept_scope_months(connection, "", [MONTH], [Site.id != site]) == {}, (
            "a sum of other sites is none of these"
        )
    with transaction(town.engine) as connection:
        restated(connection, [(site, YESTERDAY.isoformat())])
    with read_only(town.engine) as connection:
        assert kept_months(connection, [site], ["2026"]) == kept_scope_months(connection, "", [MONTH], []) == {}
        assert kept_scope_months(connection, "", ["2026-10"], []).keys() == {"2026-10"}


def test_days_from_before_there_were_hours_get_theirs(town):
    with transaction(town.engine) as connection:
        connection.exec_driver_sql("delete from site_hour")
    assert add_up(town)[0] == {"days": 5, "site_days": 24 * 5}
    assert town.rows("select count(*) from site_hour where site_id = ?", number_of(town)) == [(4 * 24 + 16,)]
