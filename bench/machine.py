"""What the figures were measured on; without it they mean nothing."""

import json
import os
import platform
import re
import subprocess
import tempfile
import time
from pathlib import Path

import pysqlite3

from bench.broker import mosquitto_path

_YARD = (
    '{"id":"01JD9Z6Q3M8VJ2W0F6T1A7K5RC","kind":"occupancy.flow","at":"2026-11-23T09:02:11.250+08:00",'
    '"device":"door-1","boot":"k3f9","seq":1042,"area":"hall","in":2,"out":0}'
)


def machine() -> str:
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return "\n".join(
        [
            f"{time.strftime('%Y-%m-%d %H:%M %Z')} · {_processor()} · {os.cpu_count()} cores · load average {load}",
            f"Python {platform.python_version()} · SQLite {pysqlite3.sqlite_version} · {_mosquitto()}"
            f" · {platform.system()} {platform.release()} · {_file_system()} · {_memory_gib():.0f} GiB",
            f"yardstick: json.loads of a {len(_YARD)}-byte event takes {_yardstick_us():.1f} µs of processor time here and now",
            "Publisher, broker, worker, database, web process and browser share these cores. With other work on the"
            " machine only the processor times per event are to be trusted.",
        ]
    )


def _processor() -> str:
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _mosquitto() -> str:
    program = mosquitto_path()
    if program is None:
        return "no mosquitto"
    said = subprocess.run([program, "-h"], capture_output=True, text=True, check=False).stdout
    return said.partition("\n")[0].strip()


def _file_system() -> str:
    folder = os.environ.get("BENCH_FOLDER") or tempfile.gettempdir()
    done = subprocess.run(["stat", "-f", "-c", "%T", folder], capture_output=True, text=True, check=False)
    return f"{folder} on {done.stdout.strip() or 'an unknown file system'}, fsync {_fsync_ms(folder):.2f} ms"


def _fsync_ms(folder: str) -> float:
    """Median time of making 8 KiB durable: the floor below every commit."""
    with tempfile.TemporaryFile(dir=folder) as scratch:
        took = []
        for _ in range(50):
            start = time.perf_counter()
            scratch.write(bytes(8192))
            scratch.flush()
            os.fdatasync(scratch.fileno())
            took.append(time.perf_counter() - start)
    return sorted(took)[25] * 1000


def _yardstick_us() -> float:
    """Neighbours on the same cores slow even the processor time: figures of two hours compare by this one."""
    began = time.process_time()
    for _ in range(20_000):
        json.loads(_YARD)
    return (time.process_time() - began) / 20_000 * 1e6


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
