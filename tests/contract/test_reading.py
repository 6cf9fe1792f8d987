"""Any bytes at all: each element has exactly one verdict, and what is refused keeps its own bytes."""

import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import contract
from contract import Accepted, Reason, Refused
from tests.contract.cases import KINDS, encoded, fullest, least
from tests.contract.hostile import GOOD, HOSTILE, array, plus

SITE = "s-001"


def verdicts(payload: bytes) -> list[str]:
    return [str(e.reason) if isinstance(e, Refused) else "stored" for e in contract.read_message(payload, SITE)]


def test_there_are_many_hostile_payloads() -> None:
    assert len(HOSTILE) >= 150
    assert {reason for _, expected in HOSTILE for reason in expected} > {
        *("not_json", "not_utf8", "too_deep", "too_large", "unknown_kind", "missing_field", "unknown_field"),
        *("bad_value", "bad_time", "spoofed", "personal_data", "stored"),
    }


@pytest.mark.parametrize(("payload", "expected"), HOSTILE, ids=[f"{n}-{p[:24]!r}" for n, (p, _) in enumerate(HOSTILE)])
def test_a_hostile_payload_is_judged(payload: bytes, expected: list[str]) -> None:
    found = verdicts(payload)
    assert len(found) == len(expected)
    assert not [(f, e) for f, e in zip(found, expected, strict=True) if f not in e.split("|")]


@pytest.mark.parametrize("payload", [p for p, _ in HOSTILE], ids=range(len(HOSTILE)))
def test_what_is_kept_of_it(payload: bytes) -> None:
    for place, element in enumerate(contract.read_message(payload, SITE)):
        assert element.index == place
        if isinstance(element, Accepted):
            continue
        assert element.detail.isprintable()
        assert len(element.detail) <= 200
        if element.reason == Reason.too_large:
            assert element.raw == payload[:65536]
        elif element.whole:
            assert element.raw == payload
        elif element.reason != Reason.personal_data:
            assert element.raw in payload
        if element.reason != Reason.too_large:
            assert element.sha256 == sha256(element.raw).digest()
            assert element.length == len(element.raw)


def test_an_elements_bytes_are_its_own() -> None:
    bad = b'{"kind" : "nope",\t"x": "\\ud800, \\u4e00"}'
    elements = contract.read_message(b"[ " + GOOD + b" ,\n" + bad + b"\n, 7 ," + bad + b"]", SITE)
    assert [e.raw for e in elements] == [GOOD, bad, b"7", bad]


def test_what_is_too_large_keeps_its_length_and_hash() -> None:
    payload = bytes(300_000)
    [refused] = contract.read_message(payload, SITE)
    assert isinstance(refused, Refused)
    assert (refused.raw, refused.length, refused.sha256) == (payload[:65536], 300_000, sha256(payload).digest())


def test_a_long_element_is_kept_whole() -> None:
    [payload] = plus(b'"x": "' + b"y" * 200_000 + b'"')
    [refused] = contract.read_message(payload, SITE)
    assert refused.raw == payload


def test_the_limits_themselves_are_allowed() -> None:
    assert verdicts(GOOD + b" " * (262_144 - len(GOOD))) == ["stored"]
    assert verdicts(array(*[GOOD] * 500)) == ["stored"] * 500
    assert verdicts(b"[" * 16 + b"]" * 16) == ["bad_value"]
    assert verdicts(array(b'"' + b"[" * 1000 + b'\\""')) == ["bad_value"]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (b'"boot": "k3f9", "seq": 7, "x": 1', ("k3f9", 7)),
        (b'"boot": "k3f9", "seq": 9007199254740992, "x": 1', ("k3f9", 2**53)),
        (b'"boot": "k3f9", "seq": 1, "seq": 7, "x": 1', ("k3f9", 7)),
        (b'"boot": "k3f9", "s\\u0065q": 7, "x": "\\ud800"', ("k3f9", 7)),
        (b'"boot": "k3f9", "seq": 7, "x": ' + b"9" * 5000, ("k3f9", 7)),
        (b'"boot": "k3f9", "seq": 7, "person": 13800138000', ("k3f9", 7)),
        (b'"boot": "k3f9", "seq": 9007199254740993', (None, None)),
        (b'"boot": "k3f9", "seq": 7.0', (None, None)),
        (b'"boot": "k3f9", "seq": true', (None, None)),
        (b'"boot": "k3f9"', (None, None)),
        (b'"boot": "k 3", "seq": 7', (None, None)),
        (b'"boot": ["k3f9"], "seq": 7', (None, None)),
    ],
)
def test_what_is_refused_is_acknowledged_where_its_number_can_be_read(more: bytes, expected: tuple[Any, Any]) -> None:
    [payload] = plus(more)
    [refused] = contract.read_message(payload, SITE)
    assert isinstance(refused, Refused)
    assert (refused.boot, refused.seq) == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
