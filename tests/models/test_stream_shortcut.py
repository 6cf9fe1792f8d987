"""The shortcut of an outbox's account gives what the general way gives, and is taken for what comes in order."""

import random

import pytest

from models.stream import Kept, keep, keep_any, merged


@pytest.mark.parametrize("seed", range(200))
def test_the_shortcut_changes_nothing(seed: int) -> None:
    dice = random.Random(seed)
    quick = general = Kept()
    numbers = list(range(1, 40))
    if seed % 3:
        dice.shuffle(numbers)
    while numbers:
        taken, numbers = numbers[: dice.randint(1, 5)], numbers[dice.randint(1, 3) :]
        lost = [(taken[0] + 3, taken[0] + 4)] if dice.random() < 0.1 else []
        quick = keep(quick, taken, lost)
        general = keep_any(general, merged((n, n) for n in taken), lost)
        assert quick == general


def test_numbers_in_order_are_counted_once_each() -> None:
    account = keep(keep(Kept(), [1, 2, 2, 3]), [4])
    assert account == Kept(4, 4, (), (), 4)
    assert keep(account, [4]) == account
