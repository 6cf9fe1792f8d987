"""Captures of real gear, kept outside the repository: each gives the events that stand beside it, or differs for a reason."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from contract import format_instant, parse_instant
from ingest.vendors.decoding import CAPTURE, Arrival, Hanging, decode
from ingest.vendors.rules import COUNTER
from ingest.vendors.settling import Notebook, of_wrapped, settle
from ingest.vendors.shelf import shelf, wire
from ingest.vendors.tables import given_params
from ingest.vendors.tokens import token_for_samples
from tests.ingest.conftest import NOW

CAPTURES = next(
    (up / "shared" / "devices" for up in Path(__file__).parents if (up / "shared" / "devices").is_dir()), Path("absent")
)
ZONE = "Asia/Shanghai"
ALIVE = {"kind": "device.status", "online": True}


@dataclass(frozen=True)
class Capture:
    """`instead`: our events where we differ from the expectation, and `why`. `prose`: what it says in words only, in full."""

    file: str
    table: str
    topic: str = CAPTURE
    params: dict = field(default_factory=dict)
    instead: list | None = None
    why: str = ""
    prose: tuple = ()


def lorawan(name, model, instead=None, why="", prose=(), **params):
    return Capture(f"milesight/{name}.json", f"milesight-{model}", params=params, instead=instead, why=why, prose=prose)


def seen(metric, value):
    return {"kind": "observation", "metric": metric, "value": value}


def passed(line):
    return {"kind": COUNTER, "counter": line, "in": 0, "out": 0}


REGIONS = {f"areas.region-{n}": f"region-{n}" for n in range(1, 17)}
NO_PERSON = "the contract's person.in and person.out name a person; presence without one is an observation"
NO_HEADS = "a flag that somebody is there is no head count: an occupancy.count would enter the sum of the site"
NOTHING_ELSE = "a message that was understood proves that the device lives, and must end as an event"

MINE = [
    Capture("milesight/vs125_live_heartbeat.json", "milesight-vs125", "bus/001/door2/telemetry"),
    Capture(
        "milesight/vs125_poe_periodic.json", "milesight-vs125",
        params={"count": "both", "areas.region-1": "bd1e6ce2-e113-4ce4-a9b6"},
    ),
    Capture("milesight/vs125_poe_line_trigger.json", "milesight-vs125", params={"flow": "trigger_totals"}),
    Capture(
        "milesight/vs125_poe_dwell.json", "milesight-vs125", instead=[ALIVE],
        why="people_id is a track of a camera, nobody who came in: a person.out would take one off the count",
    ),
    Capture("zigbee2mqtt/availability.json", "zigbee2mqtt", "zigbee2mqtt/remote/availability"),
    Capture("zigbee2mqtt/bridge_device_leave.json", "zigbee2mqtt", "zigbee2mqtt/bridge/event"),
    Capture(
        "zigbee2mqtt/button_single.json", "zigbee2mqtt", "zigbee2mqtt/button", {"press_alarm": "CALL"},
        instead=[{"kind": "alarm.raised", "type": "CALL", "alarm": "dev-1.CALL"}],
        why="service.started needs the id of one planned service, which a button does not know; a press is a call",
    ),
    Capture(
        "zigbee2mqtt/fp1_leave.json", "zigbee2mqtt", "zigbee2mqtt/fp1_hall",
        instead=[{"kind": "observation", "metric": "presence", "value": 0.0, "area": "dev-1-region-1"}], why=NO_PERSON,
    ),
    Capture(
        "zigbee2mqtt/occupancy.json", "zigbee2mqtt", "zigbee2mqtt/FRIENDLY_NAME",
        instead=[{"kind": "observation", "metric": "motion", "value": 1.0}], why=NO_PERSON,
    ),
    Capture("zigbee2mqtt/sos_emergency.json", "zigbee2mqtt", "zigbee2mqtt/sos_room_12"),
    Capture("zigbee2mqtt/vibration.json", "zigbee2mqtt", instead=[ALIVE | {"battery_pct": 100}], why=NOTHING_ELSE),
    Capture("frigate/available_lwt.txt", "frigate", "frigate/available", {"areas.front_door": "front-door"}),
    Capture("frigate/camera_person_count.txt", "frigate", "frigate/front_door/person", {"areas.front_door": "camera"}),
    Capture(
        "frigate/event_update.json", "frigate", "frigate/events", {"areas.front_door": "hall"},
        instead=[ALIVE], why=NOTHING_ELSE,
    ),
    Capture("hikvision/peoplecounting_realtime.xml", "hikvision-counting", "site/s-001/hik/84"),
    Capture(
        "hikvision/peoplecounting_timerange.xml", "hikvision-counting",
        params={"flow": "timeRange", "areas.1/1": "24-28-fd-f3-3a-11-1-1"},
    ),
    Capture("hikvision/acs_face_pass.json", "hikvision-access", params={"areas.door-1": "door-1"}),
    Capture("chirpstack/v4_up.json", "chirpstack-device"),
    Capture("chirpstack/v4_join.json", "chirpstack-device"),
    Capture("chirpstack/v4_status.json", "chirpstack-device"),
]  # fmt: skip
OBJECTS = [
    lorawan(
        "am307_iaq", "am307",
        prose=(
            seen("temperature_c", 23.8), seen("humidity_pct", 62.0), seen("light_level", 2.0), seen("tvoc", 0.37),
            seen("pressure_hpa", 1008.6), seen("motion", 1.0),
        ),
    ),
    lorawan("em300_sld_leak_history", "em300-sld"),
    lorawan("vs121_people_count", "vs121"),
    lorawan("vs121_people_in_out", "vs121", count="line"),
    lorawan(
        "vs121_region_counts", "vs121", count="regions", **REGIONS,
        prose=tuple(
            {"kind": "occupancy.count", "count": 0, "area": f"region-{n}"} for n in range(1, 17) if n not in (2, 8, 9)
        ),
    ),
    lorawan("vs133_dwell", "vs133", [ALIVE], NOTHING_ELSE),
    lorawan("vs133_line_totals", "vs133", prose=(passed("line_2"), passed("line_3"))),
    lorawan("vs133_region_counts", "vs133", count="regions", **REGIONS),
    lorawan("vs340_occupied", "presence", [{"kind": "observation", "metric": "seat_occupied"}, ALIVE], NO_HEADS),
    lorawan("vs373_fall_cleared", "vs373"),
    lorawan("vs373_fall_raised", "vs373"),
    lorawan(
        "vs373_in_bed", "vs373",
        [
            {"kind": "observation", "metric": "bed_occupied", "value": 1.0},
            {"kind": "observation", "metric": "respiratory_rate", "value": 16.0},
        ],
        NO_HEADS,
    ),
    lorawan("ws101_short_press", "ws101"),
    lorawan("ws202_pir", "presence", [{"kind": "observation", "metric": "motion", "value": 1.0}, ALIVE], NO_PERSON),
    lorawan("ws301_door_open", "ws301"),
]  # fmt: skip
FAMILIES = ("milesight", "zigbee2mqtt", "frigate", "hikvision", "chirpstack")

needs_captures = pytest.mark.skipif(not CAPTURES.is_dir(), reason="the captures of real gear are not on this machine")


def meta_of(capture):
    return json.loads((CAPTURES / capture.file).with_suffix(".meta.json").read_text())


def said_by(capture, payload, heard_at):
    """Our events; a running total stands for itself, as a first one is only a baseline."""
    table = shelf().table(capture.table)
    hanging = Hanging("s-001", "dev-1", table, given_params(table, capture.params), None)
    arrival = Arrival(capture.topic, payload, heard_at)
    reading = decode(hanging, arrival, ZONE, token_for_samples)
    totals = [
        {"kind": COUNTER, "at": format_instant(draft.at or heard_at), **draft.fields}
        for draft in reading.drafts
        if draft.kind == COUNTER
    ]
    settled = settle(hanging, arrival, reading, of_wrapped("m", False), Notebook(), ZONE)
    events = [wire(event) for event in settled.events]
    if totals:  # the heartbeat stands in for a baseline
        events = [one for one in events if one["kind"] != "occupancy.flow"]
    return totals + events


ALARMS = {"water_leak": "LEAK", "sos": "SOS", "fall": "FALL"}
METRICS = {"co2": "co2_ppm"}


def ours(expected, heard_at):
    """An expectation in the contract's words."""
    kind = {
        "occupancy.absolute": "occupancy.count",
        "occupancy.delta": "occupancy.flow",
        "presence.enter": "person.in",
        "presence.leave": "person.out",
    }.get(expected["type"], expected["type"])
    said = {"kind": kind, "at": format_instant(when(expected, heard_at))}
    said |= {name: expected[name] for name in ("count", "in", "out", "online", "value", "backfill") if name in expected}
    if "battery" in expected:
        said["battery_pct"] = round(expected["battery"])
    if "kind" in expected:
        said["type"] = ALARMS[expected["kind"]]
    if "alarm_ref" in expected:
        said["alarm"] = f"dev-1.{expected['alarm_ref']}"
    if "metric" in expected:
        said["metric"] = METRICS[expected["metric"]]
    if kind == COUNTER:
        said |= {"counter": expected["counter_id"], "in": expected["in_total"], "out": expected["out_total"]}
    if str(expected.get("person")).startswith("token("):
        said["person"] = token_for_samples("s-001", "123123123")
    if "zone" in expected and expected["zone"] not in ("all", "line"):
        said["area"] = area(expected["zone"])
    if str(expected.get("device", "")).startswith("0x"):
        said["device"] = expected["device"]
    return said


