"""Which Mosquitto it is, and whether holes are known of it. It tells upstream's number: who mends an old one keeps that."""

import re

from config import Broker
from ingest.broker_topics import VERSION
from ingest.broker_visitor import RefusedEntry, visiting
from ingest.findings import Finding, fail, ok, warn

SOUND = (2, 0, 21)
"""The first of upstream without a known hole (CVE-2024-8376, CVE-2024-10525 and older ones)."""
MENDED = (2, 0, 11)
"""The oldest that a distribution still mends: Debian's 2.0.11-1.2+deb12u2."""
_NAME = "broker version"
_TELL = "let the doctor read it (`topic read $SYS/#`, as `broker-files` writes), or ask on the broker's machine: mosquitto -h"
_PACKAGE = (
    "the broker does not say its package's revision: on its machine `dpkg -s mosquitto` must say 2.0.11-1.2+deb12u2 or"
    f" newer, or its distribution's notes must name CVE-2024-8376 as mended; else install {'.'.join(map(str, SOUND))} or newer"
)


def look_at_version(cfg: Broker, name: str) -> Finding:
    """What the broker tells of itself as soon as it is asked."""
    try:
        with visiting(cfg, f"{name}-version") as reader:
            reader.subscribe(VERSION)
            reader.listen(1, seconds=2.0)
    except (OSError, RefusedEntry) as error:
        return warn(_NAME, f"not looked at: {error}", _TELL)
    return judged(reader.heard[0].decode("utf-8", "replace") if reader.heard else None)


def judged(said: str | None) -> Finding:
    """`said` as Mosquitto has it: `mosquitto version 2.0.11`. None: this user hears nothing of it."""
    if said is None:
        return warn(_NAME, "not told to this user, or by this broker", _TELL)
    found = re.search(r"mosquitto version (\d+)\.(\d+)\.(\d+)", said)
    if found is None:
        return warn(_NAME, f"{said}: not Mosquitto, so nothing is known of its holes here", "look at its own notes")
    version = tuple(int(part) for part in found.groups())
    if version >= SOUND:
        return ok(_NAME, said)
    if version >= MENDED:
        return warn(_NAME, f"{said} has known holes, unless it is a distribution's mended build", _PACKAGE)
    return fail(
        _NAME, f"{said} has known holes that nobody mends any more", f"install {'.'.join(map(str, SOUND))} or newer"
    )
