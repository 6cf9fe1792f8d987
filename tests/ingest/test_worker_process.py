"""The worker as a process: whatever kills it or what it stands on, nothing is lost and nothing counts twice."""

import json
import threading
import time

import pytest

from ingest.store.choice import store_for
from models.database import engine_for, transaction
from tests.ingest.crashing_worker import POINTS, UNKEPT, UNREADABLE
from tests.running import Publisher, free_port, listening, mosquitto, until, worker


def flow(n: int, boot: str = "b1", at: int | None = None) -> dict:
    """The n-th event of an outbox: n people come."""
    at = at if at is not None else int(time.time() * 1_000_000)
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at // 1_000_000)) + f".{at % 1_000_000:06d}Z"
    return {"id": f"{boot}-{n}", "kind": "occupancy.flow", "at": text, "boot": boot, "seq": n, "in": 1, "out": 0}


@pytest.fixture
def site(district):
    """Registered s-001 and s-002; the engine is closed, the worker opens its own."""
    district.engine.dispose()


def is_subscribed(read) -> bool:
    return read("select subscribed from worker") == [(1,)]


def count(read) -> int:
    return read("select count(*) from event")[0][0]


def people(read) -> int | None:
    found = read("select signed from head_count")
    return found[0][0] if found else None


def all_there(read, n: int) -> bool:
    return count(read) == n and people(read) == n


AROUND_A_COMMIT = ("before_commit", "after_commit", "acknowledged_one", "acked_application")
"""Where the database itself has a part in it; `make faults` kills at any moment on both."""


@pytest.mark.parametrize(
    ("database_engine", "nth", "point"),
    [("sqlite", 3, point) for point in POINTS] + [("postgresql", 1, point) for point in AROUND_A_COMMIT],
)
def test_killed_at_any_point_it_loses_and_doubles_nothing(point, nth, tmp_path, database, site, read):
    port = free_port()
    with mosquitto(tmp_path, port) as _:
        first = worker(tmp_path, database, port).start()
        until(lambda: is_subscribed(read), what="subscribed")
        assert first.stop() == 0
        environ = {"FAULT_AT": point, "FAULT_NTH": str(nth), "ELDERCARE_INGEST_ACK_EVERY_MS": "50"}
        if point == "before_subscribe":
            with transaction(engine := engine_for(database.url)) as connection:
                store_for(connection).write("update worker set subscription = ?", [(None,)])
            engine.dispose()
            environ["FAULT_NTH"] = "1"
        killed = worker(tmp_path, database, port, wrap="tests.ingest.crashing_worker", **environ).start()
        until(lambda: killed.ended() is not None or killed.said().count('"connected"') > 1, 60, "connected or dead")
        publisher = Publisher(port)
        sent = 0
        # On a slow machine thirty messages may be one batch: go on until the point has been passed often enough.
        while sent < 30 or (killed.ended() is None and sent < 1000):
            time.sleep(0.02)
            sent += 1
            payload = json.dumps(flow(sent)).encode() if sent % 10 else b"not json at all %d" % sent
            publisher.publish("eldercare/v1/s-001/events", payload)
        until(lambda: killed.ended() is not None, 20, f"killed at {point}")
        assert f"fault fired at {point}" in killed.said()
        bad, good = sent // 10, sent - sent // 10
        second = worker(tmp_path, database, port).start()
        try:
            until(lambda: all_there(read, good), what=f"all {good} events")
            # The last message may be a rejected one and stand in a batch of its own.
            said = f"select count(*), sum(times) >= {bad} from rejected"
            until(lambda: read(said) == [(bad, 1)], what=f"{bad} rejected")
            (kept,) = read("select upto, received, highest from stream")
            assert kept[1] == good
            assert sum(r[0] for r in read("select events from slot")) == good
        finally:
            second.end()
            publisher.close()


