"""What is sealed can be read with the key alone, in its place alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.refusal import KeyRefused
from models.sealing import Seal, SealBroken, seal_of

SEAL, OTHER = Seal(b"k" * 32), Seal(b"o" * 32)


@given(st.text(max_size=200))
def test_what_is_sealed_opens_again_and_looks_different_each_time(said):
    once, twice = SEAL.close(said, "name/1"), SEAL.close(said, "name/1")
    assert (SEAL.open(once, "name/1"), SEAL.open(twice, "name/1"), once != twice) == (said, said, True)
    assert len(said) < 4 or said.encode() not in once


def changed(sealed: bytes, at: int) -> bytes:
    return sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]


def test_whatever_was_changed_moved_or_sealed_elsewhere_does_not_open():
    sealed = SEAL.close("王小明", "name/1")
    for broken, seal, purpose in (
        *((changed(sealed, at), SEAL, "name/1") for at in range(len(sealed))),
        *((sealed[:cut], SEAL, "name/1") for cut in range(len(sealed))),
        (sealed, SEAL, "name/2"),
        (sealed, OTHER, "name/1"),
    ):
        with pytest.raises(SealBroken):
            seal.open(broken, purpose)


def test_a_mark_finds_the_same_text_of_the_same_column_only():
    assert SEAL.mark("440300", "id") == SEAL.mark("440300", "id")
    marks = {
        SEAL.mark("440300", "id"),
        SEAL.mark("440301", "id"),
        SEAL.mark("440300", "phone"),
        OTHER.mark("440300", "id"),
    }
    assert len(marks) == 4


def test_the_key_is_made_once_for_its_owner_alone_and_refused_when_others_can_read_it(tmp_path):
    path = tmp_path / "var" / "seal.key"
    assert seal_of(str(path)) == seal_of(str(path))
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(KeyRefused, match="chmod 600"):
        seal_of(str(path))