def area(zone):
    """As `params` below spell it; an area's code is shorter than a uuid."""
    return re.sub("[^a-z0-9]+", "-", zone.strip("{}"))[:23]


def when(expected, heard_at):
    time = expected.get("time", "receive")
    return heard_at if time in ("uplink", "receive") else parse_instant(time)


def heard_of(meta):
    times = [one["time"] for one in meta["expected_canonical"] if isinstance(one, dict) and one["time"][0] == "2"]
    return parse_instant(times[0]) + 2_000_000 if times and not meta["payload_file"].startswith("em300") else NOW


def holds(found, wanted):
    return all(found.get(name) == value for name, value in wanted.items())


def agree(found, meta, capture, heard_at):
    """Each expectation is one of our events, and there is no other; beside a baseline may stand that the device lives."""
    expected = [one for one in meta["expected_canonical"] if isinstance(one, dict)]
    wanted = [ours(one, heard_at) for one in expected] if capture.instead is None else capture.instead
    left = list(found)
    for one in [*wanted, *capture.prose]:
        match = next((said for said in left if holds(said, one)), None)
        assert match, (one, found)
        left.remove(match)
    is_baseline = any(said["kind"] == COUNTER for said in found)
    assert [one for one in left if not (is_baseline and holds(one, ALIVE))] == []
    words = [one for one in meta["expected_canonical"] if isinstance(one, str) and "not used" not in one]
    assert bool(capture.prose) == bool(words), "what an expectation says in words is spelt out here"


@needs_captures
@pytest.mark.parametrize("capture", MINE + OBJECTS, ids=lambda one: one.file)
def test_a_capture_gives_its_expected_events(capture):
    meta = meta_of(capture)
    heard_at = heard_of(meta)
    agree(said_by(capture, (CAPTURES / capture.file).read_bytes(), heard_at), meta, capture, heard_at)
    assert (capture.instead is None) == (not capture.why)


@needs_captures
@pytest.mark.parametrize("capture", OBJECTS, ids=lambda one: one.file)
def test_a_decoded_object_means_the_same_behind_chirpstack(capture):
    envelope = json.loads((CAPTURES / "chirpstack" / "v4_up.json").read_bytes())
    envelope |= {"object": json.loads((CAPTURES / capture.file).read_bytes()), "time": format_instant(NOW)}
    agree(said_by(capture, json.dumps(envelope).encode(), NOW), meta_of(capture), capture, NOW)


@needs_captures
def test_every_capture_of_our_families_is_looked_at():
    there = {
        f"{path.parent.name}/{path.name}"
        for name in FAMILIES
        for path in (CAPTURES / name).iterdir()
        if ".meta." not in path.name
    }
    assert there == {capture.file for capture in MINE + OBJECTS}
