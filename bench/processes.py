"""Child processes of a measurement: started with a log, ended by their own id, asked what they have cost."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
_TICKS = os.sysconf("SC_CLK_TCK")


class CannotMeasure(Exception):
    """Why there is no figure, in a sentence."""


class Child:
    """A program on this machine. `speaks`: its standard input and output belong to us, else they go to its log."""

    def __init__(
        self, name: str, command: Sequence[str], folder: Path, environ: dict[str, str], speaks: bool = False
    ) -> None:
        self.name, self.log = name, folder / f"{name}.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                list(command),
                cwd=ROOT,
                env=os.environ | environ,
                stdin=subprocess.PIPE if speaks else subprocess.DEVNULL,
                stdout=subprocess.PIPE if speaks else log,
                stderr=log,
                start_new_session=True,
                text=True,
            )

    def must_run(self) -> None:
        if self.process.poll() is not None:
            raise CannotMeasure(f"{self.name} ended with status {self.process.returncode}: {self.last_words()}")

    def last_words(self) -> str:
        return " / ".join(self.log.read_text(errors="replace").strip().splitlines()[-3:]) or "it said nothing"

    def cpu_s(self) -> float:
        """Processor seconds of all its threads, in user and kernel mode."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def rss_mib(self, peak: bool = False) -> float:
        wanted = "VmHWM:" if peak else "VmRSS:"
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(wanted)) / 1024

    def end(self, seconds: float = 10) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


def processor_s(pid: int) -> float:
    """Processor seconds of a process, of its children that live, and of those that it has seen end."""
    spent = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # It has ended since.
        if stat.parent.name == str(pid):
            spent += sum(map(int, fields[11:15]))
        elif fields[1] == str(pid):
            spent += int(fields[11]) + int(fields[12])
    return spent / _TICKS


def ours(*arguments: str) -> list[str]:
    """The command line of a module of this project."""
    return [sys.executable, "-m", *arguments]


def run(folder: Path, environ: dict[str, str], *arguments: str) -> str:
    """One of our commands, to its end; what it printed."""
    done = subprocess.run(
        ours(*arguments), cwd=ROOT, env=os.environ | environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CannotMeasure(f"{' '.join(arguments)} in {folder}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout.strip()


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def is_open(port: int) -> bool:
    with socket.socket() as s:
        s.settimeout(0.2)
        return s.connect_ex(("127.0.0.1", port)) == 0


def until(condition: Callable[[], object], seconds: float, what: str, every_s: float = 0.02) -> None:
    """Wait for something to become true; a measurement without it would be a wrong one."""
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            raise CannotMeasure(f"not within {seconds:.0f} s: {what}")
        time.sleep(every_s)
