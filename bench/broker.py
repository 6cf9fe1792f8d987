"""A Mosquitto of the bench's own, on a free port, with the settings that lose nothing."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.processes import CannotMeasure, Child, free_port, is_open, until

SETTINGS = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
autosave_interval 60
max_queued_messages 0
max_queued_bytes 0
max_inflight_messages 10000
max_packet_size 1048576
set_tcp_nodelay true
"""


@dataclass(frozen=True)
class Broker:
    port: int
    child: Child


def mosquitto_path() -> str | None:
    return shutil.which("mosquitto", path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")


@contextmanager
def broker(folder: Path) -> Iterator[Broker]:
    """Raises CannotMeasure, saying why, when it does not listen: a figure without a broker would mean nothing."""
    program = mosquitto_path()
    if program is None:
        raise CannotMeasure(
            "mosquitto is not installed: apt-get install mosquitto (only the program; the bench starts its own)"
        )
    port = free_port()
    settings = SETTINGS.format(port=port, folder=folder) + ("user root\n" if os.geteuid() == 0 else "")
    (folder / "mosquitto.conf").write_text(settings)
    child = Child("mosquitto", [program, "-c", str(folder / "mosquitto.conf")], folder, {})
    try:
        until(lambda: is_open(port) or child.process.poll() is not None, 10, "mosquitto listens")
        child.must_run()
        yield Broker(port, child)
    finally:
        child.end()
