"""An agent between its outbox and a platform that is slow, deaf, forgetful or gone: nothing lost, nothing given up in silence."""

import re
import time

import pytest

import contract
from edge.publishing import BACKLOG_EVENTS
from tests.edge.conftest import SITE, embedded
from tests.ingest.conftest import district  # noqa: F401 - a fixture
from tests.proxy import Mode, Proxy
from tests.running import free_port, listening, mosquitto, until


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    """One embedded broker for all tests here that do not kill it; each has a site of its own."""
    yield from embedded(tmp_path_factory.mktemp("broker"))


@pytest.fixture
def proxy(standing):
    between = Proxy(standing.port)
    yield between
    between.close()


@pytest.fixture
def site(request):
    return f"s-{abs(hash(request.node.name)) % 10**9:09}"


def flows(count: int, **fields) -> list[dict]:
    return [{"kind": "occupancy.flow", "in": 1, "out": 0} | fields for _ in range(count)]


def seqs(platform, site: str = SITE) -> list[int]:
    return [event.seq for event in platform.kept(site)]


def delivered(platform, site: str) -> dict[int, int]:
    """How often each number came."""
    return {event.seq: platform.deliveries[event.id] for event in platform.kept(site)}


def is_empty(agent, seconds: float = 40) -> None:
    until(lambda: agent.waiting() == 0, seconds, f"the outbox empties; {agent.status_line()}")


def test_what_is_put_arrives_once_in_order_and_leaves_the_outbox(either_broker, platform_at, agent_at):
    platform, agent = platform_at(either_broker.url), agent_at(either_broker.url)
    agent.start()
    for _ in range(20):
        agent.put(SITE, flows(7))
    is_empty(agent)
    assert seqs(platform) == list(range(1, 141))
    assert len({event.id for event in platform.kept(SITE)}) == 140


def test_a_broker_that_lost_its_memory_costs_nothing(either_broker, platform_at, agent_at):
    platform, agent = platform_at(either_broker.url), agent_at(either_broker.url)
    agent.start()
    for _ in range(3):
        agent.put(SITE, flows(50))
        either_broker.lose_memory()
        agent.put(SITE, flows(50))
    is_empty(agent)
    assert seqs(platform) == list(range(1, 301))


def test_an_ack_with_ranges_leaves_exactly_the_missing_one_to_send_again(standing, platform_at, agent_at, site):
    platform = platform_at(standing.url, lambda event, times: event.seq in (5, 9) and times < 3)
    agent = agent_at(standing.url, (site,))
    agent.put(site, flows(20))
    agent.start()
    until(lambda: agent.waiting() == 2, what="two are left")
    is_empty(agent)
    assert seqs(platform, site) == list(range(1, 21))
    assert {seq for seq, times in delivered(platform, site).items() if times > 1} == {5, 9}


def test_without_an_ack_the_same_events_come_again_under_the_same_ids(standing, platform_at, agent_at, site):
    platform, agent = platform_at(standing.url), agent_at(standing.url, (site,))
    platform.silent = True
    agent.start()
    agent.put(site, flows(10))
    until(lambda: len(times := delivered(platform, site)) == 10 and min(times.values()) >= 2, what="sent again")
    assert agent.waiting() == 10
    platform.silent = False
    is_empty(agent)
    assert len(delivered(platform, site)) == 10


@pytest.mark.parametrize("limit", ["message_size_limit 8192", "max_packet_size 8192"], ids=["drops", "hangs up"])
def test_what_is_too_large_for_the_broker_is_kept_and_holds_nothing_else_up(tmp_path, platform_at, agent_at, limit):
    """Neither is said to anybody: of the one Mosquitto even acknowledges what it drops."""
    port = free_port()
    with mosquitto(tmp_path, port, limit) as broker:
        platform = platform_at(f"mqtt://127.0.0.1:{port}")
        agent = agent_at(f"mqtt://127.0.0.1:{port}", resend_after_s=0.3)
        large = {"kind": "vendor.message", "device": "door-1", "topic": "up", "text": "x" * 20_000}
        agent.put(SITE, [*flows(3), large, *flows(60)])
        agent.start()
        until(lambda: agent.waiting() == 1, 60, f"the others get through; {agent.status_line()}")
        agent.put(SITE, flows(2))
        until(lambda: len(seqs(platform)) == 65 and agent.waiting() == 1, 30, "and what comes behind it")
        assert [seq for seq, _ in agent.spool.waiting_after(agent.spool.lane(SITE), 0, 10)] == [4]
        conf = tmp_path / "mosquitto.conf"
        conf.write_text(conf.read_text().replace(limit, ""))
        broker.stop()
        broker.start()
        listening(port)
        agent.spool.lane(SITE).passage.again_at = 0.0  # the time has come
        is_empty(agent)
        assert seqs(platform) == list(range(1, 67))


def test_a_line_that_freezes_deafens_and_breaks_loses_nothing(standing, proxy, platform_at, agent_at, site):
    platform, agent = platform_at(standing.url), agent_at(standing.at(proxy.port), (site,))
    agent.start()
    for mode in (Mode.FREEZE, Mode.DEAF, Mode.REFUSE):
        proxy.mode(mode)
        for _ in range(4):
            agent.put(site, flows(10))
            time.sleep(0.1)
        proxy.mode(Mode.PASS)
        agent.put(site, flows(10))
        proxy.reset()
    is_empty(agent)
    assert seqs(platform, site) == list(range(1, 151))


