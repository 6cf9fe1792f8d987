"""The commands of `python -m edge`: what they refuse, they refuse with a sentence that says what is allowed."""

import json
import re
import subprocess
import sys

import pytest

from edge import broker
from edge.__main__ import main
from tests.running import ROOT, free_port

USAGE = [
    (["simulate", "--sites", "0"], "'0' is not a whole number from 1"),
    (["simulate", "--sites", "many"], "'many' is not a whole number from 1"),
    (["simulate", "--speed", "0"], "'0' is not a number above 0"),
    (["simulate", "--speed", "nan"], "'nan' is not a number above 0"),
    (["simulate", "--events", "-1"], "'-1' is not a whole number from 1"),
    (["simulate", "--mishaps", "clock,rain"], "unknown: rain; known are none, offline"),
    (["places", "--sites", "-3"], "'-3' is not a whole number from 1"),
    (["agent", "--site", "S 1"], "'S 1' is no site's code"),
    (["agent", "--site", "s-1", "--vendor", "door"], "'door' is not DEVICE=TOPIC"),
    (["agent", "--site", "s-1", "--vendor-broker", "localhost:1883"], "'localhost:1883' is not mqtt://host:port"),
    (["agent", "--site", "s-1", "--vendor-broker", "mqtt://h:99999"], "is not mqtt://host:port"),
    ([], "the following arguments are required: command"),
]


@pytest.mark.parametrize(("said", "answer"), USAGE, ids=[" ".join(said) for said, _ in USAGE])
def test_a_wrong_argument_ends_with_two_and_says_what_is_allowed(said, answer, capsys):
    with pytest.raises(SystemExit) as ended:
        main(said)
    assert ended.value.code == 2
    assert answer in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("command", ["agent", "publish", "broker", "places", "simulate"])
def test_every_option_is_explained(command, capsys):
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    options = capsys.readouterr().out.partition("options:")[2]
    unexplained = re.findall(r"^  (--[a-z-]+(?: [A-Z_]+)?)\n(?!   )", options, re.MULTILINE)
    assert unexplained == []


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        ("mqtt://a:b@192.0.2.1:1883", "loopback only, not on 192.0.2.1: use Mosquitto there"),
        ("mqtt://127.0.0.1:1883", "needs user:password in broker.url"),
    ],
)
def test_the_embedded_broker_is_never_open_to_the_world(url, answer, monkeypatch, capsys):
    monkeypatch.setenv("ELDERCARE_BROKER_URL", url)
    assert main(["broker"]) == 1
    assert answer in capsys.readouterr().err


def test_an_outbox_in_use_and_a_wrong_key_are_refused_with_one_line(tmp_path, monkeypatch, capsys):
    from edge.spool import Spool

    monkeypatch.setenv("ELDERCARE_BROKER_URL", "mqtt://127.0.0.1:9")
    taken = Spool(tmp_path / "o.db", 10)
    assert main(["publish", "s-001", "{}", "--outbox", str(tmp_path / "o.db")]) == 1
    assert "is in use by another process" in capsys.readouterr().err
    taken.close()
    monkeypatch.setenv("ELDERCARE_EDGE_RESEND_AFTER_S", "soon")
    assert main(["places"]) == 1
    assert "edge.resend_after_s" in capsys.readouterr().err


def test_publish_without_a_platform_says_what_waits():
    event = json.dumps({"kind": "occupancy.count", "count": 3})
    done = subprocess.run(
        [sys.executable, "-m", "edge", "publish", "s-001", "--wait", "1"],
        cwd=ROOT,
        env={"ELDERCARE_BROKER_URL": f"mqtt://127.0.0.1:{free_port()}"},
        input=f"{event}\n\nnonsense\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "0 acknowledged, 1 waiting, 1 refused\n")
    assert "not_json" in done.stderr


def test_amqtts_thirty_lines_for_each_message_become_one_a_minute(caplog):
    import logging

    caplog.set_level("DEBUG")
    calm = broker.Dropped()
    quiet = logging.getLogger("of-a-test")
    quiet.propagate = False
    quiet.addHandler(calm)
    for _ in range(50):
        try:
            raise TimeoutError("Timeout waiting for PUBACK for packet ID 222")
        except TimeoutError:
            quiet.exception("Task failed and will be skipped")
    quiet.error("No data to decode")
    assert [record.levelname for record in caplog.records] == ["WARNING"]
