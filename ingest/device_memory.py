"""What the engine remembers of devices, read and written inside the batch's transaction."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from ingest.store import Store
from models.base import Instant

NAMES_MAX = 256
"""Things remembered of one device: a hostile one that invents counters must not grow its memory without end."""

_RECALL = "select name, at, value from device_memory where device_id = ?"
_REMEMBER = (
    "insert into device_memory (device_id, name, at, value) values (?, ?, ?, ?)"
    " on conflict (device_id, name) do update set at = excluded.at, value = excluded.value"
)
_FORGET = "delete from device_memory where device_id = ? and name = ?"
_SEEN = "select at from device_seen where device_id = ? and token = ?"
_SEE = (
    "insert into device_seen (device_id, token, at) values (?, ?, ?)"
    " on conflict (device_id, token) do update set at = excluded.at"
)


class OneDevice:
    """What is known of a device, and what a batch has added to it."""

    def __init__(
        self, store: Store, device_id: int, known: dict[str, tuple[Instant, Any]], seen: dict[bytes, Instant | None]
    ) -> None:
        self._store, self._device_id, self._known, self._seen = store, device_id, known, seen
        self._new: dict[str, tuple[Instant, Any]] = {}
        self._come: dict[bytes, Instant] = {}

    def recall(self, name: str) -> tuple[Instant, Any] | None:
        return self._known.get(name)

    def seen_at(self, token: bytes) -> Instant | None:
        if token not in self._seen:
            found = self._store.rows(_SEEN, (self._device_id, token))
            self._seen[token] = found[0][0] if found else None
        return self._seen[token]

    def learn(self, new: Mapping[str, tuple[Instant, Any]], come: Mapping[bytes, Instant]) -> None:
        self._known |= new
        self._new |= new
        self._seen |= come
        self._come |= come

    def new(self) -> list[tuple[int, str, Instant, str]]:
        return [(self._device_id, name, at, json.dumps(value)) for name, (at, value) in sorted(self._new.items())]

    def come(self) -> list[tuple[int, bytes, Instant]]:
        return [(self._device_id, token, at) for token, at in sorted(self._come.items())]

    def too_much(self) -> list[tuple[int, str]]:
        """What has not been said for the longest time, beyond what is remembered of one device."""
        known = self._known
        oldest = sorted(known, key=lambda name: known[name][0])[: max(0, len(known) - NAMES_MAX)]
        return [(self._device_id, name) for name in oldest] if self._new else []


class OneMessage:
    """See `ingest.vendors.settling.Memory`: a device as one of its messages leaves it. Nothing stays of it before `keep`."""

    def __init__(self, device: OneDevice) -> None:
        self._device = device
        self._new: dict[str, tuple[Instant, Any]] = {}
        self._come: dict[bytes, Instant] = {}

    def recall(self, name: str) -> tuple[Instant, Any] | None:
        return self._new.get(name) or self._device.recall(name)

    def remember(self, name: str, at: Instant, value: Any) -> None:
        self._new[name] = at, value

    def was_seen(self, token: bytes, at: Instant, within: Instant | None) -> bool:
        before = self._come.get(token, self._device.seen_at(token))
        if before is not None and (within is None or abs(at - before) <= within):
            return True
        self._come[token] = at
        return False

    def keep(self) -> None:
        self._device.learn(self._new, self._come)


class Memories:
    """Of the devices of one batch, read at once. `tokens`: (device number, token) of what came, seen before or not."""

    def __init__(self, store: Store, devices: Collection[int], tokens: Collection[tuple[int, bytes]]) -> None:
        self._store = store
        numbers, asked = sorted(devices), sorted(set(tokens))
        recalled = store.each(_RECALL, [(number,) for number in numbers])
        seen: dict[int, dict[bytes, Instant | None]] = {number: {} for number in numbers}
        for (number, token), found in zip(asked, store.each(_SEEN, asked), strict=True):
            seen[number][token] = found[0][0] if found else None
        self._devices = {
            number: OneDevice(store, number, {name: (at, json.loads(value)) for name, at, value in rows}, seen[number])
            for number, rows in zip(numbers, recalled, strict=True)
        }

    def of(self, device_id: int) -> OneDevice:
        return self._devices[device_id]

    def save(self) -> None:
        devices = list(self._devices.values())
        for sql, rows in (
            (_REMEMBER, [row for device in devices for row in device.new()]),
            (_FORGET, [row for device in devices for row in device.too_much()]),
            (_SEE, [row for device in devices for row in device.come()]),
        ):
            if rows:
                self._store.write(sql, rows)
