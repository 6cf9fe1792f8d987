"""What waits until a site is registered, a version is known or a mapping is mended, and then counts as if right at first."""

import json

import pytest

import contract
from ingest import places
from ingest.inbox import waiting
from ingest.store.choice import store_for
from models.database import read_only, transaction
from tests.ingest.conftest import NOW
from tests.ingest.said import HOUR, MINUTE, event, flow, payload

LATER = NOW + 3 * HOUR
HEAD = "site,name_zh,kind,street\n"


@pytest.fixture
def registers(district, tmp_path):
    """Load one more site, as an operator does, and let the worker drain the inbox afterwards."""

    def register(site, now=LATER):
        (tmp_path / "places.csv").write_text(HEAD + f"{site},站,CST,440309002\n")
        report = places.load(district.engine, tmp_path / "places.csv", now)
        return report, drain(district, now)

    return register


def drain(district, now=LATER):
    """One turn of the worker: everything that waits, in one batch."""
    with read_only(district.engine) as connection:
        found = waiting(connection, 0, 1000)
    return district.take_messages(found, now).verdicts if found else []


def put(district, said, topic="eldercare/v1/s-001/events", source="http", rejected_id=None):
    with transaction(district.engine) as connection:
        store_for(connection).write(
            "insert into inbox (put_at, source, site, topic, payload, rejected_id) values (?, ?, ?, ?, ?, ?)",
            [(NOW, source, topic.split("/")[2], topic, said, rejected_id)],
        )


def replay_all(district, now=LATER):
    for id_, topic, said in district.rows("select id, topic, bytes from rejected where replayable = 1 order by id"):
        put(district, said, topic, "replay", id_)
    return drain(district, now)


def picture(district, site):
    """What the platform knows of a site, without its numbers of rows and changes."""
    (site_id,) = district.rows("select id from site where code = ?", site)[0]
    return {
        "events": district.rows(
            "select key, kind, at, received_at, slot, boot, seq, a, b, rest, flags & 7 from event where site_id = ? order by key",
            site_id,
        ),
        "heads": district.rows(
            "select a.code, h.track % 2, h.signed, h.last_at, h.own, h.received_at from head_count h"
            " join area a on a.id = h.track / 2 where a.site_id = ? order by 1, 2",
            site_id,
        ),
        "state": district.rows("select heard_at, event_at, door, door_at from site_state where site_id = ?", site_id),
        "services": district.rows(
            "select ref, state, due_at, started_at, flags from service where site_id = ? order by 1", site_id
        ),
        "residents": district.rows(
            "select person, whereabouts, since, flags from resident where site_id = ? order by 1", site_id
        ),
        "tallies": district.rows("select day, what, n from tally where site_id = ? order by 1, 2", site_id),
        "minutes": district.rows("select slot, minutes from site_slot where site_id = ? order by 1", site_id),
        "stream": district.rows("select boot, upto, highest, received, lost from stream where site = ?", site),
        "device": district.rows("select code, new, heard_at from device where site_id = ? order by 1", site_id),
    }


def a_morning(boot="b1"):
    kinds = [
        flow(NOW - MINUTE, 3, device="door-1"),
        flow(NOW + 20 * MINUTE, 1),
        event("occupancy.count", NOW - 30 * MINUTE, count=4, area="hall"),
        event("person.in", NOW, person="guest-1"),
        event("meal.served", NOW, meal="lunch", mode="dine_in"),
        event("service.planned", NOW, service="v-1", type="BA.HM", due_at="2026-11-23T10:00:00+08:00"),
        event("service.started", NOW, service="v-1", method="qr"),
        event("bed.moved", NOW, person="guest-2", move="admit", bed="3-1"),
        event("site.opened", NOW),
        event("device.status", NOW, online=True, device="agent", lost=[{"boot": boot, "from": 11, "to": 12}]),
    ]
    return [one | {"boot": boot, "seq": seq} for seq, one in enumerate(kinds, 1)]


def test_an_unknown_site_waits_and_counts_once_registered_as_if_right_the_first_time(district, registers):
    said = a_morning()
    assert district.take(payload(*said), site="s-900").verdicts == ["unknown_site"] * 10
    assert district.take(payload(*said)).verdicts == ["stored"] * 10
    report, verdicts = registers("s-900")
    assert (report.to_replay, verdicts) == (10, ["stored"] * 10)
    assert picture(district, "s-900") == picture(district, "s-001")
    assert district.rows("select count(*) from rejected where replayed_at is null") == [(0,)]


def test_what_a_site_sends_again_after_its_registration_is_a_duplicate(district, registers):
    said = payload(flow(NOW, boot="b1", seq=1))
    district.take(said, site="s-900")
    assert district.take(said, site="s-900").verdicts == ["unknown_site"]
    assert district.rows("select times from rejected") == [(2,)]
    registers("s-900")
    assert district.take(said, site="s-900", received_at=LATER).verdicts == ["duplicate"]
    assert district.rows("select signed from head_count") == [(1,)]


