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
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from edge.agent import Agent

log = logging.getLogger(__name__)
ENDINGS = (".ndjson", ".jsonl", ".json")


def read_stream(agent: Agent, site: str, stream: BinaryIO, stopping: Callable[[], bool]) -> int:
    """One event a line until the end of the stream; returns how many were refused."""
    refused = 0
    for line in stream:
        if line.strip():
            refused += agent.put_line(site, line)
        if stopping():
            break
    return refused


class Folder:
    """Takes over files of newline-delimited events and moves each to `taken/` when the spool has all of it."""

    def __init__(self, agent: Agent, site: str, folder: Path) -> None:
        self._agent, self._site, self._folder = agent, site, folder
        self._taken = folder / "taken"
        self._taken.mkdir(parents=True, exist_ok=True)
        self._sizes: dict[str, tuple[int, float]] = {}

    def look(self, now_s: float) -> int:
        """Take over every file that has not grown for half a second; returns how many."""
        done = 0
        for path in sorted(self._folder.iterdir()):
            if path.suffix in ENDINGS and path.is_file() and self._is_settled(path, now_s):
                self._take_over(path)
                done += 1
        return done

    def _is_settled(self, path: Path, now_s: float) -> bool:
        size, since = self._sizes.get(path.name, (-1, now_s))
        now_size = path.stat().st_size
        if now_size != size:
            self._sizes[path.name] = now_size, now_s
            return False
        return now_s - since >= 0.5

    def _take_over(self, path: Path) -> None:
        octets = path.read_bytes()
        source = f"file:{path.name}:{hashlib.sha256(octets).hexdigest()}"
        first = int(self._agent.spool.mark(source) or 0)
        for number, line in enumerate(octets.splitlines(), 1):
            if number > first and line.strip():
                self._agent.put_line(self._site, _with_id(line, f"{source}:{number}"), mark=(source, str(number)))
        path.replace(self._taken / f"{time.time_ns()}-{path.name}")
        self._sizes.pop(path.name, None)


def _with_id(line: bytes, where: str) -> bytes:
    """The line, with an id that is the same each time it is read."""
    try:
        event = json.loads(line)
    except ValueError:
        return line
    if not isinstance(event, dict) or "id" in event:
        return line
    event["id"] = "f-" + hashlib.sha256(where.encode()).hexdigest()[:32]
    return json.dumps(event).encode()


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
        self._client.on_connect = lambda client, *_: client.subscribe(topic, 1)
        self._client.on_message = self._on_message
        self._lock = threading.Lock()

    def start(self) -> None:
        self._client.connect_async(*self._where)
        self._client.loop_start()

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, client: mqtt.Client, _user: Any, message: mqtt.MQTTMessage) -> None:
        try:
            with self._lock:
                self._agent.put(self._site, [wrapped(self._device, message.topic, bytes(message.payload))])
            client.ack(message.mid, message.qos)
        except Exception:
            # Not acknowledged: the local broker brings it again. An exception here would end paho's thread for good.
            log.exception("a vendor's message could not be kept")


def wrapped(device: str, topic: str, octets: bytes) -> dict[str, Any]:
    """A vendor's bytes as the fields of a `vendor.message`; text where they are text."""
    event: dict[str, Any] = {"kind": "vendor.message", "device": device, "topic": topic}
    try:
        event["text"] = octets.decode("utf-8")
    except UnicodeDecodeError:
        event["base64"] = base64.b64encode(octets).decode()
    return event