def test_killed_after_asking_for_a_line_where_the_session_was_lost_it_is_not_deaf_afterwards(
    tmp_path, database, site, read
):
    port = free_port()
    with mosquitto(tmp_path, port) as broker:
        first = worker(tmp_path, database, port).start()
        until(lambda: is_subscribed(read), 60, "subscribed")
        assert first.stop() == 0
        assert read("select subscription is not null from worker") == [(1,)]
        broker.kill()
        for path in tmp_path.glob("mosquitto.db*"):
            path.unlink()
        broker.start()
        listening(port)
        fault = {"FAULT_AT": "before_subscribe", "FAULT_NTH": "1"}
        killed = worker(tmp_path, database, port, wrap="tests.ingest.crashing_worker", **fault).start()
        until(lambda: killed.ended() is not None, 60, "killed between the session and its subscription")
        again = worker(tmp_path, database, port).start()
        publisher = Publisher(port)
        try:
            until(lambda: is_subscribed(read), 60, "subscribed")
            publisher.publish("eldercare/v1/s-001/events", json.dumps(flow(1)).encode())
            until(lambda: all_there(read, 1), 20, "it hears")
        finally:
            again.end()
            publisher.close()


@pytest.mark.engines("sqlite")
def test_what_our_own_code_stumbles_over_is_set_aside_with_its_bytes_and_all_around_it_is_kept(
    tmp_path, database, site, read
):
    port, topic = free_port(), "eldercare/v1/s-001/events"
    unreadable, unkept = flow(2) | {"id": UNREADABLE}, flow(4) | {"id": UNKEPT}
    with mosquitto(tmp_path, port) as _:
        faulty = {"wrap": "tests.ingest.crashing_worker", "FAULT_AT": "stumble", "FAULT_NTH": "0"}
        running = worker(tmp_path, database, port, **faulty).start()
        publisher = Publisher(port)
        publisher.subscribe("eldercare/v1/s-001/ack")
        try:
            until(lambda: is_subscribed(read), 60, "subscribed")
            for said in (flow(1), unreadable, [flow(3), unkept, flow(5)], flow(6)):
                publisher.client.publish(topic, json.dumps(said).encode(), qos=1)
            kept = 'select reason, detail, bytes, "index", times from rejected order by detail'
            until(lambda: all_there(read, 4) and len(read(kept)) == 2, what="four events, two set aside")
            aside = read(kept)
            assert [(row[0], row[1], json.loads(row[2]), *row[3:]) for row in aside] == [
                ("bad_value", "could not be kept: ArithmeticError", unkept, 1, 1),
                ("bad_value", "could not be read: ArithmeticError", unreadable, 0, 1),
            ]
            # The number of one that could not even be read is not known, and stays missing.
            acked = {"boot": "b1", "seq": 1, "also": [[3, 6]]}
            until(lambda: publisher.heard and json.loads(publisher.heard[-1].payload) == acked, what="an ack")
            assert running.stop() == 0
            # Without the fault: what the broker brought a second time would count now.
            running = worker(tmp_path, database, port).start()
            publisher.publish(topic, json.dumps(flow(7)).encode())
            until(lambda: all_there(read, 5), 60, "the next one")
            assert read(kept) == aside
        finally:
            running.end()
            publisher.close()


def test_a_restart_of_the_broker_loses_nothing(tmp_path, database, site, read):
    port = free_port()
    with mosquitto(tmp_path, port) as broker:
        running = worker(tmp_path, database, port).start()
        try:
            until(lambda: is_subscribed(read), what="subscribed")
            publisher = Publisher(port)
            for n in range(1, 201):
                publisher.publish("eldercare/v1/s-001/events", json.dumps(flow(n)).encode())
                if n == 100:
                    broker.stop()
                    broker.start()
                    listening(port)
                    until(publisher.client.is_connected, 30, "publisher is back")
            until(lambda: all_there(read, 200), 30, "all 200")
            publisher.close()
        finally:
            running.end()


