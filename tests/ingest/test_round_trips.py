"""What a commit costs in statements and round trips of PostgreSQL: a number that no busy machine changes."""

import tempfile
from collections import Counter
from itertools import count

import pytest

from ingest.store.postgresql import FEW
from tests.ingest.conftest import NOW
from tests.ingest.said import event, flow, payload, wire

pytestmark = pytest.mark.engines("postgresql")
ASKED = ("Query", "Execute")
WAITED_FOR = ("Query", "Sync", "Flush", "CopyDone")
"""Of the protocol's messages to the server, those that are followed by a wait for its answer."""


def cost(district, payloads):
    """(statements, round trips) of the commit of these messages, as the driver's library has seen them."""
    with district.engine.connect() as connection:
        line = connection.connection.driver_connection.pgconn
    with tempfile.TemporaryFile() as written:
        line.trace(written.fileno())
        try:
            verdicts = district.take(*payloads).verdicts
        finally:
            line.untrace()
        written.seek(0)
        said = Counter(words[3].split()[0] for raw in written if (words := raw.decode().split("\t"))[1] == "F")
    assert set(verdicts) == {"stored"}
    return sum(said[kind] for kind in ASKED), sum(said[kind] for kind in WAITED_FOR)


@pytest.fixture
def flows(district):
    """So many flows, a message each, of five areas and an outbox; enough have come before that all is known and prepared."""
    numbers = count(1)

    def some(events):
        said = [(n, NOW + n * 1000) for n, _ in zip(numbers, range(events), strict=False)]
        return [payload(flow(at, area=f"a{n % 5}", device="door-1", boot="b1", seq=n)) for n, at in said]

    for _ in range(8):
        district.take(*some(FEW + 1))
        district.take(*some(5))
    return some


def of_every_kind(number):
    """A plan, its start, an alarm, its end and a move."""
    at, boot = NOW + number * 1000, f"k{number}"
    kinds = (
        ("service.planned", {"service": f"v{number}", "type": "BA.HM", "due_at": wire(at)}),
        ("service.started", {"service": f"v{number}"}),
        ("alarm.raised", {"alarm": f"a{number}", "type": "SOS"}),
        ("alarm.cleared", {"alarm": f"a{number}", "type": "SOS"}),
        ("bed.moved", {"person": f"token{number}", "move": "admit"}),
    )
    return [payload(event(kind, at, boot=boot, seq=n, **said)) for n, (kind, said) in enumerate(kinds, 1)]


@pytest.mark.parametrize(("events", "statements", "trips"), [(1, 13, 10), (50, 13, 10), (1000, 23, 28)])
def test_a_batch_of_flows_costs_as_much_however_many_there_are(district, flows, events, statements, trips):
    found = cost(district, flows(events))
    assert found[0] <= statements
    assert found[1] <= trips


def test_services_alarms_and_residents_are_read_and_written_together(district):
    for first in (1, 100, 200, 300, 400, 500):
        district.take(*(one for n in range(first, first + 10) for one in of_every_kind(n)))
    assert cost(district, [one for n in range(600, 610) for one in of_every_kind(n)])[1] <= 14
