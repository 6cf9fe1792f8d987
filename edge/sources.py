"""Where an agent's events come from: standard input, a watched folder, a vendor's topic at a local broker.

A source lets go of something only when the spool has it. What a crash makes it read again gets the same id again: ids of
lines without one are derived from where they stood.
"""

import base64
import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable
from io import BufferedReader
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from edge.agent import Agent
from edge.spool import CannotWrite

log = logging.getLogger(__name__)
ENDINGS = (".ndjson", ".jsonl", ".json")
LINES_AT_ONCE = 500
SETTLED_S, ABANDONED_S = 0.5, 10.0
"""How long a file must not have grown; and one that breaks off in the middle of a line."""
LAST_LINE_OCTETS = 1 << 17


def read_stream(agent: Agent, site: str, stream: BufferedReader, stopping: Callable[[], bool]) -> int:
    """One event a line until the end of the stream; returns how many were refused.

    Lines that came together are kept together: a single one waits for nobody, a flood costs few writes to the disk.
    """
    refused, rest = 0, b""
    while not stopping():
        octets = stream.read1(1 << 16)
        *lines, rest = (rest + (octets or b"\n")).split(b"\n")
        said = [line for line in lines if line.strip()]
        if said:
            refused += _kept(lambda said=said: agent.put_lines(site, said), stopping)  # type: ignore[misc]
        if not octets:
            break
    return refused


def _kept(put: Callable[[], int], stopping: Callable[[], bool]) -> int:
    """Until the disk takes it: the source waits meanwhile, and nothing that it said is dropped."""
    said = False
    while True:
        try:
            return put()
        except CannotWrite as error:
            if stopping():
                raise
            if not said:
                log.error("the outbox cannot be written; the source waits", extra={"error": str(error)})
            said = True
            time.sleep(0.5)


class Folder:
    """Takes over files of newline-delimited events and moves each to `taken/` when the spool has all of it."""

    def __init__(self, agent: Agent, site: str, folder: Path) -> None:
        self._agent, self._site, self._folder = agent, site, folder
        self._taken = folder / "taken"
        self._taken.mkdir(parents=True, exist_ok=True)
        self._sizes: dict[str, tuple[int, float]] = {}
        self._complaints: dict[str, str] = {}

    def look(self, now_s: float) -> int:
        """Take over every file that has not grown for half a second; returns how many."""
        done = 0
        for path in sorted(self._folder.iterdir()):
            try:
                if path.suffix in ENDINGS and path.is_file() and self._is_settled(path, now_s):
                    self._take_over(path)
                    done += 1
            except (OSError, CannotWrite) as error:
                # It stays where it is and is looked at again; what was kept of it is not taken twice.
                self._complain(path, error)
        return done

    def _complain(self, path: Path, error: Exception) -> None:
        if self._complaints.get(path.name) != str(error):
            self._complaints[path.name] = str(error)
            log.error("cannot take over a file", extra={"file": path.name, "error": str(error)})

    def _is_settled(self, path: Path, now_s: float) -> bool:
        size, since = self._sizes.get(path.name, (-1, now_s))
        now_size = path.stat().st_size
        if now_size != size:
            self._sizes[path.name] = now_size, now_s
            return False
        still_s = now_s - since
        return still_s >= ABANDONED_S or (still_s >= SETTLED_S and _ends_whole(path))

    def _take_over(self, path: Path) -> None:
        source = _source(path)
        first = int(self._agent.spool.mark(source) or 0)
        lines = path.read_bytes().splitlines()
        for start in range(first, len(lines), LINES_AT_ONCE):
            numbered = enumerate(lines[start : start + LINES_AT_ONCE], start + 1)
            said = [_with_id(line, f"{source}:{number}") for number, line in numbered if line.strip()]
            upto = min(start + LINES_AT_ONCE, len(lines))
            self._agent.put_lines(self._site, said, mark=(source, str(upto)))
        path.replace(self._taken / f"{time.time_ns()}-{path.name}")
        self._agent.spool.forget_mark(source)
        self._sizes.pop(path.name, None)
        self._complaints.pop(path.name, None)


