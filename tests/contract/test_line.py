"""What is said about the line: a site's status, the platform's acknowledgement."""

from typing import Any

import pytest

from contract import Ack, Refused, Status, encode_ack, encode_status, read_ack, read_status
from tests.contract.cases import encoded


def test_a_status_and_its_will() -> None:
    up = Status(online=True, boot="k3f9", agent="1.0.0")
    assert read_status(b'{"online": true, "agent": "1.0.0", "boot": "k3f9"}') == up
    assert read_status(b'{"online": false, "boot": "k3f9"}') == Status(online=False, boot="k3f9")
    assert read_status(encode_status(up)) == up


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "not_json"),
        (b"online", "not_json"),
        (b'{"online": NaN, "boot": "k3f9"}', "not_json"),
        (b'{"onlin": 1, "boot": "\\q"}', "not_json"),
        (b"\xff", "not_utf8"),
        (b"[" * 17, "too_deep"),
        (b'"' + b"x" * 262_144 + b'"', "too_large"),
        (b"[]", "bad_value"),
        (b"true", "bad_value"),
        (b'{"online": 1, "boot": "k3f9"}', "bad_value"),
        (b'{"online": true, "boot": null}', "bad_value"),
        (b'{"online": true, "boot": ""}', "bad_value"),
        (b'{"online": true, "boot": "a b"}', "bad_value"),
        (b'{"online": true, "boot": "\\ud800"}', "bad_value"),
        (b'{"online": true, "boot": "k3f9", "agent": 1}', "bad_value"),
        (b'{"online": true}', "missing_field"),
        (b'{"boot": "k3f9"}', "missing_field"),
        (b'{"online": true, "boot": "k3f9", "people": 3}', "unknown_field"),
    ],
)
def test_a_status_that_cannot_be_used_is_kept_with_its_reason(payload: bytes, reason: str) -> None:
    refused = read_status(payload)
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.raw, refused.index, refused.whole) == (reason, payload[:65536], 0, True)


def test_an_acknowledgement() -> None:
    ack = Ack(boot="k3f9", seq=1042, also=((1044, 1100),))
    assert encode_ack(ack) == b'{"boot":"k3f9","seq":1042,"also":[[1044,1100]]}'
    assert read_ack(encode_ack(ack)) == ack
    assert read_ack(b'{"boot": "k3f9", "seq": 0}') == Ack(boot="k3f9", seq=0)
    assert read_ack(encode_ack(Ack(boot="k", seq=2**53, also=((1, 1),) * 32))).seq == 2**53


def test_an_older_site_reads_a_newer_platforms_acknowledgement() -> None:
    assert read_ack(b'{"boot": "k3f9", "seq": 3, "also": [], "of": 9}') == Ack(boot="k3f9", seq=3)


@pytest.mark.parametrize(
    "said",
    [
        [],
        {},
        {"boot": "k3f9"},
        {"seq": 1},
        {"boot": "k3f9", "seq": -1},
        {"boot": "k3f9", "seq": "1"},
        {"boot": "k3f9", "seq": True},
        {"boot": "k 3", "seq": 1},
        {"boot": "k3f9", "seq": 1, "also": [[1]]},
        {"boot": "k3f9", "seq": 1, "also": [[1, 2, 3]]},
        {"boot": "k3f9", "seq": 1, "also": [[3, 4]] * 33},
        {"boot": "k3f9", "seq": 1, "also": None},
    ],
)
def test_no_acknowledgement(said: Any) -> None:
    with pytest.raises(ValueError, match="not an ack"):
        read_ack(encoded(said))


def test_bytes_that_are_no_acknowledgement() -> None:
    for payload in (b"", b"\xff", b"[" * 100_000):
        with pytest.raises(ValueError, match="not an ack"):
            read_ack(payload)
