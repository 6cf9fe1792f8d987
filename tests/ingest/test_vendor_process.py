"""Real gear, a local broker, the agent and the worker together: numbers and alarms move on the screen, and nothing that dies
or repeats changes them."""

import base64
import json
import subprocess
import sys

import pytest

from clock import real_now
from contract import format_instant, raw_topic
from models.binding import bind
from models.database import transaction
from tests.dashboard.streaming import streaming
from tests.dashboard.town import Clock, Town
from tests.ingest.test_vendor_captures import CAPTURES, MINE, OBJECTS, needs_captures
from tests.running import ROOT, Program, Publisher, free_port, mosquitto, until, worker

SECOND = 1_000_000
PICTURE = (
    "select key, kind, at, a, b, rest from event order by key",
    "select * from head_count order by track",
    "select * from slot order by track, slot",
    "select ref, type, state, holds, open, times, raised_at, cleared_at from alarm order by ref",
    "select alarm_id, step, state from transition order by id",
    "select day, site_id, what, n from tally order by 1, 2, 3",
)


def picture(read):
    return [read(sql) for sql in PICTURE]


def on_screen(database, site="s-001"):
    """What the live pages of a district officer show of a site: its people, and its alarms that are open."""
    town = Town(database, Clock(real_now()))
    town.look()
    (_, numbers), (_, alarms) = (streaming(town, view=view)[0] for view in ("overview", "alarms"))
    town.engine.dispose()
    people = [row["people"] for row in numbers["sites"] if row["site"] == site]
    return people[0], sorted(one["type"] for one in alarms["alarms"] if one["site"] == site and one["open"])


def hang(district, device, table, area=None, **params):
    with transaction(district.engine) as connection:
        ((site_id,),) = connection.exec_driver_sql("select id from site where code = 's-001'").all()
        bind(connection, site_id, device, table, params, area, None, real_now())


def recording(path, messages):
    """Of (topic, bytes), as `mosquitto_sub` or a bridge could have written it down."""
    lines = [json.dumps({"topic": t, "payload_base64": base64.b64encode(said).decode()}) for t, said in messages]
    path.write_text("\n".join(lines) + "\n")
    return path


def ingest(database, *words):
    environ = {"PATH": "/usr/bin:/bin", "ELDERCARE_DATABASE_URL": database.url}
    return subprocess.run(
        [sys.executable, "-m", "ingest", *map(str, words)],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
    )


def report(came, went, start):
    """A people counter's JSON, a minute's window at a time."""
    times = {"start_time": format_instant(start), "end_time": format_instant(start + 60 * SECOND)}
    line = {"line": 1, "line_uuid": "0b6a7d3e-1111", "total": {"in_counted": came, "out_counted": went}}
    return json.dumps({"device_info": {"device_sn": "6537"}, "line_total_data": [line], "time_info": times})


def fall(status):
    """A fall radar's, of one fall."""
    return json.dumps({"events": [{"alarm_id": 42, "alarm_type": "fall", "alarm_status": status}]})


@pytest.mark.engines("sqlite")
def test_gear_behind_an_agent_moves_numbers_and_alarms_once(tmp_path, database, district, read):
    hang(district, "bed-1", "milesight-vs373", "room-12")
    district.engine.dispose()
    bound = ingest(
        database, "bind", "s-001", "door-1", "milesight-vs125", "--area", "hall", "--param", "swap_in_out=false"
    )
    assert (bound.returncode, bound.stderr) == (0, "")
    port = free_port()
    now = real_now()
    with mosquitto(tmp_path, port):
        program = worker(tmp_path, database, port).start()
        words = ["--site", "s-001", "--no-stdin", "--outbox", str(tmp_path / "outbox.db")]
        words += [
            "--vendor-broker",
            f"mqtt://127.0.0.1:{port}",
            "--vendor",
            "door-1=bus/door1",
            "--vendor",
            "bed-1=bus/bed1",
        ]
        environ = {"ELDERCARE_BROKER_URL": f"mqtt://127.0.0.1:{port}", "ELDERCARE_EDGE_RESEND_AFTER_S": "2"}
        agent = Program([sys.executable, "-m", "edge", "agent", *words], tmp_path, "agent", **environ).start()
        gear = Publisher(port)
        gear.subscribe("eldercare/v1/s-001/events")
        try:
            gear.publish("bus/door1", report(100, 90, now), retain=True)
            until(lambda: read("select 1 from event where kind = 25"), 60, "the baseline")
            gear.publish("bus/door1", report(107, 91, now + 60 * SECOND))
            gear.publish("bus/bed1", fall("alarm_triggered"))
            until(lambda: read("select signed from head_count") == [(6,)], 60, "six are in")
            until(lambda: read("select holds from alarm") == [(1,)], 60, "somebody has fallen")
            assert on_screen(database) == (6, ["FALL"])
            program.kill()
            gear.publish("bus/door1", report(109, 91, now + 120 * SECOND))
            gear.publish("bus/door1", report(109, 91, now + 120 * SECOND))
            gear.publish("bus/bed1", fall("alarm_deactivated"))
            program.start()
            until(lambda: read("select signed from head_count") == [(8,)], 60, "eight are in")
            until(lambda: read("select holds from alarm") == [(0,)], 60, "she is up again")
            until(lambda: read("select count(*) from event where kind = 25") == [(6,)], 60, "every message is kept")
            assert read("select sum(a), sum(b) from event where kind = 2") == [(9, 1)]
            assert on_screen(database) == (8, [])
            agent.kill()  # its heartbeat is news, and none is wanted now
            carried = recording(tmp_path / "carried.jsonl", [(m.topic, m.payload) for m in gear.heard])
            before = picture(read)
            said = ingest(database, "replay", carried).stdout
            assert said.startswith("stored 0, duplicate ")
            assert picture(read) == before
        finally:
            gear.close()
            agent.end()
            program.end()


