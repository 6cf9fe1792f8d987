"""What the screens say of a running day is what its summary says: every figure that both show, on both engines."""

from dataclasses import replace
from datetime import date

import pytest

from contract import format_instant
from dashboard.access import Viewer
from dashboard.columns import laid_out, with_days
from dashboard.frames.tiles import tiles
from dashboard.part import Part
from dashboard.queries.days import day_page, day_rules
from dashboard.queries.places import places
from dashboard.queries.site import site_frame
from dashboard.queries.today import BED_KINDS, MEAL_KINDS, VISIT_KINDS, today_by_site
from dashboard.today_reader import TodayReader, TodaySums
from models.base import HOUR, MINUTE
from models.civil_day import day_bounds, day_of
from models.database import read_only
from models.site_day import read_day
from tests.browser.lived import END, LIVED, YESTERDAY, ZONE
from tests.browser.seeded import NOON

EVERYBODY = Viewer("root", "admin", "")
BY_CARD, HOME, EMPTY_HOME = "d-008", "d-004", "d-020"


@pytest.fixture(scope="module")
def town(lived_in, seeded):
    with seeded.town(*lived_in) as made:
        a_busy_morning(made)
        yield made


def a_busy_morning(town):
    """What the two ways of counting could differ about."""
    ten = NOON - HOUR
    for card, minutes in (("tok-li", 0), ("tok-li", 4), ("tok-li", 12), ("tok-wu", 20), ("tok-li", 8)):
        town.happens(LIVED, "person.in", ten + minutes * MINUTE, area="tea", person=card)
    town.happens(LIVED, "person.in", ten + 30 * MINUTE, area="hall", person="tok-li")
    town.happens(LIVED, "occupancy.flow", ten, area="hall", **{"in": 9, "out": 2})
    town.write("update site set count_by = 'persons' where code = ?", (BY_CARD,))
    town.happens(BY_CARD, "person.in", ten, person="tok-sun", area="main")
    town.happens(BY_CARD, "person.in", ten + MINUTE, person="tok-sun", area="main")
    town.happens("d-002", "person.out", ten, person="tok-late", area="main")

    def planned(name, due, **more):
        town.happens(LIVED, "service.planned", NOON - 3 * HOUR, service=name, type="RH.TR", due_at=format_instant(due))
        for kind, at in more.items():
            by = {"by": "provider" if name == "nobody-came" else "elder"} if kind == "cancelled" else {}
            town.happens(LIVED, f"service.{kind}", at, service=name, **by)

    planned("soon", NOON - 14 * MINUTE)
    planned("missed", NOON - 15 * MINUTE)
    planned("done-early", NOON + HOUR, started=NOON - 2 * HOUR, completed=NOON - HOUR)
    planned("called-off", ten, started=ten, cancelled=ten + MINUTE)
    planned("nobody-came", ten, cancelled=ten + MINUTE)
    planned("runs", ten, started=ten + MINUTE)
    town.happens(LIVED, "service.started", ten, service="not-planned")
    town.happens("d-016", "service.started", ten, service="only-one")
    town.happens("d-016", "service.completed", ten + MINUTE, service="only-one")
    today = day_of(NOON, ZONE).isoformat()
    for kind, mode, times in (("booked", "dine_in", 1), ("cancelled", "dine_in", 3), ("booked", "delivery", 4)):
        for _ in range(times):
            town.happens(LIVED, f"meal.{kind}", ten, meal="lunch", mode=mode, **{"for": today})
    town.happens("d-001", "rating.given", ten, score=4)
    town.happens(LIVED, "bed.moved", ten, person="resident-02", move="hospital")
    for site in (HOME, EMPTY_HOME):
        town.happens(site, "bed.moved", ten, person="tok-resident", move="admit")
    town.happens(EMPTY_HOME, "bed.moved", ten + MINUTE, person="tok-resident", move="discharge")


def on_screen(place, today):
    columns = with_days(laid_out([place]), {place.id: today.get(place.id)})
    found = {}
    for tile in tiles(Part(columns, columns.layout.of_scope("")))[1:]:
        found |= {tile.name: (tile.value, tile.of)} | ({} if tile.value is None else dict(tile.parts))
    return found


def in_summary(place, day):
    """The same figures by the same names; only those that the kind of site has a tile for."""
    visits, meals, given, beds = day.visits, day.meals, day.services, day.residents
    found = dict.fromkeys(("visits", "lunch", "services", "beds"), (None, None))
    if visits and place.kind in VISIT_KINDS:
        found |= {"visits": (visits.entries, None), "persons": visits.persons}
    if meals and place.kind in MEAL_KINDS:
        found["lunch"] = meals.lunch_served, meals.lunch_ordered or None
        found |= dict.fromkeys(("dine_in", "pick_up", "delivery"))
    if given:
        found |= {"services": (given.done, given.due), "running": given.running, "planned": given.planned, "late": None}
    if place.kind in BED_KINDS:
        found["beds"] = None, day_beds(place)
    if beds and place.kind in BED_KINDS:
        found |= {"beds": (beds.in_house, beds.beds), "roll": beds.roll}
        found |= {"hospital": beds.in_hospital, "leave": beds.on_leave}
    return found


def day_beds(place):
    return {"INST": place.persons}.get(place.kind, place.capacity.get("beds"))


def same(place, shown, said):
    """`None` in place of a part: only the screen tells it apart."""
    told = {name: value for name, value in said.items() if value is not None or name == "persons"}
    assert {name: shown[name] for name in told} == told, place.site
    assert shown.keys() == said.keys(), place.site


