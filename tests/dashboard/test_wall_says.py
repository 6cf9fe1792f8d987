"""Whatever is sent, done or written about a person, no byte of it reaches a wall; nor does an exact count below five."""

import dataclasses
import json

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dashboard.wall_rows as wall_rows
from clock import real_now
from dashboard.access import Viewer
from dashboard.frames.wall import wall_frame
from dashboard.walls import approve
from models.base import SECOND
from tests.browser.seeded import STREETS
from tests.dashboard.moves import acknowledge
from tests.dashboard.town import ELSEWHERE, SAME_STREET, SITE, STREET, Town

NAME, SPOT = "zhangwei", 654321
"""Who must not be found, in any case, and the end of every coordinate that she is at."""
SCOPES = ("", f"street:{STREET}")
PLACE = {"lat": 22.654321, "lon": 114.654321, "accuracy_m": 5.0, "mock": False}
WHO = {"person": f"{NAME}_0042", "worker": f"{NAME}_nurse"}
P, W = ({name: WHO[name]} for name in WHO)
AREA = {"area": f"{NAME}-room-3"}
SAID = (
    ("occupancy.count", {"count": 7, "method": "staff"} | AREA),
    ("occupancy.count", {"count": 900} | AREA),
    ("occupancy.flow", {"in": 3, "out": 1} | AREA),
    ("person.in", P | AREA),
    ("person.out", P | AREA),
    ("meal.served", P | {"meal": "lunch", "mode": "delivery"}),
    ("meal.booked", P | {"meal": "lunch", "mode": "dine_in", "for": "2026-11-23"}),
    ("service.planned", WHO | {"service": f"{NAME}-s1", "type": "ZHANGWEI.BA", "due_at": "2026-11-23T01:00:00Z"}),
    ("service.planned", WHO | {"service": f"{NAME}-s2", "type": "BA.HM", "due_at": "2026-11-23T02:00:00Z"}),
    ("service.started", WHO | {"service": f"{NAME}-s2", "place": PLACE}),
    ("service.completed", {"service": f"{NAME}-s2", "place": PLACE}),
    ("service.cancelled", {"service": f"{NAME}-s1", "by": "elder", "reason": f"{NAME}_ill"}),
    ("service.confirmed", {"service": f"{NAME}-s2", "method": "sign"}),
    ("bed.moved", P | {"move": "admit", "bed": f"{NAME}-12"}),
    ("bed.moved", P | {"move": "hospital"}),
    ("alarm.raised", P | AREA | {"alarm": f"{NAME}-a1", "type": "SOS"}),
    ("alarm.raised", P | AREA | {"alarm": f"{NAME}-a2", "type": "ZHANGWEI.FELL"}),
    ("alarm.raised", P | {"alarm": f"{NAME}-a3", "type": "VITAL", "value": float(SPOT)}),
    ("alarm.cleared", {"alarm": f"{NAME}-a1", "type": "SOS"}),
    ("staff.on", W | {"role": "nurse"}),
    ("site.opened", {"by": f"{NAME}_desk"}),
    ("rating.given", {"score": 1, "service": f"{NAME}-s2"}),
    ("device.status", {"online": True, "firmware": f"{NAME}-1", "battery_pct": 3}),
    ("observation", {"metric": f"{NAME}_pulse", "value": float(SPOT)} | AREA),
)
SITES = (SITE, SAME_STREET, ELSEWHERE, "d-001")


@pytest.fixture(scope="module")
def town(file_town):
    """A district whose registry and officers carry the name as well."""
    file_town.write("update site set address = ?, phone = ?", (f"{NAME} road {SPOT}", f"{SPOT}"))
    file_town.look()
    return file_town


@pytest.fixture(scope="module")
def screens(town):
    return [_hung(town, scope) for scope in SCOPES]


def _hung(town: Town, scope: str):
    screen = town.client()
    code = screen.post("/wall/pair").json()["code"]
    approve(town.engine, Viewer(NAME, "admin", ""), code, f"{NAME} wall", scope, real_now())
    screen.post("/wall/claim")
    return screen


def told(town: Town, screens) -> bytes:
    """Every byte that walls of the district and of a street get: page, what is beside it, stream; and a wall's key."""
    town.look()
    town.shell.state.beside._made.clear()
    town.shell.state.beside._curves.clear()
    answers = [
        screen.get(path) for screen in screens for path in ("/wall", "/wall/beside", "/wall/beside?lang=en&wide=1")
    ]
    assert {answer.status_code for answer in answers} == {200}
    streamed = b"".join(town.feed.whole("wall", scope, 0) for scope in SCOPES)
    by_key = town.client().get("/api/v1/live", headers=town.bearer("wall")).content
    return b"".join(answer.content for answer in answers) + streamed + by_key