def test_a_dead_agent_is_told_of_by_its_will_and_a_live_one_says_its_boot(standing, proxy, platform_at, agent_at, site):
    platform, agent = platform_at(standing.url), agent_at(standing.at(proxy.port), (site,))
    boot = agent.spool.lane(site).boot
    agent.start()
    until(lambda: said(platform, site) == [(True, boot)], what="online")
    proxy.mode(Mode.REFUSE)
    until(lambda: said(platform, site) == [(True, boot), (False, boot)], what="the will")


def said(platform, site: str) -> list[tuple[bool, str]]:
    return [(status.online, status.boot) for of, status in platform.statuses if of == site]


def test_an_agent_of_many_sites_keeps_its_first_connection(standing, proxy, platform_at, agent_at):
    platform = platform_at(standing.url)
    agent = agent_at(standing.at(proxy.port), tuple(f"s-many-{n}" for n in range(60)))
    agent.put("s-many-7", flows(1))
    agent.start()
    is_empty(agent)
    until(lambda: len({of for of, _ in platform.statuses if of.startswith("s-many")}) == 60, what="sixty statuses")
    assert proxy.connections == 1


def test_what_happens_now_does_not_wait_behind_the_past(standing, platform_at, agent_at, site):
    platform, agent = platform_at(standing.url), agent_at(standing.url, (site,), resend_after_s=60)
    platform.silent = True
    agent.put(site, flows(BACKLOG_EVENTS + 3000), backlog=True)
    agent.start()
    until(lambda: platform.counted() >= BACKLOG_EVENTS, what="the past up to its bound")
    agent.put(site, flows(1, area="now"))
    until(lambda: any(event.area == "now" for event in platform.kept(site)), what="the live event")
    assert platform.counted() <= BACKLOG_EVENTS + contract.MAX_EVENTS + 1
    platform.silent = False
    agent.put(site, flows(1))
    until(lambda: agent.spool.lane(site).waiting == 0, what="the live lane is empty")


def test_a_gateway_that_is_offline_keeps_everything_and_brings_it_late(standing, platform_at, agent_at, site):
    platform, agent = platform_at(standing.url), agent_at(standing.url, (site,))
    agent.start()
    agent.pause(site)
    agent.put(site, flows(30))
    time.sleep(0.5)
    assert (platform.counted(), agent.waiting(site)) == (0, 30)
    agent.resume(site)
    is_empty(agent)
    assert seqs(platform, site) == list(range(1, 31))


def test_the_platform_closes_the_numbers_that_a_full_outbox_gave_up(tmp_path, agent_at, district):  # noqa: F811
    agent = agent_at("mqtt://127.0.0.1:9", outbox_events_max=10)
    agent.put(SITE, flows(25, at="2026-11-23T09:00:00+08:00"))
    agent.heartbeat(1000.0)
    bring(agent, district)
    agent.spool.acknowledged(SITE, agent.spool.lane(SITE).boot, 15, [(17, 26)])
    agent.heartbeat(1001.0)  # the report itself had cost number 16
    bring(agent, district)
    assert district.rows("select upto, lost from stream") == [(27, "[[1, 16]]")]


def bring(agent, district) -> None:  # noqa: F811
    """What the outbox holds, to the intake; without a broker."""
    for _, payload in agent.spool.waiting_after(agent.spool.lane(SITE), 0, 100):
        district.take(payload, site=SITE)


def test_what_the_contract_refuses_is_kept_apart_and_takes_no_number(standing, platform_at, agent_at, site):
    platform, agent = platform_at(standing.url), agent_at(standing.url, (site,))
    lines = [
        b'{"kind": "occupancy.flow", "in": 1, "out": 0}',
        b"no json",
        b'["an array"]',
        b'{"kind": "occupancy.flow", "in": -1, "out": 0}',
        b'{"kind": "occupancy.guess"}',
        b'{"kind": "occupancy.flow", "in": 1, "out": 0, "at": 1795395731}',
        b'{"kind": "occupancy.flow", "in": 1, "out": 0, "id": ""}',
        b'{"kind": "occupancy.flow", "in": 1, "out": 0, "boot": "mine", "seq": 77}',
    ]
    assert agent.put_lines(site, lines) == 6
    agent.start()
    is_empty(agent)
    assert seqs(platform, site) == [1, 2]
    assert platform.refused == []
    assert "refused 6" in agent.status_line()
    kept = agent.spool.refusals(site)
    reasons = [why.split(":")[0] for why, _ in kept]
    assert reasons == ["not_json", "not_json", "bad_time", "bad_value", "unknown_kind", "bad_value"]
    assert kept[0][1] == b"no json"


def test_the_status_line_is_a_sentence_about_this_site(standing, platform_at, agent_at, site):
    platform_at(standing.url)
    agent = agent_at(standing.url, (site,))
    agent.put(site, flows(3))
    assert agent.status_line() == f"site {site}: no connection, 3 waiting, no ack yet, refused 0, gave up 0"
    agent.start()
    is_empty(agent)
    said = re.compile(rf"site {site}: connected, 0 waiting, last ack \d+\.\d s ago, refused 0, gave up 0")
    until(lambda: said.fullmatch(agent.status_line()), what="the ack that emptied the outbox is told")


def test_the_heartbeat_says_how_much_waits_once_a_minute(agent_at):
    agent = agent_at("mqtt://127.0.0.1:9")
    for second in range(0, 180, 10):
        agent.heartbeat(1000.0 + second)
    beats = [body for _, body in agent.spool.waiting_after(agent.spool.lane(SITE), 0, 100)]
    said = [contract.read_message(body, SITE)[0].event for body in beats]
    assert [(event.device, event.online, event.queued) for event in said] == [
        ("agent", True, 0),
        ("agent", True, 1),
        ("agent", True, 2),
    ]
