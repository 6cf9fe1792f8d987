"""The JSON API as somebody sees it who knows the contract only, and who may not see everything."""

import base64
import json
import re

import jsonschema
import msgspec
import pytest

from models.base import HOUR, MINUTE, SECOND
from models.civil_day import day_bounds, day_of
from models.database import transaction
from models.day import Beside, summarise
from tests.browser.seeded import CLOSED, LATE, NEW, NOON, SILENT, SOS
from tests.dashboard.town import ELSEWHERE, ROLES, SAME_STREET, SITE, STREET, Town, worker

RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}Z")
READ = (
    "/api/v1/live",
    "/api/v1/sites",
    f"/api/v1/sites/{SITE}",
    f"/api/v1/sites/{SITE}/history",
    f"/api/v1/sites/{SITE}/days/2026-11-23",
    "/api/v1/services?state=open",
    "/api/v1/alarms?state=open",
    "/api/v1/rejected",
    "/api/v1/integrity",
)


def get(town: Town, path: str, role: str = "district", scope: str | None = None, status: int = 200) -> dict:
    answer = town.client().get(path, headers=town.bearer(role, scope))
    assert answer.status_code == status, answer.text
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.json()) == {"type", "title", "status"}
        assert answer.json()["status"] == status
    return answer.json()


# -- what every answer has ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", READ)
def test_every_answer_says_as_of_when_it_is(town, path):
    told = get(town, path)
    assert told["as_of"] == "2026-11-23T03:36:08.000Z"
    assert RFC3339.fullmatch(told["as_of"])


@pytest.mark.parametrize("path", READ)
def test_every_answer_is_what_the_api_s_own_description_says(town, path):
    document = town.client().get("/api/v1/openapi.json", headers=town.bearer("site")).json()
    described = path.split("?")[0].replace(SITE, "{site}").replace("2026-11-23", "{day}")
    said = document["paths"][described]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema.validate(get(town, path), said | {"components": document["components"]})


@pytest.mark.parametrize("path", ["/api/v1/docs", "/api/v1/openapi.json"])
def test_the_description_asks_nobody_else(town, path):
    text = town.client().get(path, headers=town.bearer("site")).text
    assert not re.search(r"(src|href)=.?https?://|cdn|unpkg|jsdelivr", text)
    assert "/api/v1/sites/{site}/history" in text
    assert "from" in text


def test_people_read_the_description_with_their_session(town):
    person = town.person()
    assert "/docs/openapi.json" in person.get("/docs").text
    assert person.get("/docs/openapi.json").json()["openapi"].startswith("3.")


# -- live and sites -----------------------------------------------------------------------------------------------------


def test_sums_add_up_at_every_height(town):
    live, sites = get(town, "/api/v1/live"), get(town, "/api/v1/sites")["sites"]
    reporting = [row for row in sites if row["state"] in ("live", "late")]
    assert live["people"] == sum(s["people"] or 0 for s in live["streets"]) == sum(r["people"] or 0 for r in reporting)
    assert live["sites_reporting"] == sum(s["sites_reporting"] for s in live["streets"]) == len(reporting)
    total = sum(row["state"] != "closed" for row in sites)
    assert live["sites_total"] == sum(s["sites_total"] for s in live["streets"]) == total
    for street in live["streets"]:
        mine = [row for row in reporting if row["street"] == street["code"]]
        assert street["people"] == sum(row["people"] or 0 for row in mine)
    for row in sites:
        known = [area["people"] for area in row["areas"] if area["people"] is not None]
        assert row["people"] == (sum(known) if known else None)


def test_a_row_is_what_the_contract_says(town):
    row = get(town, f"/api/v1/sites/{SITE}")
    fields = "site name_zh name_en kind street people capacity state heard_at areas"
    assert set(row) == {*fields.split(), "as_of"}
    assert set(row["areas"][0]) == {"area", "people", "signed", "flags"}
    listed = next(one for one in get(town, "/api/v1/sites")["sites"] if one["site"] == SITE)
    assert listed == {name: value for name, value in row.items() if name != "as_of"}
    assert RFC3339.fullmatch(row["heard_at"])