NAMES = st.sampled_from(sorted({name for kind in KINDS for name in fullest(kind)}))
NEARLY = st.builds(
    lambda kind, changes, gone: {k: v for k, v in {**fullest(kind), **changes}.items() if k not in gone},
    st.sampled_from(sorted(KINDS)),
    st.dictionaries(NAMES | st.text(max_size=6), JSON, max_size=3),
    st.sets(NAMES, max_size=2),
)
PIECES = st.lists(
    st.sampled_from(
        [b"{", b"}", b"[", b"]", b'"', b"\\", b"\\u", b"d800", b":", b",", b"1", b"-", b"e9", b" ", b"kind", b'"kind":', GOOD]
    )
    | st.binary(max_size=3),
    max_size=60,
).map(b"".join)  # fmt: skip


def judged_once(payload: bytes) -> None:
    elements = contract.read_message(payload, SITE)
    assert elements
    assert [e.index for e in elements] == list(range(len(elements)))
    assert len(elements) == 1 or not any(isinstance(e, Refused) and e.whole for e in elements)
    for element in elements:
        assert isinstance(element, Accepted) or element.reason in Reason
        if isinstance(element, Accepted):
            again = contract.encode_event(element.event)
            assert contract.read_message(again, SITE)[0].event == element.event


@settings(max_examples=120, deadline=None)
@given(st.binary(max_size=200) | PIECES)
def test_any_bytes_are_judged(payload: bytes) -> None:
    judged_once(payload)


@settings(max_examples=120, deadline=None)
@given(JSON | NEARLY | st.lists(NEARLY | JSON, max_size=4), st.booleans())
def test_any_json_is_judged(said: Any, ascii_only: bool) -> None:
    judged_once(json.dumps(said, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass"))


@settings(max_examples=60, deadline=None)
@given(st.lists(NEARLY, min_size=1, max_size=5))
def test_an_element_is_judged_as_it_would_be_alone(said: list[Any]) -> None:
    together = contract.read_message(encoded_ascii(said), SITE)
    alone = [contract.read_message(encoded_ascii(element), SITE)[0] for element in said]
    if not (isinstance(together[0], Refused) and together[0].whole):
        assert [getattr(e, "reason", None) for e in together] == [getattr(e, "reason", None) for e in alone]


def encoded_ascii(said: Any) -> bytes:
    return json.dumps(said).encode()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(KINDS)), st.permutations(["id", "at", "kind"]), NAMES)
def test_a_key_given_twice_counts_as_its_last(kind: str, order: list[str], name: str) -> None:
    said = fullest(kind)
    if name not in said or name == "kind":
        return
    first = encoded({name: {"wrong": [1]}})[:-1]
    [element] = contract.read_message(first + b", " + encoded(said)[1:], SITE)
    assert isinstance(element, Accepted)
    assert element.event == contract.read_message(encoded(said), SITE)[0].event
    [refused] = contract.read_message(encoded(least(kind))[:-1] + b', "id": 1}', SITE)
    assert refused.reason == Reason.bad_value
