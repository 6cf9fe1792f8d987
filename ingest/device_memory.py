"""What the engine remembers of devices, read and written inside the batch's transaction."""

import json
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
_SEEN = "select at from device_seen where device_id = ? and token = ?"
_SEE = (
    "insert into device_seen (device_id, token, at) values (?, ?, ?)"
    " on conflict (device_id, token) do update set at = excluded.at"
)


class OneDevice:
    """See `ingest.vendors.settling.Memory`."""

    def __init__(self, store: Store, device_id: int) -> None:
        self._store, self._device_id = store, device_id
        self._known: dict[str, tuple[Instant, Any]] | None = None
        self._seen: dict[bytes, Instant | None] = {}
        self._new: dict[str, tuple[Instant, Any]] = {}
        self._come: dict[bytes, Instant] = {}

    def recall(self, name: str) -> tuple[Instant, Any] | None:
        return self._memory().get(name)

    def remember(self, name: str, at: Instant, value: Any) -> None:
        memory = self._memory()
        memory[name] = self._new[name] = at, value

    def was_seen(self, token: bytes, at: Instant, within: Instant | None) -> bool:
        if token not in self._seen:
            found = self._store.rows(_SEEN, (self._device_id, token))
            self._seen[token] = found[0][0] if found else None
        before = self._seen[token]
        if before is not None and (within is None or abs(at - before) <= within):
            return True
        self._seen[token] = self._come[token] = at
        return False

    def _memory(self) -> dict[str, tuple[Instant, Any]]:
        if self._known is None:
            rows = self._store.rows(_RECALL, (self._device_id,))
            self._known = {name: (at, json.loads(value)) for name, at, value in rows}
        return self._known

    def save(self) -> None:
        new = [(self._device_id, name, at, json.dumps(value)) for name, (at, value) in sorted(self._new.items())]
        if new:
            self._store.write(_REMEMBER, new)
            self._forget_the_oldest()
        if self._come:
            self._store.write(_SEE, [(self._device_id, token, at) for token, at in sorted(self._come.items())])

    def _forget_the_oldest(self) -> None:
        memory = self._memory()
        if len(memory) > NAMES_MAX:
            oldest = sorted(memory, key=lambda name: memory[name][0])[: len(memory) - NAMES_MAX]
            self._store.write(
                "delete from device_memory where device_id = ? and name = ?",
                [(self._device_id, name) for name in oldest],
            )


class Memories:
    """Of the devices of one batch."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._devices: dict[int, OneDevice] = {}

    def of(self, device_id: int) -> OneDevice:
        if device_id not in self._devices:
            self._devices[device_id] = OneDevice(self._store, device_id)
        return self._devices[device_id]

    def save(self) -> None:
        for _, device in sorted(self._devices.items()):
            device.save()
