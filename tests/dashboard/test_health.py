"""Healthy means: the database answers at this schema, and the worker says each second that it is subscribed."""

import pytest

from dashboard.frames.overview import overview_frame
from dashboard.frames.wall import wall_frame
from ingest.jobs.occasion import Occasion
from ingest.jobs.say_clock import say_clock
from models.base import SECOND
from tests.browser.seeded import NOON
from tests.dashboard.town import SITE, Town

FAR = {"x-forwarded-for": "203.0.113.9"}


def health(town: Town, **headers: str) -> tuple[int, list[str]]:
    answer = town.client().get("/healthz", headers=headers)
    assert answer.json()["status"] == ("ok" if answer.status_code == 200 else "failing")
    return answer.status_code, answer.json()["reasons"]


def test_no_traffic_at_all_is_healthy(town):
    assert health(town) == (200, [])


@pytest.mark.parametrize(("age_s", "status"), [(0, 200), (14.9, 200), (15.1, 503), (86_400, 503)])
def test_a_worker_that_says_nothing_for_fifteen_seconds_is_not(own_town, age_s, status):
    town = own_town()
    town.clock.at += int(age_s * SECOND)
    assert health(town)[0] == status


def test_a_worker_that_is_not_subscribed_is_not(own_town):
    town = own_town()
    town.write("update worker set subscribed = 0")
    assert health(town) == (503, ["the worker is not subscribed"])


def test_before_the_first_worker_nothing_is_healthy(own_town):
    town = own_town()
    town.write("delete from worker")
    assert health(town) == (503, ["no worker has ever run"])


FAULTS = ("drop table worker", "update alembic_version set version_num = '9999'", "delete from alembic_version")


@pytest.mark.parametrize("fault", FAULTS)
def test_another_schema_is_not(own_town, fault):
    town = own_town()
    town.write(fault)
    assert health(town) == (503, ["the database does not answer at this schema"])
    assert health(town, authorization="Bearer x")[0] == 503


@pytest.mark.engines("sqlite")
def test_a_file_that_is_no_database_is_not(own_town):
    town = own_town()
    town.engine.dispose()
    town.path.write_bytes(b"not a database" * 1000)
    for beside in ("-wal", "-shm"):
        town.path.with_name(town.path.name + beside).unlink(missing_ok=True)
    assert health(town)[0] == 503


def test_details_are_for_keys(town):
    assert set(town.client().get("/healthz").json()) == {"status", "reasons", "as_of"}
    assert "details" not in town.client().get("/healthz", headers={"authorization": "Bearer wrong"}).json()
    told = town.client().get("/healthz", headers=town.bearer("ops")).json()["details"]
    assert told == {"worker_seen_at": "2026-11-23T03:36:08.000Z", "last_commit_at": None, "waiting": 0, "trouble": None}


# -- metrics ------------------------------------------------------------------------------------------------------------


def values(text: str) -> dict[str, float]:
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line[0] != "#"}


def test_metrics_are_for_this_machine_or_a_key(town):
    assert town.client().get("/metrics").status_code == 200
    for name in ("x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-host"):
        assert town.client().get("/metrics", headers={name: "203.0.113.9"}).status_code == 401
    assert town.client().get("/metrics", headers=town.bearer("ops") | FAR).status_code == 200


def test_metrics_are_prometheus_text_and_agree_with_the_api(town):
    answer = town.client().get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    for line in answer.text.splitlines():
        assert line.startswith(("# HELP eldercare_", "# TYPE eldercare_", "eldercare_"))
    told, live = values(answer.text), town.client().get("/api/v1/live", headers=town.bearer("district")).json()
    assert told["eldercare_people"] == live["people"]
    assert told["eldercare_sites_reporting"] == live["sites_reporting"]
    assert told["eldercare_up"] == 1
    assert told['eldercare_alarms_open{grade="1"}'] == 1
    families = [line.split()[2] for line in answer.text.splitlines() if line.startswith("# TYPE")]
    assert len(families) == len(set(families))


def test_a_key_of_one_site_measures_one_site(town):
    told = values(town.client().get("/metrics", headers=town.bearer("site") | FAR).text)
    one = town.client().get(f"/api/v1/sites/{SITE}", headers=town.bearer("site")).json()
    assert (told["eldercare_sites_total"], told["eldercare_people"]) == (1, one["people"])
    assert told['eldercare_alarms_open{grade="1"}'] == 0


@pytest.mark.engines("sqlite")
def test_what_the_broker_dropped_is_measured_where_it_tells(own_town):
    town = own_town()
    assert "eldercare_broker_dropped" not in values(town.client().get("/metrics").text)
    town.write("update worker set dropped = 3")
    assert values(town.client().get("/metrics").text)["eldercare_broker_dropped"] == 3


def test_a_clock_process_that_died_waits_for_a_person(own_town):
    """It is the one who tells people: if it is gone, only the pages can say so. Health is the worker's alone."""
    town = own_town()

    def ours():
        picture = town.look().picture
        need = [
            (one.what, one.grade, one.since) for one in overview_frame(picture, "", 0).needs if one.what == "NOCLOCK"
        ]
        assert [one.kind for one in wall_frame(picture, "", 0).waiting if one.kind == "NOCLOCK"] == [
            one[0] for one in need
        ]
        return need

    assert ours() == []  # none has ever run: nobody has died
    say_clock(Occasion(town.engine, town.cfg, NOON, NOON))
    town.clock.at += 59 * SECOND
    assert ours() == []
    town.clock.at += 2 * SECOND
    assert ours() == [("NOCLOCK", 2, NOON)]
    assert values(town.client().get("/metrics").text)["eldercare_clock_seen_at"] == NOON / SECOND
    town.write("update worker set seen_at = ?", (town.clock.at,))
    assert health(town) == (200, [])
    say_clock(Occasion(town.engine, town.cfg, town.clock.at, NOON))
    assert ours() == []


def test_a_feed_that_does_not_read_measures_no_people(own_town):
    town = own_town()
    town.feed._reader.good_at -= 3700
    told = values(town.client().get("/metrics").text)
    assert told["eldercare_feed_up"] == 0
    assert "eldercare_people" not in told
