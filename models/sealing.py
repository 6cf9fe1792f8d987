"""What may not be read in the database: sealed with a key that lies outside of it (`database.seal_key_file`).

The only file that knows the cipher, so that another one (SM4, where it is asked for) is a change of this file.
"""

import hmac
import secrets
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from models.refusal import KeyRefused
from models.secret_key import KEY_BYTES, check_mode, key_in, make_key

_AES_GCM = b"\x01"
"""The first byte of whatever is sealed says how."""
_NONCE_BYTES = 12
LOOKS_MOST = 9
"""At the files of keys until they stay as they are: a change takes a moment, and comes once in years."""


class SealBroken(ValueError):
    """Not sealed with this key for this purpose, or changed since."""


@dataclass(frozen=True)
class Seal:
    """Seals for a purpose such as `totp/17`: what is moved to another row or column opens no more.

    `others` are keys that open as well, while one key takes the place of another. `marks` '' goes by the key; else marks are
    made as before the key was changed, because they stand where nothing is ever rewritten.
    """

    key: bytes
    others: tuple[bytes, ...] = ()
    marks: bytes = b""

    def close(self, said: str, purpose: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _AES_GCM + nonce + _cipher(self.key).encrypt(nonce, said.encode(), purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> str:
        """Raises SealBroken."""
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        if sealed[:1] != _AES_GCM:
            raise SealBroken("sealed in a way that this version does not know")
        for key in (self.key, *self.others):
            try:
                return _cipher(key).decrypt(nonce, body, purpose.encode()).decode()
            except (InvalidTag, ValueError):
                continue
        raise SealBroken(f"{purpose}: not sealed with this key; is database.seal_key_file the right one?")

    def anew(self, sealed: bytes, purpose: str) -> bytes | None:
        """The same sealed with the present key; None for what is already. Raises SealBroken."""
        said = self.open(sealed, purpose)
        try:
            Seal(self.key).open(sealed, purpose)
        except SealBroken:
            return self.close(said, purpose)
        return None

    def mark(self, said: str, purpose: str) -> bytes:
        """The same for the same text, so that it can be looked for; tells nothing without the key."""
        return hmac.digest(self.mark_key, f"{purpose}\0{said}".encode(), "sha256")

    @property
    def mark_key(self) -> bytes:
        return self.marks or _derived(self.key, "mark")

    @property
    def key_id(self) -> str:
        """Which key this is, without telling it."""
        return Seal(self.key).mark("", "key id")[:4].hex()


def _cipher(key: bytes) -> AESGCM:
    return AESGCM(_derived(key, "seal"))


@cache
def _derived(key: bytes, use: str) -> bytes:
    """A key for each use, so that neither gives the other away."""
    return HKDF(hashes.SHA256(), 32, None, f"eldercare {use}".encode()).derive(key)


def beside(key_file: Path) -> tuple[Path, Path]:
    """Where the key lies that was changed, and where the next one waits; both open while they are there."""
    return key_file.with_name(f"{key_file.name}.old"), key_file.with_name(f"{key_file.name}.new")


def seal_of(key_file: str) -> Seal:
    """The installation's seal; its key is made at first use. Raises KeyRefused, at each use for a key that others can read.

    The files are looked at each time: a key that is changed is known at once to every process that runs.
    """
    path = Path(key_file)
    if not path.exists():
        make_key(path)
    for _ in range(LOOKS_MOST):
        with suppress(FileNotFoundError):  # a file took another's place just then
            lie = _lie(path)
            seal = _seal_in(lie)
            if _lie(path) == lie:
                return seal
    raise KeyRefused(f"{path} does not stay as it is: what changes it?")


def _lie(path: Path) -> tuple[tuple[Path, int, int], ...]:
    """The files of keys that there are, the present one first, and by what a changed one is told."""
    found = []
    for one in (path, *(other for other in beside(path) if other.exists())):
        check_mode(one)
        kept = one.stat()
        found.append((one, kept.st_ino, kept.st_mtime_ns))
    return tuple(found)


@lru_cache(maxsize=8)
def _seal_in(lie: tuple[tuple[Path, int, int], ...]) -> Seal:
    """A key of 32 bytes, after which those may stand by which marks are made."""
    present, *others = (key_in(path, KEY_BYTES, 2 * KEY_BYTES) for path, _, _ in lie)
    return Seal(present[:KEY_BYTES], tuple(other[:KEY_BYTES] for other in others), present[KEY_BYTES:])
