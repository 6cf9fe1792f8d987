"""Weeks, months and the district: the same figures on the page, in the files and added up by hand; who may see what."""

import csv
import io
from datetime import date, timedelta

import pytest

from dashboard.access import Viewer
from dashboard.parts.day_words import shown
from dashboard.parts.report_district import district_sheets
from dashboard.parts.report_sheet import report_sheet
from dashboard.parts.report_words import change
from dashboard.queries.late_causes import Due, late_causes
from dashboard.queries.places import places
from dashboard.queries.report_lines import place_lines, report_lines
from dashboard.queries.reports import rank, scope_report, site_report
from dashboard.queries.scope_sums import _whole, _years_of_sites, called_by_day
from dashboard.report_rows import PlaceLine
from dashboard.words import Speech
from ingest.jobs.add_up_months import add_up_months
from ingest.jobs.occasion import Occasion
from models.base import HOUR, MINUTE
from models.civil_day import day_bounds
from models.database import read_only, transaction
from models.day import DaySummary
from models.day_blocks import Gear, ShiftCheck, Staff
from models.day_sums import Sums, added
from models.hours_read import _sites
from models.period import period_of
from tests.browser.lived import END, LIVED, START, ZONE
from tests.browser.seeded import NOON
from tests.dashboard.test_days import MANAGER, cells, signed, texts

MONTH = period_of("2026-11")
OFFICER = Viewer("officer", "district", "")


@pytest.fixture(scope="module")
def town(lived_in, seeded):
    with seeded.town(*lived_in) as made:
        signed(made)
        yield made


def rules(town):
    return town.shell.state.house.rules


def of_site(town, viewer=MANAGER, period=MONTH):
    with read_only(town.engine) as connection:
        return site_report(connection, viewer, LIVED, period, NOON, rules(town))


def of_scope(town, street="", period=MONTH, viewer=OFFICER):
    with read_only(town.engine) as connection:
        return scope_report(connection, viewer, street, period, NOON, rules(town))


def table_of(text):
    return list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))


def test_a_month_says_on_which_days_it_stands(town):
    rows = of_site(town)
    assert (rows.stand.over, rows.stand.known, rows.stand.heard, rows.stand.signed) == (22, 4, 4, 1)
    assert len(rows.stand.silent) == 18
    assert rows.sums == added([sums for _, sums in rows.days])
    assert rows.sums["visits.entries"] == sum(sums["visits.entries"] for _, sums in rows.days) == 120 + 3 * 78
    assert rows.before["days"] == 1
    assert of_site(town, period=period_of("2026-W47")).stand.over == 7
    assert of_site(town, period=period_of("2027-01")) is None


def test_page_and_files_say_the_same_to_the_last_digit(town):
    rows, say, person = of_site(town), Speech("zh"), town.person("site", f"site:{LIVED}")
    lines = {(line.block, line.name): line for line in report_lines(rows.sums)}
    table = table_of(person.get(f"/export/reports/{LIVED}/2026-11.csv?lang=zh").text)
    assert {(row[0], row[1]) for row in table[1:]} == lines.keys()
    told = {(row[0], row[1]): row[6].lstrip("'") for row in table[1:]}
    painted = texts(report_sheet(say, rows, ZONE, False))
    assert len(painted) > 30
    for name, text in painted.items():
        assert text == told[tuple(name.split("."))] == shown(say, lines[tuple(name.split("."))], ZONE), name
    book = person.get(f"/export/reports/{LIVED}/2026-11.xlsx?lang=zh").content
    assert [row[:2] for row in cells(book)] == [row[:2] for row in table]


def test_the_district_is_the_sum_of_its_streets_and_a_year_of_its_months(town):
    rows = of_scope(town)
    assert rows.total == added([one.sums for one in rows.streets]) == added([one.sums for one in rows.league])
    assert rows.total == added([sums for _, sums in rows.parts])
    assert (len(rows.parts), sum(rows.asked.values())) == (22, rows.expected)
    good = [rank(one)[:-1] for one in rows.league]
    assert list(rows.places) == [1 + good.index(one) for one in good]
    assert (rows.sites, rows.signed, len(rows.streets)) == (24, 1, 6)
    before = of_scope(town, period=period_of("2026"))
    add_up_months(Occasion(town.engine, town.cfg, NOON, NOON))
    year = of_scope(town, period=period_of("2026"))
    assert year == before
    assert [name for name, _ in year.parts] == [f"2026-{month:02d}" for month in range(1, 12)]
    assert sum(year.asked.values()) == year.expected > rows.expected
    assert year.total == added([rows.total, of_scope(town, period=period_of("2026-10")).total])
    painted = {}
    for sheet in district_sheets(Speech("en"), rows, ZONE, False):
        painted |= texts(sheet)
    say = Speech("en")
    for one in (*rows.streets, *rows.league):
        assert [painted[f"{one.code}.{line.name}"] for line in place_lines(one)] == [
            shown(say, line, ZONE) for line in place_lines(one)
        ]