def test_a_silent_site_keeps_its_number_and_leaves_the_sums(town):
    silent = get(town, f"/api/v1/sites/{SILENT}")
    assert (silent["state"], silent["people"] > 0) == ("silent", True)
    own = get(town, "/api/v1/live", "site", f"site:{SILENT}")
    assert (own["people"], own["sites_reporting"], own["sites_total"]) == (None, 0, 1)
    late = get(town, "/api/v1/live", "site", f"site:{LATE}")
    assert (late["sites_reporting"], late["people"] is None) == (1, False)


def test_a_closed_site_is_in_neither_number_and_a_new_one_in_the_total(town):
    closed, new = (get(town, "/api/v1/live", "site", f"site:{site}") for site in (CLOSED, NEW))
    assert (closed["sites_reporting"], closed["sites_total"], closed["people"]) == (0, 0, None)
    assert (new["sites_reporting"], new["sites_total"], new["people"]) == (0, 1, None)
    row = get(town, f"/api/v1/sites/{NEW}")
    assert (row["people"], row["heard_at"], row["areas"]) == (None, None, [])


def test_more_sites_than_a_page_holds_are_reached_by_next(town, monkeypatch):
    monkeypatch.setattr("dashboard.api.SITES_MOST", 10)
    seen, after = [], ""
    while after is not None:
        page = get(town, f"/api/v1/sites?after={after}")
        seen += [row["site"] for row in page["sites"]]
        after = page["next"]
    assert seen == sorted(seen)
    assert len(seen) == 24


def test_before_the_first_look_nothing_is_said_to_be_empty(own_town):
    from dashboard.picture import EMPTY

    town = own_town()
    town.feed.picture = EMPTY
    assert get(town, "/api/v1/live", status=503)["title"] == "the database does not answer"


# -- scopes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tail", ["", "/history", "/history?step=1d", "/days/2026-11-23", "/days/1999-01-01"], ids=lambda t: t or "row"
)
@pytest.mark.parametrize("role", ["street", "community", "site", "provider"])
def test_a_site_of_somebody_else_answers_byte_for_byte_like_none(town, role, tail):
    answers = [
        town.client().get(f"/api/v1/sites/{site}{tail}", headers=town.bearer(role))
        for site in (ELSEWHERE, "d-999", "No Such", "x" * 500, "%00", "d-002%00")
    ]
    assert {(a.status_code, a.content, str(sorted(a.headers.items()))) for a in answers} == {
        (404, answers[0].content, str(sorted(answers[0].headers.items())))
    }


@pytest.mark.parametrize("site", [ELSEWHERE, SAME_STREET, "d-999", "../d-002"])
def test_nobody_sends_for_a_site_of_somebody_else(town, site):
    answer = town.client().post(f"/api/v1/sites/{site}/events", content=b"{}", headers=town.bearer("site"))
    assert answer.status_code == 404
    assert town.rows("select count(*) from inbox") == [(0,)]


def seen_by_key(town: Town, role: str) -> set[str]:
    """Every site that stands anywhere in what this key can read."""
    texts = [town.client().get(path, headers=town.bearer(role)).text for path in READ]
    return set(re.findall(r"d-\d{3}", " ".join(texts)))


@pytest.mark.parametrize(
    ("role", "sites"),
    [
        ("street", {"d-002", "d-008", "d-014", "d-020"}),
        ("community", {"d-002", "d-014"}),
        ("site", {"d-002"}),
        ("provider", {"d-002"}),
    ],
)
def test_a_narrow_key_reads_of_its_own_sites_only(own_town, role, sites):
    town = own_town()
    for site in ("d-001", "d-002", "d-003", "d-008", "d-014"):
        town.say(site, b"{")
        town.happens(site, "alarm.raised", alarm="a", type="FALL", boot="b1", seq=3)
        town.happens(site, "service.planned", service="s", type="BA.ST", due_at="2026-11-23T08:00:00Z")
    town.say("d-999", b"[]")
    town.look()
    assert seen_by_key(town, role) <= sites
    assert "d-002" in seen_by_key(town, role)
    assert {"d-001", "d-002", "d-003", "d-999"} <= seen_by_key(town, "admin")


