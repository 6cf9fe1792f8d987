"""A newcomer starts the whole system, opens the link, watches sites move, stops it, and finds its data again."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from http.cookies import SimpleCookie
from pathlib import Path

import pytest

from tests.running import ROOT, free_port, until

PREFIXES = ("broker", "ingest", "clock", "web", "simulator", "local")


class Run:
    """`python -m local` in a folder of its own, started as a shell's background job is: with SIGINT ignored."""

    def __init__(self, folder, web: int, broker: int) -> None:
        given = {
            "PYTHONPATH": str(ROOT),
            "ELDERCARE_WEB_PORT": str(web),
            "ELDERCARE_BROKER_URL": f"mqtt://eldercare:secret@127.0.0.1:{broker}",
        }
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "local", "--sites", "12", "--history-weeks", "1"],
            cwd=folder,
            env=os.environ | given,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        self.lines += self.process.stdout

    def said(self, words: str, seconds: float = 120) -> str:
        def found() -> str | None:
            return next((line for line in list(self.lines) if words in line), None)

        try:
            return str(until(found, seconds, words))
        except AssertionError:
            raise AssertionError(f"never said {words!r}:\n{''.join(self.lines)}") from None

    def children(self) -> list[int]:
        found = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=False
        )
        return [int(pid) for pid in found.stdout.split()]

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(60)
        self._reader.join(10)
        return status

    def end(self) -> None:
        if self.process.poll() is None:
            self.interrupt()


class Visitor:
    """A browser without pictures."""

    def __init__(self, port: int) -> None:
        self._port, self._cookies = port, SimpleCookie()

    def ask(
        self, method: str, path: str, form: dict[str, str] | None = None, **headers: str
    ) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        sent = {"Cookie": "; ".join(f"{name}={one.value}" for name, one in self._cookies.items())} | headers
        body = urllib.parse.urlencode(form) if form is not None else None
        if body is not None:
            origin = f"http://127.0.0.1:{self._port}"
            sent |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": origin}
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            self._cookies.load(cookie)
        return answer

    def sign_in(self, link: str) -> None:
        path = urllib.parse.urlsplit(link).path
        page = self.ask("GET", path).read().decode()
        fields = re.findall(r"<input[^>]*name='([^']+)'[^>]*value='([^']*)'", page)
        answer = self.ask("POST", path, dict(fields))
        assert answer.status in (302, 303), answer.read()

    def frames(self, view: str, seconds: float):
        answer = self.ask("GET", f"/live?view={view}", Accept="text/event-stream")
        assert answer.status == 200
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s:
            line = answer.readline().decode()
            if line.startswith("data:"):
                yield json.loads(line[5:])


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


@pytest.fixture
def ports():
    return free_port(), free_port()


def test_a_newcomer_sees_the_district_move_and_finds_it_again_after_a_stop(tmp_path, ports):
    run = Run(tmp_path, *ports)
    try:
        link = run.said("Open: ").partition("Open: ")[2].strip()
        assert re.fullmatch(rf"http://127\.0\.0\.1:{ports[0]}/enter/[\w-]{{43}}", link)
        visitor = Visitor(ports[0])
        visitor.sign_in(link)
        assert visitor.ask("GET", "/").status == 200
        frames = visitor.frames("overview", 90)
        first = next(frames)
        assert any(frame != first for frame in frames), "the page moves"
        run.said("today is told")
        run.said("the past is told")
        children = run.children()
        assert len(children) == 5
        assert run.interrupt() == 0
        assert alive(children) == []
    finally:
        run.end()
    spoken = {line.partition("|")[0].strip() for line in run.lines}
    assert spoken == set(PREFIXES)
    assert "the data stays in var/" in run.lines[-1]
    assert not [line for line in run.lines if "Traceback" in line]
    offset = (tmp_path / "var" / "clock.json").read_text()

    again = Run(tmp_path, *ports)
    try:
        assert "0 created" in again.said("sites: ")
        again.said("Open: ")
        told = again.said("today is told")
        assert (tmp_path / "var" / "clock.json").read_text() == offset
        assert int(re.search(r"events=(\d+)", told)[1]) < 12_000, "goes on where it stopped"
    finally:
        again.end()


@pytest.mark.parametrize(
    ("which", "what", "example"), [(0, "the pages", "ELDERCARE_WEB_PORT="), (1, "the broker", "ELDERCARE_BROKER_URL=")]
)
def test_a_port_that_is_taken_is_named_with_what_to_do(tmp_path, ports, which, what, example):
    with socket.socket() as other:
        other.bind(("127.0.0.1", ports[which]))
        other.listen()
        run = Run(tmp_path, *ports)
        assert run.process.wait(60) == 1
        (line,) = run.lines
        assert f"port {ports[which]} on 127.0.0.1, for {what}, is taken" in line
        assert example in line


def test_an_interrupt_while_it_starts_leaves_nobody_behind(tmp_path, ports):
    run = Run(tmp_path, *ports)
    run.said("ingest    |")
    children = run.children()
    assert run.interrupt() == 0
    assert alive(children) == []
