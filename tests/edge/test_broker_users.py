"""The embedded broker lets in the users that the clock process writes down, each for its own site, and nobody who was revoked."""

import sys

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from edge.broker import is_let_in, may_use
from models.broker_user import mosquitto_hash
from tests.running import Program, free_port, listening, until


@pytest.mark.parametrize(
    ("user", "topic", "writes", "may"),
    [
        ("s-001", "eldercare/v1/s-001/events", True, True),
        ("s-001.door-1", "eldercare/v1/s-001/status", True, True),
        ("s-001", "eldercare/v1/s-001/raw/door-1/up", True, True),
        ("s-001", "eldercare/v1/s-001/ack", False, True),
        ("s-001", "eldercare/v1/s-001/ack", True, False),
        ("s-001", "eldercare/v1/s-002/events", True, False),
        ("s-001", "eldercare/v2/s-001/events", True, False),
        ("s-001", "eldercare/v1/s-002/ack", False, False),
        ("s-001", "eldercare/v1/+/ack", False, False),
        ("s-001", "#", False, False),
        ("", "eldercare/v1//events", True, False),
    ],
)
def test_a_user_reaches_what_is_its_sites_and_nothing_else(user, topic, writes, may):
    assert may_use(user, topic, writes=writes) is may


def test_only_the_password_that_was_made_lets_in(tmp_path):
    path = tmp_path / "passwords"
    assert not is_let_in(path, "s-001", "right")
    path.write_text(f"s-001:{mosquitto_hash('right')}\ns-002:{mosquitto_hash('other')}\nbroken:$7$x\n")
    tried = [("s-001", "right"), ("s-001", "other"), ("s-001", ""), ("", "right"), ("s-00", "right"), ("broken", "x")]
    assert [is_let_in(path, *one) for one in tried] == [True, False, False, False, False, False]


@pytest.fixture
def broker(tmp_path):
    port = free_port()
    given = {
        "ELDERCARE_BROKER_URL": f"mqtt://eldercare:secret@127.0.0.1:{port}",
        "ELDERCARE_BROKER_FILES": str(tmp_path),
    }
    (tmp_path / "passwords").write_text(f"s-001:{mosquitto_hash('one')}\ns-002:{mosquitto_hash('two')}\n")
    program = Program([sys.executable, "-m", "edge", "broker"], tmp_path, "broker", **given).start()
    listening(port)
    yield port
    program.end()


def client(port, user, password):
    made = mqtt.Client(CallbackAPIVersion.VERSION2)
    made.username_pw_set(user, password)
    made.answered, made.granted, made.heard = None, [], []
    made.on_connect = lambda c, _u, _f, reason, _p: setattr(c, "answered", str(reason))
    made.on_subscribe = lambda c, _u, _m, codes, _p: c.granted.extend(code.is_failure for code in codes)
    made.on_message = lambda c, _u, message: c.heard.append((message.topic, message.payload))
    made.connect("127.0.0.1", port)
    made.loop_start()
    until(lambda: made.answered, what=f"{user} is answered")
    return made


def test_sites_speak_for_themselves_alone_at_the_embedded_broker(broker):
    platform, one = client(broker, "eldercare", "secret"), client(broker, "s-001", "one")
    try:
        platform.subscribe("eldercare/#", 1)
        one.subscribe([("eldercare/v1/s-001/ack", 0), ("eldercare/v1/s-002/ack", 0)])
        until(lambda: platform.granted and len(one.granted) == 2, what="both are subscribed")
        assert one.granted == [False, True]
        for topic in ("eldercare/v1/s-002/events", "eldercare/v1/s-001/events"):
            one.publish(topic, b"{}", qos=1)
        until(lambda: platform.heard, what="the platform hears")
        assert platform.heard == [("eldercare/v1/s-001/events", b"{}")]
    finally:
        for each in (platform, one):
            each.disconnect()
            each.loop_stop()


def test_a_stranger_does_not_come_in(broker):
    stranger = mqtt.Client(CallbackAPIVersion.VERSION2)
    stranger.username_pw_set("s-001", "two")
    refused = []
    stranger.on_connect = lambda _c, _u, _f, reason, _p: refused.append(reason.is_failure)
    stranger.connect("127.0.0.1", broker)
    stranger.loop_start()
    until(lambda: refused, what="the stranger is answered")
    stranger.disconnect()
    stranger.loop_stop()
    assert refused[0]