def _ends_whole(path: Path) -> bool:
    """Whether the last line can be all of it: somebody may still be writing, slower than we look."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LAST_LINE_OCTETS))
        *_, last = file.read().split(b"\n")
    if not last.strip():
        return True
    try:
        json.loads(last)
    except (ValueError, RecursionError):
        return False
    return True


def _source(path: Path) -> str:
    """This very file, also after a crash; tomorrow's file of the same name and content is another one."""
    found = path.stat()
    return f"file:{path.name}:{found.st_ino}:{found.st_mtime_ns}"


def _with_id(line: bytes, where: str) -> bytes:
    """The line, with an id that is the same each time it is read."""
    try:
        event = json.loads(line)
        if not isinstance(event, dict) or "id" in event:
            return line
        return json.dumps(event | {"id": "f-" + hashlib.sha256(where.encode()).hexdigest()[:32]}).encode()
    except (ValueError, RecursionError):
        return line


class VendorTopic:
    """Wraps what a device publishes at a local broker as `vendor.message`; acknowledged there once the spool has it."""

    def __init__(self, agent: Agent, site: str, url: str, device: str, topic: str) -> None:
        self._agent, self._site, self._device = agent, site, device
        parts = urlsplit(url)
        self._where = parts.hostname or "127.0.0.1", parts.port or 1883
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=f"bridge-{site}-{device}", clean_session=False, manual_ack=True
        )
        if parts.username:
            self._client.username_pw_set(parts.username, parts.password)
        self._topic = topic
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._stopping = threading.Event()
        self.is_subscribed = False

    def start(self) -> None:
        self._client.connect_async(*self._where)
        self._client.loop_start()

    def stop(self) -> None:
        self._stopping.set()
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: mqtt.Client, _user: Any, flags: Any, reason: Any, _properties: Any) -> None:
        """Subscribe once for each session: each time brings what the broker retains, which we have kept already."""
        if reason.is_failure:
            log.error("the local broker refuses the connection", extra={"reason": str(reason)})
        elif not (flags.session_present and self.is_subscribed):
            client.subscribe(self._topic, 1)
        self.is_subscribed = not reason.is_failure

    def _on_message(self, client: mqtt.Client, _user: Any, message: mqtt.MQTTMessage) -> None:
        try:
            self._keep(message)
            self.acknowledge(client, message)
        except Exception:
            # Not acknowledged: the local broker brings it again. An exception here would end paho's thread for good.
            log.exception("a vendor's message could not be kept")

    def acknowledge(self, client: mqtt.Client, message: mqtt.MQTTMessage) -> None:
        """The local broker may forget it."""
        client.ack(message.mid, message.qos)

    def _keep(self, message: mqtt.MQTTMessage) -> None:
        """Once: what the local broker repeats because it missed our acknowledgement has been kept already."""
        octets = bytes(message.payload)
        source = f"vendor:{self._device}:{message.mid}"
        told = hashlib.sha256(message.topic.encode() + b"\0" + octets).hexdigest()
        if message.retain:
            source = f"vendor:{self._device}:retained:{message.topic}"
        if (message.dup or message.retain) and self._agent.spool.mark(source) == told:
            return
        event = wrapped(self._device, message.topic, octets)
        if message.retain:  # from the broker's store: nobody may be called for what happened long ago
            event["backfill"] = True
        mark = (source, told) if message.qos or message.retain else None
        _kept(lambda: self._agent.put(self._site, [event], mark=mark), self._stopping.is_set)


def wrapped(device: str, topic: str, octets: bytes) -> dict[str, Any]:
    """A vendor's bytes as the fields of a `vendor.message`; text where they are text."""
    event: dict[str, Any] = {"kind": "vendor.message", "device": device, "topic": topic}
    try:
        event["text"] = octets.decode("utf-8")
    except UnicodeDecodeError:
        event["base64"] = base64.b64encode(octets).decode()
    return event
