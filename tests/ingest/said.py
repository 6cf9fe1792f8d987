"""Events as a site would say them, in one line each, and how tests read the answers."""

import json
from datetime import UTC, datetime, timedelta
from itertools import count

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_numbers = count(1)


def wire(at: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).isoformat(timespec="microseconds")


def event(kind: str, at: int, **fields: object) -> dict:
    """An event with an id of its own unless one is given; `in_` and `for_` stand for the reserved words."""
    said = {"id": f"e-{next(_numbers)}", "kind": kind, "at": wire(at)}
    return said | {name.removesuffix("_"): value for name, value in fields.items()}


def flow(at: int, came: int = 1, went: int = 0, **fields: object) -> dict:
    return event("occupancy.flow", at, in_=came, out=went, **fields)


def payload(*events: dict) -> bytes:
    """A single event as an object, several as an array."""
    return json.dumps(events[0] if len(events) == 1 else events).encode()
