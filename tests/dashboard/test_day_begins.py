"""A nursing home whose days begin at six: its night is one day on every screen, in the summary, by the API and as a file."""

import csv
import io
from datetime import date

import pytest

from contract import format_instant
from dashboard.access import Viewer
from dashboard.history_rows import Asked
from dashboard.parts.curve_card import curve_card
from dashboard.parts.day_not_begun import not_begun_card
from dashboard.parts.day_sheet import sheet
from dashboard.parts.markup import markup
from dashboard.queries.days import day_page, day_rules, not_begun
from dashboard.queries.histories import histories
from dashboard.queries.places import places
from dashboard.queries.services_now import services_now
from dashboard.queries.site import site_frame, site_page
from dashboard.queries.today import today_by_site
from dashboard.queries.wall import wall_services
from dashboard.words import Speech
from ingest.jobs.occasion import Occasion
from ingest.jobs.summarise_days import summarise_days
from models.base import HOUR, MINUTE, SECOND
from models.civil_day import clock_on, wall_clock
from models.database import read_only
from models.site_day import read_day
from tests.dashboard.test_day_so_far import EVERYBODY, in_summary, on_screen, same
from tests.dashboard.test_days import words_of

HOME, CENTRE, ZONE = "d-004", "d-001", "Asia/Shanghai"
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
EVENING, MIDNIGHT, MORNING = (clock_on(*at, ZONE) for at in ((MONDAY, "22:00"), (TUESDAY, "00:00"), (TUESDAY, "06:00")))
HALF_PAST_THREE = MORNING - 150 * MINUTE


@pytest.fixture
def town(own_town):
    """Both sites live through the same night; only the home's day goes on until the morning."""
    town = own_town()
    home = "(select id from site where code = ?), '0001-01-01', 360"
    town.write(f"insert into day_begin (site_id, from_day, minutes) select {home}", (HOME,))
    town.write("update change set n = n + 1 where name = 'registry'", ())
    for site in (HOME, CENTRE):
        town.clock.at = EVENING
        for name, due in (("late", EVENING + HOUR), ("early", MORNING - HOUR)):
            fields = {"service": f"{site}-{name}", "type": "BA.ST", "due_at": format_instant(due)}
            town.happens(site, "service.planned", **fields)
        for hours, kind, fields in (
            (1, "person.in", {"person": "guest-1", "area": "tea"}),
            (3, "person.in", {"person": "guest-1", "area": "tea"}),
            (4, "occupancy.flow", {"area": "hall", "in": 3, "out": 1}),
            (5, "meal.served", {"meal": "breakfast", "mode": "dine_in"}),
        ):
            town.clock.at = EVENING + hours * HOUR
            town.happens(site, kind, **fields)
    return town


def open_of(town, at):
    town.clock.at = at
    return {
        one["service"]
        for one in answer(town, "/api/v1/services?state=open").json()["services"]
        if one["type"] == "BA.ST"
    }


def on_wall(town, at):
    """What is late, by type."""
    with read_only(town.engine) as connection:
        rows = wall_services(connection, "", at, town.shell.state.house.rules)
    return [(one.type, one.late) for one in rows if one.type == "BA.ST"]


def answer(town, path):
    return town.client().get(path, headers=town.bearer("admin"))


def test_the_running_night_is_on_every_screen_what_its_summary_will_say(town):
    town.clock.at = HALF_PAST_THREE
    rules, at = town.shell.state.house.rules, HALF_PAST_THREE
    with read_only(town.engine) as connection:
        today = today_by_site(connection, at, rules)
        known = {place.site: place for place in places(connection, EVERYBODY, at)}
        for place in known.values():
            summary = read_day(connection, place.id, place.day_of(at, ZONE), ZONE, at, day_rules(rules))
            same(place, on_screen(place, today), in_summary(place, summary))
            frame = site_frame(connection, place, at, rules)
            assert frame.visits == (summary.visits.entries if summary.visits else None)
        home, centre = (today[known[site].id] for site in (HOME, CENTRE))
        page = site_page(connection, EVERYBODY, HOME, at, rules)
        services = services_now(connection, EVERYBODY, at, rules)
    # Cards: the one of the evening is of the home's day alone.
    assert (home.tallies["visit"], centre.tallies["visit"]) == (2, 1)
    assert (home.services["planned"], home.services["due"], centre.services["planned"]) == (2, 1, 1)
    assert sum(cell.planned for cell in services.plan if cell.type == "BA.ST") == 3
    # The one of eleven in the evening waits at the home, whose day still runs; at the centre it is yesterday's.
    assert [(one.site, one.state) for one in services.lines if one.type == "BA.ST"] == [(HOME, "late")]
    assert services.lines_total == len(services.lines)
    assert open_of(town, at) == {f"{HOME}-late", f"{HOME}-early", f"{CENTRE}-early"}
    assert on_wall(town, at) == [("BA.ST", 1)]
    assert wall_clock(page.day_start, ZONE) == "2026-11-23 06:00"
    drawn = markup(curve_card(Speech("en"), page))
    assert all(f">{clock}</text>" in drawn for clock in ("06:00", "22:00", "04:00"))
    running = answer(town, f"/api/v1/sites/{HOME}/days/{MONDAY}").json()
    assert (running["version"], running["summary"]["minutes"]) == (0, 21 * 60 + 30)
    assert answer(town, f"/api/v1/sites/{HOME}/days/{TUESDAY}").status_code == 404
    assert answer(town, f"/api/v1/sites/{CENTRE}/days/{TUESDAY}").json()["summary"]["minutes"] == 3 * 60 + 30


