"""Data quality: every figure from rows that are made for it, each viewer her own sites, each deed with its author."""

import csv
import io
import json
from dataclasses import replace

import pytest

from dashboard.access import Viewer
from dashboard.bytes_shown import message_shown, shown
from dashboard.parts.quality_own import own_card
from dashboard.quality_rows import QualityRow
from dashboard.queries.own_health import own_health
from dashboard.queries.quality import coverage, quality, rejected_of, said_lately
from dashboard.queries.quarantine import last_messages, unknown_devices, unknown_sites
from dashboard.vendor_tables import best_fit, meanings, tables
from dashboard.words import Speech
from ingest.reading import Message, read
from models.audit import looked_through
from models.base import MINUTE, SECOND
from models.database import read_only
from models.event import KIND_NAME
from models.quality_grade import Arrived, Limits, grade
from tests.browser.seeded import LATE, NEW, SILENT, Nowhere
from tests.dashboard.town import ELSEWHERE, SAME_STREET, SITE, STREET, Town, worker

DISTRICT = Viewer("duty", "district", "")
STREET_OFFICER = Viewer("street", "street", f"street:{STREET}")
HOSTILE = b"<script>alert(1)</script>\xe2\x80\xae=cmd|calc!A0\x00\x1b[2J"
LIMITS = Limits(30, 60, 80)
WELL = Arrived("live", 2, 0, 2.0, 100, 0, 0, 1.0)


def rows_of(town: Town, viewer: Viewer = DISTRICT) -> dict[str, QualityRow]:
    here = town.shell.state.house
    with read_only(town.engine) as connection:
        return {row.site: row for row in quality(connection, viewer, town.clock.now(), here.rules, here.limits)}


def says_raw(town: Town, site: str, device: str, payload: bytes, at: int | None = None) -> list[str]:
    topic = f"eldercare/v1/{site}/raw/{device}/up"
    return town.take(read(Message(topic, payload, False, at or town.clock.at, Nowhere())))


def csrf(person) -> dict[str, str]:
    return {"x-csrftoken": person.cookies["_csrf_token"]}


# -- the table ----------------------------------------------------------------------------------------------------------


def test_the_worst_come_first_and_each_says_why(town):
    rows = rows_of(town)
    letters = [row.grade for row in rows.values()]
    assert letters == sorted(letters, reverse=True)
    assert (rows[SILENT].grade, rows[SILENT].why, rows[SILENT].number) == ("C", "silent", 31)
    assert (rows[NEW].grade, rows[NEW].why) == ("C", "new")
    assert (rows[LATE].grade, rows[LATE].why) == ("B", "late")
    assert (rows[SITE].grade, rows[SITE].why, rows[SITE].clock_offset_ms) == ("A", "", 120)
    assert len(rows) == 24


def test_rate_and_lag_are_those_of_the_last_hour(own_town):
    town = own_town()
    before = rows_of(town)[SITE]
    for n in range(40):
        town.happens(SITE, "occupancy.flow", town.clock.at - (45 if n % 2 else 1) * SECOND, **{"in": 1, "out": 1})
    after = rows_of(town)[SITE]
    assert after.events == before.events + 40
    assert 10 <= after.lag_p95_s <= 60 or after.lag_p95_s > before.lag_p95_s
    town.clock.at += 90 * MINUTE
    assert rows_of(town)[SITE].events == 0


def test_rejected_rows_are_told_by_reason_and_lower_the_grade(own_town):
    town = own_town()
    assert town.say(SITE, b"[1, {}]") == ["bad_value", "missing_field"]
    assert town.say(SITE, b"{") == ["not_json"]
    row = rows_of(town)[SITE]
    assert (row.grade, row.why, row.number) == ("B", "rejected", 3)
    assert dict(row.rejected) == {"bad_value": 1, "missing_field": 1, "not_json": 1}


def test_missing_and_lost_numbers_and_duplicates_are_counted(own_town):
    town = own_town()
    for seq in (1, 5, 5):
        event = town.event("occupancy.flow", boot="k3f9", seq=seq, **{"in": 1, "out": 0}) | {"id": f"m-{seq}"}
        town.say(SITE, json.dumps(event).encode())
    town.happens(SITE, "device.status", device="door-1", online=True, lost=[{"boot": "k3f9", "from": 2, "to": 2}])
    row = rows_of(town)[SITE]
    assert (row.missing, row.lost, row.duplicates, row.why, row.number) == (2, 1, 1, "missing", 2)


