"""Vendors' bytes through the intake: bound or quarantined, once or again, wrapped or raw; and what is stored of them."""

import base64
import json
import stat
from dataclasses import replace

import pytest

import config
from contract import format_instant
from ingest.inbox import waiting
from ingest.reading import Message
from ingest.store.choice import store_for
from models.binding import ALWAYS, bind, device_of
from models.database import read_only, transaction
from models.refusal import KeyRefused
from models.secret_key import secret_key
from tests.ingest.conftest import NOW, Nowhere

SECOND, MINUTE = 1_000_000, 60_000_000


@pytest.fixture
def bound(district, tmp_path):
    """Binds a device of s-001 and takes in what waited for it, as the running worker does."""
    district.cfg = config.load(environ={"ELDERCARE_INGEST_TOKEN_KEY_FILE": str(tmp_path / "token.key")})

    def to(table, device="dev-1", area=None, valid_from=None, now=NOW, site="s-001", **params):
        with transaction(district.engine) as connection:
            ((site_id,),) = store_for(connection).rows("select id from site where code = ?", (site,))
            put = bind(connection, site_id, device, table, params, area, valid_from, now)
        with read_only(district.engine) as connection:
            found = waiting(connection, 0, 1000)
        if found:
            district.take_messages(found, now)
        return put

    return to


def raw(district, said, at=NOW, device="dev-1", topic="capture", retained=False):
    payload = said if isinstance(said, bytes) else json.dumps(said).encode()
    return district.take(
        payload, topic=f"eldercare/v1/s-001/raw/{device}/{topic}", received_at=at, retained=retained
    ).verdicts


def wrapped(district, said, n, at=NOW, device="dev-1", topic="some/topic", **more):
    payload = said if isinstance(said, bytes) else json.dumps(said).encode()
    try:
        body = {"text": payload.decode()}
    except UnicodeDecodeError:
        body = {"base64": base64.b64encode(payload).decode()}
    event = {
        "id": f"01JD9Z6Q3M8VJ2W0F6T1A7K{n:03}",
        "kind": "vendor.message",
        "at": format_instant(at),
        "device": device,
        "topic": topic,
    }
    return district.take(json.dumps(event | body | more).encode(), received_at=at + SECOND).verdicts


def totals(came, went=0):
    return {"line_1_total_in": came, "line_1_total_out": went}


def signed(district):
    return district.rows("select coalesce(sum(signed), 0) from head_count")[0][0]


def kinds(district):
    return dict(district.rows("select kind, count(*) from event group by kind"))


FLOW, COUNT, RAISED, STATUS, WRAPPED = 2, 1, 14, 21, 25


# -- wrapped ----------------------------------------------------------------------------------------------------------------


def test_a_wrapped_message_is_an_event_and_what_it_means_are_others(district, bound):
    bound("milesight-vs133", area="hall")
    assert wrapped(district, totals(10), 1, boot="b1", seq=1) == ["stored"]
    assert wrapped(district, totals(13, 1), 2, NOW + MINUTE, boot="b1", seq=2) == ["stored"]
    assert signed(district) == 2
    assert kinds(district) == {WRAPPED: 2, STATUS: 1, FLOW: 1}
    assert district.rows("select upto, received from stream") == [(2, 2)]
    assert district.rows("select id from event where kind = 2") == [("01JD9Z6Q3M8VJ2W0F6T1A7K002.0",)]


def test_a_wrapped_message_that_comes_again_changes_nothing(district, bound):
    bound("milesight-vs133")
    wrapped(district, totals(10), 1)
    wrapped(district, totals(13), 2, NOW + MINUTE)
    before = district.rows("select * from event order by key"), signed(district)
    assert wrapped(district, totals(10), 1) == ["duplicate"]
    assert wrapped(district, totals(13), 2, NOW + MINUTE) == ["duplicate"]
    assert (district.rows("select * from event order by key"), signed(district)) == before
    assert wrapped(district, totals(99), 2, NOW + MINUTE) == ["conflict"]
    assert wrapped(district, totals(15), 3, NOW + 2 * MINUTE) == ["stored"]
    assert signed(district) == 5


