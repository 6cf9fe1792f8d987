"""Real processes for tests: each is started on a free port in a temporary folder and ended by its own id."""

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.databases import FileDatabase, ServerDatabase

ROOT = Path(__file__).parents[1]


def component(name: str, *more: str) -> str:
    """The path of a program; without it the test is skipped with the reason, or fails where CI must have it."""
    found = next(
        (path for path in (shutil.which(n, path=os.environ["PATH"] + ":/usr/sbin") for n in (name, *more)) if path),
        None,
    )
    if found is None:
        reason = f"{name} is not installed"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    return found


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def until(condition: Callable[[], object], seconds: float = 20, what: str = "") -> object:
    """Wait for something to become true; says what never did."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what or condition}")


STARTED: "list[Program]" = []
"""Every program of the running test; whatever is still alive when it ends, is ended."""


def _die_with_the_tests() -> None:
    """Linux: a test run that is itself killed leaves nobody behind."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Program:
    """A child process with its log in a file."""

    def __init__(self, arguments: list[str], folder: Path, name: str, **environ: str) -> None:
        self.log = folder / f"{name}.log"
        self._arguments, self._environ = arguments, os.environ | environ
        self._process: subprocess.Popen | None = None

    def start(self) -> "Program":
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                self._arguments,
                cwd=ROOT,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=_die_with_the_tests,
            )
        if self not in STARTED:  # restarted, it still belongs to whoever started it first
            STARTED.append(self)
        return self

    @property
    def pid(self) -> int:
        return self._process.pid

    def ended(self) -> int | None:
        return self._process.poll()

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def stop(self, seconds: float = 15) -> int:
        """SIGTERM, then wait; SIGKILL and a failure when it does not end."""
        self._signal(signal.SIGTERM)
        return self._process.wait(seconds)

    def reload(self) -> None:
        """SIGHUP: it reads its files again."""
        self._signal(signal.SIGHUP)

    def _signal(self, number: int) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(number)
            if number == signal.SIGKILL:
                self._process.wait(10)

    def end(self) -> None:
        """For clean-up: whatever state it is in."""
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)

    def said(self) -> str:
        return self.log.read_text(errors="replace")


@contextmanager
def mosquitto(folder: Path, port: int, *more: str) -> Iterator[Program]:
    """A real broker with the settings that lose nothing at an orderly restart."""
    program = component("mosquitto")
    conf = folder / "mosquitto.conf"
    conf.write_text(
        "\n".join(
            [
                f"listener {port} 127.0.0.1",
                "allow_anonymous true",
                "persistence true",
                f"persistence_location {folder}/",
                "autosave_interval 30",
                "max_queued_messages 0",
                "max_inflight_messages 10000",
                "max_packet_size 1048576",
                "user root" if os.geteuid() == 0 else "",
                *more,
            ]
        )
    )
    broker = Program([program, "-c", str(conf)], folder, "mosquitto")
    broker.start()
    until(lambda: _open(port), what="mosquitto listens")
    try:
        yield broker
    finally:
        broker.end()


def listening(port: int) -> None:
    until(lambda: _open(port), 90, f"port {port} listens")


def _open(port: int) -> bool:
    with socket.socket() as s:
        s.settimeout(0.2)
        return s.connect_ex(("127.0.0.1", port)) == 0


def worker(
    folder: Path, database: FileDatabase | ServerDatabase, port: int, *, wrap: str | None = None, **environ: str
) -> Program:
    """`python -m ingest run` on this database and broker; `wrap` is a module that starts it with a fault inside."""
    command = [sys.executable, "-m", wrap or "ingest", "run"]
    given = {
        "ELDERCARE_DATABASE_URL": database.url,
        "ELDERCARE_BROKER_URL": f"mqtt://127.0.0.1:{port}",
        "ELDERCARE_INGEST_LOCK_WAIT_S": "5",
    }
    return Program(command, folder, "worker", **(given | environ))


class Publisher:
    """A plain client with QoS 1 that waits for each PUBACK, and remembers what it heard back."""

    def __init__(self, port: int, client_id: str = "") -> None:
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=mqtt.MQTTv311)
        self.heard: list[mqtt.MQTTMessage] = []
        self.client.on_message = lambda _c, _u, message: self.heard.append(message)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        until(self.client.is_connected, what="publisher connected")

    def publish(self, topic: str, payload: bytes, retain: bool = False) -> None:
        self.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(20)

    def subscribe(self, topic: str) -> None:
        done: list[int] = []
        self.client.on_subscribe = lambda *_: done.append(1)
        self.client.subscribe(topic, 1)
        until(lambda: done, what="subscribed")

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()