def test_a_street_sees_its_own_sites_and_neither_ourselves_nor_strangers(own_town):
    town = own_town()
    town.say("nowhere-1", json.dumps(town.event("occupancy.flow", **{"in": 1, "out": 0})).encode())
    town.say(ELSEWHERE, b"{")
    assert set(rows_of(town, STREET_OFFICER)) < set(rows_of(town))
    with read_only(town.engine) as connection:
        assert unknown_sites(connection, STREET_OFFICER) == []
        assert [one.site for one in unknown_sites(connection, DISTRICT)] == ["nowhere-1"]
        assert rejected_of(connection, STREET_OFFICER, ELSEWHERE) == []
        assert said_lately(connection, STREET_OFFICER, ELSEWHERE, town.clock.now()) == []
        assert own_health(connection, STREET_OFFICER, town.clock.now()) is None


def test_the_queries_answer_on_both_engines(town):
    now = town.clock.now()
    with read_only(town.engine) as connection:
        found = own_health(connection, DISTRICT, now)
        said = said_lately(connection, DISTRICT, SITE, now)
        hours = coverage(connection, [SITE, NEW], now)
        assert unknown_sites(connection, DISTRICT) == []
        assert unknown_devices(connection, DISTRICT, now) == []
        assert last_messages(connection, DISTRICT, SITE, "door-9", now) == []
    assert (found.waiting, found.lag_p95_ms, found.inbox) == (0, 12, 0)
    untold, told = (str(own_card(Speech("en"), replace(found, dropped=n), now)) for n in (None, 4))
    assert "not told by this broker" in untold
    assert "0 is good" in told
    assert ("threw away" in untold, "threw away" in told) == (False, True)
    nothing = str(own_card(Speech("zh"), replace(found, waiting=None, lag_p95_ms=None, disk_free=None), now))
    assert [word in nothing for word in ("'条'", "'ms'", "在数据库服务器上")] == [False, False, True]
    clocks = [replace(found, clock_seen_at=at) for at in (None, now - 61 * SECOND, now)]
    never, old, well = (str(own_card(Speech("en"), one, now)) for one in clocks)
    assert ["No clock process" in never, "does not answer" in old, "All well" in well] == [True] * 3
    assert found.database_bytes > 100_000
    assert {one.area for one in said} == {"main"}
    assert [one.at for one in said] == sorted((one.at for one in said), reverse=True)
    assert len(said) >= 6
    assert sum(hours[SITE]) > 20
    assert hours[NEW] == (0,) * 24


@pytest.mark.parametrize(
    ("changed", "letter", "why"),
    [
        ({}, "A", ""),
        ({"state": "silent", "silent_s": 1900, "missing": 3}, "C", "silent"),
        ({"state": "new"}, "C", "new"),
        ({"negative": 1, "missing": 3}, "B", "negative"),
        ({"missing": 3}, "B", "missing"),
        ({"rejected": 1}, "B", "rejected"),
        ({"offset_ms": -61_000}, "B", "offset"),
        ({"offset_ms": 60_999}, "A", ""),
        ({"lag_p95_s": float("inf")}, "B", "lag"),
        ({"lag_p95_s": 30.0}, "A", ""),
        ({"automatic": 0.79}, "B", "typed"),
        ({"automatic": None, "lag_p95_s": None, "offset_ms": None, "silent_s": None}, "A", ""),
        ({"state": "closed", "rejected": 2}, "B", "rejected"),
    ],
)
def test_a_grade_follows_from_explicit_rules(changed, letter, why):
    from dataclasses import replace

    told = grade(replace(WELL, **changed), LIMITS)
    assert (told.letter, told.why) == (letter, why)


# -- exports ------------------------------------------------------------------------------------------------------------


def read_csv(answer) -> list[dict[str, str]]:
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def test_the_table_is_exported_as_it_is_filtered(town):
    person = town.person()
    assert len(read_csv(person.get("/export/quality.csv"))) == 24
    only = read_csv(person.get(f"/export/quality.csv?grade=C&street={STREET}"))
    assert {row["grade"] for row in only} <= {"C"}
    assert [row["site"] for row in read_csv(person.get(f"/export/quality.csv?q={SITE}"))] == [SITE]
    assert town.client().get("/export/quality.csv").status_code == 401
    assert town.person("auditor").get("/export/quality.csv").status_code == 403
    own = read_csv(town.person("street").get("/export/quality.csv"))
    assert {row["street"] for row in own} == {STREET}


