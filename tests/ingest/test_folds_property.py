"""Services, residents, alarms, doors, tallies and minutes: the same events give the same rows in every order and batching."""

import json
import random
import shutil
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import config
from models.database import engine_for
from tests.databases import emptied
from tests.ingest.conftest import District
from tests.ingest.said import DAY, MINUTE, wire

START = 1_795_363_200_000_000
RECEIVED = START + 2 * DAY

PICTURE = (
    "select ref, plan, start, finish, cancel, confirm, type, state, due_at, minutes, started_at, completed_at, flags"
    " from service order by ref",
    "select person, moves, whereabouts, on_roll, since, bed, flags from resident order by person",
    "select ref, type, grade, area, person, open, raised_key, cleared_key, raised_at, cleared_at from alarm order by ref",
    "select heard_at, event_at, online, boot, door, door_at, door_id from site_state",
    "select day, what, n from tally order by day, what",
    "select slot, minutes from site_slot order by slot",
    "select day, code, visits from card_day join area on area.id = area_id order by day, code",
    "select day, sum(persons) from card_day group by day",
    "select token, at, code from card_entry join area on area.id = area_id order by token, at",
    "select status_at, online, battery_pct from device",
    "select upto, highest, beyond, lost, received from stream order by boot",
)

FIELDS = {
    "service.planned": lambda d: {
        "type": d(st.sampled_from(["BA.HM", "XX.YY"])),
        "due_at": wire(START + d(st.integers(0, 99)) * MINUTE),
    },
    "service.started": lambda d: {"type": d(st.sampled_from(["CL.HM", "BA.HM"]))},
    "service.completed": lambda d: {"units": d(st.integers(0, 3))},
    "service.cancelled": lambda d: {"by": d(st.sampled_from(["elder", "provider"]))},
    "service.confirmed": lambda d: {"method": d(st.sampled_from(["pin", "call"]))},
    "alarm.raised": lambda d: {"type": d(st.sampled_from(["SOS", "FALL", "ODD"]))},
    "alarm.cleared": lambda d: {"type": d(st.sampled_from(["SOS", "FALL", "ODD"]))},
    "bed.moved": lambda d: {"move": d(st.sampled_from(["admit", "leave", "return", "hospital", "death", "transfer"]))},
    "person.in": lambda d: {"method": "card"},
    "person.out": lambda d: {"method": "card"},
    "site.opened": lambda d: {},
    "site.closed": lambda d: {},
    "meal.booked": lambda d: {"meal": "lunch", "mode": "dine_in", "for": "2026-11-23"},
    "rating.given": lambda d: {"score": d(st.integers(1, 5))},
}


@st.composite
def events(draw):
    """Up to thirty events about few things at few moments, so that ties and impossible orders are common."""
    out = []
    for index in range(draw(st.integers(1, 30))):
        kind = draw(st.sampled_from(sorted(FIELDS)))
        one = {"id": f"e{index}", "kind": kind, "at": wire(START + draw(st.integers(0, 6)) * 37 * MINUTE)}
        if kind == "person.in":
            step = draw(st.integers(0, 9))
            one |= {"at": wire(START + step * 3 * MINUTE), "area": ("hall", "tea")[step % 2]}
        thing = f"thing-{draw(st.integers(0, 1))}"
        name = {"service": "service", "alarm": "alarm", "bed": "person", "person": "person"}.get(kind.split(".")[0])
        one |= ({name: thing} if name else {}) | FIELDS[kind](draw)
        if kind == "bed.moved" and draw(st.booleans()):
            one["bed"] = f"bed {draw(st.integers(1, 3))}"
        if draw(st.booleans()):
            one |= {"boot": "b1", "seq": index + 1}
        out.append(one)
    return out


def batches(group, chance):
    sent = group + [one for one in group if chance.random() < 0.3]
    chance.shuffle(sent)
    while sent:
        size = chance.randint(1, 7)
        yield sent[:size]
        sent = sent[size:]


def picture(url, arrivals):
    district = District(engine_for(url), config.load())
    district.register("s-001")
    for batch in arrivals:
        district.take(json.dumps(batch).encode(), received_at=RECEIVED)
    found = [district.rows(sql) for sql in PICTURE]
    district.engine.dispose()
    return found


@pytest.fixture
def on_files(template, tmp_path):
    numbers = count()
    return lambda arrivals: picture(f"sqlite:///{shutil.copy(template, tmp_path / f'{next(numbers)}.db')}", arrivals)


@pytest.fixture
def on_a_server(server_database):
    def made(arrivals):
        emptied(server_database.url)
        return picture(server_database.url, arrivals)

    return made


AS_A_RULE = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])


@settings(AS_A_RULE, max_examples=25)
@given(group=events(), seed=st.integers(0, 10_000))
def test_any_order_batching_and_duplication_gives_the_same_rows(on_files, group, seed):
    assert on_files(batches(group, random.Random(seed))) == on_files([group])


@settings(AS_A_RULE, max_examples=10)
@given(group=events(), seed=st.integers(0, 10_000))
def test_any_order_batching_and_duplication_gives_the_same_rows_on_a_server(on_a_server, group, seed):
    assert on_a_server(batches(group, random.Random(seed))) == on_a_server([group])