def test_what_the_night_left_undone_is_not_the_new_days(town):
    at = MORNING + 30 * MINUTE
    town.clock.at = at
    with read_only(town.engine) as connection:
        lines = services_now(connection, EVERYBODY, at, town.shell.state.house.rules).lines
    # The home's services of eleven and five o'clock belong to the day that has just ended; the centre's of five to this one.
    assert [(one.site, one.state) for one in lines if one.type == "BA.ST"] == [(CENTRE, "late")]
    assert open_of(town, at) == {f"{CENTRE}-early"}
    assert on_wall(town, at) == [("BA.ST", 1)]


def test_at_todays_date_stands_when_the_day_begins_until_it_does(town):
    rules = town.shell.state.house.rules
    with read_only(town.engine) as connection:
        later = not_begun(connection, EVERYBODY, HOME, TUESDAY, HALF_PAST_THREE, rules)
        others = [
            not_begun(connection, *asked, rules)
            for asked in (
                (EVERYBODY, HOME, TUESDAY, MORNING),
                (EVERYBODY, CENTRE, TUESDAY, HALF_PAST_THREE),
                (EVERYBODY, HOME, date(2026, 11, 25), HALF_PAST_THREE),
                (Viewer("wu", "site", "site:d-002"), HOME, TUESDAY, HALF_PAST_THREE),
            )
        ]
    assert others == [None] * 4
    assert (later.begins_at, later.running) == (MORNING, str(MONDAY))
    told = markup(not_begun_card(Speech("en"), later, ZONE))
    assert "begins at 06:00" in told
    assert f'href="/days/{HOME}/{MONDAY}"' in told


def test_the_ended_night_is_the_same_by_page_api_file_and_history(town):
    town.clock.at = MORNING + 12 * MINUTE
    summarise_days(Occasion(town.engine, town.cfg, town.clock.at, town.clock.at, day=MONDAY, forced=True))
    rules, at = town.shell.state.house.rules, town.clock.at
    with read_only(town.engine) as connection:
        rows = day_page(connection, EVERYBODY, HOME, MONDAY, None, at, rules)
        other = day_page(connection, EVERYBODY, CENTRE, MONDAY, None, at, rules)
        asked = Asked(f"site:{HOME}", MONDAY, MONDAY, "day")
        (series,) = histories(connection, EVERYBODY, asked, at, rules).series
    assert (rows.version, rows.summary.minutes, rows.day_start, rows.day_end) == (
        1,
        24 * 60,
        MORNING - 24 * HOUR,
        MORNING,
    )
    assert (rows.summary.visits.persons, other.summary.visits.persons) == (1, 1)
    breakfasts = [one.summary.tallies.get("meal.served.breakfast.dine_in") for one in (rows, other)]
    assert breakfasts == [1, None]
    assert rows.summary.services.planned == 2
    assert len(rows.summary.hours) == 24
    stored = answer(town, f"/api/v1/sites/{HOME}/days/{MONDAY}").json()
    assert (stored["version"], stored["summary"]["came"]) == (1, rows.summary.came)
    span = f"from={format_instant(MORNING - HOUR)}&to={format_instant(MORNING)}&step=1d".replace("+", "%2B")
    (slot,) = answer(town, f"/api/v1/sites/{HOME}/history?{span}").json()["slots"]
    assert (slot["in"], slot["out"], slot["max"]) == (rows.summary.came, rows.summary.went, rows.summary.peak)
    (point,) = series.points
    assert (point.at, point.came, point.went, point.highest) == (
        rows.day_start, rows.summary.came, rows.summary.went, rows.summary.peak)  # fmt: skip
    table = answer(town, f"/export/days/{HOME}/{MONDAY}.csv").text
    told = {row["figure"]: row["value"] for row in csv.DictReader(io.StringIO(table.lstrip("\ufeff")))}
    assert (told["peak"], told["served"]) == (str(rows.summary.peak), str(rows.summary.meals.served))
    assert "day from 06:00 to 06:00" in words_of(sheet(Speech("en"), rows, ZONE, False))
    assert "day from" not in words_of(sheet(Speech("en"), other, ZONE, False))


def test_a_count_of_the_small_hours_belongs_to_the_day_that_still_ran(town):
    town.clock.at = MORNING + HOUR
    person = town.person("site", f"site:{HOME}")
    token, said = (
        {"x-csrftoken": person.cookies["_csrf_token"]},
        {"what": "heads", "of": "hall", "n": 1, "reason": "recount", "once": "0" * 24},
    )
    assert person.post(f"/act/days/{HOME}/{MONDAY}/correct", json=said | {"at": 150}, headers=token).status_code == 200
    assert person.post(f"/act/days/{HOME}/{TUESDAY}/correct", json=said | {"at": 420}, headers=token).status_code == 400
    kept = town.rows("select day, at from correction")
    assert kept == [(str(MONDAY), MIDNIGHT + 150 * MINUTE)]
    town.clock.at += SECOND
    assert town.drain_inbox() == 1
    assert town.rows("select day from touched_day") == [(str(MONDAY),)]