# -- history ------------------------------------------------------------------------------------------------------------


def history(town: Town, tail: str, site: str = SITE, **named: object) -> list[dict]:
    return get(town, f"/api/v1/sites/{site}/history?{tail}", **named).get("slots", [])


def test_history_by_five_minutes_ends_with_the_number_of_now(town):
    slots = history(town, "from=2026-11-23T08:00:00%2B08:00")
    assert len(slots) == 44  # 08:00 to 11:36 begins 44 times five minutes
    assert slots[-1]["last"] == get(town, f"/api/v1/sites/{SITE}")["people"]
    assert set(slots[0]) == {"start", "last", "min", "max", "average", "in", "out", "coverage"}
    assert sum(s["in"] or 0 for s in slots) - sum(s["out"] or 0 for s in slots) == slots[-1]["last"]


@pytest.mark.parametrize(("step", "length"), [("5m", 5 * MINUTE), ("1h", HOUR), ("1d", 24 * HOUR)])
def test_steps_stand_side_by_side_and_hold_the_same_people(town, step, length):
    slots = history(town, f"from=2026-11-22T16:00:00Z&to=2026-11-23T16:00:00Z&step={step}")
    assert len(slots) == 24 * HOUR // length
    assert slots[0]["start"] == "2026-11-22T16:00:00.000Z"
    fine = history(town, "from=2026-11-22T16:00:00Z&to=2026-11-23T16:00:00Z")
    for name in ("in", "out"):
        assert sum(s[name] or 0 for s in slots) == sum(s[name] or 0 for s in fine)
    assert max(s["max"] for s in slots if s["max"] is not None) == max(s["max"] for s in fine if s["max"] is not None)


def test_what_was_not_heard_is_null_and_not_zero(town):
    slots = history(town, "from=2026-11-23T00:00:00%2B08:00&to=2026-11-23T16:00:00%2B08:00&step=1h")
    before, after = slots[0], slots[-1]
    for nothing in (before, after):
        assert nothing["coverage"] == 0
        assert {nothing[n] for n in ("last", "min", "max", "average", "in", "out")} == {None}
    assert [s for s in slots if s["coverage"]]
    assert all((s["coverage"] > 0) == (s["last"] is not None) for s in slots)
    assert [s["last"] for s in history(town, "step=1d", NEW)] == [None, None]


def test_a_heartbeat_before_the_first_count_makes_no_zero(own_town):
    town = own_town()
    at = NOON - 12 * MINUTE
    town.clock.at = at
    town.happens(NEW, "device.status", device="door-1", online=True)
    town.clock.at = NOON
    town.happens(NEW, "occupancy.count", count=7)
    slots = history(town, "from=2026-11-23T11:20:00%2B08:00", NEW)
    assert [s["last"] for s in slots] == [None, None, None, 7]
    assert [s["coverage"] > 0 for s in slots] == [True, False, False, True]


def test_coverage_is_of_what_is_over(own_town):
    town = own_town()
    for minute in range(7):
        town.happens(SITE, "device.status", NOON - minute * MINUTE, device="door-east", online=True)
    last = history(town, "from=2026-11-23T11:30:00%2B08:00")
    assert [s["coverage"] for s in last] == [1.0, 1.0]
    assert history(town, "from=2026-11-23T11:30:00%2B08:00&step=1h")[0]["coverage"] < 1


