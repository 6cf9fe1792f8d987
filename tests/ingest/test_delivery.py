"""How data arrives is counted beside it: once for each new event, however batches cut it and whatever comes again."""

import json

from contract import format_instant
from models.base import SECOND
from tests.ingest.conftest import NOW

SLOT = "select minutes, events, by_hand, timed, over_2s, over_10s, over_60s, over_600s from site_slot"


def said(n, kind, lag_s, **rest):
    return {"id": f"e{n}", "kind": kind, "at": format_instant(NOW - int(lag_s * SECOND)), **rest}


def test_events_typed_ones_and_slow_ones_add_up_over_batches(district):
    events = [
        said(1, "occupancy.flow", 1, **{"in": 1, "out": 0}),
        said(2, "occupancy.count", 5, count=3, method="staff"),
        said(3, "person.in", 70, person="elder-0001", method="desk"),
        said(4, "person.in", 30, person="elder-0002", method="card"),
        said(5, "device.status", 130, device="door-1", online=True, backfill=True),
    ]
    district.take(json.dumps(events[:2]).encode())
    district.take(json.dumps(events[1:]).encode())
    district.take(json.dumps(events).encode())
    # 09:02:11 less at most 130 s: minutes 0, 1 and 2 of the slot
    assert district.rows(SLOT) == [(7, 5, 2, 4, 3, 2, 1, 0)]


def test_what_was_refused_is_no_event_that_arrived(district):
    district.take(b'[{"id": "x", "kind": "nonsense", "at": "2026-11-23T09:00:00+08:00"}]')
    assert district.rows(SLOT) == []
