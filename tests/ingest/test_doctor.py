"""The doctor's lines against real brokers and databases, sound ones and ones with something wrong."""

import subprocess
import sys
from dataclasses import replace

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

import config
from clock import real_now
from ingest import doctor
from ingest.broker_check import look_at_broker
from ingest.broker_version import judged
from ingest.jobs.occasion import Occasion
from ingest.jobs.say_clock import say_clock
from ingest.lock import only_worker
from ingest.store.choice import store_for
from models.base import MINUTE
from models.database import engine_for, transaction
from models.rekeying import prepare
from tests.running import Program, component, free_port, listening, mosquitto


def at(url):
    return config.load(environ={"ELDERCARE_BROKER_URL": url}).broker


def levels(findings):
    """But for the broker's version, which is this machine's affair."""
    return {finding.name: finding.level for finding in findings if finding.name != "broker version"}


def said(findings, name):
    return next(str(finding) for finding in findings if finding.name == name)


SOUND = {
    "broker": "ok",
    "broker line": "ok",
    "broker entry": "ok",
    "broker sessions": "warn",
    "broker rights": "warn",
    "broker session": "ok",
    "broker queue": "ok",
    "broker in flight": "ok",
    "broker retained": "ok",
    "broker packets": "ok",
}


# -- brokers ----------------------------------------------------------------------------------------------------------------


def test_a_broker_without_passwords_is_a_warning_and_the_rest_is_sound(tmp_path):
    port = free_port()
    with mosquitto(tmp_path, port):
        findings = look_at_broker(at(f"mqtt://127.0.0.1:{port}"))
    assert levels(findings) == SOUND | {"broker entry": "warn"}
    here = subprocess.run([component("mosquitto"), "-h"], capture_output=True, text=True, check=False).stdout
    assert str(judged(here.splitlines()[0])) == said(findings, "broker version")


@pytest.mark.parametrize(
    ("told", "level", "says"),
    [
        ("mosquitto version 2.1.0", "ok", "2.1.0"),
        ("mosquitto version 2.0.21", "ok", "2.0.21"),
        ("mosquitto version 2.0.20", "warn", "dpkg -s mosquitto"),
        ("mosquitto version 2.0.11", "warn", "2.0.11-1.2+deb12u2"),
        ("mosquitto version 2.0.10", "fail", "install 2.0.21 or newer"),
        ("mosquitto version 1.6.9", "fail", "install 2.0.21 or newer"),
        ("HBMQTT version 0.11", "warn", "not Mosquitto"),
        (None, "warn", "$SYS/#"),
    ],
)
def test_an_old_broker_is_named_with_what_to_do(told, level, says):
    finding = judged(told)
    assert (finding.level, finding.name) == (level, "broker version")
    assert says in str(finding)


def test_a_broker_with_default_limits_drops_what_it_has_acknowledged(tmp_path):
    port = free_port()
    with mosquitto(tmp_path, port, "max_queued_messages 1000", "max_packet_size 100000", "retain_available false"):
        findings = look_at_broker(at(f"mqtt://127.0.0.1:{port}"))
    assert levels(findings) == SOUND | {
        "broker entry": "warn",
        "broker queue": "fail",
        "broker packets": "fail",
        "broker retained": "warn",
    }
    assert "kept 1,000 of 1,200" in said(findings, "broker queue")


def test_an_acl_that_keeps_the_doctor_out_is_said_and_not_taken_for_a_fault(tmp_path):
    port = free_port()
    (tmp_path / "acl").write_text("topic read eldercare/+/+/events\n")
    with mosquitto(tmp_path, port, f"acl_file {tmp_path}/acl"):
        findings = look_at_broker(at(f"mqtt://127.0.0.1:{port}"))
    assert levels(findings)["broker session"] == "warn"
    assert "may not both read and write" in said(findings, "broker session")