@pytest.mark.parametrize(
    "tail",
    ["step=7m", "step=", "from=yesterday", "to=2026-11-23", "from=2026-11-23T12:00:00", "from=2026-11-24T00:00:00Z",
     "from=1970-01-01T00:00:00Z", "from=2020-01-01T00:00:00Z&step=1d", "to=0001-01-01T00:00:00Z", "to=9999-12-31T23:59:59Z",
     "from=2026-11-23T00:00:00Z&to=2026-11-23T00:00:00Z", "from=%00", "from=%ff"],
)  # fmt: skip
def test_a_history_that_cannot_be_given_says_what_is_allowed(town, tail):
    assert get(town, f"/api/v1/sites/{SITE}/history?{tail}", status=400)["title"]


def test_the_first_day_of_all_can_be_asked_for(town):
    assert len(history(town, "to=1970-01-01T00:05:00Z")) >= 1


# -- days ---------------------------------------------------------------------------------------------------------------


def test_today_so_far_has_version_0_and_a_summed_day_its_own(own_town):
    town = own_town()
    today = get(town, f"/api/v1/sites/{SITE}/days/2026-11-23")
    assert (today["version"], today["site"], today["day"]) == (0, SITE, "2026-11-23")
    assert today["summary"]["came"] > 0
    assert RFC3339.fullmatch(today["summary"]["peak_at"])
    kept = msgspec.json.encode(summarise("2026-11-20", 0, HOUR, [], Beside(60, 3, {"visit": 3}))).decode()
    rows = [(2, "2026-11-20", version, 0, kept) for version in (1, 2)]
    town.write("insert into site_day (site_id, day, version, made_at, summary) values (?, ?, ?, ?, ?)", *rows)
    told = get(town, f"/api/v1/sites/{SITE}/days/2026-11-20")
    assert (told["version"], told["summary"]["tallies"], told["summary"]["meals"]) == (2, {"visit": 3}, None)


def test_a_day_that_has_not_begun_is_not_there(town):
    get(town, f"/api/v1/sites/{SITE}/days/2026-11-24", status=404)


@pytest.mark.parametrize(
    "day", ["today", "2026-11-31", "2026-1-1", "20261123", "2026-W48-1", "0001-01-01", "9999-12-31", "2026-11-23 ", "1969-12-31"]
)  # fmt: skip
def test_what_is_no_day_is_refused(town, day):
    get(town, f"/api/v1/sites/{SITE}/days/{day}", status=400)


# -- services and alarms ------------------------------------------------------------------------------------------------


def services(town: Town, site: str) -> dict[str, dict]:
    found = get(town, "/api/v1/services?state=open", "site", f"site:{site}")["services"]
    return {one["service"]: one for one in found}


def test_open_services_are_those_planned_today_and_those_running(own_town):
    town = own_town()
    town.happens(SITE, "service.planned", service="late", type="BA.ST", due_at="2026-11-23T02:00:00Z")
    town.happens(SITE, "service.planned", service="soon", type="BA.ST", due_at="2026-11-23T08:00:00Z")
    town.happens(SITE, "service.planned", service="tomorrow", type="BA.ST", due_at="2026-11-24T08:00:00Z")
    town.happens(SITE, "service.started", service="unplanned", type="HL.MN")
    town.happens(SITE, "service.started", service="done", type="HL.MN")
    town.happens(SITE, "service.completed", service="done")
    town.happens(SITE, "service.planned", service="off", type="BA.ST", due_at="2026-11-23T08:00:00Z")
    town.happens(SITE, "service.cancelled", service="off", by="elder")
    found = services(town, SITE)
    assert set(found) == {"late", "soon", "unplanned"}
    assert (found["late"]["late"], found["soon"]["late"], found["unplanned"]["state"]) == (True, False, "running")


def test_a_street_s_services_are_not_crowded_out_by_those_of_others(own_town, monkeypatch):
    town = own_town()
    monkeypatch.setattr("dashboard.queries.services.MOST", 2)
    for n in range(3):
        town.happens(ELSEWHERE, "service.planned", service=f"e{n}", type="BA.ST", due_at="2026-11-23T04:00:00Z")
    town.happens(SITE, "service.planned", service="mine", type="BA.ST", due_at="2026-11-23T09:00:00Z")
    assert "mine" in services(town, SITE)