def test_a_database_locked_for_long_keeps_the_session_and_everything(tmp_path, database, site, read):
    port = free_port()
    with mosquitto(tmp_path, port) as _:
        running = worker(tmp_path, database, port, ELDERCARE_DATABASE_BUSY_TIMEOUT_S="0.3").start()
        try:
            until(lambda: is_subscribed(read), what="subscribed")
            publisher = Publisher(port)
            engine = engine_for(database.url)
            with transaction(engine):
                for n in range(1, 301):
                    publisher.publish("eldercare/v1/s-001/events", json.dumps(flow(n)).encode())
                time.sleep(6)
                assert count(read) == 0
                assert running.ended() is None
            until(lambda: all_there(read, 300), 20, "all after the lock")
            assert "disconnected" not in running.said()
            publisher.close()
            engine.dispose()
        finally:
            running.end()


def test_a_second_worker_refuses_with_a_sentence(tmp_path, database, site, read):
    port = free_port()
    with mosquitto(tmp_path, port) as _:
        first = worker(tmp_path, database, port).start()
        try:
            until(lambda: is_subscribed(read), what="subscribed")
            (tmp_path / "two").mkdir()
            second = worker(tmp_path / "two", database, port, ELDERCARE_INGEST_LOCK_WAIT_S="0.5").start()
            until(lambda: second.ended() is not None, 15, "the second ends")
            assert second.ended() == 1
            assert "another worker" in second.said()
            assert first.ended() is None
        finally:
            first.end()


def test_an_orderly_stop_commits_and_leaves_quickly(tmp_path, database, site, read):
    port = free_port()
    with mosquitto(tmp_path, port) as _:
        running = worker(tmp_path, database, port).start()
        until(lambda: is_subscribed(read), what="subscribed")
        publisher = Publisher(port)
        for n in range(1, 501):
            publisher.client.publish("eldercare/v1/s-001/events", json.dumps(flow(n)).encode(), qos=1)
        assert running.stop(10) == 0
        again = worker(tmp_path, database, port).start()
        try:
            until(lambda: all_there(read, 500), 20, "all 500")
        finally:
            again.end()
            publisher.close()


def test_the_application_ack_covers_what_is_kept(tmp_path, database, site, read):
    port = free_port()
    with mosquitto(tmp_path, port) as _:
        running = worker(tmp_path, database, port).start()
        publisher = Publisher(port)
        publisher.subscribe("eldercare/v1/s-001/ack")
        try:
            until(lambda: is_subscribed(read), what="subscribed")
            events = [flow(n) for n in (1, 2, 4, 5, 7)] + [{"boot": "b1", "seq": 9, "kind": "no.such"}]
            publisher.publish("eldercare/v1/s-001/events", json.dumps(events).encode())
            ack = until(lambda: publisher.heard and json.loads(publisher.heard[-1].payload), what="an ack")
            assert ack == {"boot": "b1", "seq": 2, "also": [[4, 5], [7, 7], [9, 9]]}
            heard = len(publisher.heard)
            publisher.publish("eldercare/v1/s-001/events", json.dumps(events).encode())
            until(lambda: len(publisher.heard) > heard, 5, "a second ack at once for a duplicate")
        finally:
            running.end()
            publisher.close()


def test_two_threads_of_publishers_and_three_kills(tmp_path, database, site, read):
    port, total = free_port(), 600
    with mosquitto(tmp_path, port) as _:
        running = worker(tmp_path, database, port).start()
        until(lambda: is_subscribed(read), what="subscribed")
        publishers = [Publisher(port), Publisher(port)]

        def send(which: int) -> None:
            for n in range(1, total // 2 + 1):
                publishers[which].publish("eldercare/v1/s-001/events", json.dumps(flow(n, f"boot-{which}")).encode())

        threads = [threading.Thread(target=send, args=(which,)) for which in (0, 1)]
        for thread in threads:
            thread.start()
        for _ in range(3):
            time.sleep(0.15)
            running.kill()
            running.start()
        for thread in threads:
            thread.join()
        try:
            until(lambda: all_there(read, total), 30, f"all {total}")
            assert sorted(read("select boot, upto, highest from stream")) == [
                ("boot-0", 300, 300),
                ("boot-1", 300, 300),
            ]
        finally:
            running.end()
            for publisher in publishers:
                publisher.close()
