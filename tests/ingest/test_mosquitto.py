"""Mosquitto with the configuration that ships: what it keeps, and what it lets nobody do."""

import base64
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

import config
from clock import Clock, real_now
from dashboard.registry_commands import tries
from dashboard.registry_rows import Credential
from edge.agent import Agent
from ingest import broker_files, broker_users
from ingest.broker_check import look_at_broker
from ingest.broker_visitor import Visitor
from models.broker_user import mosquitto_hash
from models.database import engine_for, transaction
from tests.contract.hostile import HOSTILE
from tests.ingest.test_worker_process import all_there, flow, is_subscribed, people
from tests.running import ROOT, Program, component, free_port, listening, until, worker

pytestmark = pytest.mark.engines("sqlite")  # what is asked here is the broker
BROKER_KILLS, KEPT = 20, 10
"""KEPT: events that are put into the outbox before each."""


def shipped(folder, port, tls_port):
    """deploy/mosquitto.conf with this test's ports and paths, and nothing else changed."""
    text = (ROOT / "deploy" / "mosquitto.conf").read_text()
    for old, new in (
        ("listener 1883 127.0.0.1", f"listener {port} 127.0.0.1"),
        ("listener 8883", f"listener {tls_port} 127.0.0.1"),
        ("/etc/mosquitto/eldercare/", f"{folder}/"),
        ("/etc/mosquitto/certs/", f"{folder}/"),
        ("/var/lib/mosquitto/", f"{folder}/"),
    ):
        assert old in text
        text = text.replace(old, new)
    path = folder / "shipped.conf"
    path.write_text(text + ("\nuser root\n" if os.geteuid() == 0 else ""))
    return path


