"""Which passwords are good, and that checking them cannot be used against everybody."""

import threading
from dataclasses import replace

import pytest

import config
from dashboard.calibrating import calibrated
from dashboard.passwords import Busy, Passwords, PasswordWeak, check_password
from tests.running import until

CHEAP = replace(config.load(environ={}).accounts, argon2_memory_mib=1, argon2_passes=1)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "short"),
        ("elevenchars", "short"),
        ("x" * 129, "long"),
        ("Password1234", "known"),
        ("administrator", "known"),
        ("qwertyuiopas", "known"),
        ("123456789012", "known"),
        ("abcabcabcabc", "known"),
        ("aaaaaaaaaaaa", "known"),
        ("letmein1letmein1", "known"),
        ("woaini5201314", "known"),
        ("chen.li-2026!", "name"),
        ("CHEN LI CHEN LI", "name"),
    ],
)
def test_a_password_that_anybody_would_try_is_refused_with_its_reason(password, why):
    with pytest.raises(PasswordWeak, match=why):
        check_password(password, "chen.li")


@pytest.mark.parametrize(
    "password",
    [
        "four words make it",
        "养老院的饭堂今天中午有鱼和青菜",
        "j3!kd0-2ma#q",
        "chen.li eats noodles at noon",
        "x7" * 2 + "fjq2mpw9kd",
    ],
)
def test_length_is_enough_and_every_character_may_stand_in_it(password):
    check_password(password, "chen.li")


def test_a_right_password_is_right_and_nothing_else_is():
    passwords = Passwords(CHEAP)
    known = passwords.hash("four words make it")
    assert known.startswith("$argon2id$v=19$m=1024,t=1,p=1$")
    assert passwords.is_right(known, "four words make it")
    for hash_, said in ((known, "four words make It"), (known, ""), (None, "nobody has this password"), ("x", "x")):
        assert not passwords.is_right(hash_, said)


def test_a_hash_of_older_parameters_is_right_and_known_to_be_old():
    old, new = Passwords(CHEAP), Passwords(replace(CHEAP, argon2_passes=2))
    known = old.hash("four words make it")
    assert (new.is_right(known, "four words make it"), new.is_outdated(known), old.is_outdated(known)) == (
        True,
        True,
        False,
    )


class Held(Passwords):
    """Each check waits until the test says so."""

    def __init__(self) -> None:
        super().__init__(replace(CHEAP, hashes_at_once=2, hashes_waiting=3))
        self.go, self.now, self.most, self._count = threading.Event(), 0, 0, threading.Lock()
        outer = self

        class Slow:
            def verify(self, _known: str, _password: str) -> bool:
                with outer._count:
                    outer.now += 1
                    outer.most = max(outer.most, outer.now)
                outer.go.wait(30)
                with outer._count:
                    outer.now -= 1
                return True

        self._hasher = Slow()  # type: ignore[assignment]


def test_two_are_checked_at_once_three_wait_and_the_next_is_sent_away():
    passwords = Held()
    threads = [threading.Thread(target=passwords.is_right, args=("x", "y")) for _ in range(5)]
    for thread in threads:
        thread.start()
    until(lambda: passwords.now == 2 and passwords._waiting._value == 0)
    with pytest.raises(Busy):
        passwords.is_right("x", "y")
    passwords.go.set()
    for thread in threads:
        thread.join()
    assert passwords.most == 2
    assert passwords.is_right("x", "y")


@pytest.mark.parametrize(("mib_a_second", "chosen"), [(50, 19), (100, 19), (190, 46), (10_000, 128)])
def test_calibration_takes_what_a_quarter_of_a_second_buys_and_never_less_than_the_least(mib_a_second, chosen):
    lines = list(calibrated(lambda mib: mib / mib_a_second))
    assert lines[-3:] == ["accounts:", f"  argon2_memory_mib: {chosen}", "  argon2_passes: 2"]
