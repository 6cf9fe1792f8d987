"""Recorded messages, captures and rejected rows go through the intake again; the command waits and says what became of them."""

import base64
import json
import subprocess
import sys

import pytest

from clock import real_now
from contract import format_instant
from ingest.recording import Recorded, RecordingRefused, check_records, moved, newest, read_records
from models.base import MINUTE, SECOND
from tests.ingest.conftest import NOW
from tests.running import ROOT, free_port, until, worker

TOPIC = "eldercare/v1/s-001/events"


def event(number, at, **more):
    return {"id": f"e{number}", "kind": "occupancy.flow", "at": format_instant(at), "in": 1, "out": 0} | more


def record(payload, topic=TOPIC, **more):
    return json.dumps({"topic": topic, "payload": payload if isinstance(payload, str) else json.dumps(payload)} | more)


@pytest.fixture
def file(tmp_path):
    def write(*lines, name="recording.jsonl"):
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


def command(database, *more, offset_s=0.0):
    return subprocess.run(
        [sys.executable, "-m", "ingest", "replay", *map(str, more)],
        cwd=ROOT,
        env={
            "PATH": "/usr/bin:/bin",
            "ELDERCARE_DATABASE_URL": database.url,
            "ELDERCARE_CLOCK_OFFSET_S": str(offset_s),
        },
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def running(district, database, tmp_path):
    """A worker without a broker: the inbox needs none."""
    program = worker(tmp_path, database, free_port()).start()
    until(
        lambda: district.rows("select 1 from worker where seen_at > ?", real_now() - 5 * SECOND), what="the worker runs"
    )
    yield program
    program.end()


# -- files ------------------------------------------------------------------------------------------------------------------


def test_a_record_is_its_topic_and_its_bytes(file):
    text, raw = json.dumps({"kind": "x"}), bytes(range(256))
    path = file(
        record(text),
        json.dumps({"topic": TOPIC, "payload_base64": base64.b64encode(raw).decode()}),
        json.dumps({"topic": TOPIC, "payload": {"名": 1}, "tst": "2026-11-23T09:00:00+0800", "qos": 1, "retain": 0}),
        "",
    )
    check_records(path)
    assert list(read_records(path)) == [
        Recorded(TOPIC, text.encode()),
        Recorded(TOPIC, raw),
        Recorded(TOPIC, '{"名":1}'.encode()),
    ]


def test_the_platforms_own_acks_are_not_replayed(file):
    assert list(read_records(file(record("{}", topic="eldercare/v1/s-001/ack")))) == []


def test_every_wrong_line_of_a_recording_is_named(file):
    path = file(
        record("{}"),
        "{",
        "[]",
        json.dumps({"payload": "x"}),
        json.dumps({"topic": "a", "payload": "x", "payload_base64": "eA=="}),
        json.dumps({"topic": "a", "payload_base64": "%%%"}),
        json.dumps({"topic": "a", "payload": "x", "colour": "red"}),
        '{"topic": "\\ud800", "payload": "x"}',
    )
    with pytest.raises(RecordingRefused) as refused:
        check_records(path)
    lines = str(refused.value).splitlines()
    assert [int(line.removeprefix(str(path)).split(":")[1]) for line in lines] == [2, 3, 4, 5, 6, 7, 8]
    assert "colour" in lines[5]


# -- moved to now -----------------------------------------------------------------------------------------------------------


def test_the_newest_event_happens_now_and_the_others_as_long_before_as_they_did():
    old = NOW - 90 * 24 * 60 * MINUTE
    records = [
        Recorded(TOPIC, json.dumps([event(1, old, seq=7, boot="k3f9"), event(2, old + MINUTE)]).encode()),
        Recorded(TOPIC, json.dumps(event(3, old + 5 * MINUTE, due_at=format_instant(old + 65 * MINUTE))).encode()),
    ]
    by = NOW - newest(records, NOW)
    first, second = (json.loads(moved(one, by).payload) for one in records)
    assert [one["at"] for one in first] == [format_instant(NOW - 5 * MINUTE), format_instant(NOW - 4 * MINUTE)]
    assert (second["at"], second["due_at"]) == (format_instant(NOW), format_instant(NOW + 60 * MINUTE))
    assert (first[0]["id"], first[0]["seq"], first[0]["boot"], first[0]["in"]) == ("e1", 7, "k3f9", 1)


def test_a_broken_clock_in_a_recording_does_not_move_the_others():
    records = [Recorded(TOPIC, json.dumps([event(1, NOW - MINUTE), event(2, NOW + 10**15), event(3, 0)]).encode())]
    assert newest(records, NOW) == NOW - MINUTE


@pytest.mark.parametrize(
    "one",
    [
        Recorded(TOPIC, b"not json"),
        Recorded(TOPIC, b'[1, {"at": "2026-01-01T00:00:00Z"}]'),
        Recorded("eldercare/v1/s-001/raw/door-1/up", b'{"at":  "2026-01-01T00:00:00Z"}'),
        Recorded("eldercare/v1/s-001/status", b'{"online":  true}'),
    ],
)
def test_what_is_no_event_stays_byte_for_byte(one):
    assert moved(one, MINUTE) == one
    assert newest([one], NOW) is None


# -- the command ------------------------------------------------------------------------------------------------------------


def test_a_recording_is_replayed_and_its_outcomes_are_counted(running, district, database, file):
    now = real_now()
    array = [event(2, now), event(3, now), {"id": "bad"}]
    path = file(
        record(event(1, now)),
        record(array),
        record(event(1, now)),
        record(event(9, now), topic="eldercare/v1/no/events"),
    )
    done = command(database, path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "stored 3, duplicate 1, missing_field 1, unknown_site 1\n"
    assert district.rows("select signed from head_count") == [(3,)]
    assert command(database, path).stdout.startswith("stored 0, duplicate 4, ")
    assert district.rows("select signed from head_count") == [(3,)]


def test_an_old_recording_counts_today_with_now(running, district, database, file):
    old = real_now() - 200 * 24 * 60 * MINUTE
    path = file(record(event(1, old - MINUTE)), record(event(2, old)))
    assert command(database, path).stdout == "stored 0, duplicate 0, bad_time 2\n"
    assert command(database, path, "--now").stdout == "stored 2, duplicate 0\n"
    ((newest_at,),) = district.rows("select max(at) from event")
    assert abs(newest_at - real_now()) < 30 * SECOND


def test_a_capture_belongs_to_the_device_that_is_named(running, district, database, tmp_path):
    path = tmp_path / "capture.bin"
    path.write_bytes(bytes(range(256)))
    done = command(database, path, "--site", "s-001", "--device", "door-1")
    assert done.stdout == "stored 0, duplicate 0, unknown_device 1\n"
    assert district.rows("select topic, bytes from rejected") == [
        ("eldercare/v1/s-001/raw/door-1/capture", bytes(range(256)))
    ]


def test_rejected_rows_are_replayed_by_site_and_reason(running, district, database):
    now = real_now()
    district.take(json.dumps(event(1, now)).encode(), site="lh-001", received_at=now)
    district.take(json.dumps(event(2, now)).encode(), site="lh-002", received_at=now)
    district.take(b"not json", received_at=now)
    assert command(database, "--rejected", "--site", "lh-001").stdout == "stored 0, duplicate 0, unknown_site 1\n"
    district.register("lh-001", "lh-002")
    done = command(database, "--rejected", "--reason", "unknown_site")
    assert done.stdout == "stored 2, duplicate 0\n"
    assert command(database, "--rejected").stdout == "stored 0, duplicate 0, not_json 1\n"
    assert district.rows("select count(*) from rejected where replayed_at is null") == [(1,)]


def test_without_a_worker_it_says_so_and_the_messages_wait(district, database, file):
    done = command(database, file(record(event(1, real_now()))))
    assert (done.returncode, done.stdout) == (1, "")
    assert "no worker is running (none has ever run): 1 messages wait in the inbox" in done.stderr
    assert district.rows("select source, done_at from inbox") == [("replay", None)]


def test_a_rejected_row_that_already_waits_is_not_put_a_second_time(district, database):
    district.take(b"not json")
    assert command(database, "--rejected").returncode == 1
    assert command(database, "--rejected").returncode == 0
    assert district.rows("select count(*) from inbox") == [(1,)]


def test_a_wrong_line_keeps_everything_out(district, database, file):
    done = command(database, file(record(event(1, real_now())), "{"))
    assert (done.returncode, district.rows("select count(*) from inbox")) == (1, [(0,)])
    assert ":2:" in done.stderr


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["f", "--site", "s-001"],
        ["f", "--site", "S", "--device", "door-1"],
        ["f", "--reason", "not_json"],
        ["f", "--rejected"],
        ["f", "--site", "s-001", "--device", "door-1", "--now"],
    ],
)
def test_a_question_that_makes_no_sense_ends_with_two(database, arguments):
    done = command(database, *arguments)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
