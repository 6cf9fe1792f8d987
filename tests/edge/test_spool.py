"""The outbox on disk: numbers without gaps, let go of exactly what an ack covers, honest about what it gave up."""

import stat
import subprocess
import sys
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clock import Clock
from edge.agent import Agent
from edge.spool import Spool
from tests.edge.conftest import settings as configured
from tests.running import ROOT


@pytest.fixture
def spool(tmp_path):
    opened = Spool(tmp_path / "outbox.db", 1000)
    yield opened
    opened.close()


def held(spool: Spool, site: str = "s-001") -> list[int]:
    return [seq for seq, _ in spool.waiting_after(spool.lane(site), 0, 10_000)]


def payloads(count: int) -> list[bytes]:
    return [b'{"n":%d}' % n for n in range(count)]


def test_numbers_begin_at_one_and_go_on_after_a_restart_under_the_same_boot(tmp_path):
    first = Spool(tmp_path / "o.db", 1000)
    first.put(first.lane("s-001"), payloads(3))
    boot = first.lane("s-001").boot
    first.close()
    second = Spool(tmp_path / "o.db", 1000)
    second.put(second.lane("s-001"), payloads(2))
    assert (second.lane("s-001").boot, held(second)) == (boot, [1, 2, 3, 4, 5])
    assert second.lane("s-001").waiting == 5
    second.close()


def test_every_site_and_lane_has_a_boot_of_its_own(spool):
    boots = {spool.lane(f"s-{n:03}", name).boot for n in range(50) for name in ("live", "backlog")}
    assert len(boots) == 100


def test_an_ack_of_another_boot_or_another_site_lets_go_of_nothing(spool):
    spool.put(spool.lane("s-001"), payloads(3))
    spool.put(spool.lane("s-002"), payloads(3))
    boot = spool.lane("s-001").boot
    assert spool.acknowledged("s-001", "elsewhere", 3, []) == 0
    assert spool.acknowledged("s-002", boot, 3, []) == 0
    assert held(spool) == held(spool, "s-002") == [1, 2, 3]


RANGES = st.lists(
    st.tuples(st.integers(0, 70), st.integers(0, 70)).map(lambda pair: (min(pair), max(pair))), max_size=4
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(1, 15)),
        st.tuples(st.just("ack"), st.integers(0, 70), RANGES),
        st.tuples(st.just("reopen")),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_the_outbox_holds_exactly_what_no_ack_has_covered(tmp_path_factory, steps):
    path = tmp_path_factory.mktemp("spool") / "o.db"
    spool, expected, highest = Spool(path, 100_000), set(), 0
    for step in steps:
        if step[0] == "put":
            spool.put(spool.lane("s-001"), payloads(step[1]))
            expected |= set(range(highest + 1, highest + step[1] + 1))
            highest += step[1]
        elif step[0] == "ack":
            spool.acknowledged("s-001", spool.lane("s-001").boot, step[1], step[2])
            for first, last in [(1, step[1]), *step[2]]:
                expected -= set(range(first, last + 1))
        else:
            spool.close()
            spool = Spool(path, 100_000)
        assert held(spool) == sorted(expected)
        assert spool.lane("s-001").waiting == len(expected)
    spool.close()


def test_a_full_outbox_gives_up_its_oldest_and_remembers_one_range(tmp_path):
    spool = Spool(tmp_path / "o.db", 100)
    lane = spool.lane("s-001")
    for payload in payloads(140):
        spool.put(lane, [payload])
    assert held(spool) == list(range(41, 141))
    assert spool.losses("s-001") == [{"boot": lane.boot, "from": 1, "to": 40}]
    assert (spool.given_up(), lane.waiting) == (40, 100)
    spool.close()


def test_the_site_with_the_longest_queue_pays_for_the_space_not_the_newcomer(tmp_path):
    spool = Spool(tmp_path / "o.db", 100)
    spool.put(spool.lane("s-001"), payloads(100))
    spool.put(spool.lane("s-002"), payloads(1))
    assert held(spool, "s-002") == [1]
    assert held(spool)[0] == 2
    assert spool.lane("s-001").waiting + spool.lane("s-002").waiting == 100
    assert [loss["boot"] for loss in spool.losses("s-001")] == [spool.lane("s-001").boot]
    assert spool.losses("s-002") == []
    spool.close()


