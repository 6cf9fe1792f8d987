"""Real gear, a local broker, the agent and the worker together: numbers move, and nothing that dies or repeats changes them."""

import json
import subprocess
import sys

import pytest

from clock import real_now
from contract import format_instant
from tests.running import ROOT, Program, Publisher, free_port, mosquitto, until, worker

SECOND = 1_000_000


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


@pytest.mark.engines("sqlite")
def test_gear_behind_an_agent_moves_the_number_once(tmp_path, database, district, read):
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
        words += ["--vendor-broker", f"mqtt://127.0.0.1:{port}", "--vendor", "door-1=bus/door1"]
        environ = {"ELDERCARE_BROKER_URL": f"mqtt://127.0.0.1:{port}", "ELDERCARE_EDGE_RESEND_AFTER_S": "2"}
        agent = Program([sys.executable, "-m", "edge", "agent", *words], tmp_path, "agent", **environ).start()
        gear = Publisher(port)
        try:
            gear.publish("bus/door1", report(100, 90, now), retain=True)
            until(lambda: read("select 1 from event where kind = 25"), 60, "the baseline")
            gear.publish("bus/door1", report(107, 91, now + 60 * SECOND))
            until(lambda: read("select signed from head_count") == [(6,)], 60, "six are in")
            program.kill()
            gear.publish("bus/door1", report(109, 91, now + 120 * SECOND))
            gear.publish("bus/door1", report(109, 91, now + 120 * SECOND))
            program.start()
            until(lambda: read("select signed from head_count") == [(8,)], 60, "eight are in")
            until(lambda: read("select count(*) from event where kind = 25") == [(4,)], 60, "every message is kept")
            assert read("select sum(a), sum(b) from event where kind = 2") == [(9, 1)]
        finally:
            gear.close()
            agent.end()
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