def test_a_street_s_officer_sees_her_street_alone_and_a_foreign_one_is_like_none(town):
    street = next(one.street for one in of_scope(town).league if one.code == LIVED)
    other = next(one.code for one in of_scope(town).streets if one.code != street)
    officer = Viewer("wang", "street", f"street:{street}")
    mine = of_scope(town, viewer=officer)
    assert {one.street for one in mine.league} == {street}
    assert mine.total == of_scope(town, street).total
    assert of_scope(town, other, viewer=officer) is None
    person = town.person("street", f"street:{street}")
    foreign, nothing = (person.get(f"/export/reports/2026-11.csv?street={code}") for code in (other, "449999999"))
    assert (foreign.status_code, foreign.content) == (404, nothing.content)
    assert person.get("/export/reports/2026-11.csv").status_code == 200
    stranger = town.person("site", "site:d-002")
    assert stranger.get(f"/export/reports/{LIVED}/2026-11.csv").status_code == 404
    for wrong in ("2026-13", "2026-11-22", "2026", "x"):
        assert stranger.get(f"/export/reports/d-002/{wrong}.csv").status_code == 404


def test_regulars_are_counted_for_all_and_named_by_their_token_for_the_site_alone(town):
    manager, officer = of_site(town).regulars, of_site(town, OFFICER).regulars
    assert manager.known > 0
    assert (officer.known, officer.missing, officer.tokens) == (manager.known, manager.missing, None)
    assert len(manager.tokens) == manager.missing


def test_the_league_goes_by_completeness_and_response_and_never_by_heads():
    def place(code, heard, waits, people, called=10):
        n = {"days.heard": 30, "gear.open_minutes": 1000, "gear.heard_minutes": heard, "visits.entries": people}
        n |= {"answers.called": called, "answers.unanswered": called - len(waits)}
        return PlaceLine(code, "", "", "", "", 1, 30, Sums(n, None, None, tuple(waits)), None, 0)

    crowded, quick, slow = (
        place("a", 900, [5] * 10, 10**6),
        place("b", 990, [10] * 10, 3),
        place("c", 990, [99] * 10, 50),
    )
    deaf = place("0", 990, [], 9)
    assert [one.code for one in sorted((crowded, deaf, slow, quick), key=rank)] == ["b", "c", "0", "a"]


def test_a_site_is_expected_from_its_registration_to_its_end_and_late_answers_are_counted(town):
    first, second = START - 24 * HOUR, START + 4 * 24 * HOUR
    with transaction(town.engine) as connection:
        connection.exec_driver_sql(f"update site set created_at = {first} where code = 'd-003'")
        connection.exec_driver_sql(f"update site set ended_from = {first} where code = 'd-004'")
        connection.exec_driver_sql(f"update site set created_at = {second} where code = 'd-009'")
        for table in ("month_sum", "site_day"):
            connection.exec_driver_sql(
                f"delete from {table} where site_id = (select id from site where code = 'd-009')"
            )
    before = of_site(town).sums
    league = {one.code: one for one in of_scope(town).league}
    assert (league["d-003"].expected_days, league["d-004"].expected_days, league[LIVED].expected_days) == (2, 20, 22)
    assert "d-009" not in league
    assert of_scope(town).expected == 2 + 20 + 21 * 22
    with read_only(town.engine) as connection:
        assert _sites(connection, START, END)[None] == 22
        assert _sites(connection, first - 1, first)[None] == 22
    with transaction(town.engine) as connection:
        connection.exec_driver_sql(
            "update alarm set late = 0, acknowledged_at = opened_at + 90000000 where site_id ="
            f" (select id from site where code = '{LIVED}') and opened_at >= {START} and opened_at < {END}"
        )
    after = of_site(town).sums
    assert (before["answers.called"], after["answers.called"], after["answers.acknowledged"]) == (0, 1, 1)
    assert after.waits == (90_000_000,)


