"""Numbers that name a person: told apart, refused, and gone from whatever is kept."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import contract
from contract import Reason, Refused, masked
from contract.personal import is_personal
from tests.contract.cases import IDENTITY
from tests.contract.hostile import GOOD, MOBILE, person


@pytest.mark.parametrize("token", [IDENTITY, IDENTITY.lower(), MOBILE, "19912345678", "11010519491231002X"])
def test_it_looks_like_a_persons_number(token: str) -> None:
    assert is_personal(token)


@pytest.mark.parametrize(
    "token",
    [
        IDENTITY[:-1] + "0",
        IDENTITY[:-1] + "1",
        MOBILE + "0",
        MOBILE[:-1],
        "12800138000",
        "138-0013-8000",
        "１3800138000",
        "abcdef",
        "",
        None,
        13800138000,
    ],
)
def test_it_does_not(token: object) -> None:
    assert not is_personal(token)


def spelt(text: str, escaped: set[int]) -> str:
    return "".join(f"\\u{ord(letter):04x}" if place in escaped else letter for place, letter in enumerate(text))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([MOBILE, IDENTITY]), st.sets(st.integers(0, 17)), st.sampled_from(["", "z", "\\u4e00"]))
def test_however_it_is_spelt_it_is_gone(number: str, escaped: set[int], more: str) -> None:
    payload = person(
        f'"{spelt(number, escaped)}", "note": "call {spelt(number, {0, 3})}{more}", "id": "{number}"'.encode()
    )
    for wrapped in (payload, b"[" + payload + b"]", payload[:-3] + b"}", b"[" + payload):
        for refused in contract.read_message(wrapped, "s-001"):
            assert isinstance(refused, Refused)
            assert refused.reason in (Reason.personal_data, Reason.not_json)
            assert number not in refused.raw.decode()
            assert number not in spelt_out(refused.raw)
            assert number not in refused.detail


def spelt_out(raw: bytes) -> str:
    return re.sub(r"\\u00(3\d|58)", lambda digit: chr(int(digit[1], 16)), raw.decode())


@pytest.mark.parametrize(
    "payload",
    [
        b'{"worker": "%s", ' % MOBILE.encode(),
        b'{"a": "b"", "worker": "%s"}' % MOBILE.encode(),
        b'{"person" :\n%s, NaN}' % MOBILE.encode(),
        b"[" + b",".join([person(b'"%s"' % IDENTITY.encode())] * 501) + b"]",
        person(b'"%s"' % MOBILE.encode()) + b"x" * 262_145,
        b'{"a": ' + b"[" * 17 + b', "person": "%s"' % MOBILE.encode(),
        b'\xff{"person": "%s"' % MOBILE.encode(),
    ],
)
def test_it_is_gone_from_what_is_no_event_at_all(payload: bytes) -> None:
    [refused] = contract.read_message(payload, "s-001")
    assert refused.whole
    assert MOBILE.encode() not in refused.raw
    assert IDENTITY.encode() not in refused.raw


def test_everything_else_is_kept_as_it_came() -> None:
    for payload in (
        GOOD,
        b'{"person": "abcdef", "at": "13800138000"}',
        b'{"note": "13800138000"}',
        b'{"person": "44030919400101001", "x": 20261123090211250}',
        b'{"text": "{\\"person\\": \\"13800138000\\"}"}',
        b"\xff13800138000",
    ):
        assert masked(payload) == payload


def test_many_numbers_cost_no_more_than_their_bytes() -> None:
    """Bounded work: one pass, whatever a sender puts in; a thousand different numbers would else be a thousand passes."""
    numbers = [f'"person": "13{n:09d}"' for n in range(9000)]
    payload = ("{" + ", ".join(numbers) + "}").encode()
    assert b"13000" not in masked(payload)
    for stubborn in (b'"' + b'\\"' * 120_000, b'"person"' + b" " * 200_000, b'"' * 200_001, b'"\\' * 100_000):
        assert masked(stubborn + b"13800138000")
