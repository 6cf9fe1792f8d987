"""Where the events of a time are looked for.

Keys are in the order of time but for a sender whose clock was wrong as it made the id. Looked for among keys of about
their time, events spare PostgreSQL the partitions of all other days: with a hundred of them that is the difference
between a millisecond and a second. Where it matters that none is missed, the slots say how many there are, and if fewer
were found all keys are asked.
"""

from typing import Any

from sqlalchemy import BindParameter, LargeBinary, bindparam

from models.base import HOUR, Instant
from models.event import Event, key_from

_KEYS: BindParameter[bytes] = bindparam("keys", type_=LargeBinary)
_END_KEYS: BindParameter[bytes] = bindparam("end_keys", type_=LargeBinary)
_EVENT = Event.__table__.c
AMONG_KEYS: tuple[Any, Any] = (_EVENT.key >= _KEYS, _EVENT.key < _END_KEYS)
"""A condition of a statement that is told `keys_around` or `ALL_KEYS`."""
ALL_KEYS: dict[str, bytes] = {"keys": b"", "end_keys": b"\xff" * 17}


def keys_around(start: Instant, end: Instant, around: Instant = HOUR) -> dict[str, bytes]:
    """Of what happens in [start, end), where the id was made no further from it than this."""
    return {"keys": key_from(start - around), "end_keys": key_from(end + around)}
