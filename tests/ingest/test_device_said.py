"""What devices say of themselves: many statuses in a batch are one row each, and nothing of what they say is lost."""

import random

import pytest

from ingest.folds.sites import telling
from ingest.store import DeviceSaid
from ingest.store.choice import store_for
from models.database import transaction

START = 1_795_363_200_000_000

COLUMNS = "id, status_at, online, battery_pct, clock_offset_ms, queued, firmware"


def some(chance: random.Random, device: int) -> DeviceSaid:
    """At one of few moments, so that some come late and some at once, and mostly without this or that."""
    maybe = [chance.choice((None, chance.randrange(100))) for _ in range(3)]
    firmware = chance.choice((None, "v1", "v2"))
    return DeviceSaid(device, START + chance.randrange(20), chance.randrange(2), *maybe, firmware)


@pytest.mark.parametrize("seed", range(5))
def test_batches_leave_what_one_status_after_the_other_would(district, seed):
    chance, devices = random.Random(seed), range(1, 5)
    district.write(
        "insert into device (id, site_id, code, new, since) values (?, 1, ?, 0, 0)",
        *((id_, f"d-{id_}") for id_ in devices),
    )
    held = {id_: DeviceSaid(id_, 0, 0, None, None, None, None) for id_ in devices}
    for _ in range(15):
        batch = [some(chance, chance.choice(devices)) for _ in range(chance.randrange(1, 12))]
        for one in sorted(batch, key=lambda one: one.at):
            before = held[one.device_id]
            if one.at >= before.at:
                said = (new if new is not None else old for new, old in zip(one, before, strict=True))
                held[one.device_id] = DeviceSaid(*said)
        with transaction(district.engine) as connection:
            store_for(connection).devices_said(telling(batch))
        rows = district.rows(f"select {COLUMNS} from device where status_at is not null order by id")
        assert rows == [tuple(one) for one in held.values() if one.at]


def test_a_hundred_statuses_that_say_the_same_things_are_one():
    batch = [DeviceSaid(7, START + n, 1, 100 - n, None, n, None) for n in range(100)]
    random.Random(1).shuffle(batch)
    assert telling(batch) == [DeviceSaid(7, START + 99, 1, 1, None, 99, None)]
    late = DeviceSaid(7, START + 50, 0, None, 3, None, "v2")
    assert telling([*batch, late]) == [late, DeviceSaid(7, START + 99, 1, 1, None, 99, None)]


def test_hearing_goes_forward_and_back_only_behind_a_clock_that_was_ahead(district):
    district.write("insert into device (id, site_id, code, new, since) values (1, 1, 'd', 0, 0)", ())

    def heard(at: int, now: int) -> int:
        with transaction(district.engine) as connection:
            store_for(connection).devices_heard([(at, 1)], now)
        return district.rows("select heard_at from device")[0][0]

    assert [heard(50, 60), heard(40, 60), heard(900, 60), heard(61, 61)] == [50, 50, 900, 61]