def test_a_put_larger_than_the_whole_outbox_keeps_its_newest(tmp_path):
    spool = Spool(tmp_path / "o.db", 10)
    spool.put(spool.lane("s-001"), payloads(25))
    assert held(spool) == list(range(16, 26))
    assert spool.given_up() == 15
    spool.close()


@pytest.fixture
def small(tmp_path):
    """An agent whose outbox holds ten, and nobody to send to."""
    agent = Agent(configured("mqtt://127.0.0.1:9", outbox_events_max=10), tmp_path / "o.db", Clock(), ["s-001"])
    yield agent
    agent.spool.close()


def events(count: int) -> list[dict]:
    return [{"kind": "occupancy.flow", "in": 1, "out": 0} for _ in range(count)]


def reports(agent: Agent) -> list[bytes]:
    return [body for _, body in agent.spool.waiting_after(agent.spool.lane("s-001"), 0, 100) if b'"lost"' in body]


def test_a_loss_is_forgotten_only_when_the_event_that_reports_it_is_acknowledged(small):
    small.put("s-001", events(15))
    small.heartbeat(1000.0)
    lane = small.spool.lane("s-001")
    assert small.spool.given_up() >= 5
    small.spool.acknowledged("s-001", lane.boot, lane.next_seq - 2, [])
    assert small.spool.given_up() >= 5
    small.spool.acknowledged("s-001", lane.boot, lane.next_seq - 1, [])
    small.heartbeat(2000.0)
    small.spool.acknowledged("s-001", lane.boot, lane.next_seq - 1, [])
    assert small.spool.given_up() == 0


def test_a_report_that_was_itself_given_up_is_made_again(small):
    small.put("s-001", events(15))
    small.heartbeat(1000.0)
    assert len(reports(small)) == 1
    small.put("s-001", events(30))
    assert reports(small) == []
    lane = small.spool.lane("s-001")
    small.spool.acknowledged("s-001", lane.boot, lane.next_seq - 1, [])
    told = [(loss["from"], loss["to"]) for loss in small.spool.losses("s-001")]
    assert set(range(1, 37)) == {seq for first, last in told for seq in range(first, last + 1)}


def test_a_full_outbox_does_not_fill_itself_with_its_own_reports(small):
    small.put("s-001", events(30))
    for quarter_seconds in range(100):
        small.heartbeat(1000.0 + quarter_seconds / 4)
    assert len(reports(small)) == 1


def test_sources_that_write_at_once_never_share_a_number(small):
    many = threading.Barrier(4)

    def write() -> None:
        many.wait()
        for _ in range(25):
            small.put("s-002", events(1))

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    lane = small.spool.lane("s-002")
    assert lane.next_seq == 101
    for seq, body in small.spool.waiting_after(lane, 0, 1000):
        assert f'"seq":{seq},'.encode() in body


WRITER = """
import sys
from pathlib import Path
from edge.spool import Spool
spool = Spool(Path(sys.argv[1]), 10**6)
lane = spool.lane("s-001")
while True:
    spool.put(lane, [b"%d" % (lane.next_seq + n) for n in range(7)], mark=("source", str(lane.next_seq + 6)))
    sys.stdout.write(f"{lane.next_seq - 1}\\n")
    sys.stdout.flush()
"""


def test_what_a_put_has_returned_is_there_after_a_kill_in_the_middle(tmp_path):
    promised = 0
    for life in range(8):
        arguments = [sys.executable, "-c", WRITER, str(tmp_path / "o.db")]
        with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
            for _ in range(life * 13 + 2):
                promised = int(child.stdout.readline())
            child.kill()
            promised = max([promised, *(int(line) for line in child.stdout if line.endswith("\n"))])
        spool = Spool(tmp_path / "o.db", 10**6)
        kept = spool.waiting_after(spool.lane("s-001"), 0, 10**6)
        assert [seq for seq, _ in kept] == list(range(1, len(kept) + 1))
        assert all(body == b"%d" % seq for seq, body in kept)
        assert len(kept) >= promised
        assert spool.mark("source") == str(len(kept))
        spool.close()


def test_nobody_else_on_the_machine_may_read_the_outbox(spool, tmp_path):
    spool.put(spool.lane("s-001"), payloads(1))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("outbox.db*")}
    assert set(modes.values()) == {0o600}, modes