@needs_captures
@pytest.mark.engines("sqlite")
def test_every_capture_at_once_is_people_and_alarms_on_the_screen_and_changes_nothing_again(
    tmp_path, database, district, read
):
    said = []
    for n, capture in enumerate(MINE + OBJECTS):
        hang(district, f"dev-{n}", capture.table, f"area-{n}", **capture.params)
        topic = raw_topic("s-001", f"dev-{n}", capture.topic)
        said.append((topic, (CAPTURES / capture.file).read_bytes()))
    district.engine.dispose()
    everything = recording(tmp_path / "captures.jsonl", said)
    program = worker(tmp_path, database, free_port()).start()
    try:
        until(lambda: read("select 1 from worker"), what="the worker runs")
        # Three of ChirpStack and one frame of a store tell of 2022, by clocks that are believed.
        assert ingest(database, "replay", everything).stdout == f"stored {len(said) - 4}, duplicate 0, bad_time 4\n"
        # Of two devices that give a region the same name the later one counts there: 2, 16, 7 and 9 over 0, 1, 0 and 0.
        in_view, regions, door, camera, by_card = 3, 2 + 16 + 7 + 9 + 3 + 1, 2 - 1, 2 + 2, 1
        assert on_screen(database) == (in_view + regions + door + camera + by_card, ["CALL", "FALL", "SOS", "SOS"])
        before = picture(read)
        with subprocess.Popen(
            [sys.executable, "-m", "ingest", "replay", str(everything)],
            cwd=ROOT,
            env={"ELDERCARE_DATABASE_URL": database.url},
            stdout=subprocess.PIPE,
            text=True,
        ) as again:
            until(lambda: len(read("select 1 from inbox")) > len(said), 60, "it is being replayed")
            program.kill()
            program.start()
            assert again.communicate(timeout=60)[0] == f"stored 0, duplicate {len(said) - 4}, bad_time 4\n"
        assert picture(read) == before
    finally:
        program.end()


@pytest.mark.engines("sqlite")
def test_a_capture_moves_a_registered_sites_number_and_again_changes_nothing(tmp_path, database, district, read):
    district.engine.dispose()
    capture = tmp_path / "people.txt"
    capture.write_text("7")
    capture.with_suffix(".meta.json").write_text(json.dumps({"topic": "frigate/{camera}/person"}))
    refused = ingest(database, "bind", "s-001", "cam-1", "frigate")
    assert (refused.returncode, "needs the parameter areas" in refused.stderr) == (1, True)
    program = worker(tmp_path, database, free_port()).start()
    try:
        until(lambda: read("select 1 from worker"), what="the worker runs")
        where = ("--site", "s-001", "--device", "cam-1")
        assert ingest(database, "replay", capture, *where).stdout == "stored 0, duplicate 0, unknown_device 1\n"
        assert "s-001/cam-1  1 messages wait" in ingest(database, "devices", "waiting").stdout
        bound = ingest(database, "bind", "s-001", "cam-1", "frigate", "--param", "areas.camera=hall")
        assert bound.stdout == "s-001/cam-1 is read by frigate; quarantined messages to be replayed: 1\n"
        until(lambda: read("select signed from head_count") == [(7,)], what="seven, out of the quarantine")
        assert ingest(database, "replay", capture, *where).stdout == "stored 0, duplicate 1\n"
        other = tmp_path / "fewer.txt"
        other.write_text("3")
        told = ingest(database, "replay", other, *where, "--topic", "frigate/camera/person")
        assert told.stdout == "stored 1, duplicate 0\n"
        assert (
            ingest(database, "replay", capture, other, *where, "--topic", "frigate/camera/person").stdout
            == "stored 0, duplicate 2\n"
        )
        assert read("select signed from head_count") == [(3,)]
        assert "s-001/cam-1  frigate" in ingest(database, "devices", "list", "--site", "s-001").stdout
    finally:
        program.end()