def test_hostile_bytes_and_names_can_do_nothing_in_a_spreadsheet(own_town):
    town = own_town()
    for payload in (HOSTILE, b"=1+1", b"+1", b"@SUM(A1)", b"-2+3"):
        town.say(SITE, payload)
    town.write("update site set name_zh = '=HYPERLINK(1)' where code = 'd-002'")
    person = town.person()
    rows = read_csv(person.get(f"/export/rejected.csv?site={SITE}"))
    assert len(rows) == 5
    assert all(not value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())
    named = read_csv(person.get(f"/export/quality.csv?q={SITE}"))[0]
    assert named["name_zh"] == "'=HYPERLINK(1)"
    assert read_csv(town.person("street").get(f"/export/rejected.csv?site={ELSEWHERE}")) == []
    assert person.get("/export/rejected.csv?site=../etc").status_code == 404


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"plain <b>", "plain <b>"),
        ("长者".encode(), "长者"),
        (b"a\x00b\x1b", "a\\u{0}b\\u{1b}"),
        ("\u202eevil\u200b".encode(), "\\u{202e}evil\\u{200b}"),
        (b"\xff\x00", "ff 00"),
        (b"x" * 600, "x" * 512 + "…"),
    ],
)
def test_bytes_are_shown_as_text_or_as_hex_and_nothing_in_them_acts(content, text):
    assert shown(content) == text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (
            b'<?xml version="1.0"?>\r\n<Alert>\n\t<in>3</in>\n</Alert>',
            '<?xml version="1.0"?> <Alert> <in>3</in> </Alert>',
        ),
        (
            b'{"id": "1", "kind": "vendor.message", "device": "cam-1", "topic": "a/b", "text": "<Alert>\\n <in>3</in>"}',
            "cam-1 a/b: <Alert> <in>3</in>",
        ),
        (b'{"kind": "vendor.message", "device": 7}', '{"kind": "vendor.message", "device": 7}'),
        (b'{"kind": "vendor.message", "device"', '{"kind": "vendor.message", "device"'),
        ("\u202e\n{".encode(), "\\u{202e} {"),
    ],
)
def test_a_vendors_message_reads_as_what_it_says(content, text):
    assert message_shown(content) == text


# -- deeds --------------------------------------------------------------------------------------------------------------


def test_a_replay_needs_a_role_a_token_and_bytes_that_name_nobody(own_town):
    town = own_town()
    town.say(SITE, b'{"id": "a", "kind": "person.in", "at": "2026-11-23T11:00:00+08:00", "person": "13912345678"}')
    town.say(SITE, b"{")
    personal, plain = (row[0] for row in town.rows("select id from rejected order by id"))
    admin, officer = town.person("admin"), town.person("district")
    assert officer.post(f"/act/rejected/{plain}/replay", headers=csrf(officer)).status_code == 403
    assert admin.post(f"/act/rejected/{plain}/replay").status_code == 403
    assert admin.post(f"/act/rejected/{personal}/replay", headers=csrf(admin)).status_code == 409
    assert admin.post("/act/rejected/99999/replay", headers=csrf(admin)).status_code == 404
    assert town.client().post(f"/act/rejected/{plain}/replay").status_code == 401
    with worker(town):
        answer = admin.post(f"/act/rejected/{plain}/replay", headers=csrf(admin))
    assert answer.json() == {"results": ["not_json"]}
    mine = "what not like 'session.%' and author <> 'command'"
    deeds = town.rows(f"select what, subject, role from audit_entry where {mine} order by id")
    refused = [("refused", f"/act/rejected/{plain}/replay", role) for role in ("district", "admin")]
    refused.append(("refused", "/act/rejected/99999/replay", "admin"))
    assert deeds == [*refused, ("rejected.replay", str(plain), "admin")]
    with read_only(town.engine) as connection:
        shown_rows = rejected_of(connection, DISTRICT, SITE)
        assert looked_through(connection).is_whole
    hidden = next(row for row in shown_rows if row.id == personal)
    assert (hidden.content, hidden.replayable) == (None, False)


SPARSE = json.dumps({"battery": 91, "occupancy": "occupied", "line_1_total_in": 3}).encode()


def choice(device: str = "cam-1", site: str = SITE, table: str = "milesight-vs125", **params: str) -> dict:
    return {"site": site, "device": device, "table": table, "params": params, "area": ""}


