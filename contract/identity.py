"""What makes an event one: its identity as a time-ordered key, and a digest that tells the same event from another one.

A ULID or a UUIDv7 sorts by time and is the identity alone. Any other `id` is foreign: its key is 48 bits of `at` in
milliseconds and 80 bits of a hash of (id, at), so that (site, id, at) counts once and rows still land in order of time.
"""

import re
from hashlib import blake2b
from typing import Any, get_args

import msgspec

from contract.events import Event, OccupancyCount

FOREIGN, ULID, UUID7 = 0, 1, 2

_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_CROCKFORD_TO_BASE32 = str.maketrans("0123456789ABCDEFGHJKMNPQRSTVWXYZ", "0123456789abcdefghijklmnopqrstuv")
_ENCODER = msgspec.json.Encoder(enc_hook=int)


def _said_as_meant(kind: Any) -> tuple[tuple[str, str, Any], ...]:
    """(field, its default said in full, what stands there when nothing is said): the encoder leaves out the very default only."""
    defaults = {"area": "main", "method": "sensor" if kind is OccupancyCount else None}
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    return tuple((name, said, fields[name].default) for name, said in defaults.items() if said and name in fields)


_SAID_AS_MEANT = {kind: _said_as_meant(kind) for kind in get_args(Event)}


def form_of(event: Event) -> int:
    """0 foreign, 1 ULID, 2 UUIDv7."""
    id_ = event.id
    if len(id_) == 26:
        return ULID if _ULID.fullmatch(id_) else FOREIGN
    return UUID7 if len(id_) == 36 and _UUID7.fullmatch(id_) else FOREIGN


def key_of(event: Event) -> bytes:
    """16 bytes; with the site it is the identity."""
    return form_and_key(event)[1]


def form_and_key(event: Event) -> tuple[int, bytes]:
    """Both at once, for whoever keeps thousands."""
    form = form_of(event)
    return form, _key(event, form)


def _key(event: Event, form: int) -> bytes:
    if form == ULID:
        return int(event.id.translate(_CROCKFORD_TO_BASE32), 32).to_bytes(16, "big")
    if form == UUID7:
        return bytes.fromhex(event.id.replace("-", ""))
    told = blake2b(f"{event.id}\0{int(event.at)}".encode(), digest_size=10).digest()
    # The first hours of 1970 east of Greenwich lie before the count of milliseconds begins.
    return max(event.at // 1000, 0).to_bytes(6, "big") + told


def digest_of(event: Event) -> int:
    """Signed 64 bits of the event after decoding and defaults, `backfill` and the topic's `site` aside.

    Equal for "the same event": spellings of the same instant and an explicit default make no difference, and an area that
    is not named is `main`.
    """
    changes: dict[str, Any] = {}
    for name, said, meant in _SAID_AS_MEANT[type(event)]:
        value = getattr(event, name)
        if value is not meant and value == said:
            changes[name] = meant
    if event.backfill or event.site is not None:
        changes |= {"backfill": False, "site": None}
    if changes:
        event = msgspec.structs.replace(event, **changes)
    return int.from_bytes(blake2b(_ENCODER.encode(event), digest_size=8).digest(), "big", signed=True)