def sent(town: Town, site: str, kind: str, rest: dict, ago_s: int) -> list[str]:
    event = town.event(kind, town.clock.at - ago_s * SECOND, **rest)
    event |= {"id": f"{NAME}-{event['id']}", "device": f"{NAME}-phone"}
    return town.say(site, json.dumps(event).encode())


def test_what_the_search_is_for_is_in_the_database_and_would_be_found(town, screens):
    """Each of the events is taken in, and the pages of people do show some of it."""
    for kind, rest in SAID:
        assert sent(town, SITE, kind, rest, 5) == ["stored"], (kind, rest)
    town.look()
    assert NAME in town.feed.whole("overview", "", 0).decode().lower()
    assert NAME not in told(town, screens).decode().lower()


@pytest.mark.parametrize("file_town", ["sqlite"], indirect=True, scope="module")  # it reads what leaves, a minute long
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(SITES), st.sampled_from(SAID), st.integers(0, 900)), min_size=1, max_size=8))
def test_nobody_is_ever_found_on_a_wall(town, screens, happened):
    for site, (kind, rest), ago_s in happened:
        sent(town, site, kind, rest, ago_s)
    for (alarm,) in town.rows("select id from alarm where state = 'raised' limit 1"):
        acknowledge(town.engine, Viewer(NAME, "district", ""), alarm, town.clock.at, real_now())
    said = told(town, screens).decode().lower()
    assert NAME not in said
    assert str(SPOT) not in said


ALLOWED = {
    "as_of", "heard_at", "build", "sites_reporting", "sites_total", "late", "silent", "new", "live", "alarms", "tiles", "streets",
    "waiting", "waiting_total", "sites", "name", "value", "of", "usual", "middle", "low", "high", "is_rate", "code", "name_zh",
    "name_en", "people", "load", "open_alarms", "worst_grade", "site", "kind", "street", "lat", "lon", "state", "band", "grade",
    "area", "since", "numbers", "many", "stage", "curve", "services", "ack_p50_s", "type", "planned", "done", "running",
}  # fmt: skip


def test_a_wall_s_rows_have_no_field_but_these():
    rows = [one for one in vars(wall_rows).values() if dataclasses.is_dataclass(one)]
    assert len(rows) == 8
    assert {field.name for row in rows for field in dataclasses.fields(row)} <= ALLOWED


# -- counts below five --------------------------------------------------------------------------------------------------

FIRST = STREETS[1][0]


def emptied(town: Town, people: int) -> None:
    """Nobody is in this street but so many at one site."""
    sites = [code for (code,) in town.rows("select code from site where street = ?", FIRST)]
    for site in sites:
        at = town.clock.at + people * SECOND
        town.happens(site, "occupancy.count", at, count=people if site == SITE else 0, method="staff")
    town.look()
    assert sum(row.people or 0 for row in town.feed.picture.rows.values() if row.street == FIRST) == people


def test_a_wall_says_the_same_for_nobody_and_for_four(own_town):
    town = own_town()
    said = set()
    for people in range(5):
        emptied(town, people)
        frame = wall_frame(town.feed.picture, f"street:{FIRST}", 0)
        said.add(msgspec.json.encode(frame))
        assert (frame.tiles[0].value, frame.streets[0].people, frame.streets[0].load) == ("few", "few", None)
    assert len(said) == 1
    emptied(town, 5)
    assert wall_frame(town.feed.picture, f"street:{FIRST}", 0).tiles[0].value == 5


def test_a_small_room_that_is_full_of_few_does_not_look_full(own_town):
    town = own_town()
    town.write("update capacity set persons = 4 where site_id = (select id from site where code = ?)", (SITE,))
    town.write("update change set n = n + 1")
    for people, band in ((4, 1), (5, 5)):
        town.happens(SITE, "occupancy.count", town.clock.at + people * SECOND, count=people, method="staff")
        town.feed._publish(dataclasses.replace(town.feed.picture, registry=-1))
        town.look()
        pins = {pin.site: pin for pin in wall_frame(town.feed.picture, "", 0).sites}
        assert pins[SITE].band == band


def test_the_curve_of_few_does_not_tell_how_few(own_town):
    town, drawn = own_town(), set()
    for people in (0, 3):
        emptied(town, people)
        beside = town.shell.state.beside
        beside._made.clear()
        beside._curves.clear()
        drawn.add(beside.of(f"street:{FIRST}", "zh", False).curve.partition('class="now"')[2])
    assert len(drawn) == 1
