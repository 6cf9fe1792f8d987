"""The installation's secret keys, outside of its database: each made at first use, in a file that only its owner can read."""

import os
import secrets
from functools import cache
from pathlib import Path

from models.refusal import KeyRefused

KEY_BYTES = 32


@cache
def secret_key(path: Path) -> bytes:
    """Two processes that come first at once get the same key: the file appears whole, and only once.

    With another key every person would become somebody else and nothing sealed could be opened, so an empty or cut file
    stops instead of being replaced. Raises KeyRefused, also for a key that others can read.
    """
    if not path.exists():
        make_key(path)
    return key_in(path, KEY_BYTES)


def key_in(path: Path, *lengths: int) -> bytes:
    """As it lies there now. Raises KeyRefused."""
    check_mode(path)
    key = path.read_bytes()
    if len(key) not in lengths:
        raise KeyRefused(f"{path} holds no key of {KEY_BYTES} bytes: restore it from a backup")
    return key


def check_mode(path: Path) -> None:
    """Raises KeyRefused for a key that others can read."""
    # Windows has no such modes.
    if os.name == "posix" and path.exists() and path.stat().st_mode & 0o077:
        raise KeyRefused(f"{path} can be read by others: chmod 600 {path}")


def make_key(path: Path, after: bytes = b"") -> None:
    """Of random bytes and those that are to stand `after` them; one that is there already stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.writelines((secrets.token_bytes(KEY_BYTES), after))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(whole, path)
    except FileExistsError:
        pass
    finally:
        whole.unlink()
