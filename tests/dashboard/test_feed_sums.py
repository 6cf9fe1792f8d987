"""What the feed adds up: a district of its streets, sites by their states, and what waits at them."""

import json

import pytest

from models.base import MINUTE
from tests.browser.seeded import NOON, SILENT
from tests.dashboard.streaming import streaming
from tests.dashboard.town import ELSEWHERE, SITE


def test_the_district_is_the_sum_of_its_streets_and_of_the_sites_that_report(town):
    (_, frame) = streaming(town)[0]
    reporting = [row for row in frame["sites"] if row["state"] in ("live", "late")]
    assert frame["tiles"][0]["value"] == sum(row["people"] for row in reporting)
    assert frame["tiles"][0]["value"] == sum(street["people"] or 0 for street in frame["streets"])
    assert sum(dict(frame["tiles"][0]["parts"]).values()) == frame["tiles"][0]["value"]
    strip = frame["strip"]
    assert strip["sites_reporting"] == strip["live"] + strip["late"] == len(reporting)
    assert strip["sites_total"] == strip["sites_reporting"] + strip["silent"] + strip["new"] == 23
    assert (strip["closed"], strip["silent"], strip["new"], strip["late"]) == (1, 1, 1, 1)
    assert {row["site"]: row["state"] for row in frame["sites"]}[SILENT] == "silent"


def test_a_site_goes_late_and_silent_by_the_clock_alone_and_keeps_its_number(own_town):
    town = own_town()
    people = streaming(town, view=f"site:{SITE}")[0][1]["site"]["people"]
    for minutes, state in ((4, "late"), (16, "silent")):
        town.clock.at = NOON + minutes * MINUTE
        town.look()
        row = {row["site"]: row for row in streaming(town)[0][1]["sites"]}[SITE]
        assert (row["state"], row["people"]) == (state, people)
    frame = streaming(town)[0][1]
    assert (frame["strip"]["sites_reporting"], frame["tiles"][0]["value"]) == (0, None)


@pytest.mark.parametrize(("hall", "band"), [(30, 5), (5, 3)])
def test_what_a_whole_site_holds_is_no_area_s_where_there_are_several(own_town, hall, band):
    town = own_town()
    town.write("delete from capacity where site_id = (select id from site where code = ?)", (SITE,))
    town.write(
        "insert into capacity (site_id, area, valid_from, persons) select id, '', 0, 40 from site where code = ?",
        (SITE,),
    )
    town.write("update change set n = n + 1 where name = 'registry'")
    areas = town.rows("select code from area where site_id = (select id from site where code = ?)", SITE)
    for (area,) in areas:
        town.happens(SITE, "occupancy.count", area=area, count=0, method="staff")
    town.happens(SITE, "occupancy.count", area="tea", count=30, method="staff")
    town.happens(SITE, "occupancy.count", area="hall", count=hall, method="staff")
    town.look()
    site = streaming(town, view=f"site:{SITE}")[0][1]["site"]
    assert (site["people"], site["capacity"], site["band"]) == (30 + hall, 40, band)
    assert {area["capacity"] for area in site["areas"]} == {None}


def test_a_door_shut_by_hand_takes_a_site_out_of_both_numbers(own_town):
    town = own_town()
    before = streaming(town)[0][1]["strip"]
    town.happens(SITE, "site.closed")
    town.look()
    after = streaming(town)[0][1]["strip"]
    assert after["sites_total"] == before["sites_total"] - 1
    assert after["sites_reporting"] == before["sites_reporting"] - 1


def test_a_call_that_the_site_takes_back_waits_until_somebody_has_looked(own_town):
    town = own_town()

    def waiting(scope: str = "") -> tuple[list[str], int]:
        frame = json.loads(town.look().whole("overview", scope, 0))
        here = [need["what"] for need in frame["needs"] if need["site"] == SITE and "SOS" in need["what"]]
        return here, frame["strip"]["alarms"][0]

    before = waiting()[1]
    town.happens(SITE, "alarm.raised", alarm="a-1", type="SOS")
    assert waiting() == (["SOS"], before + 1)
    town.happens(SITE, "alarm.cleared", NOON + 1, alarm="a-1", type="SOS")
    assert waiting() == (["GONE.SOS"], before + 1)
    assert waiting(f"site:{ELSEWHERE}")[0] == []
    town.write("update alarm set state = 'acknowledged' where ref = 'a-1'")
    assert waiting() == ([], before + 1)
    town.write("update alarm set state = 'closed', settled_at = raised_at where ref = 'a-1'")
    assert waiting() == ([], before)