def test_where_every_day_of_a_year_has_a_summary_none_is_looked_for(town):
    """The same alarms are told as by looking; one of a day without a summary, and one of today, are not."""
    year, days = period_of("2026"), [date(2026, 1, 1) + timedelta(days=n) for n in range(326)]
    ((site,),) = town.rows("select id from site where code = ?", LIVED)
    town.write("delete from site_day where site_id = ? and version > 1", (site,))
    town.write("insert into site_day (site_id, day, version, made_at, summary, changes, why) select site_id, ?, 1, 0, summary,"
               " '[]', 'first' from site_day where site_id = ? and day = ? on conflict do nothing",
               *((str(day), site, str(days[-1])) for day in days))  # fmt: skip
    for number, at in enumerate((day_bounds(days[63], ZONE)[0] + HOUR, day_bounds(days[200], ZONE)[0], NOON)):
        town.write("insert into alarm (site_id, cause, type, subject, grade, numbers, holds, open, late, times, raised_at,"
                   " received_at, opened_at, state, level) values (?, ?, 'FALL', '', 1, '[]', 0, 0, 0, 1, ?, ?, ?, 'closed', 0)",
                   (site, f"told/{number}", at, at, at))  # fmt: skip

    def told():
        town.write("delete from month_sum where site_id = ?", (site,))
        with read_only(town.engine) as connection:
            known = {place.id: place for place in places(connection, MANAGER, NOON)}
            whole = _whole(known, _years_of_sites(connection, [site], year), year, NOON, rules(town))
            looked, found = (called_by_day(connection, known, year, rules(town), one) for one in ({}, whole))
            assert {key: sorted(rows) for key, rows in found.items()} == {k: sorted(rows) for k, rows in looked.items()}
            return whole, {key: len(rows) for key, rows in found.items()}

    whole, found = told()
    assert whole == {site: days[-1]}
    assert (found[site, "2026-03"], found[site, "2026-07"]) == (1, 1)
    town.write("delete from site_day where site_id = ? and day = ?", (site, str(days[63])))
    whole, fewer = told()
    assert whole == {}
    assert found.items() - fewer.items() == {((site, "2026-03"), 1)}


def test_each_late_service_has_the_first_cause_that_is_true_of_it():
    day = DaySummary(
        "2026-11-22", None, None, None, None, None, None, None, None, 1, 1440, {},
        gear=Gear(600, 500, ((8 * HOUR, 9 * HOUR),), 0, 0, 1, 0, ours=((20 * HOUR, 21 * HOUR),)),
        staff=Staff({}, 0, (ShiftCheck("evening", 16 * HOUR, 1, 3), ShiftCheck("day", 10 * HOUR, 3, 3))),
    )  # fmt: skip
    at = HOUR
    given = [
        Due(8 * at + MINUTE, 10 * at, 11 * at, "w-1"),
        Due(11 * at, 11 * at, 13 * at, "w-2"),
        Due(12 * at, 13 * at, 14 * at, "w-2"),
        Due(17 * at, 18 * at, 19 * at, "w-3"),
        Due(2 * at, None, None, "w-4"),
        Due(3 * at, 3 * at + 70 * MINUTE, None, "w-5"),
        Due(3 * at, 3 * at + 20 * MINUTE, None, "w-6"),
        Due(3 * at, 3 * at + 15 * MINUTE, None, "w-7"),
        Due(4 * at, None, 5 * at, "w-8"),
        Due(4 * at, None, None, "w-9", off=True),
        Due(20 * at, 22 * at, None, "w-10"),
    ]
    found = late_causes(given, [day], 15 * MINUTE, 24 * HOUR)
    assert {one.cause: (one.n, one.worst_min) for one in found} == {
        "called_off": (1, 20 * 60),
        "line_silent": (1, 119), "held_up": (1, 60), "too_few_staff": (1, 60), "never_begun": (1, 22 * 60),
        "our_outage": (1, 120), "over_an_hour": (1, 70), "within_an_hour": (1, 20),
    }  # fmt: skip


def test_sums_are_compared_by_the_day_and_rates_in_points():
    say = Speech("en")
    now = {(one.block, one.name): one for one in report_lines(Sums({"meals.days": 1, "meals.served": 300, "meals.ordered": 310,
                                                                   "meals.not_fetched": 31}))}  # fmt: skip
    old = {(one.block, one.name): one for one in report_lines(Sums({"meals.days": 1, "meals.served": 100, "meals.ordered": 100,
                                                                   "meals.not_fetched": 5}))}  # fmt: skip
    assert change(say, now["meals", "served"], old, 30, 10) == "0 %"
    assert change(say, now["meals", "served"], old, 30, 28) == "+180 %"
    assert change(say, now["meals", "not_fetched"], old, 30, 28) == "+5.0 pt".replace("5.0", "5")
    assert change(say, now["meals", "served"], {}, 30, 28) == "—"
