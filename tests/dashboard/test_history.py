"""Histories: hours that are kept give what slots give; gaps stay gaps; times and places are compared; strangers see nothing."""

import csv
import io
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import delete

from dashboard.access import Viewer
from dashboard.figures.past import MOST, past, thinned
from dashboard.history_reading import asked_of_address, shortcuts
from dashboard.history_rows import Asked, HistoryPoint, NotAsked, Series
from dashboard.parts.history_page import _words, history_cards
from dashboard.parts.markup import markup
from dashboard.picture_known import places_known
from dashboard.queries.histories import histories
from dashboard.queries.history import history
from dashboard.queries.places import places
from dashboard.words import Speech
from ingest.jobs.add_up_hours import add_up_hours
from ingest.jobs.occasion import Occasion
from models.base import HOUR
from models.change import JobRun, registry_changed
from models.database import read_only, transaction
from models.hours import ScopeHour
from tests.browser.lived import END, LIVED, START, YESTERDAY, ZONE
from tests.browser.seeded import NOON
from tests.dashboard.test_days import MANAGER

TODAY = YESTERDAY + timedelta(days=1)
OFFICER = Viewer("officer", "district", "")
SITE = f"site:{LIVED}"


@pytest.fixture(scope="module")
def town(lived_in, seeded):
    with seeded.town(*lived_in) as made:
        add_up_hours(Occasion(made.engine, made.cfg, NOON, NOON))
        yield made


def asked(town, viewer=OFFICER, **said):
    with read_only(town.engine) as connection:
        wanted = asked_of_address({"from": str(YESTERDAY), "to": str(YESTERDAY)} | said, TODAY)
        return histories(connection, viewer, wanted, NOON, town.shell.state.house.rules)


@pytest.mark.parametrize(("by", "length"), [("5m", HOUR // 12), ("hour", HOUR), ("day", 24 * HOUR)])
def test_every_step_of_a_site_is_what_the_api_says_of_it(town, by, length):
    rows = asked(town, of=SITE, by=by)
    with read_only(town.engine) as connection:
        place = places(connection, MANAGER, NOON, LIVED)[0]
        told = history(connection, place, list(range(START, END + 1, length)), NOON)
    assert [(p.at, p.people, p.lowest, p.highest, p.came, p.went, p.coverage) for p in rows.series[0].points] == [
        (e["start"], e["average"], e["min"], e["max"], e["in"], e["out"], e["coverage"]) for e in told
    ]


def test_what_the_feed_knows_of_the_registry_is_what_a_page_would_read(own_town):
    town = own_town()
    picture = town.look().picture
    with read_only(town.engine) as connection:
        for viewer in (OFFICER, MANAGER, Viewer("liu", "street", "street:440309002")):
            assert places_known(connection, picture, viewer, NOON) == places(connection, viewer, NOON) != []
    registered(town)
    with read_only(town.engine) as connection:
        assert places_known(connection, picture, OFFICER, NOON) is None


def registered(town):
    with transaction(town.engine) as connection:
        registry_changed(connection)


def test_a_month_has_its_days_and_a_gap_is_no_zero(town):
    rows = asked(town, of=SITE, by="day", **{"from": "2026-11-01", "to": "2026-11-30"})
    points = {date(2026, 11, 1) + timedelta(days=n): point for n, point in enumerate(rows.series[0].points)}
    assert [day for day, point in points.items() if point.people is not None] == [
        date(2026, 11, 1), date(2026, 11, 8), date(2026, 11, 15), YESTERDAY, TODAY,
    ]  # fmt: skip
    assert points[date(2026, 11, 2)].coverage == 0.0
    month = asked(town, of=SITE, by="month", **{"from": "2026-11-01", "to": "2026-11-30"})
    assert month.series[0].whole == rows.series[0].whole == month.series[0].points[0]
    assert rows.series[0].whole.came == sum(point.came or 0 for point in points.values())


def test_the_district_counts_the_sites_that_were_heard_and_today_is_there(town):
    rows = asked(town, by="hour", **{"to": str(TODAY)})
    points = rows.series[0].points
    noon = next(point for point in points if point.at == START + 12 * HOUR)
    assert (noon.heard, noon.sites) == (1, 24)
    today = [point for point in points if point.at >= END and point.people is not None]
    assert today
    assert max(point.heard for point in today) > 10
    fine = asked(town, by="5m")
    assert fine.series[0].whole.came == sum(point.came or 0 for point in points if point.at < END)


def test_a_site_that_has_closed_for_good_is_missed_by_nobody_from_then_on(own_town):
    town = own_town()
    street, site = town.rows("select street, id from site where code = 'd-008'")[0]
    town.write("update site set ended_from = ? where id = ?", (START, site))
    town.write("update site set community = 'c-01' where id = ?", (site,))
    officer, worker = Viewer("a", "street", f"street:{street}"), Viewer("b", "community", "community:c-01")
    before = str(YESTERDAY - timedelta(days=1))
    for viewer, stood in ((officer, 4), (worker, 3)):
        fine = asked(town, viewer, by="5m", **{"from": before}).series[0].points
        assert {point.at >= START: point.sites for point in fine} == {False: stood, True: stood - 1}
        today = asked(town, viewer, by="hour", **{"from": str(TODAY), "to": str(TODAY)}).series[0].points
        assert {point.sites for point in today if point.sites} == {stood - 1}


def test_two_times_and_two_places_are_compared(town):
    week = asked(town, of=SITE, by="hour", **{"from": str(YESTERDAY - timedelta(days=6)), "with": "before"})
    assert [str(one.first) for one in week.series] == ["2026-11-16", "2026-11-09"]
    assert len({len(one.points) for one in week.series}) == 1
    both = asked(town, of=SITE, by="hour", **{"with": "site:d-002"})
    assert [one.scope for one in both.series] == [SITE, "site:d-002"]
    assert past(both.series, [(0.0, "x<y")], "name").count('class="gap"') == 0


def test_what_it_is_compared_with_stands_beside_each_step_and_months_stand_below_their_points(town):
    week = asked(town, of=SITE, by="hour", **{"from": str(YESTERDAY - timedelta(days=6)), "with": "before"})
    ten = START + 10 * HOUR
    now, then = (
        next(one.people for one in series.points if one.at == at)
        for series, at in zip(week.series, (ten, ten - 7 * 24 * HOUR), strict=True)
    )
    listed = markup(history_cards(Speech("zh"), week, ZONE)[-1])
    row = listed[listed.index(f"{YESTERDAY} 10:00") :].split("</tr>")[0]
    assert "对比" in listed
    assert re.findall(r">([\d.]+)</td>", row)[:2] == [f"{now:,.1f}", f"{then:,.1f}"]
    assert now != then
    alone = markup(history_cards(Speech("zh"), asked(town, of=SITE, by="hour"), ZONE)[-1])
    assert "对比" not in alone
    months = asked(town, of=SITE, by="month", **{"from": "2026-10-01", "to": "2026-11-30"})
    drawn = markup(history_cards(Speech("zh"), months, ZONE)[1])
    assert [word for word in ("2026-10", "2026-11", "10-01", "11-02") if f">{word}<" in drawn] == ["2026-10", "2026-11"]
    (first, month), _ = _words(months, 9, ZONE)
    assert month == "2026-10"
    assert first == pytest.approx(31 / 2 / 61), "in the middle of it, where its point is"


def test_strangers_see_nothing_and_a_foreign_place_is_like_none(town):
    stranger = Viewer("wu", "site", "site:d-002")
    assert asked(town, stranger, of=SITE) is None
    assert asked(town, stranger, of="site:d-002", **{"with": SITE}) is None
    assert [value for value, *_ in asked(town, stranger).choices] == ["site:d-002"]
    person = town.person("site", "site:d-002")
    foreign, nothing = (person.get(f"/export/history.csv?of=site:{code}") for code in (LIVED, "d-999"))
    assert (foreign.status_code, foreign.content) == (404, nothing.content)


def test_the_file_holds_every_point_of_the_page(town):
    query = f"of={SITE}&from={YESTERDAY}&to={YESTERDAY}&by=hour&with=before"
    told = town.person().get(f"/export/history.csv?{query}").text
    rows = list(csv.reader(io.StringIO(told.lstrip("\ufeff"))))[1:]
    points = [point for one in asked(town, of=SITE, by="hour", **{"with": "before"}).series for point in one.points]
    assert [(row[3], row[6], row[8]) for row in rows] == [
        ("" if p.people is None else str(p.people), "" if p.came is None else str(p.came), str(p.coverage))
        for p in points
    ]
    assert town.person().get("/export/history.csv?from=x").status_code == 400


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"from": "2026-02-30"}, "date"),
        ({"by": "second"}, "step"),
        ({"of": "site:UP"}, "place"),
        ({"of": "planet:x"}, "place"),
        ({"with": "street:'; drop"}, "place"),
    ],
)
def test_what_an_address_cannot_ask_is_told(said, why):
    with pytest.raises(NotAsked, match=why):
        asked_of_address(said, TODAY)


