"""What anybody may know, and nothing more: bands instead of people, late, the same for all."""

import json

import jsonschema
import pytest

from models.base import MINUTE
from models.event import SLOT_US
from tests.browser.seeded import CLOSED, NEW, SILENT
from tests.dashboard.town import SITE, Town

FIELDS = {
    "site", "name_zh", "name_en", "kind", "street", "address", "phone", "lat", "lon", "distance_m", "open", "band", "band_as_of",
}  # fmt: skip
BANDS = {"free", "moderate", "busy", "nearly_full", "full", None}


def sites(town: Town, tail: str = "") -> dict[str, dict]:
    answer = town.client().get(f"/public/v1/sites{tail}")
    assert answer.status_code == 200, answer.text
    return {row["site"]: row for row in answer.json()["sites"]}


def test_only_public_fields_leave_and_no_number_of_people(town):
    answer = town.client().get("/public/v1/sites")
    rows = answer.json()["sites"]
    assert len(rows) == 24
    for row in rows:
        assert set(row) == FIELDS
        assert row["band"] in BANDS
    for word in ("people", "capacity", "heard", "alarm", "state", "device", "person"):
        assert f'"{word}' not in answer.text


def test_the_answer_is_as_described_and_may_be_kept_for_a_minute(town):
    answer = town.client().get("/public/v1/sites")
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert answer.json()["as_of"] == "2026-11-23T03:36:08.000Z"
    document = town.client().get("/api/v1/openapi.json", headers=town.bearer("site")).json()
    call = document["paths"]["/public/v1/sites"]["get"]
    assert call["security"] == []
    schema = call["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema.validate(answer.json(), schema | {"components": document["components"]})


def test_the_nearest_is_first_for_who_says_where_she_is(town):
    rows = list(sites(town, "?lat=22.7&lon=114.0").values())
    assert [row["distance_m"] for row in rows] == sorted(row["distance_m"] for row in rows)
    assert rows[0]["site"] == "d-010"
    assert rows[0]["distance_m"] < 2
    assert {row["distance_m"] for row in sites(town).values()} == {None}


def test_a_kind_and_what_is_open_now_can_be_asked_for(town):
    assert {row["kind"] for row in sites(town, "?kind=MEAL").values()} == {"MEAL"}
    assert CLOSED in sites(town)
    assert not sites(town)[CLOSED]["open"]
    assert CLOSED not in sites(town, "?open_now=true")


@pytest.mark.parametrize("site", [SILENT, NEW, CLOSED])
def test_of_a_site_that_does_not_report_no_band_is_told(town, site):
    assert (sites(town)[site]["band"], sites(town)[site]["band_as_of"]) == (None, None)


@pytest.mark.parametrize(
    "tail", ["?lat=91&lon=0", "?lat=1", "?lon=1", "?lat=nan&lon=1", "?lat=x&lon=1", "?kind=BAR", "?open_now=perhaps", "?kind=%00"]
)  # fmt: skip
def test_a_question_that_cannot_be_is_refused(town, tail):
    answer = town.client().get(f"/public/v1/sites{tail}")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


def fill(town: Town, people: int) -> None:
    town.happens(SITE, "occupancy.count", count=people, method="staff")
    town.look()


@pytest.mark.parametrize(
    ("people", "band"), [(0, "free"), (15, "free"), (16, "moderate"), (28, "busy"), (36, "nearly_full"), (41, "full")]
)
def test_a_band_is_a_share_of_the_places(own_town, people, band):
    town = own_town()  # the site has 40 places
    fill(town, people)
    town.clock.at += 10 * MINUTE
    town.happens(SITE, "device.status", device="door-east", online=True)
    town.look()
    assert sites(town)[SITE]["band"] == band


def test_below_ten_places_no_band_is_told(own_town):
    town = own_town()
    for places, band in ((10, "full"), (9, None)):
        town.write("update capacity set persons = ? where site_id = 2", (places,))
        town.write("update change set n = n + 1 where name = 'registry'")
        town.look()
        assert sites(town)[SITE]["band"] == band


def test_a_single_arrival_is_seen_by_nobody_before_five_minutes_are_over(own_town):
    town = own_town()
    before = sites(town)[SITE]
    fill(town, 41)
    assert sites(town)[SITE] == before
    town.clock.at = (town.clock.at // SLOT_US + 1) * SLOT_US + 4 * MINUTE
    town.happens(SITE, "device.status", device="door-east", online=True)
    town.look()
    assert sites(town)[SITE]["band"] == before["band"]
    town.clock.at += MINUTE
    town.happens(SITE, "device.status", device="door-east", online=True)
    town.look()
    assert sites(town)[SITE]["band"] == "full"


def test_a_thousand_visitors_read_the_database_no_more_than_one(own_town, monkeypatch):
    import dashboard.public

    town, read = own_town(), []
    crowding = dashboard.public.crowding
    monkeypatch.setattr(dashboard.public, "crowding", lambda *a: read.append(a) or crowding(*a))
    for _ in range(20):
        sites(town)
    assert len(read) == 1


def test_nothing_of_a_person_can_be_found_in_it(own_town):
    town = own_town()
    town.happens(SITE, "person.in", person="tok-4711-elder")
    town.happens(SITE, "alarm.raised", alarm="a-1", type="FALL", person="tok-4711-elder")
    town.happens(SITE, "bed.moved", person="tok-4711-elder", move="admit", bed="12-A")
    town.look()
    said = json.dumps(sites(town))
    assert not [word for word in ("4711", "FALL", "12-A", "admit") if word in said]
