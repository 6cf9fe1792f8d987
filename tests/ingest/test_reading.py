"""What a message's topic decides before its bytes are read, and what is kept of what cannot count."""

import pytest

import contract
from contract import Accepted, Reason, Refused
from ingest.reading import Message, read, set_aside
from tests.contract.hostile import GOOD, MOBILE, person

BIG = b'{"new": "' + b"x" * 100_000 + b'"}'


def refused(topic: str, payload: bytes) -> Refused:
    [item] = read(Message(topic, payload, False, 0, None))
    assert isinstance(item.element, Refused)
    return item.element


@pytest.mark.parametrize("topic", ["eldercare/v1/S_1/events", "eldercare/v1/x/status", "eldercare/v1//events"])
def test_a_site_that_cannot_exist_is_unknown(topic: str) -> None:
    assert refused(topic, GOOD).reason == Reason.unknown_site
    assert refused(topic, BIG).raw == BIG[:65536]
    assert MOBILE.encode() not in refused(topic, person(b'"%s"' % MOBILE.encode())).raw


def test_another_versions_events_are_kept_whole_for_an_upgrade() -> None:
    kept = refused("eldercare/v2/s-001/events", BIG)
    assert (kept.reason, kept.raw, kept.length) == (Reason.unknown_kind, BIG, len(BIG))
    assert refused("eldercare/v2/s-001/events", bytes(262_145)).reason == Reason.too_large


def test_a_device_name_that_cannot_exist_is_an_unknown_device() -> None:
    assert refused("eldercare/v1/s-001/raw/Gw_1/up", b"\x01").reason == Reason.unknown_device


@pytest.mark.parametrize(("reason", "most"), [(Reason.conflict, 10**6), (Reason.unknown_site, 65536)])
def test_an_event_that_cannot_count_keeps_its_bytes_without_a_number(reason: Reason, most: int) -> None:
    """Of a key given twice the last counts, so the first is read by nobody; it must not be stored either."""
    payload = person(b'"%s", "person": "abcdef"' % MOBILE.encode()) + b" " * 70_000
    [accepted] = contract.read_message(payload, "s-001")
    assert isinstance(accepted, Accepted)
    kept = set_aside(accepted, reason, "")
    assert (kept.raw, kept.length) == (payload.replace(MOBILE.encode(), b"*" * 11)[:most], len(payload))