def test_open_alarms_are_worst_first_and_go_when_cleared(own_town):
    town = own_town()
    town.happens(SITE, "alarm.raised", alarm="l", type="LOWBAT")
    town.happens(SITE, "alarm.raised", alarm="f", type="FALL")
    found = get(town, "/api/v1/alarms?state=open")["alarms"]
    assert [a["grade"] for a in found] == sorted(a["grade"] for a in found)
    assert {SITE, SOS} == {a["site"] for a in found if a["type"] in ("SOS", "FALL")}
    town.happens(SITE, "alarm.cleared", alarm="f", type="FALL")
    assert "FALL" not in {a["type"] for a in get(town, "/api/v1/alarms")["alarms"]}


@pytest.mark.parametrize("what", ["services", "alarms"])
def test_only_open_ones_are_known(town, what):
    get(town, f"/api/v1/{what}?state=closed", status=400)


# -- rejected, replay, integrity ----------------------------------------------------------------------------------------


def test_what_was_rejected_is_told_with_its_bytes_and_pages_on(own_town):
    town = own_town()
    town.say(SITE, b"\xff\xfe")
    town.say(SITE, b"\xff\xfe")
    town.say("d-999", b'{"id":"q","kind":"device.status","at":"2026-11-23T03:36:00Z","online":true}')
    rows = get(town, "/api/v1/rejected")["rejected"]
    assert [(r["site"], r["reason"], r["times"]) for r in rows] == [(SITE, "not_utf8", 2), ("d-999", "unknown_site", 1)]
    assert base64.b64decode(rows[0]["bytes_base64"]) == b"\xff\xfe"
    fields = "id site topic received_at reason detail bytes_base64 index times"
    assert set(rows[0]) == set(fields.split())
    assert get(town, f"/api/v1/rejected?after={rows[0]['id']}")["rejected"] == rows[1:]
    assert get(town, "/api/v1/rejected?reason=not_utf8&site=d-002")["rejected"] == rows[:1]
    assert get(town, "/api/v1/rejected?site=d-999", "site")["rejected"] == []


@pytest.mark.parametrize("tail", ["after=x", "after=-1", f"after={2**63}", f"after={10**30}", "site=%00", "after="])
def test_a_page_that_cannot_be_is_refused(town, tail):
    get(town, f"/api/v1/rejected?{tail}", status=400)


@pytest.mark.parametrize(("number", "status"), [("1", 404), ("x", 400), ("-1", 400), (str(2**63), 400)])
def test_a_row_that_is_not_there_cannot_be_replayed(town, number, status):
    assert town.client().post(f"/api/v1/rejected/{number}/replay", headers=town.bearer("admin")).status_code == status


def test_a_replay_counts_once_the_site_is_registered(own_town):
    town = own_town()
    town.say("e-001", b'{"id":"q","kind":"occupancy.count","at":"2026-11-23T03:36:00Z","count":5}')
    row = get(town, "/api/v1/rejected")["rejected"][0]["id"]
    town.write(
        "insert into site (code, name_zh, name_en, kind, street, count_by, created_at)"
        " values ('e-001', '', '', 'CST', ?, 'counter', 0)",
        (STREET,),
    )
    town.write("update change set n = n + 1 where name = 'registry'")
    with worker(town):
        told = town.client().post(f"/api/v1/rejected/{row}/replay", headers=town.bearer("ops")).json()
    assert told["results"] == ["stored"]
    assert get(town, "/api/v1/rejected")["rejected"] == []
    town.look()
    assert get(town, "/api/v1/sites/e-001")["people"] == 5