def test_a_running_day_is_on_the_screen_what_it_is_in_its_summary(town):
    rules = town.shell.state.house.rules
    with read_only(town.engine) as connection:
        today = today_by_site(connection, NOON, rules)
        for place in places(connection, EVERYBODY, NOON):
            summary = read_day(connection, place.id, day_of(NOON, ZONE), ZONE, NOON, day_rules(rules))
            same(place, on_screen(place, today), in_summary(place, summary))
            frame = site_frame(connection, place, NOON, rules)
            assert frame.site.people == summary.people_at_end, place.site
            assert frame.visits == (summary.visits.entries if summary.visits else None)
            assert frame.persons == (summary.visits.persons if summary.visits else None)
            by_type = {one.type: (one.planned, one.done, one.cancelled) for one in frame.services}
            told = summary.services.by_type if summary.services else {}
            assert by_type == {type_: (plan, done, off) for type_, (plan, done, _, off) in told.items()}


def test_the_cases_that_could_differ_are_told_as_they_should_be(town):
    with read_only(town.engine) as connection:
        today = today_by_site(connection, NOON, town.shell.state.house.rules)
        known = {place.site: place for place in places(connection, EVERYBODY, NOON)}
        lived, by_card = on_screen(known[LIVED], today), on_screen(known[BY_CARD], today)
        # 60 came past the counter of the main hall, 9 past the other. The card at 0, 4, 8 and 12 minutes is one visit;
        # in the hall the counter is the number, and its card a person.
        assert (today[known[LIVED].id].visits, lived["persons"]) == (60 + 9 + 2, 2)
        assert (by_card["visits"], by_card["persons"]) == ((1, None), 1)
        assert on_screen(known["d-005"], today)["persons"] is None
        assert on_screen(known["d-002"], today)["persons"] == 0
        assert (lived["lunch"][1], lived["services"], lived["late"], lived["running"]) == (4, (1, 4), 1, 2)
        assert on_screen(known[EMPTY_HOME], today)["beds"] == (0, known[EMPTY_HOME].persons)
        assert on_screen(known["d-001"], today)["lunch"] == (None, None)


def test_at_the_end_of_a_day_the_screen_says_what_the_stored_summary_says(town):
    rules = town.shell.state.house.rules
    with read_only(town.engine) as connection:
        place = places(connection, EVERYBODY, NOON, LIVED)[0]
        stored = day_page(connection, EVERYBODY, LIVED, YESTERDAY, None, NOON, rules).summary
        shown = on_screen(place, today_by_site(connection, END - 1, rules))
    said = in_summary(place, stored)
    for name in ("beds", "roll", "hospital", "leave"):  # residents are shown as they are now, and one left today
        shown.pop(name), said.pop(name)
    same(place, shown, said)
    assert (shown["visits"], shown["persons"], shown["lunch"]) == ((120, None), 40, (36, 40))


def test_a_day_of_twenty_five_hours_ends_with_its_last_hour(town):
    _, end = day_bounds(date(2026, 10, 25), "Europe/Berlin")
    due = {"service": "last-hour", "type": "RH.TR", "due_at": format_instant(end - 30 * MINUTE)}
    town.happens("d-021", "service.planned", end - 20 * HOUR, **due)
    with read_only(town.engine) as connection:
        place = places(connection, EVERYBODY, NOON, "d-021")[0]
        there = replace(town.shell.state.house.rules, zone="Europe/Berlin")
        today = today_by_site(connection, end - 1, there, (place.id,))
    assert today[place.id].services["due"] == 1


def kept(sums):
    """What the feed holds, so that two of them can be compared."""
    return sums.sites, sums.plan


def afresh(connection, places_, now, rules):
    return kept(TodayReader(rules).round(connection, TodaySums(), places_, now))


def test_sums_that_are_read_of_what_changed_are_those_of_everything(town):
    """Late words, corrections, a site that was empty, and time alone: a reader that goes on ends where one begins."""
    rules = town.shell.state.house.rules
    reader = TodayReader(rules)
    with read_only(town.engine) as connection:
        known = {place.id: place for place in places(connection, EVERYBODY, NOON)}
        by_code = {place.site: place.id for place in known.values()}
        sums = reader.round(connection, TodaySums(), known, NOON)
    before = sums
    plan = {"type": "BA.HM", "due_at": format_instant(NOON + 5 * MINUTE), "minutes": 30}
    town.happens("d-011", "service.planned", NOON - 3 * HOUR, service="new", **plan)
    town.happens(LIVED, "service.completed", NOON, service="runs")
    town.happens(LIVED, "service.planned", NOON - 5 * HOUR, service="too-old-a-plan", **plan)
    town.happens(LIVED, "occupancy.flow", NOON - 2 * HOUR, area="hall", **{"in": 3, "out": 0})
    reader.touched((by_code["d-011"], by_code[LIVED]))
    for now in (NOON, NOON + 20 * MINUTE + 1, NOON + 2 * HOUR, NOON + 24 * HOUR):
        with read_only(town.engine) as connection:
            sums = reader.round(connection, sums, known, now)
            while reader.is_behind:
                sums = reader.go_on(connection, sums, now)
            assert kept(sums) == afresh(connection, known, now, rules), now
    assert kept(sums) != kept(before)


def test_a_street_that_takes_a_site_over_takes_its_plan(town):
    rules = town.shell.state.house.rules
    reader = TodayReader(rules)
    with read_only(town.engine) as connection:
        known = {place.id: place for place in places(connection, EVERYBODY, NOON)}
        sums = reader.round(connection, TodaySums(), known, NOON)
        moved = {id_: replace(place, street="440309006") for id_, place in known.items()}
        sums = reader.round(connection, sums, moved, NOON)
        assert {street for street, _ in sums.plan} == {"440309006"}
        assert kept(sums) == afresh(connection, moved, NOON, rules)
