"""Whatever breaks below it, the system loses nothing, doubles nothing, and its numbers equal a recount. See `make faults`."""

import pytest

from tests.ingest.checker import check
from tests.ingest.standing import FAULTS, standing


@pytest.fixture(scope="module")
def stand(template, tmp_path_factory):
    with standing(tmp_path_factory.mktemp("stand"), template, seed=1) as made:
        yield made


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_after_a_fault_nothing_is_lost_or_doubled_and_every_number_is_right(stand, fault):
    stand.send(30)
    assert fault(stand), "the fault did not fire"
    stand.send(30)
    stand.heal()
    account = check(stand.database, stand.sent)
    assert account.is_clean, account


def test_the_checker_sees_a_loss_a_double_and_a_wrong_number(stand, tmp_path):
    stand.heal()
    assert check(stand.database, [*stand.sent, stand.sent[0] | {"id": "never-sent"}]).lost == 1
    moved = [stand.sent[0] | {"area": "roof"}, *stand.sent[1:]]
    assert any("roof" in words for words in check(stand.database, moved).wrong)
    assert "1 events that nobody sent" in check(stand.database, stand.sent[:-1]).wrong
