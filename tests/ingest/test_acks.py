"""When an outbox hears what the platform keeps: once in a second, at once when it had to send again."""

from contract import read_ack
from ingest.acks import Acks
from models.stream import Kept

A, B = ("s-001", "b1"), ("s-002", "b1")


def said(acks: Acks, at: float) -> list[tuple[str, int]]:
    return [(topic.split("/")[2], read_ack(payload).seq) for topic, payload in acks.due(at)]


def test_the_first_goes_at_once_and_the_next_ones_are_gathered_for_a_second() -> None:
    acks = Acks(1000)
    acks.note({A: Kept(1, 1)}, ())
    assert said(acks, 10.0) == [("s-001", 1)]
    for upto in (2, 3, 4):
        acks.note({A: Kept(upto, upto)}, ())
        assert said(acks, 10.0 + upto / 10) == []
    assert said(acks, 10.999) == []
    assert said(acks, 11.0) == [("s-001", 4)]
    assert said(acks, 20.0) == []


def test_one_that_sent_again_is_answered_at_once_and_waits_anew_afterwards() -> None:
    acks = Acks(1000)
    acks.note({A: Kept(1, 1), B: Kept(7, 7)}, ())
    assert sorted(said(acks, 10.0)) == [("s-001", 1), ("s-002", 7)]
    acks.note({A: Kept(2, 2), B: Kept(8, 8)}, ())
    acks.note({A: Kept(2, 2)}, {A})
    assert said(acks, 10.5) == [("s-001", 2)]
    acks.note({A: Kept(3, 3)}, ())
    assert said(acks, 11.0) == [("s-002", 8)]
    assert said(acks, 11.4) == []
    assert said(acks, 11.5) == [("s-001", 3)]


def test_one_that_hurried_and_waits_anew_is_answered_once() -> None:
    acks = Acks(1000)
    acks.note({A: Kept(1, 1)}, ())
    said(acks, 10.0)
    acks.note({A: Kept(2, 2)}, ())  # waits for 11.0
    acks.note({A: Kept(2, 2)}, {A})
    assert said(acks, 10.2) == [("s-001", 2)]
    acks.note({A: Kept(3, 3)}, ())  # waits for 11.2, behind what is left of the first
    assert said(acks, 12.0) == [("s-001", 3)]
    assert said(acks, 14.0) == []


def test_no_rounding_keeps_an_ack_back() -> None:
    for n in range(2000):
        acks, at = Acks(100), 1000 + n * 0.0137
        acks.note({A: Kept(1, 1)}, ())
        said(acks, at)
        acks.note({A: Kept(2, 2)}, ())
        assert said(acks, at + 0.1) == [("s-001", 2)]


def test_whoever_leaves_says_everything_that_waits() -> None:
    acks = Acks(1000)
    acks.note({A: Kept(1, 1)}, ())
    said(acks, 10.0)
    acks.note({A: Kept(2, 2), B: Kept(1, 1)}, ())
    assert sorted(said(acks, float("inf"))) == [("s-001", 2), ("s-002", 1)]


def test_looking_costs_nothing_while_thousands_wait() -> None:
    acks = Acks(1000)
    many = {(f"s-{n:05d}", "b1"): Kept(1, 1) for n in range(5000)}
    acks.note(many, ())
    assert len(acks.due(10.0)) == 5000
    acks.note(many, ())
    asked: list[object] = []
    acks._due_at = lambda *asking: float(bool(asked.append(asking)))  # type: ignore[method-assign]
    for look in range(100):
        assert acks.due(10.0 + look / 1000) == []
    assert asked == []