def test_what_names_a_person_cannot_be_replayed(own_town):
    town = own_town()
    assert town.say(SITE, json.dumps(town.event("person.in", person="13800138000")).encode()) == ["personal_data"]
    row = get(town, "/api/v1/rejected")["rejected"][0]
    assert b"13800138000" not in base64.b64decode(row["bytes_base64"])
    assert town.client().post(f"/api/v1/rejected/{row['id']}/replay", headers=town.bearer("admin")).status_code == 409


def test_the_account_of_each_outbox_says_what_is_missing(own_town):
    town = own_town()
    for seq in (1, 2, 5, 5):
        payload = json.dumps(town.event("device.status", online=True, boot="k3f9", seq=seq) | {"id": f"s{seq}"})
        town.say(SITE, payload.encode())
    (stream,) = get(town, f"/api/v1/integrity?site={SITE}", "site")["streams"]
    assert stream == {
        "site": SITE, "boot": "k3f9", "highest": 5, "received": 3, "missing": [[3, 4]], "lost": 0, "duplicates": 1, "rejected": 0,
    }  # fmt: skip
    assert get(town, "/api/v1/integrity?site=d-002", "site", f"site:{ELSEWHERE}")["streams"] == []


# -- events by HTTP -----------------------------------------------------------------------------------------------------


def post(town: Town, body: bytes, role: str = "site") -> tuple[int, dict]:
    answer = town.client().post(f"/api/v1/sites/{SITE}/events", content=body, headers=town.bearer(role))
    return answer.status_code, answer.json()


def test_events_are_answered_after_the_commit_each_in_its_place(own_town):
    town = own_town()
    first, second = town.event("occupancy.count", count=33), town.event("meal.served", meal="lunch", mode="dine_in")
    body = json.dumps([first, second, first | {"count": 4}, {"id": "x"}, second]).encode()
    with worker(town):
        status, told = post(town, body)
    assert (status, told["results"]) == (200, ["stored", "stored", "conflict", "missing_field", "duplicate"])
    assert RFC3339.fullmatch(told["as_of"])
    town.look()
    assert get(town, f"/api/v1/sites/{SITE}")["people"] == 33


BODIES = {
    b"": "not_json", b"{": "not_json", b"\xff": "not_utf8", b"[]": "bad_value", b"7": "bad_value", b"null": "bad_value",
    b"[" * 20: "too_deep", b'"x"': "bad_value", b"NaN": "not_json", b"[{}]": "missing_field",
    json.dumps([{}] * 501).encode(): "too_large",
}  # fmt: skip


def test_a_body_that_is_no_event_is_kept_with_its_reason(own_town):
    town = own_town()
    with worker(town):
        for body, reason in BODIES.items():
            assert post(town, body)[1].get("results") == [reason], body[:20]
    kept = {row["reason"] for row in get(town, "/api/v1/rejected")["rejected"]}
    assert kept == set(BODIES.values())


def test_a_body_for_another_site_is_spoofed(own_town):
    town = own_town()
    with worker(town):
        told = post(town, json.dumps(town.event("device.status", online=True, site=ELSEWHERE)).encode())[1]
    assert told["results"] == ["spoofed"]


def test_without_a_worker_the_caller_hears_that_it_is_kept(own_town, monkeypatch):
    town = own_town()
    monkeypatch.setattr("dashboard.api.WAIT_S", 0.1)
    status, told = post(town, json.dumps(town.event("occupancy.count", count=8)).encode())
    assert (status, told["title"].startswith("kept")) == (504, True)
    assert town.drain_inbox() == 1
    town.look()
    assert get(town, f"/api/v1/sites/{SITE}")["people"] == 8


def test_a_database_that_takes_nothing_is_said(own_town):
    town = own_town()
    town.key("site")
    with transaction(town.engine):
        assert post(town, b"{}")[0] == 503


def test_the_seeded_day_is_the_day_of_the_clock():
    assert day_bounds(day_of(NOON, "Asia/Shanghai"), "Asia/Shanghai")[0] == NOON - 11 * HOUR - 36 * MINUTE - 8 * SECOND
    assert set(ROLES) >= {"admin", "site"}
