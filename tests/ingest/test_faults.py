"""Whatever breaks below it, the system loses nothing, doubles nothing, and its numbers equal a recount. See `make faults`."""

import pytest

from tests.ingest.checker import check
from tests.ingest.standing import FAULTS, server_ends_connections, server_line_cut, standing, standing_on_server


@pytest.fixture(scope="module")
def stand(template, tmp_path_factory):
    with standing(tmp_path_factory.mktemp("stand"), template, seed=1) as made:
        yield made


def strike(stand, fault):
    stand.send(30)
    assert fault(stand), "the fault did not fire"
    stand.send(30)
    stand.heal()
    account = stand.account()
    assert account.is_clean, account


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_after_a_fault_nothing_is_lost_or_doubled_and_every_number_is_right(stand, fault):
    strike(stand, fault)


def test_nor_after_a_fault_of_a_server(tmp_path):
    """The quick ones; the others stand in test_server_faults, and all of them in `make faults`."""
    with standing_on_server(tmp_path, seed=1) as stand:
        strike(stand, server_line_cut)
        strike(stand, server_ends_connections)


def test_the_checker_sees_a_loss_a_double_and_a_wrong_number(stand, tmp_path):
    stand.heal()
    assert check(stand.read, [*stand.sent, stand.sent[0] | {"id": "never-sent"}]).lost == 1
    moved = [stand.sent[0] | {"area": "roof"}, *stand.sent[1:]]
    assert any("roof" in words for words in check(stand.read, moved).wrong)
    assert "1 events that nobody sent" in check(stand.read, stand.sent[:-1]).wrong
