"""PostgreSQL goes away in every way that it can: the worker lives on, nothing is lost and nothing counts twice."""

import json
import signal
import threading
import time
from contextlib import contextmanager

import psycopg
import pytest

from ingest.lock import AnotherWorker, ServerGuard, only_worker
from ingest.store.choice import store_for
from models.database import engine_for, transaction
from tests.conftest import reader
from tests.databases import ServerDatabase, migrated, server
from tests.ingest.test_worker_process import all_there, count, flow, is_subscribed
from tests.proxy import Proxy
from tests.running import Publisher, free_port, mosquitto, until, worker

AWAY_S = 5


@pytest.fixture(scope="module")
def own_server():
    """Not the session's: this one is stopped and killed."""
    with server(free_port()) as made:
        yield made


@pytest.fixture
def house(own_server):
    """A migrated database with one registered site."""
    url = migrated(own_server.database())
    engine = engine_for(url)
    with transaction(engine) as connection:
        store = store_for(connection)
        store.write("insert into street (code, name_zh, name_en) values (?, '民治街道', 'Minzhi')", [("440309002",)])
        store.write(
            "insert into site (code, name_zh, name_en, kind, street, count_by, created_at)"
            " values (?, '站', 'Station', 'CST', '440309002', 'counter', 0)",
            [("s-001",)],
        )
        store.next_change("registry")
    engine.dispose()
    yield ServerDatabase(url)
    own_server.drop(url)


@contextmanager
def serving(folder, database, **environ):
    """A worker that is subscribed, and a publisher."""
    port = free_port()
    with mosquitto(folder, port):
        running = worker(folder, database, port, **environ).start()
        try:
            publisher = Publisher(port)
            read = reader(f"postgresql://{database.url.partition('//')[2]}")
            until(lambda: is_subscribed(read), what="subscribed")
            yield running, publisher
            publisher.close()
        finally:
            running.end()


def publish(publisher, first, last):
    for n in range(first, last + 1):
        publisher.publish("eldercare/v1/s-001/events", json.dumps(flow(n)).encode())
        time.sleep(0.005)


def stop_orderly(own_server):
    own_server.stop(signal.SIGINT)


def stop_at_once(own_server):
    own_server.stop(signal.SIGQUIT)


def kill(own_server):
    own_server.kill()


@pytest.mark.parametrize("go", [stop_orderly, stop_at_once, kill])
def test_a_server_that_is_away_for_seconds_costs_nothing(go, tmp_path, own_server, house):
    read = reader(house.url)
    with serving(tmp_path, house) as (running, publisher):
        publish(publisher, 1, 50)
        sending = threading.Thread(target=publish, args=(publisher, 51, 300))
        sending.start()
        go(own_server)
        time.sleep(AWAY_S)
        assert running.ended() is None
        own_server.start()
        sending.join()
        until(lambda: all_there(read, 300), 40, "all 300")
        assert running.ended() is None
        assert "disconnected" not in running.said()
        assert read("select upto, received from stream") == [(300, 300)]


def test_a_server_that_is_frozen_is_given_up_and_found_again(tmp_path, own_server, house):
    """Its sockets stay open, so only our own patience ends the wait; the line to the broker outlives it."""
    read = reader(house.url)
    with serving(tmp_path, house, ELDERCARE_DATABASE_ANSWER_TIMEOUT_S="1") as (running, publisher):
        publish(publisher, 1, 50)
        until(lambda: all_there(read, 50), 40, "the first 50")
        own_server.freeze()
        try:
            publish(publisher, 51, 100)
            until(lambda: "the server has said nothing" in running.said(), 20, "it gives the server up")
        finally:
            own_server.thaw()
        until(lambda: all_there(read, 100), 40, "all 100")
        assert running.ended() is None
        assert "disconnected" not in running.said()
        assert read("select upto, received from stream") == [(100, 100)]


def test_a_lock_that_our_own_lost_connection_holds_is_waited_for(own_server, house):
    guard = ServerGuard(house.url, 0.1)
    guard.keep()
    guard._connection = None  # lost here; the server has not noticed
    with pytest.raises(psycopg.OperationalError, match="not noticed"):
        guard.keep()
    own_server.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name like '%worker%'")
    until(lambda: own_server.execute("select count(*) from pg_locks where locktype = 'advisory'") == [(0,)])
    guard.close()
    guard.keep()
    guard.close()


def test_its_connections_are_ended_again_and_again(tmp_path, own_server, house):
    read = reader(house.url)
    with serving(tmp_path, house) as (running, publisher):
        sending = threading.Thread(target=publish, args=(publisher, 1, 300))
        sending.start()
        ended = 0
        while sending.is_alive():
            time.sleep(0.2)
            ended += len(
                own_server.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'eldercare%'"
                )
            )
        assert ended > 2
        until(lambda: all_there(read, 300), 40, "all 300")
        assert running.ended() is None
        assert read("select received from stream") == [(300,)]


def test_a_commit_whose_outcome_is_unknown_is_tried_again_and_counts_once(tmp_path, own_server, house):
    """The line is cut when the server has heard COMMIT and before the worker hears that it is done."""
    proxy = Proxy(own_server.port)
    through = ServerDatabase(house.url.replace(f":{own_server.port}", f":{proxy.port}"))

    def has_committed_events(said):
        written = said.rfind(b"insert into event select")
        return proxy.cuts < 3 and written >= 0 and b"commit\0" in said[written:]

    read = reader(house.url)
    try:
        with serving(tmp_path, through) as (running, publisher):
            proxy.cut_when = has_committed_events
            proxy.reset()
            publish(publisher, 1, 200)
            until(lambda: all_there(read, 200), 40, "all 200")
            until(lambda: proxy.cuts == 3, 10, "three commits without an answer")
            assert running.ended() is None
            ((received, duplicates),) = read("select received, duplicates from stream")
            assert received == 200
            # What had been committed unheard came again, and was known.
            assert duplicates >= 1
            assert read("select sum(came) from slot")[0][0] == 200
    finally:
        proxy.close()


def test_a_lost_lock_is_taken_again_unless_another_worker_has_it(own_server, house):
    guard = ServerGuard(house.url, 0.5)
    guard.keep()
    with pytest.raises(AnotherWorker), only_worker(house.url, 0.2):
        pass
    own_server.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name like '%worker%'")
    with pytest.raises(Exception, match=r"terminat|closed"):
        until(guard.keep, 5)
    guard.keep()
    own_server.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name like '%worker%'")
    with only_worker(house.url, 5):
        with pytest.raises(Exception, match=r"terminat|closed"):
            until(guard.keep, 5)
        with pytest.raises(AnotherWorker, match="another worker"):
            guard.keep()
    guard.close()


def test_no_more_room_for_connections_is_waited_out(tmp_path, own_server, house):
    read = reader(house.url)
    with serving(tmp_path, house) as (running, publisher):
        name = house.url.rpartition("/")[2]
        own_server.execute(f"alter database {name} with allow_connections false")
        own_server.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'eldercare%'"
        )
        publish(publisher, 1, 20)
        until(lambda: "does not take the batch" in running.said(), 20, "it says so")
        own_server.execute(f"alter database {name} with allow_connections true")
        until(lambda: all_there(read, 20), 20, "all 20")
        assert running.ended() is None
        assert count(read) == 20
