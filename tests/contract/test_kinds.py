"""Every kind of event: each good value is taken, each bad one refused for its reason."""

import json
from typing import Any

import pytest

import contract
from contract import Accepted, Reason, Refused
from tests.contract.cases import (
    BEYOND_SCHEMAS,
    KINDS,
    NO_MOMENTS,
    NO_MOMENTS_BY_CALENDAR,
    SITE,
    bad_values,
    encoded,
    every_field,
    fullest,
    good_values,
    least,
    with_field,
)

FIELDS = list(every_field())


def read(said: Any) -> Accepted | Refused:
    [element] = contract.read_message(said if isinstance(said, bytes) else encoded(said), SITE)
    return element


def reason_of(said: Any) -> str:
    element = read(said)
    return str(element.reason) if isinstance(element, Refused) else "accepted"


def test_the_kinds_are_those_of_the_contract() -> None:
    assert set(contract.KINDS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_smallest_and_the_fullest_event_of_a_kind_are_taken(kind: str) -> None:
    for said in (least(kind), fullest(kind)):
        element = read(said)
        assert isinstance(element, Accepted), element
        assert contract.kind_of(element.event) == kind
        assert element.raw == encoded(said)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_read_as_the_same_event(kind: str) -> None:
    for said in (least(kind), fullest(kind)):
        event = read(said).event
        assert read(contract.encode_event(event)).event == event
        [again, _] = contract.read_message(contract.encode_events([event, event]), SITE)
        assert again.event == event


@pytest.mark.parametrize(("kind", "name", "sort"), FIELDS, ids=lambda part: str(part)[:20])
def test_every_good_value_is_taken(kind: str, name: str, sort: str) -> None:
    for value in good_values(sort):
        assert isinstance(read(with_field(kind, name, value)), Accepted), value


@pytest.mark.parametrize(("kind", "name", "sort"), FIELDS, ids=lambda part: str(part)[:20])
def test_every_bad_value_is_refused(kind: str, name: str, sort: str) -> None:
    for value in [None, *bad_values(sort), *BEYOND_SCHEMAS.get(sort, [])]:
        assert reason_of(with_field(kind, name, value)) == "bad_value", value


@pytest.mark.parametrize("name", ["at", "due_at"])
def test_what_is_no_moment_is_bad_time(name: str) -> None:
    for value in [*NO_MOMENTS, *NO_MOMENTS_BY_CALENDAR]:
        assert reason_of({**least("service.planned"), name: value}) == "bad_time", value


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, name, _ in FIELDS if not name.endswith("?")])
def test_a_needed_field_is_missed(kind: str, name: str) -> None:
    said = least(kind)
    del said[name]
    assert reason_of(said) == "missing_field"


@pytest.mark.parametrize("kind", KINDS)
def test_a_field_of_no_kind_or_of_another_one_is_unknown(kind: str) -> None:
    others = {name.removesuffix("?") for _, name, _ in FIELDS} - set(fullest(kind)) - {"base64"}
    for name in ["Id", "coutn", "", *others]:
        assert reason_of({**least(kind), name: 1}) == "unknown_field", name


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("occupancy.flows", "unknown_kind"),
        ("Occupancy.flow", "unknown_kind"),
        ("", "unknown_kind"),
        ("occupancy.flow\n", "unknown_kind"),
        ("OccupancyFlow", "unknown_kind"),
        (None, "bad_value"),
        (1, "bad_value"),
        (True, "bad_value"),
        (["occupancy.flow"], "bad_value"),
        ({}, "bad_value"),
    ],
)
def test_a_kind_that_does_not_exist(kind: Any, reason: str) -> None:
    assert reason_of({**least("occupancy.flow"), "kind": kind}) == reason


def test_boot_and_seq_come_both_or_not_at_all() -> None:
    for alone in ({"boot": "k3f9"}, {"seq": 1}):
        assert reason_of({**least("door.opened"), **alone}) == "missing_field"


def test_fields_inside_a_field_are_as_strict() -> None:
    started = least("service.started")
    assert reason_of({**started, "place": {"lat": 1}}) == "missing_field"
    assert reason_of({**started, "place": {"lat": 1, "lon": 1, "height": 3}}) == "unknown_field"
    status = least("device.status")
    assert reason_of({**status, "lost": [{"boot": "k3f9", "from": 1}]}) == "missing_field"
    assert reason_of({**status, "lost": [{"boot": "k3f9", "from": 1, "to": 2, "why": "full"}]}) == "unknown_field"


def test_a_number_must_fit_into_a_number() -> None:
    for number in ("1e400", "-1e400", "9" * 400, "9" * 5000):
        said = encoded(least("observation")).replace(b'"value": 0', b'"value": ' + number.encode())
        assert reason_of(said) == "bad_value"


def test_a_whole_number_is_written_as_one() -> None:
    """A fraction or an exponent may have lost the last digits: 2^53 + 1 is 2^53 as a float."""
    for number in ("2.0", "2e0", "9007199254740992.0"):
        said = encoded({**least("door.opened"), "boot": "k3f9"})[:-1] + b', "seq": ' + number.encode() + b"}"
        assert reason_of(said) == "bad_value", number


def vendor(**said: Any) -> str:
    return reason_of(
        {"id": "e-1", "kind": "vendor.message", "at": "2026-11-23T09:02:11Z", "device": "gw-1", "topic": "t", **said}
    )


def test_a_vendors_bytes_come_as_text_or_as_base64() -> None:
    assert vendor(base64="") == vendor(base64="AP8=") == vendor(text='{"a":[[[[[[[[[[[[[[[[[[1]]]]') == "accepted"
    assert vendor() == "missing_field"
    assert vendor(text="x", base64="eA==") == "bad_value"
    for wrong in ("AP8", "AP8=\n", "A P8=", "AP8==", "_-8=", "ÄÄÄÄ", "=", "AP8=AP8="):
        assert vendor(base64=wrong) == "bad_value", wrong


def test_a_vendors_bytes_are_at_most_64_kib() -> None:
    from base64 import b64encode

    for size, verdict in ((65536, "accepted"), (65537, "bad_value")):
        assert vendor(base64=b64encode(bytes(size)).decode()) == verdict
        assert vendor(text="x" * size) == verdict
    element = read({**least("vendor.message"), "text": None} | {"text": "温度\x00"})
    assert element.event.octets() == "温度\x00".encode()


def test_the_topic_says_which_site_speaks() -> None:
    assert reason_of({**least("door.opened"), "site": "s-002"}) == Reason.spoofed
    assert reason_of({**least("door.opened"), "site": SITE}) == "accepted"


def test_the_order_of_keys_and_their_spelling_mean_nothing() -> None:
    said = least("occupancy.flow")
    backwards = json.dumps(dict(reversed(said.items()))).encode()
    escaped = json.dumps(said).replace('"kind"', '"k\\u0069nd"').replace('"in"', '"\\u0069n"').encode()
    assert read(backwards).event == read(escaped).event == read(said).event
