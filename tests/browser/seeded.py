"""A small district with something of everything, made of real events through the ordinary intake."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import config
from ingest.inbox import answer, waiting
from ingest.intake import Batch
from ingest.judge import Judge
from ingest.reading import Message, read
from ingest.registry import Registry
from ingest.store.choice import store_for
from models.base import MINUTE, SECOND
from models.database import engine_for, migrate, read_only, transaction
from tests.databases import ServerDatabase, url_of

NOON = 1_795_404_968_000_000
"""Monday 2026-11-23 11:36:08 in Shenzhen: the seeded now."""

STREETS = (
    ("440309001", "观湖街道", "Guanhu Subdistrict"),
    ("440309002", "民治街道", "Minzhi Subdistrict"),
    ("440309003", "龙华街道", "Longhua Subdistrict"),
    ("440309004", "大浪街道", "Dalang Subdistrict"),
    ("440309005", "福城街道", "Fucheng Subdistrict"),
    ("440309006", "观澜街道", "Guanlan Subdistrict"),
)
NAMES = (
    ("青禾", "Qinghe"), ("云杉", "Yunshan"), ("松鹤", "Songhe"), ("和悦", "Heyue"), ("朗晴", "Langqing"), ("桐里", "Tongli"),
    ("梅溪", "Meixi"), ("晴川", "Qingchuan"), ("银桂", "Yingui"), ("兰亭", "Lanting"), ("安澜", "Anlan"), ("春晖", "Chunhui"),
    ("映山", "Yingshan"), ("清荷", "Qinghe Lotus"), ("乐龄", "Leling"), ("福满", "Fuman"), ("嘉禾", "Jiahe"), ("丹枫", "Danfeng"),
    ("翠屏", "Cuiping"), ("金穗", "Jinsui"), ("海棠", "Haitang"), ("榕荫", "Rongyin"), ("百合", "Baihe"), ("南风", "Nanfeng"),
)  # fmt: skip
MIDDLES = (
    (114.063, 22.702),
    (114.036, 22.622),
    (114.028, 22.664),
    (113.992, 22.684),
    (114.022, 22.728),
    (114.078, 22.735),
)
"""Longitude and latitude near the middle of each street; the sites stand in a spiral around it."""
NOWHERE = "d-024"
"""A site whose place the registry does not know."""
KINDS = (
    ("STC", "街道长者服务中心", "street elder centre"),
    ("CST", "社区长者服务站", "community station"),
    ("MEAL", "长者饭堂", "elder canteen"),
    ("INST", "颐养院", "nursing home"),
    ("DCC", "日间照料中心", "day-care centre"),
    ("HCO", "居家服务中心", "home-care provider"),
    ("MPT", "助餐点", "meal point"),
    ("NSP", "小区长者服务点", "compound point"),
)
CENTRE = {"beds": (60, 53), "daycare": (40, 31), "canteen": (90, 62), "hall": (90, 104)}
"""The first site: area -> capacity, people; its hall is over capacity."""
CENTRE_SITE, LIVE, LATE, SILENT, NEW, CLOSED, SOS = (
    "d-001",
    "d-002",
    "d-005",
    "d-006",
    "d-009",
    "d-012",
    "d-010",
)
HEARD_AGO = {LATE: 5 * MINUTE, SILENT: 31 * MINUTE}


@dataclass(frozen=True)
class Nowhere:
    """An origin that nobody acknowledges."""

    by_broker: bool = True
    rejected_id: int | None = None


@dataclass
class SeededDistrict:
    """A database that the worker's own intake writes to, at a clock of the tests."""

    path: Path | ServerDatabase
    registry: Registry = field(default_factory=Registry)
    count: int = 0

    def __post_init__(self) -> None:
        self.url = url_of(self.path)
        self.engine = engine_for(self.url)
        migrate(self.engine)

    def register(self, sites: int = len(NAMES)) -> None:
        with transaction(self.engine) as connection:
            store = store_for(connection)
            store.write("insert into street (code, name_zh, name_en) values (?, ?, ?)", STREETS)
            store.write(
                "insert into site (code, name_zh, name_en, kind, street, lon, lat, address, count_by, created_at)"
                " values (?, ?, ?, ?, ?, ?, ?, '示例路 1 号', 'counter', 0)",
                [(*_site(n), *_spot(n)) for n in range(sites)],
            )
            known = dict(store.rows("select code, id from site", ()))
            store.write(
                "insert into capacity (site_id, area, valid_from, persons) values (?, ?, 0, ?)",
                [(known[code], area, persons) for n in range(sites) for code, area, persons in _capacity(n)],
            )
            hours = [
                (id_, "Mo-Su 18:00-20:00" if code == CLOSED else "Mo-Su 06:00-22:00") for code, id_ in known.items()
            ]
            store.write("insert into opening_hours (site_id, valid_from, rule) values (?, 0, ?)", hours)
            store.next_change("registry")

    def take(self, site: str, events: list[dict[str, object]], received_at: int) -> None:
        """What the worker does with a message, at this receive time."""
        payloads = [json.dumps(events[n : n + 500]).encode() for n in range(0, len(events), 500)]
        topic = f"eldercare/v1/{site}/events"
        items = [item for body in payloads for item in read(Message(topic, body, False, received_at, Nowhere()))]
        with transaction(self.engine) as connection:
            taken = Batch(store_for(connection), self.registry, config.load(environ={}), items, received_at).take_in()
        assert set(taken.verdicts) <= {"stored"}, taken.verdicts

    def drain_inbox(self, now: int) -> None:
        """What the worker does with what a page has put into the inbox."""
        with read_only(self.engine) as connection:
            items = [item for message in waiting(connection, 0, 200) for item in read(message)]
        if items:
            with transaction(self.engine) as connection:
                store = store_for(connection)
                taken = Batch(store, self.registry, config.load(environ={}), items, now).take_in()
                answer(store, items, taken.verdicts, now)

    def event(self, kind: str, at: int, **rest: object) -> dict[str, object]:
        self.count += 1
        return {"id": f"seed-{self.count}", "kind": kind, "at": _written(at), **rest}

    def day_so_far(self, sites: int = len(NAMES)) -> None:
        """The morning of every site that is heard: flows, meals, services, gear, and one call for help."""
        for n in range(sites):
            code = _site(n)[0]
            if code != NEW:
                heard = NOON - HEARD_AGO.get(code, (2 + n) * SECOND)
                events = [_told_later(event, heard) for event in self._morning(code, n, heard)]
                self.take(code, events, heard)
        self.judged(NOON)

    def judged(self, now: int) -> None:
        """What the worker's rules say who have listened all morning, six minutes before and now."""
        judge = Judge(config.load(environ={}), self.engine)
        judge.ears.since = now - 240 * MINUTE
        judge.look(now - 6 * MINUTE, 0.0)  # reads the registry, and gives each site its first deadline
        for at in (now - 6 * MINUTE, now):
            while judge.look(at, 0.0):
                pass

    def _morning(self, code: str, n: int, heard: int) -> Iterator[dict[str, object]]:
        areas = CENTRE if n == 0 else {"main": (_places(n), _places(n) * (3 + n % 6) // 9)}
        for area, (_, people) in areas.items():
            yield from self._coming(area, people, heard)
        for service, type_ in enumerate(("BA.ST", "RH.TR", "CR.RC") if n == 0 else ()):
            yield from self._service(f"s-{service}", type_, heard)
        for _ in range(n % 4):
            yield self.event("meal.served", heard, meal="lunch", mode="dine_in")
        if code == SOS:
            yield self.event("alarm.raised", heard - 150 * SECOND, alarm="a-1", type="SOS")
        yield from self._heartbeats(heard, 18 if n == 0 else 78)

    def _heartbeats(self, heard: int, battery_pct: int) -> Iterator[dict[str, object]]:
        """The door reports each five minutes, but for the quarter of an hour in which its line was cut."""
        status = {"device": "door-east", "online": True, "battery_pct": battery_pct, "clock_offset_ms": 120}
        for step in range(1, 42):
            at = NOON - 210 * MINUTE + step * 5 * MINUTE
            if at < heard and not 20 <= step < 23:
                yield self.event("device.status", at, **status)
        yield self.event("device.status", heard, **status)

    def _coming(self, area: str, people: int, heard: int) -> Iterator[dict[str, object]]:
        start, steps = NOON - 210 * MINUTE, 42
        yield self.event("occupancy.count", start, area=area, count=0, method="reset")
        for step in range(1, steps):
            came = people * step // (steps - 1) - people * (step - 1) // (steps - 1)
            at = min(start + step * 5 * MINUTE, heard)
            if came and not 20 <= step < 23:
                yield self.event("occupancy.flow", at, area=area, **{"in": came + 1, "out": 1})
        missing = people * 22 // (steps - 1) - people * 19 // (steps - 1)
        if missing:
            yield self.event("occupancy.flow", heard, area=area, **{"in": missing, "out": 0})

    def _service(self, service: str, type_: str, heard: int) -> Iterator[dict[str, object]]:
        due = {"due_at": _written(heard - 40 * MINUTE)}
        yield self.event("service.planned", heard - 120 * MINUTE, service=service, type=type_, **due)
        if type_ != "CR.RC":
            yield self.event("service.started", heard - 40 * MINUTE, service=service)
        if type_ == "BA.ST":
            yield self.event("service.completed", heard - 5 * MINUTE, service=service)


def _told_later(event: dict[str, object], heard: int) -> dict[str, object]:
    """The morning comes at once, out of a device's own store; only its end is live."""
    return event if str(event["at"]) > _written(heard - 5 * SECOND) else event | {"backfill": True}


def _site(n: int) -> tuple[str, str, str, str, str]:
    (zh, en), (kind, zh_kind, en_kind) = NAMES[n % len(NAMES)], KINDS[n % len(KINDS)]
    return f"d-{n + 1:03d}", zh + zh_kind, f"{en} {en_kind}", kind, STREETS[n % len(STREETS)][0]


def _spot(n: int) -> tuple[float | None, float | None]:
    if _site(n)[0] == NOWHERE:
        return None, None
    (lon, lat), step = MIDDLES[n % len(MIDDLES)], n // len(MIDDLES)
    far = 0.01 + 0.003 * (step % 6)
    return lon + far * math.cos(2.4 * step + 0.5), lat + far * math.sin(2.4 * step + 0.5)


def _places(n: int) -> int:
    return 30 + 10 * (n % 5)


def _capacity(n: int) -> list[tuple[str, str, int]]:
    code = _site(n)[0]
    return [(code, area, places) for area, (places, _) in CENTRE.items()] if n == 0 else [(code, "", _places(n))]


def _written(at: int) -> str:
    seconds, micros = divmod(at, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{micros:06d}Z"