def test_nothing_of_the_look_stays_at_the_broker(tmp_path):
    port = free_port()
    with mosquitto(tmp_path, port):
        watcher = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="watcher", protocol=mqtt.MQTTv311)
        heard = []
        watcher.on_message = lambda _c, _u, message: heard.append((message.topic, message.retain))
        look_at_broker(at(f"mqtt://127.0.0.1:{port}"))
        watcher.connect("127.0.0.1", port)
        watcher.subscribe("#", 1)
        for _ in range(10):
            watcher.loop(0.05)
        watcher.disconnect()
    assert heard == []


def test_the_worker_does_not_hear_the_doctor(tmp_path):
    import contract

    port = free_port()
    heard = []
    with mosquitto(tmp_path, port):
        worker = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="worker", protocol=mqtt.MQTTv311)
        worker.on_message = lambda _c, _u, message: heard.append(message.topic)
        worker.connect("127.0.0.1", port)
        worker.subscribe([(topic, 1) for topic in contract.SUBSCRIPTIONS])
        worker.loop_start()
        look_at_broker(at(f"mqtt://127.0.0.1:{port}"))
        worker.disconnect()
        worker.loop_stop()
    assert heard == []


@pytest.fixture
def embedded(tmp_path):
    port = free_port()
    url = f"mqtt://district:secret@127.0.0.1:{port}"
    program = Program([sys.executable, "-m", "edge", "broker"], tmp_path, "broker", ELDERCARE_BROKER_URL=url)
    program.start()
    listening(port)
    yield url
    program.end()


def test_the_embedded_broker_is_sound_as_far_as_a_client_can_see(embedded):
    assert levels(look_at_broker(at(embedded))) == SOUND


def test_a_wrong_password_is_one_failure_and_says_where_to_look(embedded):
    findings = look_at_broker(at(embedded.replace("secret", "wrong")))
    assert levels(findings) == {"broker": "fail"}
    assert "broker.url" in str(findings[0])
    assert "wrong" not in str(findings[0])


def test_no_broker_is_one_failure():
    (finding,) = look_at_broker(at(f"mqtt://127.0.0.1:{free_port()}"))
    assert (finding.level, finding.name) == ("fail", "broker")


# -- this machine and the database ------------------------------------------------------------------------------------------


@pytest.fixture
def cfg(database):
    nowhere = f"mqtt://127.0.0.1:{free_port()}"
    return config.load(environ={"ELDERCARE_DATABASE_URL": database.url, "ELDERCARE_BROKER_URL": nowhere})


def examined(cfg):
    return list(doctor.examine(cfg, real_now()))


@pytest.mark.engines("sqlite")
def test_a_sound_installation_before_its_first_start(cfg):
    found = levels(examined(cfg))
    assert {name for name, level in found.items() if level == "fail"} == {"broker"}
    assert found["database"] == found["integrity"] == found["sqlite"] == found["calendar"] == "ok"
    assert found["worker"] == "warn"


@pytest.mark.engines("sqlite")
def test_a_database_that_is_not_there_is_not_made(cfg, tmp_path):
    missing = replace(cfg, database=replace(cfg.database, url=f"sqlite:///{tmp_path}/none/x.db"))
    findings = examined(missing)
    assert levels(findings)["database"] == "fail"
    assert "python -m ingest migrate" in said(findings, "database")
    assert not (tmp_path / "none").exists()


@pytest.mark.engines("sqlite")
def test_an_empty_database_says_what_to_run(cfg, tmp_path):
    (tmp_path / "empty.db").touch()
    empty = replace(cfg, database=replace(cfg.database, url=f"sqlite:///{tmp_path}/empty.db"))
    assert "python -m ingest migrate" in said(examined(empty), "database")


@pytest.mark.engines("sqlite")
def test_a_torn_page_is_found(cfg, database):
    engine = engine_for(cfg.database.url)
    with transaction(engine) as connection:
        connection.exec_driver_sql(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000)"
            " insert into street select 'code-' || i, 'x', 'x' from n"
        )
        root = connection.exec_driver_sql("select rootpage from sqlite_master where name = 'street'").scalar_one()
    with engine.connect() as connection:
        connection.exec_driver_sql("pragma wal_checkpoint(truncate)").all()
    engine.dispose()
    with database.open("r+b") as file:
        file.seek((root - 1) * 4096 + 12)
        file.write(b"\xff" * 64)
    found = examined(cfg)
    assert "fail" in (levels(found).get("integrity"), levels(found)["database"])


