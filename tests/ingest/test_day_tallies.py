"""What a day counts one by one: the short way past most kinds leaves nothing out."""

import json

import pytest

from contract import Accepted, read_message
from contract.examples import EXAMPLES
from ingest.folds import Fresh
from ingest.folds.days import COUNTED, tallied


@pytest.mark.parametrize("kind", sorted(EXAMPLES.keys() - COUNTED))
def test_a_kind_that_is_passed_over_adds_nothing_and_names_no_other_day(kind: str) -> None:
    (element,) = read_message(json.dumps(EXAMPLES[kind]).encode(), "s-001")
    assert isinstance(element, Accepted)
    assert tallied(Fresh(None, element.event, kind, True, 0, 0)) == []  # type: ignore[arg-type]
    assert not hasattr(element.event, "for_")
    # Of a service the fold of services says when it was and is due.
    assert kind.startswith("service.") or not hasattr(element.event, "due_at")
