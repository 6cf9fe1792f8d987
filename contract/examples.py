"""One good event of each kind, as the documents show it."""

from typing import Any

_FIELDS: dict[str, dict[str, Any]] = {
    "occupancy.count": {"area": "hall", "count": 23, "method": "staff"},
    "occupancy.flow": {"area": "hall", "in": 2, "out": 0},
    "person.in": {"person": "tk_7Qm2Zr", "area": "canteen", "method": "card"},
    "person.out": {"person": "tk_7Qm2Zr", "area": "canteen", "method": "auto"},
    "meal.served": {"meal": "lunch", "mode": "dine_in", "person": "tk_7Qm2Zr", "price_fen": 1500, "subsidy_fen": 500},
    "meal.booked": {"meal": "dinner", "mode": "delivery", "for": "2026-11-24", "person": "tk_7Qm2Zr"},
    "meal.cancelled": {"meal": "dinner", "mode": "delivery", "for": "2026-11-24", "person": "tk_7Qm2Zr"},
    "service.planned": {
        **{"service": "sv-20261123-0017", "type": "ML.DI", "due_at": "2026-11-23T14:00:00+08:00", "minutes": 60},
        **{"person": "tk_7Qm2Zr", "worker": "wk_03hT9x", "price_fen": 8000},
    },
    "service.started": {
        **{"service": "sv-20261123-0017", "worker": "wk_03hT9x", "method": "qr"},
        "place": {"lat": 22.65, "lon": 114.03, "accuracy_m": 12.5, "mock": False},
    },
    "service.completed": {"service": "sv-20261123-0017", "method": "qr", "units": 1, "price_fen": 8000},
    "service.cancelled": {"service": "sv-20261123-0018", "by": "elder", "reason": "in_hospital"},
    "service.confirmed": {"service": "sv-20261123-0017", "method": "family"},
    "bed.moved": {"person": "tk_9Kd4Vw", "move": "admit", "bed": "302-1"},
    "alarm.raised": {"alarm": "al-8801", "type": "SOS", "area": "bath", "person": "tk_9Kd4Vw"},
    "alarm.cleared": {"alarm": "al-8801", "type": "SOS"},
    "site.opened": {"by": "wk_03hT9x"},
    "site.closed": {},
    "staff.on": {"worker": "wk_03hT9x", "role": "care"},
    "staff.off": {"worker": "wk_03hT9x", "role": "care"},
    "rating.given": {"score": 5, "service": "sv-20261123-0017"},
    "device.status": {
        **{"online": True, "battery_pct": 87, "clock_offset_ms": -120, "queued": 0, "firmware": "1.0.3"},
        "lost": [{"boot": "k3f9", "from": 1012, "to": 1019}],
    },
    "observation": {"metric": "co2_ppm", "value": 640, "area": "hall"},
    "door.opened": {"area": "hall"},
    "door.closed": {"area": "hall"},
    "vendor.message": {"topic": "gw/ac233fc0/status", "text": '{"in": 2, "out": 0}'},
}

EXAMPLES: dict[str, dict[str, Any]] = {
    kind: {
        **{"id": f"01JD9Z6Q3M8VJ2W0F6T1A7K5{place:02d}", "kind": kind, "at": "2026-11-23T09:02:11.250+08:00"},
        **{"device": "door-1", "boot": "k3f9", "seq": 1042 + place},
        **fields,
    }
    for place, (kind, fields) in enumerate(_FIELDS.items())
}
STATUS_EXAMPLES = [{"online": True, "agent": "1.0.0", "boot": "k3f9"}, {"online": False, "boot": "k3f9"}]
ACK_EXAMPLE = {"boot": "k3f9", "seq": 1042, "also": [[1044, 1100]]}
