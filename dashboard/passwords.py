"""Passwords: which are good enough, and their slow hashes, only so many at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from config import Accounts

LEAST, MOST = 12, 128
KNOWN = Path(__file__).with_name("known_passwords.txt")
RUNS = ("abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn")
_NOBODYS = "nobody has this password"


class Busy(Exception):
    """So many passwords are being checked that another would only make all of them wait."""


class PasswordWeak(ValueError):
    """The message is a key of `password.`: `short`, `long`, `known`, `name`."""


def check_password(password: str, name: str) -> None:
    """Length is what counts; no rule about kinds of characters. Raises PasswordWeak."""
    if len(password) < LEAST:
        raise PasswordWeak("short")
    if len(password) > MOST:
        raise PasswordWeak("long")
    plain = _plain(password)
    if len(_plain(name)) > 2 and len(plain.replace(_plain(name), "")) < LEAST // 2:
        raise PasswordWeak("name")
    if plain in _known() or _is_a_run(plain) or _repeats(plain):
        raise PasswordWeak("known")


def _plain(text: str) -> str:
    return "".join(one for one in text.casefold() if one.isalnum())


@cache
def _known() -> frozenset[str]:
    """What everybody tries, as plain text; with a digit or a year behind it, it is no better."""
    return frozenset(map(_plain, KNOWN.read_text(encoding="utf-8").split("\n")))


def _is_a_run(plain: str) -> bool:
    both = [*RUNS, *(run[::-1] for run in RUNS)]
    return any(plain in run * 2 for run in both)


def _repeats(plain: str) -> bool:
    """`aaaaaaaaaaaa`, `abcabcabcabc`, `letmein1letmein1`: a piece again and again."""
    again = any((plain[:size] * len(plain))[: len(plain)] == plain for size in range(1, len(plain) // 2 + 1))
    return len(set(plain)) < 4 or again


class Passwords:
    """argon2id, with a bound on how many are worked on and how many wait: each takes memory and a core."""

    def __init__(self, cfg: Accounts) -> None:
        self._hasher = PasswordHasher(
            time_cost=cfg.argon2_passes,
            memory_cost=cfg.argon2_memory_mib * 1024,
            parallelism=cfg.argon2_lanes,
            type=Type.ID,
        )
        self._working = threading.BoundedSemaphore(cfg.hashes_at_once)
        self._waiting = threading.BoundedSemaphore(cfg.hashes_at_once + cfg.hashes_waiting)
        self._stand_in = ""
        self._lock = threading.Lock()

    def hash(self, password: str) -> str:
        """Raises Busy."""
        with self._turn():
            return self._hasher.hash(password)

    def is_right(self, known: str | None, password: str) -> bool:
        """A name without a password takes as long as a wrong one. Raises Busy."""
        with self._turn():
            try:
                return self._hasher.verify(known or self._nobodys(), password[:MOST]) and known is not None
            except (VerificationError, InvalidHashError):
                return False

    def is_outdated(self, known: str) -> bool:
        """Whether the parameters have changed since; it is hashed anew at the next sign-in."""
        return self._hasher.check_needs_rehash(known)

    def _nobodys(self) -> str:
        with self._lock:
            self._stand_in = self._stand_in or self._hasher.hash(_NOBODYS)
            return self._stand_in

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._waiting.acquire(blocking=False):
            raise Busy
        try:
            with self._working:
                yield
        finally:
            self._waiting.release()
