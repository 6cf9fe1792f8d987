"""The page of services on both engines: what is pressing, what is counted, and only what the viewer may see."""

import json

import msgspec
import pytest

from contract import format_instant
from dashboard.access import Viewer
from dashboard.queries.services_now import services_now
from models.base import HOUR, MINUTE
from models.database import read_only
from tests.dashboard.town import ELSEWHERE, SAME_STREET, SITE, STREET

ELDER, WORKER = "tok_elder_000001", "wk_nurse_000002"


@pytest.fixture(scope="module")
def town(file_town):
    made = file_town
    now = made.clock.at

    def planned(site, service, type_, due, started=None, done=None, **more):
        said = {"service": service, "type": type_, "due_at": format_instant(due), **more}
        made.happens(site, "service.planned", now - 5 * HOUR, **said)
        if started:
            made.happens(site, "service.started", started, service=service, person=ELDER, worker=WORKER)
        if done:
            made.happens(site, "service.completed", done, service=service)

    planned(SITE, "over", "BA.ST", now - 3 * HOUR, started=now - 91 * MINUTE, minutes=45)
    planned(SITE, "fine", "BA.ST", now - HOUR, started=now - 89 * MINUTE, minutes=45)
    planned(SITE, "late", "RH.TR", now - 16 * MINUTE)
    planned(SITE, "soon", "RH.TR", now - 14 * MINUTE)
    planned(SITE, "later", "RH.TR", now + 2 * HOUR)
    planned(SITE, "done", "RH.TR", now - 2 * HOUR, started=now - 100 * MINUTE, done=now - 50 * MINUTE)
    planned(SITE, "off", "RH.TR", now - 2 * HOUR)
    made.happens(SITE, "service.cancelled", now - HOUR, service="off", by="elder")
    planned(ELSEWHERE, "there", "BA.HM", now - HOUR, started=now - 88 * MINUTE)
    planned(SAME_STREET, "odd", "ZZ.99", now - HOUR)
    made.look()
    return made


def seen(town, role="district", scope=""):
    with read_only(town.engine) as connection:
        return services_now(connection, Viewer("x", role, scope), town.clock.at, town.shell.state.house.rules)


def at_site(frame):
    return [(line.type, line.state) for line in frame.lines if line.site == SITE]


def test_what_lasts_too_long_comes_before_what_is_late_and_what_runs(town):
    assert at_site(seen(town)) == [("BA.ST", "overrun"), ("RH.TR", "late"), ("BA.ST", "running")]


def test_plan_against_done_counts_what_was_due_and_keeps_the_cancelled_apart(town):
    cells = {cell.type: cell for cell in seen(town, "site", f"site:{SITE}").plan}
    training, bath = cells["RH.TR"], cells["BA.ST"]
    assert (training.planned, training.due, training.done, training.late, training.cancelled) == (4, 2, 1, 1, 1)
    assert (bath.planned, bath.running, bath.overrun) == (2, 2, 1)


def test_what_is_listed_and_what_is_counted_agree(town):
    frame = seen(town)
    assert frame.lines_total == len(frame.lines)
    assert sum(one.plan.planned for one in frame.providers) == sum(cell.planned for cell in frame.plan)


def test_a_code_that_nobody_knows_is_shown(town):
    assert "ZZ.99" in {cell.type for cell in seen(town).plan}


def test_everybody_sees_the_services_of_her_scope_only(town):
    street = seen(town, "street", f"street:{STREET}")
    assert {line.site for line in street.lines} == {SITE, SAME_STREET}
    assert {one.code for one in street.streets} == {cell.street for cell in street.plan} == {STREET}
    site = seen(town, "site", f"site:{SITE}")
    everything = [*site.lines, *site.providers, *site.moved]
    assert {one.site for one in everything} == {SITE}


def test_one_person_in_two_places_is_asked_about_and_nobody_is_named(town):
    frame = seen(town)
    assert "two_places" in {question.what for question in frame.questions}
    file = town.client().get("/export/questions.csv", headers=town.bearer("district")).content.decode("utf-8-sig")
    told = sorted(question.what for question in frame.questions)
    assert sorted(line.split(",")[0] for line in file.splitlines()[1:]) == told
    assert ELDER not in file
    sent = msgspec.json.encode(frame).decode()
    assert ELDER not in sent
    assert WORKER not in sent
    # The other place is not hers: then there is nothing to compare.
    assert "two_places" not in {question.what for question in seen(town, "site", f"site:{SITE}").questions}


def test_the_feed_tells_of_starts_and_ends_newest_first(town):
    moved = [(one.what, one.type) for one in seen(town, "site", f"site:{SITE}").moved]
    assert moved == [("completed", "RH.TR"), ("started", "BA.ST"), ("started", "BA.ST")]


def test_the_stream_of_a_scope_carries_its_frame_and_a_new_service_within_a_second(town):
    frame = json.loads(town.feed.services(f"site:{SITE}"))
    assert {line["site"] for line in frame["lines"]} == {SITE}
    assert town.feed.knows("services", Viewer("x", "site", f"site:{SITE}"))
    town.feed.of_services.forget()
    town.happens(SITE, "service.started", service="later")
    frame = json.loads(town.feed.services(f"site:{SITE}"))
    assert ("RH.TR", "running") in {(line["type"], line["state"]) for line in frame["lines"]}


def test_the_list_goes_into_a_spreadsheet_filtered_and_scoped(town):
    answer = town.client().get("/export/services.csv?state=late", headers=town.bearer("site"))
    assert answer.headers["content-type"].startswith("text/csv")
    head, *rows = answer.content.decode("utf-8-sig").splitlines()
    assert head.startswith("state,site,name_zh")
    assert [row.split(",")[:2] for row in rows] == [["late", SITE]]
    assert town.client().get("/export/services.csv").status_code in (303, 401)
