"""What may not be read in the database: sealed with a key that lies outside of it (`database.seal_key_file`).

The only file that knows the cipher, so that another one (SM4, where it is asked for) is a change of this file.
"""

import hmac
import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from models.secret_key import check_mode, secret_key

_AES_GCM = b"\x01"
"""The first byte of whatever is sealed says how."""
_NONCE_BYTES = 12


class SealBroken(ValueError):
    """Not sealed with this key for this purpose, or changed since."""


@dataclass(frozen=True)
class Seal:
    """Seals for a purpose such as `totp/17`: what is moved to another row or column opens no more."""

    key: bytes

    def close(self, said: str, purpose: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _AES_GCM + nonce + self._cipher.encrypt(nonce, said.encode(), purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> str:
        """Raises SealBroken."""
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        if sealed[:1] != _AES_GCM:
            raise SealBroken("sealed in a way that this version does not know")
        try:
            return self._cipher.decrypt(nonce, body, purpose.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise SealBroken(
                f"{purpose}: not sealed with this key; is database.seal_key_file the right one?"
            ) from error

    def mark(self, said: str, purpose: str) -> bytes:
        """The same for the same text, so that it can be looked for; tells nothing without the key."""
        return hmac.digest(_derived(self.key, "mark"), f"{purpose}\0{said}".encode(), "sha256")

    @property
    def _cipher(self) -> AESGCM:
        return AESGCM(_derived(self.key, "seal"))


@cache
def _derived(key: bytes, use: str) -> bytes:
    """A key for each use, so that neither gives the other away."""
    return HKDF(hashes.SHA256(), 32, None, f"eldercare {use}".encode()).derive(key)


def seal_of(key_file: str) -> Seal:
    """The installation's seal; its key is made at first use. Raises KeyRefused, at each use for a key that others can read."""
    path = Path(key_file)
    key = secret_key(path)
    check_mode(path)
    return Seal(key)