def milesight(n: int) -> bytes:
    from ingest.vendors.shelf import SAMPLES

    return (SAMPLES / f"milesight-vs125-periodic-{n}.json").read_bytes()


def test_a_binding_is_previewed_then_made_and_its_quarantine_counts(own_town):
    town = own_town()
    admin = town.person("admin")
    for n in (1, 2):
        assert says_raw(town, SITE, "cam-1", milesight(n), town.clock.at - (3 - n) * SECOND) == ["unknown_device"]
    with read_only(town.engine) as connection:
        waiting = unknown_devices(connection, DISTRICT, town.clock.now())
        messages = last_messages(connection, DISTRICT, SITE, "cam-1", town.clock.now())
        assert last_messages(connection, STREET_OFFICER, ELSEWHERE, "cam-1", town.clock.now()) == []
    assert [(one.site, one.device, one.rows, one.table) for one in waiting] == [(SITE, "cam-1", 2, None)]
    assert [one.payload for one in messages] == [milesight(1), milesight(2)]
    fits = best_fit(messages, site=SITE, device="cam-1", zone="Asia/Shanghai")
    assert fits["milesight-vs125"] == max(fits.values()) > 0
    said = choice(table="milesight-vs125")
    told = admin.post("/act/preview", headers=csrf(admin), json=said).json()["messages"]
    previewed = [kind for one in told for kind, _ in one["events"]]
    assert "occupancy.flow" in previewed
    assert town.rows("select count(*) from binding") == [(0,)]
    before = town.rows("select count(*) from event")[0][0]
    answer = admin.post("/act/bind", headers=csrf(admin), json=said)
    assert answer.json() == {"waiting": 2}
    town.drain_inbox()
    kept = town.rows(
        "select kind from event e join device d on d.id = e.device_id where d.code = 'cam-1' order by e.at"
    )
    assert sorted(KIND_NAME[number] for (number,) in kept) == sorted(previewed)
    assert town.rows("select count(*) from event")[0][0] == before + len(previewed)
    assert town.rows(
        "select what, subject from audit_entry where what not like 'session.%' and author <> 'command'"
    ) == [("device.bind", f"{SITE}/cam-1")]
    assert town.rows("select author from binding") == town.rows(
        "select author from audit_entry where what not like 'session.%' and author <> 'command'"
    )
    with read_only(town.engine) as connection:
        assert unknown_devices(connection, DISTRICT, town.clock.now()) == []


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (choice(site="nowhere"), 404),
        (choice(site="../x"), 404),
        (choice(device="UPPER"), 400),
        (choice(table="none-such"), 400),
        (choice(nonsense="1"), 400),
        (choice() | {"area": "No Area"}, 400),
        (choice() | {"more": 1}, 400),
        (choice() | {"params": {"clock": 3}}, 400),
        ({"site": SITE}, 400),
        ([], 400),
    ],
)
def test_a_forged_choice_binds_nothing(own_town, said, status):
    town = own_town()
    admin = town.person("admin")
    assert admin.post("/act/bind", headers=csrf(admin), json=said).status_code == status
    assert town.rows("select count(*) from binding") == [(0,)]
    deeds = town.rows("select what from audit_entry where what not like 'session.%' and author <> 'command'")
    assert set(deeds) <= {("refused",)}


def test_only_who_mends_may_bind_or_preview(own_town):
    town = own_town()
    for role in ("district", "street", "site", "auditor", "wall"):
        person = town.person(role)
        for deed in ("bind", "preview"):
            assert person.post(f"/act/{deed}", headers=csrf(person), json=choice()).status_code == 403
    narrow = town.person("ops", f"street:{STREET}")
    assert narrow.post("/act/bind", headers=csrf(narrow), json=choice(site=ELSEWHERE)).status_code == 404
    assert narrow.post("/act/bind", headers=csrf(narrow), json=choice(site=SAME_STREET)).status_code == 200


def test_every_table_can_be_chosen_and_a_preview_names_nobody():
    assert len(tables()) > 10
    from dashboard.quality_rows import VendorMessage
    from ingest.vendors.shelf import SAMPLES

    card = (SAMPLES / "hikvision-access.json").read_bytes()
    told = meanings(
        "hikvision-access", {}, [VendorMessage(1, "capture", card, 1_795_395_731_000_000)],
        site=SITE, device="card-1", area=None, zone="Asia/Shanghai",
    )  # fmt: skip
    assert told[0].events or told[0].trouble
    assert all("person" not in fields for one in told for _, fields in one.events)