def certificate(folder):
    """A certificate of its own authority for localhost."""
    command = [component("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    files = ["-keyout", str(folder / "broker.key"), "-out", str(folder / "broker.crt")]
    subprocess.run([*command, *names, *files], check=True, capture_output=True)


class House:
    """A database with two sites, their broker users, and the shipped broker."""

    def __init__(self, folder, database):
        self.folder, self.database = folder, database
        self.port, self.tls_port = free_port(), free_port()
        self.engine = engine_for(database.url)
        with transaction(self.engine) as connection:
            self.passwords = {
                name: broker_users.add(connection, name, 0) for name in ("s-001", "s-001.camera", "s-002")
            }
        self.files()
        certificate(folder)
        conf = shipped(folder, self.port, self.tls_port)
        self.broker = Program([component("mosquitto"), "-c", str(conf)], folder, "mosquitto").start()
        listening(self.port)

    def reconfigure(self, old, new, file="shipped.conf"):
        """The broker started again with other words in its configuration."""
        path = self.folder / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        self.broker.stop()
        self.broker.start()
        listening(self.port)

    def files(self):
        cfg = self.cfg()
        assert broker_files.run(type("Given", (), {"folder": self.folder}), cfg) == 0

    def cfg(self, **more):
        given = {"ELDERCARE_DATABASE_URL": self.database.url, **self.environ(), **more}
        return config.load(environ=given)

    def environ(self):
        return {
            "ELDERCARE_BROKER_URL": f"mqtt://eldercare-ingest@127.0.0.1:{self.port}",
            "ELDERCARE_BROKER_PASSWORD_FILE": str(self.folder / "worker-password"),
        }

    def as_site(self):
        """What an agent of s-001 is told of its broker."""
        path = self.folder / "s-001-password"
        path.touch(mode=0o600)
        path.write_text(self.passwords["s-001"])
        return {
            "ELDERCARE_BROKER_URL": f"mqtt://s-001@127.0.0.1:{self.port}",
            "ELDERCARE_BROKER_PASSWORD_FILE": str(path),
        }

    def worker(self, **more):
        return worker(self.folder, self.database, self.port, **(self.environ() | more))

    def client(self, user, client_id="", clean=True, will=None):
        """Connected as one of the sites' users; `refused` holds the reason otherwise."""
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=clean)
        if will:
            client.will_set(*will, qos=1, retain=True)
        client.username_pw_set(user, self.passwords.get(user, "wrong"))
        client.heard, client.refused, client.known = [], None, None
        client.on_connect = self._connected
        client.on_message = lambda c, _u, message: c.heard.append(message.topic)
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        until(lambda: client.refused or client.known is not None, what=f"{user} is answered")
        return client

    @staticmethod
    def _connected(client, _user, flags, reason, _properties):
        client.refused, client.known = (str(reason) if reason.is_failure else None), flags.session_present


@contextmanager
def leaving(*clients):
    try:
        yield
    finally:
        for client in clients:
            client.disconnect()
            client.loop_stop()


def send(client, topic, *events):
    for event in events:
        client.publish(topic, json.dumps(event).encode(), qos=1).wait_for_publish(20)


@pytest.fixture
def house(tmp_path, database, district):
    made = House(tmp_path, database)
    yield made
    made.broker.end()
    made.engine.dispose()


@pytest.fixture
def served(house, read):
    """With a worker that has its session."""
    running = house.worker().start()
    until(lambda: is_subscribed(read), what="subscribed")
    yield running
    running.end()


def test_the_shipped_rights_let_the_worker_know_what_was_dropped(served, read):
    until(lambda: read("select dropped from worker") == [(0,)], what="told")


def test_the_hash_is_the_one_that_mosquitto_makes(tmp_path):
    path = tmp_path / "passwords"
    subprocess.run([component("mosquitto_passwd"), "-b", "-c", str(path), "u", "secret"], check=True)
    kept = path.read_text().strip().removeprefix("u:")
    iterations, salt = re.fullmatch(r"\$7\$(\d+)\$([^$]+)\$.+", kept).groups()
    assert iterations == "101"
    assert mosquitto_hash("secret", base64.b64decode(salt)) == kept


def test_twenty_thousand_messages_wait_for_a_worker_that_is_away(house, served, read):
    assert served.stop() == 0
    site = house.client("s-001")
    with leaving(site):
        payloads = [json.dumps(flow(n)).encode() for n in range(1, 20_001)]
        last = [site.publish("eldercare/v1/s-001/events", payload, qos=1) for payload in payloads][-1]
        last.wait_for_publish(60)
        until(last.is_published, 60, "all acknowledged by the broker")
    again = house.worker().start()
    try:
        until(lambda: all_there(read, 20_000), 90, "all 20,000")
    finally:
        again.end()


def test_an_orderly_restart_of_the_broker_loses_nothing(house, served, read):
    assert served.stop() == 0
    site = house.client("s-001")
    with leaving(site):
        send(site, "eldercare/v1/s-001/events", *(flow(n) for n in range(1, 51)))
        house.broker.stop()
        house.broker.start()
        listening(house.port)
    again = house.worker().start()
    try:
        until(lambda: all_there(read, 50), 30, "all 50")
    finally:
        again.end()


def test_twenty_kills_of_the_broker_lose_and_double_nothing_that_an_outbox_holds(house, served, read):
    agent = Agent(config.load(environ=house.as_site() | {"ELDERCARE_EDGE_RESEND_AFTER_S": "1"}), house.folder / "outbox.db",
                  Clock(), ["s-001"])  # fmt: skip
    agent.start()
    try:
        for kill in range(BROKER_KILLS):
            until(agent.line.connected.is_set, 30, f"the agent is back, kill {kill}")
            agent.put("s-001", [{"kind": "occupancy.flow", "in": 1, "out": 0, "at": real_now()} for _ in range(KEPT)])
            time.sleep(0.01 * (kill % 5))
            house.broker.kill()
            assert house.broker.ended() == -signal.SIGKILL
            house.broker.start()
            listening(house.port)
        until(lambda: agent.waiting() == 0, 90, "the outbox empties")
        kept = BROKER_KILLS * KEPT
        assert read("select count(*), sum(a) from event where kind = 2") == [(kept, kept)]
        assert (people(read), read("select received - upto, highest - upto from stream")) == (kept, [(0, 0)])
    finally:
        agent.stop()


@pytest.mark.parametrize("topic", ["eldercare/v1/s-002/events", "eldercare/v1/s-002/status", "eldercare/v1/s-001/ack"])
def test_a_site_can_not_speak_for_another(house, served, read, topic):
    heard = house.client("s-002")
    heard.subscribe("eldercare/v1/s-002/ack", 1)
    site = house.client("s-001")
    with leaving(site, heard):
        # Mosquitto may say that it has the message, or end the connection, also in the middle of the next one, which the
        # client then sends when it is connected again; none of it says that anybody got the first.
        for where, said in ((topic, flow(1)), ("eldercare/v1/s-001/events", flow(2))):
            with contextlib.suppress(RuntimeError):
                send(site, where, said)
            until(site.is_connected, what="connected again")
        until(lambda: read("select count(*) from event") == [(1,)], what="its own is kept")
        time.sleep(0.5)
        assert heard.heard == []
    assert read("select s.code from event e join site s on s.id = e.site_id") == [("s-001",)]
    assert read("select count(*) from rejected") == [(0,)]
    assert read("select count(*) from site_state") == [(1,)]


def test_a_site_erases_and_closes_nothing_of_another(house, served, read):
    """Neither with an empty retained message nor with a will that names the other."""
    own = house.client("s-002")
    status = {"online": True, "agent": "1.0.0", "boot": "k3f9"}
    with leaving(own):
        own.publish("eldercare/v1/s-002/status", json.dumps(status), qos=1, retain=True).wait_for_publish(20)
        until(lambda: read("select count(*) from site_state where online = 1") == [(1,)], what="it is online")
    thief = house.client("s-001", will=("eldercare/v1/s-002/status", b'{"online": false, "boot": "k3f9"}'))
    with leaving(thief), contextlib.suppress(RuntimeError):
        for topic in ("eldercare/v1/s-002/status", "eldercare/v1/s-001/ack"):
            thief.publish(topic, b"", qos=1, retain=True).wait_for_publish(20)
    thief = house.client("s-001", will=("eldercare/v1/s-002/status", b'{"online": false, "boot": "k3f9"}'))
    thief.socket().shutdown(socket.SHUT_RDWR)
    thief.loop_stop()
    time.sleep(0.5)
    assert read("select online from site_state") == [(1,)]
    assert served.stop() == 0
    late = Visitor(house.cfg().broker, "late")
    try:
        late.subscribe("eldercare/v1/+/status")
        assert late.listen(1)
        assert json.loads(late.heard[0]) == status
    finally:
        late.leave()


def test_the_client_id_of_another_site_does_not_take_its_session(house):
    away = house.client("s-002", client_id="s-002", clean=False)
    with leaving(away):
        away.subscribe("eldercare/v1/s-002/ack", 1)
        time.sleep(0.2)
    thief = house.client("s-001", client_id="s-002", clean=True)
    with leaving(thief):
        assert not thief.known
    again = house.client("s-002", client_id="s-002", clean=False)
    with leaving(again):
        assert again.known, "its session is there still"


def test_a_site_reads_its_own_acks_and_nothing_else(house, served):
    curious, other = house.client("s-001"), house.client("s-002")
    with leaving(curious, other):
        curious.subscribe([("#", 1), ("eldercare/#", 1), ("eldercare/v1/+/ack", 1), ("eldercare/v1/s-001/ack", 1)])
        time.sleep(0.3)
        send(other, "eldercare/v1/s-002/events", flow(1, "other"))
        send(curious, "eldercare/v1/s-001/events", flow(1))
        until(lambda: curious.heard, what="its own ack")
        time.sleep(1.2)
        assert set(curious.heard) == {"eldercare/v1/s-001/ack"}


def test_nobody_takes_the_workers_session_over_or_empties_its_queue(house, served, read):
    assert served.stop() == 0
    honest = house.client("s-002")
    with leaving(honest):
        send(honest, "eldercare/v1/s-002/events", *(flow(n) for n in range(1, 101)))
    thief = house.client("s-001", client_id="eldercare-ingest")
    with leaving(thief):
        assert thief.refused is None
        time.sleep(0.5)
        assert thief.heard == []
    again = house.worker().start()
    try:
        until(lambda: all_there(read, 100), 30, "all 100")
    finally:
        again.end()


def test_two_programs_of_one_site_do_not_end_each_others_connection(house):
    door, camera = house.client("s-001"), house.client("s-001.camera")
    with leaving(door, camera):
        time.sleep(0.5)
        assert door.is_connected()
        assert camera.is_connected()
        assert not door.publish("eldercare/v1/s-001/events", b"{}", qos=1).rc


def test_without_a_password_or_with_a_revoked_one_nobody_comes_in_and_who_is_in_is_put_out(house):
    """By SIGHUP, as the shipped unit does it: the others' connections stay as they are."""
    stranger = house.client("s-001.unknown")
    with leaving(stranger):
        assert "uthori" in stranger.refused
    revoked, camera, left = house.client("s-002"), house.client("s-001.camera"), []
    camera.on_disconnect = lambda *_: left.append("camera")
    with leaving(revoked, camera):
        with transaction(house.engine) as connection:
            broker_users.revoke(connection, "s-002", 1)
        house.files()
        assert revoked.is_connected()
        house.broker.reload()
        until(lambda: revoked.refused and "uthori" in revoked.refused, what="put out, and refused when it comes again")
        assert not revoked.is_connected()
        camera.publish("eldercare/v1/s-001/events", b"{}", qos=1).wait_for_publish(20)
        assert (left, camera.is_connected()) == ([], True)


def as_doctor(house):
    own = {
        "ELDERCARE_BROKER_DOCTOR_USER": "eldercare-doctor",
        "ELDERCARE_BROKER_DOCTOR_PASSWORD_FILE": str(house.folder / "doctor-password"),
    }
    return {finding.name: finding for finding in look_at_broker(house.cfg(**own).broker)}


def test_the_doctor_finds_the_shipped_configuration_sound(house, served):
    findings = as_doctor(house)
    assert findings.pop("broker version").said.startswith("mosquitto version")  # which one is this machine's affair
    assert {finding.level for finding in findings.values()} == {"ok"}, "\n".join(map(str, findings.values()))
    assert len(findings) == 10
    assert "no client can see" in findings["broker session"].said


@pytest.mark.parametrize(
    ("line", "spoilt", "name", "level", "said"),
    [
        ("acl_file {folder}/acl", "", "broker rights", "fail", "reads and writes what is another's"),
        ("max_inflight_messages 10000", "", "broker in flight", "warn", "20 messages"),
        ("max_queued_messages 0", "", "broker queue", "fail", "kept 1,000 of 1,200"),
        ("max_packet_size 1048576", "max_packet_size 100000", "broker packets", "fail", "does not pass"),
        ("use_username_as_clientid true", "", "broker sessions", "warn", "take over another's session"),
    ],
)
def test_the_doctor_finds_each_line_that_is_missing_or_spoilt(house, line, spoilt, name, level, said):
    line = line.format(folder=house.folder)
    house.reconfigure(line, spoilt)
    found = as_doctor(house)
    assert found.pop("broker version").said.startswith("mosquitto version")
    assert {one.name: one.level for one in found.values() if one.level != "ok"} == {name: level}
    assert said in found[name].said
    assert line.split()[0] in found[name].to_do


@pytest.mark.parametrize(("right", "done"), [("read", "a user reads what"), ("write", "a user writes what")])
def test_the_doctor_finds_a_file_of_rights_that_lets_only_one_thing_through(house, right, done):
    house.reconfigure("user eldercare-doctor\n", f"user eldercare-doctor\ntopic {right} eldercare/#\n", "acl")
    assert done in as_doctor(house)["broker rights"].said


def test_the_doctor_does_not_touch_the_workers_queue(house, served, read):
    assert served.stop() == 0
    site = house.client("s-001")
    with leaving(site):
        send(site, "eldercare/v1/s-001/events", *(flow(n) for n in range(1, 31)))
    findings = look_at_broker(house.cfg().broker)
    assert [str(f) for f in findings if f.name == "broker sessions" and f.level == "warn"]
    again = house.worker().start()
    try:
        until(lambda: all_there(read, 30), 30, "all 30")
    finally:
        again.end()


def test_the_worker_speaks_tls_with_an_authority_of_our_own(house, read):
    secure = {
        "ELDERCARE_BROKER_URL": f"mqtts://eldercare-ingest@localhost:{house.tls_port}",
        "ELDERCARE_BROKER_CA_FILE": str(house.folder / "broker.crt"),
    }
    running = house.worker(**secure).start()
    try:
        until(lambda: is_subscribed(read), what="subscribed by TLS")
    finally:
        running.end()
    unknown = house.worker(**(secure | {"ELDERCARE_BROKER_CA_FILE": ""})).start()
    try:
        until(lambda: "certificate" in unknown.said(), what="a certificate that nobody vouches for is refused")
        assert unknown.ended() is None
    finally:
        unknown.end()


def test_a_user_needs_a_registered_site_and_a_free_name(house, capsys):
    with transaction(house.engine) as connection:
        for name, says in (
            ("s-009", "no site s-009"),
            ("s-001", "exists already"),
            ("eldercare-ingest", "is no user"),
            ("S 1", "is no user"),
            ("s-001.+", "is no user"),
        ):
            with pytest.raises(broker_users.UserRefused, match=says):
                broker_users.add(connection, name, 0)


# -- what brokers do to everybody ------------------------------------------------------------------------------------------


def test_poison_neither_stops_the_worker_nor_what_comes_behind_it(house, served, read):
    site = house.client("s-001")
    with leaving(site):
        sent = [payload for payload, _ in HOSTILE if len(payload) < 1_000_000]
        for payload in sent:
            site.publish("eldercare/v1/s-001/events", payload, qos=1).wait_for_publish(20)
        send(site, "eldercare/v1/s-001/events", flow(1))
        until(lambda: read("select count(*) from event where boot = 'b1'") == [(1,)], 60, "what comes behind it")
        assert is_subscribed(read)
    assert served.stop() == 0
    kept = read("select count(*), sum(times) from rejected")
    again = house.worker().start()
    try:
        until(lambda: is_subscribed(read), what="subscribed")
        time.sleep(0.5)
        assert read("select count(*), sum(times) from rejected") == kept  # none of it is brought a second time
    finally:
        again.end()


def test_what_is_kept_for_everybody_counts_once_however_often_it_is_asked_for(house, served, read):
    """An event that was sent with the retain flag comes again with every subscription of a session that was lost."""
    site = house.client("s-001")
    with leaving(site):
        payload = json.dumps(flow(1)).encode()
        site.publish("eldercare/v1/s-001/events", payload, qos=1, retain=True).wait_for_publish(20)
        until(lambda: people(read) == 1, what="it counts")
    for _ in range(2):
        assert served.stop() == 0
        house.broker.stop()
        for path in house.folder.glob("mosquitto.db*"):
            path.unlink()
        house.broker.start()
        listening(house.port)
        with leaving(again := house.client("s-001")):
            again.publish("eldercare/v1/s-001/events", payload, qos=1, retain=True).wait_for_publish(20)
        served.start()
        until(lambda: is_subscribed(read), what="subscribed")
    until(lambda: read("select sum(duplicates) from stream")[0][0] >= 2, 30, "it came again")
    assert (people(read), read("select count(*) from event")) == (1, [(1,)])


def test_an_acknowledgement_of_the_broker_alone_empties_no_outbox(house, served, read):
    """What its rights do not allow Mosquitto takes with a PUBACK and drops: the sender's agent keeps it and says so."""
    given = house.as_site()
    command = [sys.executable, "-m", "edge", "publish", "--wait", "4"]
    event = json.dumps({"kind": "occupancy.flow", "in": 1, "out": 0})
    sent = [
        subprocess.run(
            [*command, site, event], cwd=ROOT, env=os.environ | given, capture_output=True, text=True, timeout=60
        )
        for site in ("s-002", "s-001")
    ]
    assert [done.stdout for done in sent] == [
        "0 acknowledged, 1 waiting, 0 refused\n",
        "1 acknowledged, 0 waiting, 0 refused\n",
    ]
    assert read("select s.code from event e join site s on s.id = e.site_id") == [("s-001",)]


# -- what a new site is shown ----------------------------------------------------------------------------------------------


PUBLISHER = """#!{python}
import sys, paho.mqtt.publish as publish
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
auth, tls = dict(username=given["-u"], password=given["-P"]), dict(ca_certs=given["--cafile"])
publish.single(given["-t"], given["-m"], int(given["-q"]), hostname=given["-h"], port=int(given["-p"]), auth=auth, tls=tls)
"""
"""Understands the options of `mosquitto_pub` that the line uses, for machines that have the broker and not its clients."""


@pytest.mark.parametrize("program", ["mosquitto_pub", "edge"])
def test_the_line_that_a_new_site_is_shown_makes_it_heard(house, served, read, program):
    broker = replace(
        house.cfg().broker, sites_url=f"mqtts://localhost:{house.tls_port}", ca_file=str(house.folder / "broker.crt")
    )
    said = Credential("s-001.camera", house.passwords["s-001.camera"], "camera")
    (line,) = (one.line for one in tries(broker.for_sites, "s-001", said) if one.program == program)
    stand_in = house.folder / "mosquitto_pub"
    stand_in.write_text(PUBLISHER.format(python=sys.executable))
    stand_in.chmod(0o755)
    folders = [str(Path(sys.executable).parent), os.environ["PATH"], str(house.folder)]
    done = subprocess.run(
        ["bash", "-c", line], cwd=ROOT, env={"PATH": ":".join(folders)}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    heard = "select s.code, d.code, d.online from device d join site s on s.id = d.site_id where d.heard_at is not null"
    until(lambda: read(heard) == [("s-001", "camera", 1)], what="the platform has heard it")
    assert read("select code from site s join site_state t on t.site_id = s.id where heard_at is not null") == [
        ("s-001",)
    ]