def test_the_bytes_of_a_kept_message_are_not_stored_with_it(district, bound):
    bound("hikvision-access", direction="in")
    said = access(serial=1, name="某某")
    wrapped(district, said, 1)
    everything = str(district.rows("select rest from event"))
    assert "E-1001" not in everything
    assert "某某" not in everything


def access(serial, **more):
    event = {"majorEventType": 5, "subEventType": 75, "employeeNoString": "E-1001", "serialNo": serial}
    return {"macAddress": "e0:ca:3c:00:00:01", "dateTime": format_instant(NOW), "AccessControllerEvent": event | more}


def test_a_person_is_a_token_of_a_key_that_only_the_owner_can_read(district, bound, tmp_path):
    bound("hikvision-access")
    wrapped(district, access(1), 1)
    wrapped(district, access(2), 2)
    rests = [json.loads(rest) for (rest,) in district.rows("select rest from event where kind = 3")]
    assert len({rest["person"] for rest in rests}) == 1
    path = tmp_path / "token.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert secret_key(path) == path.read_bytes()


def test_a_cut_key_stops_instead_of_making_everybody_somebody_else(tmp_path):
    (tmp_path / "k").write_bytes(b"short")
    with pytest.raises(KeyRefused, match="chmod 600"):
        secret_key(tmp_path / "k")
    (tmp_path / "k").chmod(0o600)
    with pytest.raises(KeyRefused, match="restore it"):
        secret_key(tmp_path / "k")


# -- raw --------------------------------------------------------------------------------------------------------------------


def test_raw_bytes_count_once_within_the_tables_time(district, bound):
    bound("frigate", **{"areas.hall": "lobby"})
    assert raw(district, b"2", topic="frigate/hall/person") == ["stored"]
    assert raw(district, b"2", NOW + 3 * SECOND, topic="frigate/hall/person") == ["duplicate"]
    assert raw(district, b"3", NOW + 4 * SECOND, topic="frigate/hall/person") == ["stored"]
    assert raw(district, b"2", NOW + 9 * SECOND, topic="frigate/hall/person") == ["stored"]
    assert kinds(district) == {COUNT: 3}
    assert signed(district) == 2


def test_what_is_really_unique_makes_a_message_one_however_late_it_comes_again(district, bound):
    bound("chirpstack-device")
    said = {"deduplicationId": "d-1", "time": format_instant(NOW), "deviceInfo": {"devEui": "01"}, "data": "qg=="}
    assert raw(district, said, topic="application/a/device/01/event/up") == ["stored"]
    assert raw(district, said | {"rxInfo": [2]}, NOW + 60 * MINUTE, topic="application/a/device/01/event/up") == [
        "duplicate"
    ]


def window(came, start):
    """A counter's JSON of one minute."""
    line = {"line": 1, "line_uuid": "u1", "total": {"in": came, "out": 0}}
    times = {"start_time": format_instant(start), "end_time": format_instant(start + MINUTE)}
    return {"device_info": {"device_sn": "6537"}, "line_periodic_data": [line], "time_info": times}


def test_where_a_devices_clock_stands_still_every_report_counts_and_none_twice(district, bound):
    bound("milesight-vs125", flow="periodic")
    stuck, said = NOW - 30 * 24 * 60 * MINUTE, []
    for n, came in enumerate((2, 3, 3)):
        said += raw(district, window(came, stuck), NOW + n * MINUTE)
    assert (said, signed(district)) == (["stored", "stored", "duplicate"], 5)
    # One that was heard in time and is brought again long after it, when its time is no longer believed.
    assert raw(district, window(4, NOW + 10 * MINUTE), NOW + 12 * MINUTE) == ["stored"]
    assert raw(district, window(4, NOW + 10 * MINUTE), NOW + 45 * MINUTE) == ["duplicate"]
    assert signed(district) == 9


