"""Agent, broker and worker together: what the broker forgets, the outbox brings again."""

import json
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

import config
from clock import Clock
from edge.agent import Agent
from ingest.store.choice import store_for
from models.database import engine_for, transaction
from tests.running import ROOT, Program, listening, until, worker

KILLS = 5
"""Of the embedded one; Mosquitto is killed twenty times where its shipped configuration is tried."""


@pytest.fixture
def registered(database):
    engine = engine_for(database.url)
    with transaction(engine) as connection:
        store = store_for(connection)
        store.write("insert into street (code, name_zh, name_en) values ('440309002', '民治街道', 'Minzhi')", [()])
        store.write(
            "insert into site (code, name_zh, name_en, kind, street, count_by, created_at)"
            " values (?, '站', 'Station', 'CST', '440309002', 'counter', 0)",
            [(f"s-{n:03}",) for n in range(1, 11)],
        )
        store.next_change("registry")
    engine.dispose()
    return database


def flow() -> dict:
    return {"kind": "occupancy.flow", "at": datetime.now(UTC).isoformat(), "in": 1, "out": 0}


@pytest.mark.engines("sqlite")
def test_kills_of_the_broker_lose_and_double_nothing(tmp_path, broker, registered, read):
    program, url, port = broker.program, broker.url, broker.port
    cfg = config.load(environ={"ELDERCARE_BROKER_URL": url, "ELDERCARE_EDGE_RESEND_AFTER_S": "1"})
    running = worker(tmp_path, registered, port, ELDERCARE_BROKER_URL=url, ELDERCARE_INGEST_ACK_EVERY_MS="100").start()
    sites = [f"s-{n:03}" for n in range(1, 11)]
    agent = Agent(cfg, tmp_path / "outbox.db", Clock(), sites)
    try:
        until(lambda: read("select subscribed from worker") == [(1,)], what="subscribed")
        agent.start()
        sent = 0
        for _ in range(KILLS):
            for _ in range(5):
                for site in sites:
                    agent.put(site, [flow() for _ in range(2)])
                    sent += 2
                time.sleep(0.01)
            program.kill()
            program.start()
            listening(port)
            until(lambda: agent.line.connected.is_set(), 20, "agent is back")
        until(lambda: agent.waiting() == 0, 60, f"the outbox empties, {agent.waiting()} wait")
        assert read("select count(*) from event") == [(sent,)]
        assert read("select sum(signed) from head_count") == [(sent,)]
        assert read("select count(*), min(upto), max(upto) from stream") == [(10, sent // 10, sent // 10)]
        assert read("select count(*) from rejected") == [(0,)]
    finally:
        agent.stop()
        running.end()


def test_an_agent_killed_while_it_sends_resumes_from_its_outbox(tmp_path, broker, registered, read):
    url, port = broker.url, broker.port
    running = worker(tmp_path, registered, port, ELDERCARE_BROKER_URL=url).start()
    folder = tmp_path / "events"
    folder.mkdir()
    environ = {"ELDERCARE_BROKER_URL": url, "ELDERCARE_EDGE_RESEND_AFTER_S": "1"}
    command = [sys.executable, "-m", "edge", "agent", "--site", "s-001", "--no-stdin"]
    command += ["--outbox", str(tmp_path / "outbox.db"), "--folder", str(folder)]
    agent = Program(command, tmp_path, "agent", **environ).start()
    try:
        until(lambda: read("select subscribed from worker") == [(1,)], what="subscribed")
        for n in range(5):
            lines = "\n".join(json.dumps(flow()) for _ in range(200))
            (folder / f"{n}.part").write_text(lines)
            (folder / f"{n}.part").rename(folder / f"{n}.ndjson")
            time.sleep(0.7)
            agent.kill()
            agent.start()
        until(lambda: read("select count(*) from event where kind = 2") == [(1000,)], 60, "all thousand")
        assert read("select sum(signed) from head_count") == [(1000,)]
        until(lambda: not list(folder.glob("*.ndjson")), what="files taken")
        assert len(list((folder / "taken").iterdir())) == 5
    finally:
        agent.end()
        running.end()


def test_publish_waits_for_the_acknowledgement(tmp_path, broker, registered, read):
    url, port = broker.url, broker.port
    running = worker(tmp_path, registered, port, ELDERCARE_BROKER_URL=url).start()
    try:
        until(lambda: read("select subscribed from worker") == [(1,)], what="subscribed")
        command = [sys.executable, "-m", "edge", "publish", "--outbox", str(tmp_path / "o.db")]
        environ = {"ELDERCARE_BROKER_URL": url}
        said = [*command, "s-002", json.dumps(flow()), "{}"]
        done = subprocess.run(said, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=30, check=False)
        assert done.stdout.strip() == "1 acknowledged, 0 waiting, 1 refused"
        assert done.returncode == 1
        assert read("select count(*) from event") == [(1,)]
    finally:
        running.end()