def test_quarantine_is_acknowledged_and_its_numbers_are_not_counted_twice(district, registers):
    taken = district.take(payload(*(flow(NOW, boot="b1", seq=seq) for seq in (1, 2, 4))), site="s-900")
    assert taken.accounts["s-900", "b1"].upto == 2
    registers("s-900")
    assert district.rows("select upto, highest, received, rejected, duplicates from stream") == [(2, 4, 3, 3, 0)]


def test_an_old_message_of_an_unknown_site_is_no_news_after_its_registration(district, registers):
    topic = "eldercare/v1/s-900/status"
    online = contract.encode_status(contract.Status(online=True, boot="b1"))
    district.take(online, topic=topic, retained=True)
    assert district.take(payload(flow(NOW)), site="s-900", retained=True).verdicts == ["retained"]
    _, verdicts = registers("s-900", NOW)
    assert verdicts == ["said"]
    assert district.rows("select online, boot, heard_at from site_state") == [(1, "b1", None)]
    assert district.rows("select count(*) from event") == [(0,)]


def test_of_a_line_that_went_and_came_the_last_word_counts_after_registration(district, registers):
    topic = "eldercare/v1/s-900/status"
    up, down = (contract.encode_status(contract.Status(online=online, boot="b1")) for online in (True, False))
    for minute, said in enumerate((up, down, up)):
        district.take(said, topic=topic, received_at=NOW + minute * MINUTE)
    registers("s-900")
    assert district.rows("select online from site_state") == [(1,)]


def test_an_alarm_that_lay_in_quarantine_too_long_opens_as_late(district, registers):
    district.take(payload(event("alarm.raised", NOW, alarm="a-1", type="SOS")), site="s-900")
    registers("s-900")
    assert district.rows("select open, late, raised_at, received_at from alarm") == [(1, 1, NOW, NOW)]


def test_another_version_is_kept_and_can_be_replayed(district):
    said = payload(flow(NOW, boot="b1", seq=1))
    assert district.take(said, topic="eldercare/v2/s-001/events").verdicts == ["unknown_kind"]
    assert district.rows("select replayable, bytes from rejected") == [(1, said)]
    assert replay_all(district) == ["unknown_kind"], "this program still does not know it"
    assert district.rows("select replayed_at, times from rejected") == [(None, 1)]
    district.rows("update rejected set topic = 'eldercare/v1/s-001/events' returning id")  # as an upgrade would read it
    assert replay_all(district) == ["stored"]
    assert district.rows("select received_at from event") == [(NOW,)]
    assert district.rows("select replayed_at from rejected") == [(LATER,)]
    assert district.rows("select upto, received, rejected from stream") == [(1, 1, 0)]


def test_a_replay_that_fails_again_tells_its_own_row_why_and_adds_none(district, registers):
    district.take(payload(flow(NOW) | {"id": "x"}), site="s-900")
    keep = district.cfg.ingest.keep_raw_days * 24 * HOUR
    _, verdicts = registers("s-900", NOW + keep + HOUR)
    assert verdicts == ["bad_time"]
    assert district.rows("select reason, times, replayed_at from rejected") == [("bad_time", 1, None)]
    assert district.rows("select outcome from inbox") == [('["bad_time"]',)]


def test_personal_numbers_and_cut_bytes_are_not_put_up_for_replay(district):
    district.take(payload(event("person.in", NOW, person="13800138000")))
    district.take(b"x" * 70_000, topic="eldercare/v1/s-001/raw/radar-1/x")
    assert district.rows("select reason, replayable, length(bytes) <= 65536 from rejected order by id") == [
        ("personal_data", 0, 1),
        ("unknown_device", 0, 1),
    ]


def test_http_replay_and_broker_share_one_batch_and_each_has_its_answer(district):
    first, second = flow(NOW), flow(NOW)
    put(district, payload(first, second, {"kind": "no.such", "id": "n", "at": "2026-11-23T09:00:00Z"}))
    put(district, payload(second), source="staff")
    put(district, b"", topic="eldercare/v1/s-001/status", source="replay")
    put(district, b"", source="http")
    assert drain(district) == ["stored", "stored", "unknown_kind", "duplicate", "said", "not_json"]
    assert [json.loads(outcome) for (outcome,) in district.rows("select outcome from inbox order by id")] == [
        ["stored", "stored", "unknown_kind"],
        ["duplicate"],
        ["said"],
        ["not_json"],
    ]
    assert district.rows("select site, count(*) from rejected group by site") == [("s-001", 2)]
    assert drain(district) == []