def test_totals_that_come_again_or_late_change_nothing(district, bound):
    bound("milesight-vs133")
    for minute, came in ((0, 10), (1, 13), (3, 15), (2, 14), (3, 15), (4, 16)):
        raw(district, totals(came), NOW + minute * MINUTE)
    assert signed(district) == 6


def test_a_level_is_an_event_only_when_it_changes(district, bound):
    bound("zigbee2mqtt")
    for minute, contact in enumerate((False, False, True, True, False)):
        raw(district, {"contact": contact, "linkquality": minute}, NOW + minute * MINUTE)
    assert [kind for (kind,) in district.rows("select kind from event where kind in (23, 24) order by at")] == [
        23,
        24,
        23,
    ]


def test_a_retained_call_is_old_and_a_retained_leak_is_a_state(district, bound):
    bound("zigbee2mqtt")
    assert raw(district, {"action": "emergency"}, retained=True) == ["retained"]
    assert district.rows("select count(*) from alarm") == [(0,)]
    assert raw(district, {"water_leak": True}, retained=True) == ["stored"]
    heard = "select count(*) from site_state where heard_at is not null"
    assert district.rows(heard) == [(0,)]
    assert district.rows("select ref, open from alarm") == [("dev-1.LEAK", 1)]
    assert raw(district, {"water_leak": True}, NOW + MINUTE) == ["stored"]
    assert district.rows(heard) == [(1,)]
    assert kinds(district)[RAISED] == 1
    assert raw(district, {"action": "emergency"}, retained=True) == ["retained"]
    assert raw(district, {"action": "emergency"}, NOW + SECOND) == ["stored"]
    assert district.rows("select ref from alarm where type = 'SOS'") == [("dev-1.SOS",)]