@pytest.mark.parametrize(
    ("said", "why"),
    [({"from": "2026-11-22", "to": "2026-11-21"}, "order"), ({"from": "2026-01-01", "by": "5m"}, "length")],
)
def test_times_that_are_too_long_or_none_are_told(town, said, why):
    with pytest.raises(NotAsked, match=why):
        asked(town, **said)


def test_shortcuts_ask_what_can_be_asked():
    for _, first, last, step in shortcuts(TODAY):
        assert asked_of_address({"from": str(first), "to": str(last), "by": step}, TODAY).days >= 1
    assert asked_of_address({}, TODAY) == Asked("", TODAY - timedelta(days=6), TODAY, "hour")


def point(at, people, coverage=1.0):
    return HistoryPoint(at, people, people, people, 0, 0, coverage)


def test_a_long_curve_is_thinned_and_keeps_its_extremes_and_its_gaps():
    many = [point(n, None, 0.0) if 100 <= n < 200 else point(n, float(n % 50)) for n in range(9000)]
    few = thinned(many)
    assert len(few) <= MOST
    assert max(one.highest for one in few if one.people is not None) == 49
    assert any(one.people is None for one in few)
    one = Series("", "", "", TODAY, TODAY, 0, 9000, tuple(many), many[0])
    drawn = past([one], [(0.0, "<b>")], "a&b")
    assert drawn.count('<path class="gap"') == 1
    assert "&lt;b&gt;" in drawn
    assert 'aria-label="a&amp;b"' in drawn


def test_the_district_has_the_days_that_devices_told_from_before_their_site_was_registered(town):
    with transaction(town.engine) as connection:
        connection.execute(delete(JobRun).where(JobRun.job.in_(("summarise_days", "add_up_hours"))))
        connection.execute(delete(ScopeHour))
    month = {"by": "day", "from": "2026-11-01", "to": "2026-11-30"}
    assert asked(town, **month).series[0].points[0].people is None
    add_up_hours(Occasion(town.engine, town.cfg, NOON, NOON))
    first = asked(town, **month).series[0].points[0]
    assert (first.heard, first.people is None) == (1, False)