@pytest.mark.engines("postgresql")
def test_a_server_is_asked_for_its_version_and_its_durability(cfg):
    findings = examined(cfg)
    found = levels(findings)
    assert found["database"] == found["postgresql"] == found["size"] == "ok"
    # The tests' own server does not wait for the disk, and that is what must be found.
    assert found["durability"] == "fail"
    assert "fsync is off; full_page_writes is off" in said(findings, "durability")
    assert "postgresql://postgres@127.0.0.1" in said(findings, "database")


@pytest.mark.engines("postgresql")
def test_a_server_that_does_not_answer_is_a_failure_with_a_sentence(cfg):
    gone = replace(cfg, database=replace(cfg.database, url=f"postgresql://who:secret@127.0.0.1:{free_port()}/x"))
    findings = examined(gone)
    assert levels(findings)["database"] == "fail"
    assert "does not answer" in said(findings, "database") or "refused" in said(findings, "database")
    assert "secret" not in "".join(map(str, findings))


def test_it_names_who_holds_the_lock(cfg, database):
    with only_worker(database.url, 1):
        assert "held by process" in said(examined(cfg), "worker lock")
    assert "free" in said(examined(cfg), "worker lock")


@pytest.mark.parametrize(
    ("age_us", "subscribed", "trouble", "level"),
    [(0, 1, None, "ok"), (0, 0, None, "warn"), (0, 1, "the disk is full", "warn"), (MINUTE, 1, None, "warn")],
)
def test_the_workers_own_row_is_believed_while_it_is_fresh(cfg, age_us, subscribed, trouble, level):
    engine = engine_for(cfg.database.url)
    with transaction(engine) as connection:
        store_for(connection).write(
            "insert into worker (id, pid, started_at, seen_at, subscribed, connected, waiting, trouble)"
            " values (1, 7, 0, ?, ?, 1, 0, ?)",
            [(real_now() - age_us, subscribed, trouble)],
        )
    engine.dispose()
    assert levels(examined(cfg))["worker"] == level


@pytest.mark.engines("sqlite")
def test_a_clock_process_that_ended_is_a_warning(cfg):
    found = []
    for age_us in (None, 0, 2 * MINUTE):
        if age_us is not None:
            engine = engine_for(cfg.database.url)
            say_clock(Occasion(engine, cfg, real_now() - age_us, 0))
            engine.dispose()
        found.append(said(examined(cfg), "clock process"))
    assert [line.split()[0] for line in found] == ["warn", "ok", "warn"]
    assert "python -m ingest clock" in found[2]


def test_a_wrong_calendar_is_a_failure_with_its_line(cfg, tmp_path):
    (tmp_path / "days.csv").write_text("date,rule\n2026-10-01,shut\n")
    wrong = replace(cfg, time=replace(cfg.time, days_file=str(tmp_path / "days.csv")))
    assert "line 2: rule is 'shut'" in said(examined(wrong), "calendar")


def test_keys_that_others_can_read_are_a_failure_and_one_that_waits_beside_another_is_a_warning(cfg, tmp_path):
    key = tmp_path / "seal.key"
    kept = replace(cfg, database=replace(cfg.database, seal_key_file=str(key)))
    assert doctor._keys(kept).level == "ok"
    prepare(str(key))
    assert "rekey" in str(doctor._keys(kept))
    key.chmod(0o644)
    assert f"chmod 600 {key}" in str(doctor._keys(kept))


def test_a_shifted_clock_is_a_warning(cfg):
    assert levels(examined(replace(cfg, clock=replace(cfg.clock, offset_s=3600.0))))["clock"] == "warn"


def test_it_ends_with_one_on_any_failure_and_prints_a_line_a_check(cfg, capsys):
    assert doctor.run(None, cfg) == 1
    lines = capsys.readouterr().out.splitlines()
    assert all(line.split()[0] in ("ok", "warn", "fail") for line in lines)
    assert all("→" in line for line in lines if not line.startswith("ok"))
