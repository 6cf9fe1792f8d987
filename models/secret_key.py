"""The installation's secret keys, outside of its database: each made at first use, in a file that only its owner can read."""

import os
import secrets
from functools import cache
from pathlib import Path

KEY_BYTES = 32


@cache
def secret_key(path: Path) -> bytes:
    """Two processes that come first at once get the same key: the file appears whole, and only once.

    With another key every person would become somebody else and nothing sealed could be opened, so an empty or cut file
    stops instead of being replaced.
    """
    if not path.exists():
        _make(path)
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path} holds no key of {KEY_BYTES} bytes: restore it from a backup")
    return key


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(whole, path)
    except FileExistsError:
        pass
    finally:
        whole.unlink()
