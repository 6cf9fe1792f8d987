"""Child processes with one prefix each in one log; started in order, ended in reverse."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO

COLOURS = (36, 33, 35, 34, 32, 96)
CRASHES_MOST = 3
CRASH_WINDOW_S = 30.0


@dataclass
class Child:
    """One program of the system. `restarts`: it is started again when it ends by itself."""

    name: str
    command: Sequence[str]
    colour: int
    restarts: bool = True
    process: "subprocess.Popen[bytes] | None" = None
    last_lines: "deque[str]" = field(default_factory=lambda: deque(maxlen=8))
    crashes: "deque[float]" = field(default_factory=lambda: deque(maxlen=CRASHES_MOST))

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Log:
    """Whole lines from many processes, one after the other."""

    def __init__(self, out: IO[str], width: int) -> None:
        self._out, self._width, self._lock = out, width, threading.Lock()
        self._colours = out.isatty()

    def line(self, name: str, text: str, colour: int = 37) -> None:
        prefix = f"{name:<{self._width}} |"
        if self._colours:
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        with self._lock, contextlib.suppress(BrokenPipeError):
            self._out.write(f"{prefix} {text}\n")
            self._out.flush()


class Children:
    """Starts, watches and ends them; knows nothing of what they do."""

    def __init__(self, log: Log, environ: dict[str, str]) -> None:
        self._log, self._environ = log, environ
        self._children: list[Child] = []

    def start(self, name: str, *arguments: str, restarts: bool = True) -> Child:
        command = [sys.executable, "-m", *arguments]
        child = Child(name, command, COLOURS[len(self._children) % len(COLOURS)], restarts)
        self._children.append(child)
        self._launch(child)
        return child

    def _launch(self, child: Child) -> None:
        # A group of its own: Ctrl-C in the terminal reaches only us, and we end the children in order.
        child.process = subprocess.Popen(  # noqa: S603 - our own modules
            child.command, env=self._environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        threading.Thread(target=self._pass_on, args=(child, child.process.stdout), daemon=True).start()

    def _pass_on(self, child: Child, stream: IO[bytes]) -> None:
        for raw in stream:
            line = raw.decode("utf-8", "replace").rstrip()
            child.last_lines.append(line)
            self._log.line(child.name, line, child.colour)

    def mind(self) -> Child | None:
        """Restart who died; returns the one that keeps dying, and then it is time to stop."""
        now = time.monotonic()
        for child in self._children:
            if child.is_running or child.process is None or not child.restarts:
                continue
            child.crashes.append(now)
            if len(child.crashes) == CRASHES_MOST and now - child.crashes[0] < CRASH_WINDOW_S:
                return child
            self._log.line("local", f"{child.name} ended with status {child.process.returncode}; starting it again")
            time.sleep(0.5 * len(child.crashes))
            self._launch(child)
        return None

    def stop(self, seconds_each: float = 6.0) -> None:
        """The last started first, so that nobody loses what he stands on before he has left."""
        for child in reversed(self._children):
            if child.process is None or not child.is_running:
                continue
            child.process.send_signal(signal.SIGTERM)
            try:
                child.process.wait(seconds_each)
            except subprocess.TimeoutExpired:
                self._log.line("local", f"{child.name} did not end in {seconds_each:.0f} s; killing it")
                os.killpg(child.process.pid, signal.SIGKILL)
                child.process.wait(5)
            child.restarts = False


def wait_until(condition: Callable[[], bool], seconds: float, stopping: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until and not stopping():
        if condition():
            return True
        time.sleep(0.1)
    return condition()
