"""The same events give the same number, slots and day in every order, batching and with any duplicates."""

import json
import random
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import config
from ingest.store.choice import store_for
from models.database import engine_for, transaction
from models.event import SLOT_US
from models.occupancy import Basis, SlotFold, presence, track_of
from tests.databases import emptied
from tests.ingest import reference
from tests.ingest.conftest import District

DAY_START = 1_795_363_200_000_000 // SLOT_US * SLOT_US
AREAS = ("main", "hall")


def wire(at_us: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)).isoformat()


@st.composite
def events(draw):
    """Up to forty events of two areas within a few slots; coarse times, so that ties and shared slots are common."""
    out = []
    for index in range(draw(st.integers(1, 40))):
        at = DAY_START + draw(st.integers(0, 40)) * 60_000_000
        event = {"id": f"e{index}", "at_us": at, "area": draw(st.sampled_from(AREAS))}
        kind = draw(st.sampled_from(["flow", "flow", "flow", "count", "staff", "reset", "in", "out"]))
        if kind == "flow":
            event |= {"kind": "occupancy.flow", "in": draw(st.integers(0, 5)), "out": draw(st.integers(0, 5))}
        elif kind in ("in", "out"):
            event |= {"kind": f"person.{kind}", "person": f"guest-{draw(st.integers(0, 9))}"}
        else:
            event |= {
                "kind": "occupancy.count",
                "count": draw(st.integers(0, 20)),
                "method": "sensor" if kind == "count" else kind,
            }
        if draw(st.booleans()):
            event |= {"seq": index + 1, "boot": "b1"}
        out.append(event)
    return out


def payload(group):
    said = [{k: v for k, v in e.items() if k != "at_us"} | {"at": wire(e["at_us"])} for e in group]
    return json.dumps(said).encode()


def batches(group, seed):
    """Shuffled, some twice, cut into arrays of any length."""
    chance = random.Random(seed)
    sent = group + [e for e in group if chance.random() < 0.3]
    chance.shuffle(sent)
    while sent:
        size = chance.randint(1, 9)
        yield sent[:size]
        sent = sent[size:]


def state(district, area):
    """What the product holds for an area: (number, {basis: slots})."""
    (area_id,) = district.rows(
        "select a.id from area a join site s on s.id = a.site_id where s.code = 's-001' and a.code = ?", area
    )[0]
    with transaction(district.engine) as connection:
        store = store_for(connection)
        heads = store.heads([track_of(area_id, basis) for basis in Basis])
        pairs = {b: (h.signed, bool(h.own)) for b in Basis if (h := heads.get(track_of(area_id, b)))}
        slots = {b: list(store.slots_from(track_of(area_id, b), 0)) for b in Basis}
    return presence(pairs.get(Basis.COUNTER), pairs.get(Basis.PERSONS), "counter").signed, slots


def seen(slot: SlotFold):
    return slot.closing, slot.lowest, slot.highest, slot.person_us, slot.came, slot.went


@pytest.fixture
def on_files(template, tmp_path):
    numbers = count()

    @contextmanager
    def fresh():
        yield f"sqlite:///{shutil.copy(template, tmp_path / f'{next(numbers)}.db')}"

    return fresh


@pytest.fixture
def on_a_server(server_database):
    @contextmanager
    def fresh():
        yield server_database.url
        emptied(server_database.url)

    return fresh


def check(fresh, group, seed):
    with fresh() as url:
        district = District(engine_for(url), config.load())
        district.register("s-001")
        for batch in batches(group, seed):
            district.take(payload(batch), received_at=DAY_START + 3_600_000_000)
        for area in {e["area"] for e in group}:
            number, slots = state(district, area)
            assert number == reference.number(group, area)
            for basis in Basis:
                expected = reference.slots(group, area, basis == Basis.PERSONS)
                assert {slot.slot: seen(slot) for slot in slots[basis]} == expected
        assert district.rows("select count(*) from event") == [(len(group),)]
        district.engine.dispose()


AS_A_RULE = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])


@settings(AS_A_RULE, max_examples=60)
@given(group=events(), seed=st.integers(0, 10_000))
def test_any_order_batching_and_duplication_gives_the_reference(on_files, group, seed):
    check(on_files, group, seed)


@settings(AS_A_RULE, max_examples=25)
@given(group=events(), seed=st.integers(0, 10_000))
def test_any_order_batching_and_duplication_gives_the_reference_on_a_server(on_a_server, group, seed):
    check(on_a_server, group, seed)