def test_history_from_a_devices_store_is_marked_and_pages_nobody(district, bound):
    bound("milesight-em300-sld")
    at = NOW - 3 * 60 * MINUTE
    assert raw(district, {"history": [{"leakage_status": "leak", "timestamp": at // SECOND}]}) == ["stored"]
    assert district.rows("select at / 1000000, flags & 4 from event where kind = 14") == [(at // SECOND, 4)]
    assert district.rows("select late from alarm") == [(1,)]


def test_bytes_older_than_what_is_kept_are_refused(district, bound):
    bound("milesight-em300-sld")
    old = {"history": [{"leakage_status": "leak", "timestamp": 1665561758}]}
    assert raw(district, old) == ["bad_time"]
    assert raw(district, old, NOW + 1) == ["bad_time"]
    assert district.rows("select reason, times from rejected") == [("bad_time", 2)]
    ingest = replace(district.cfg.ingest, keep_raw_days=5000)
    district.cfg = replace(district.cfg, ingest=ingest)
    assert raw(district, old, NOW + 2) == ["stored"]
    assert raw(district, old, NOW + 3) == ["duplicate"]
    assert district.rows("select ref, late from alarm") == [("dev-1.LEAK", 1)]


OLD = {"leakage_status": "leak", "timestamp": 1665561758}


def test_what_a_kept_message_tells_of_long_ago_has_its_row(district, bound):
    bound("milesight-em300-sld")
    bound("milesight-em300-sld", device="dev-2")
    young = {"leakage_status": "leak", "timestamp": (NOW - 60 * MINUTE) // SECOND}
    assert wrapped(district, {"history": [OLD]}, 1, boot="b1", seq=1) == ["stored"]
    assert raw(district, {"history": [OLD, young | {"leakage_status": "normal"}]}, device="dev-2") == ["stored"]
    rows = district.rows("select topic, reason, detail, bytes, length, replayable from rejected order by id")
    assert [row[:2] for row in rows] == [("eldercare/v1/s-001/events", "bad_time")] * len(rows)
    assert [row[2].split(" that is kept: older")[0] for row in rows] == [
        "meant by a message of dev-1",
        "meant by a message of dev-2",
    ]
    assert [json.loads(row[3])["at"] for row in rows] == ["2022-10-12T08:02:38.000Z"] * 2
    assert district.rows("select upto, received, rejected from stream") == [(1, 1, 0)]
    # Coming again they add nothing, and once older events are kept, a replay counts as if they had come first.
    assert wrapped(district, {"history": [OLD]}, 1, boot="b1", seq=1) == ["duplicate"]
    assert district.rows("select sum(times) from rejected") == [(2,)]
    district.cfg = replace(district.cfg, ingest=replace(district.cfg.ingest, keep_raw_days=36500))
    assert district.take(bytes(rows[0][3])).verdicts == ["stored"]
    assert district.rows("select count(*) from event where kind = 14") == [(1,)]


def test_bytes_that_only_tell_of_long_ago_have_one_row(district, bound):
    bound("milesight-em300-sld")
    assert raw(district, {"history": [OLD, OLD | {"timestamp": 1665561759}]}) == ["bad_time"]
    assert district.rows("select count(*) from rejected") == [(1,)]


def test_arrivals_in_one_batch_see_each_other(district, bound):
    bound("milesight-vs133")
    topic = "eldercare/v1/s-001/raw/dev-1/capture"
    said = [Message(topic, json.dumps(totals(n)).encode(), False, NOW + n, Nowhere()) for n in (10, 12, 12, 17)]
    assert district.take_messages(said, NOW).verdicts == ["stored", "stored", "duplicate", "stored"]
    assert signed(district) == 7


# -- what cannot be read ----------------------------------------------------------------------------------------------------


def test_unreadable_bytes_are_kept_and_replayed_once_the_table_is_right(district, bound):
    bound("hikvision-counting")
    assert raw(district, totals(10)) == ["unreadable_vendor"]
    assert wrapped(district, totals(11), 1, NOW + MINUTE) == ["unreadable_vendor"]
    rows = district.rows("select bytes, replayable from rejected order by id")
    assert rows[0] == (json.dumps(totals(10)).encode(), 1)
    assert bound("milesight-vs133", valid_from=ALWAYS, now=NOW + 2 * MINUTE) == 2
    assert signed(district) == 1
    assert district.rows("select count(*) from rejected where replayed_at is null") == [(0,)]


def test_a_binding_to_a_table_that_is_gone_says_so(district, bound):
    bound("none-such")
    assert raw(district, totals(10)) == ["unreadable_vendor"]
    assert "no table 'none-such'" in district.rows("select detail from rejected")[0][0]


def test_a_payload_longer_than_the_table_allows_is_too_large(district, bound):
    bound("milesight-vs133")
    assert raw(district, b" " * 262_145) == ["too_large"]
    assert district.rows("select length(bytes), length, replayable from rejected") == [(65_536, 262_145, 0)]


def test_names_and_pictures_are_not_kept_in_quarantine_either(district):
    said = access(1, name="某某") | {"face_blob": base64.b64encode(b"\0" * 6000).decode()}
    assert raw(district, said) == ["unknown_device"]
    assert wrapped(district, said, 1) == ["unknown_device"]
    assert raw(district, b"--part\r\n\xff\xd8\xff\xe0" + b"\0" * 5000) == ["unknown_device"]
    rows = district.rows("select bytes, length, replayable from rejected order by id")
    assert [replayable for *_, replayable in rows] == [0, 0, 0]
    assert not any("某某".encode() in content or b"AAAAAAAA" in content for content, *_ in rows)
    assert json.loads(rows[0][0])["face_blob"]["length"] == 8000
    assert rows[2][0] == b"--part\r\n"


def test_a_wrapped_message_longer_than_what_is_kept_still_says_whose_it_is(district):
    text = "<EventNotificationAlert>" + '<line a="b"/>' * 5000
    assert wrapped(district, text.encode(), 1) == ["unknown_device"]
    ((content, length, replayable),) = district.rows("select bytes, length, replayable from rejected")
    assert len(content) <= 65_536 < length
    assert not replayable
    assert device_of("eldercare/v1/s-001/events", bytes(content)) == "dev-1"
    assert json.loads(content)["text"].startswith("<EventNotificationAlert><line")


# -- binding ----------------------------------------------------------------------------------------------------------------


def test_binding_a_device_replays_what_waited_for_it_and_nothing_else(district, bound):
    raw(district, totals(10))
    raw(district, totals(14), NOW + MINUTE)
    wrapped(district, totals(15), 1, NOW + 2 * MINUTE)
    raw(district, totals(99), device="dev-2")
    wrapped(district, totals(99), 2, device="dev-2")
    assert kinds(district) == {}
    assert bound("milesight-vs133", now=NOW + 3 * MINUTE) == 3
    assert signed(district) == 5
    assert district.rows("select count(*) from rejected where replayed_at is null") == [(2,)]
    before = kinds(district)
    assert bound("milesight-vs133", now=NOW + 4 * MINUTE) == 0
    assert kinds(district) == before


def test_a_moved_device_keeps_its_past(district, bound):
    bound("milesight-vs121", area="hall")
    bound("milesight-vs121", area="canteen", now=NOW + 10 * MINUTE)
    raw(district, {"people_count_all": 4}, NOW + 11 * MINUTE)
    wrapped(district, {"people_count_all": 3}, 1, NOW + 5 * MINUTE)
    found = district.rows("select a.code, e.a from event e join area a on a.id = e.area_id order by e.at")
    assert found == [("hall", 3), ("canteen", 4)]


def test_a_running_worker_sees_a_binding_before_its_next_batch(district, bound):
    assert raw(district, totals(10)) == ["unknown_device"]
    bound("milesight-vs133")
    assert raw(district, totals(12), NOW + MINUTE) == ["stored"]
    assert district.rows("select new from device where code = 'dev-1'") == [(1,)]


def test_any_batching_of_the_same_messages_gives_the_same_rows(district, bound):
    """The memory in a batch and the memory in the database are one."""
    bound("milesight-vs133")
    bound("milesight-vs133", device="dev-2")
    said = [(n, device, totals(n * 3, n)) for n in range(12) for device in ("dev-1", "dev-2")]
    for n, device, one in said:
        raw(district, one, NOW + n * MINUTE, device=device)
    alone = district.rows("select kind, at, a, b, device_id from event order by at, device_id")
    for table in ("event", "device_memory", "device_seen", "head_count", "slot"):
        district.write(f"delete from {table}", ())
    messages = [
        Message(
            f"eldercare/v1/s-001/raw/{device}/capture", json.dumps(one).encode(), False, NOW + n * MINUTE, Nowhere()
        )
        for n, device, one in said
    ]
    district.take_messages(messages, NOW + 12 * MINUTE)
    assert district.rows("select kind, at, a, b, device_id from event order by at, device_id") == alone


def test_a_device_that_invents_counters_does_not_grow_without_end(district, bound):
    bound("milesight-vs125")
    for n in range(6):
        times = {"start_time": format_instant(NOW + n * MINUTE), "end_time": format_instant(NOW + (n + 1) * MINUTE)}
        lines = [{"line_uuid": f"{n}-{m}", "total": {"in_counted": 1, "out_counted": 0}} for m in range(100)]
        raw(
            district,
            {"device_info": {"device_sn": "1"}, "line_total_data": lines, "time_info": times},
            NOW + n * MINUTE,
        )
    assert district.rows("select count(*) <= 256 from device_memory") == [(1,)]
