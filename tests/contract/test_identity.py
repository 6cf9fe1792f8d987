"""What makes an event one, and what tells it from another with the same identity."""

from typing import Any

import pytest

import contract
from contract.identity import FOREIGN, ULID, UUID7
from tests.contract.cases import AT, encoded, least

ULID_ = "01JD9Z6Q3M8VJ2W0F6T1A7K5RC"
UUID7_ = "0193a0f2-6b7c-7d1e-8f2a-3b4c5d6e7f80"


def event(**said: Any) -> Any:
    kind = said.get("kind", "door.opened")
    [element] = contract.read_message(encoded({**least(kind), **said}), "s-001")
    return element.event


@pytest.mark.parametrize(
    ("id_", "form"),
    [
        (ULID_, ULID),
        ("7ZZZZZZZZZZZZZZZZZZZZZZZZZ", ULID),
        ("8ZZZZZZZZZZZZZZZZZZZZZZZZZ", FOREIGN),  # more than 128 bits
        (ULID_.lower(), FOREIGN),
        ("01JD9Z6Q3M8VJ2W0F6T1A7K5RI", FOREIGN),  # I, L, O and U are no digits
        ("01JD9Z6Q3M8VJ2W0F6T1A7K5RU", FOREIGN),
        (ULID_ + "0", FOREIGN),
        (ULID_[:-1], FOREIGN),
        (UUID7_, UUID7),
        (UUID7_.upper(), FOREIGN),
        (UUID7_.replace("-7d1e-", "-4d1e-"), FOREIGN),
        (UUID7_.replace("-8f2a-", "-cf2a-"), FOREIGN),
        (UUID7_.replace("-", ""), FOREIGN),
        ("1", FOREIGN),
    ],
)
def test_three_forms_of_an_id(id_: str, form: int) -> None:
    assert contract.form_of(event(id=id_)) == form
    assert len(contract.key_of(event(id=id_))) == 16


def test_an_id_that_sorts_by_time_is_the_identity_alone() -> None:
    for id_ in (ULID_, UUID7_):
        assert contract.key_of(event(id=id_)) == contract.key_of(event(id=id_, at="2020-01-01T00:00:00Z"))


def test_a_foreign_id_counts_once_with_its_time() -> None:
    noon = event(id="1", at="2026-11-23T12:00:00+08:00")
    assert contract.key_of(noon) == contract.key_of(event(id="1", at="2026-11-23T04:00:00.0000009Z"))
    assert contract.key_of(noon) != contract.key_of(event(id="1", at="2026-11-23T04:00:00.000001Z"))
    assert contract.key_of(noon) != contract.key_of(event(id="2", at="2026-11-23T12:00:00+08:00"))


def test_keys_lie_in_the_order_of_time() -> None:
    moments = ["1970-01-01T08:00:00Z", "2015-01-01T00:00:00Z", AT, "2026-11-23T09:02:12+08:00", "2100-12-31T23:59:59Z"]
    keys = [contract.key_of(event(id="x", at=at)) for at in moments]
    assert keys == sorted(keys)
    assert len(contract.key_of(event(id="x", at="1970-01-01T00:00:00+08:00"))) == 16


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return contract.digest_of(event(**one)) == contract.digest_of(event(**other))


def test_the_same_event_however_it_is_spelt() -> None:
    count = {"kind": "occupancy.count", "count": 3}
    assert same(count, {**count, "area": "main", "method": "sensor", "backfill": False})
    assert same(count, {**count, "backfill": True})
    assert same(count, {**count, "site": "s-001"})
    assert same(count, {**count, "at": "2026-11-23T01:02:11.25Z"})
    assert same({"kind": "observation", "value": 22}, {"kind": "observation", "value": 22.0})
    for kind in ("alarm.raised", "alarm.cleared", "door.opened", "door.closed", "observation", "person.in"):
        assert same({"kind": kind}, {"kind": kind, "area": "main"}), kind


def test_another_event_whatever_differs() -> None:
    count = {"kind": "occupancy.count", "count": 3}
    for other in (
        {"count": 4},
        {"area": "hall"},
        {"method": "staff"},
        {"at": "2026-11-23T01:02:12Z"},
        {"device": "d-1"},
    ):
        assert not same(count, {**count, **other}), other
    assert not same(count, {**count, "boot": "k", "seq": 1})
    assert not same({"kind": "door.opened"}, {"kind": "door.closed"})
    assert not same({"kind": "site.opened"}, {"kind": "site.opened", "by": "desk"})


def test_keys_and_digests_do_not_change_between_versions() -> None:
    """They stand in databases: these were written by the first version."""
    flow = event(kind="occupancy.flow", id=ULID_, area="hall", **{"in": 2})
    assert contract.key_of(flow).hex() == KEY
    assert contract.key_of(event(id="1")).hex() == FOREIGN_KEY
    assert contract.digest_of(flow) == DIGEST


KEY = "019353f35c7446e42e01e6d05479970c"
FOREIGN_KEY = "01a205ecbf32aca53a34c1db78b0072d"
DIGEST = -7460296626871540128
