"""The documents that are written from the code: current, valid, and of one mind with the reader."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator

import contract
from contract import Accepted, Reason, read_ack, read_status
from contract.documents import DOCS, documents, write
from contract.examples import ACK_EXAMPLE, EXAMPLES, STATUS_EXAMPLES
from tests.contract.cases import (
    BEYOND_SCHEMAS,
    KINDS,
    NO_MOMENTS,
    SITE,
    bad_values,
    encoded,
    every_field,
    fullest,
    good_values,
    least,
    with_field,
)

ASYNCAPI = Path(__file__).parents[1] / "samples" / "asyncapi" / "asyncapi-3.0.0.json"
WRITTEN = documents()
FIELDS = list(every_field())


@cache
def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(WRITTEN[f"schemas/{name}.json"]))


def reader_takes(said: Any) -> bool:
    return isinstance(contract.read_message(encoded(said), SITE)[0], Accepted)


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_a_document_is_current(name: str) -> None:
    path = DOCS / name
    assert path.exists(), f"docs/{name} is not written: make contract"
    assert path.read_text(encoding="utf-8") == WRITTEN[name], f"docs/{name} is old: make contract"


def test_no_schema_stands_without_its_kind() -> None:
    assert {f"schemas/{path.name}" for path in (DOCS / "schemas").iterdir()} == {n for n in WRITTEN if "/" in n}


def test_writing_them_again_changes_nothing_and_removes_what_is_no_more(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "meal.eaten.json").write_text("{}")
    write(tmp_path)
    assert {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()} == set(WRITTEN)


@pytest.mark.parametrize("name", [*KINDS, "status", "ack"])
def test_a_schema_is_valid_and_holds_for_its_examples(name: str) -> None:
    schema = json.loads(WRITTEN[f"schemas/{name}.json"])
    Draft202012Validator.check_schema(schema)
    assert schema["examples"]
    for example in schema["examples"]:
        validator(name).validate(example)


def test_every_example_is_read() -> None:
    assert list(EXAMPLES) == list(contract.KINDS)
    assert all(reader_takes(example) for example in EXAMPLES.values())
    assert all(isinstance(read_status(encoded(example)), contract.Status) for example in STATUS_EXAMPLES)
    assert read_ack(encoded(ACK_EXAMPLE)).seq == ACK_EXAMPLE["seq"]


@pytest.mark.parametrize("kind", KINDS)
def test_schema_and_reader_agree_on_whole_events(kind: str) -> None:
    events = [least(kind), fullest(kind)]
    events += [{n: v for n, v in fullest(kind).items() if n != gone} for gone in fullest(kind)]
    events += [{**least(kind), "other": 1}, {**least(kind), "boot": "k"}, {**least(kind), "kind": "nope"}]
    if kind == "vendor.message":
        events += [
            {**least(kind), "base64": ""},
            {n: v for n, v in least(kind).items() if n != "text"} | {"base64": ""},
        ]
    for said in events:
        assert validator(kind).is_valid(said) == reader_takes(said), said


@pytest.mark.parametrize(("kind", "name", "sort"), FIELDS, ids=lambda part: str(part)[:20])
def test_schema_and_reader_agree_on_every_value(kind: str, name: str, sort: str) -> None:
    for value in good_values(sort):
        assert validator(kind).is_valid(with_field(kind, name, value)), value
    for value in [None, *bad_values(sort), *(NO_MOMENTS if sort == "moment" else [])]:
        assert not validator(kind).is_valid(with_field(kind, name, value)), value


def test_what_a_schema_cannot_judge_is_known() -> None:
    """Else it would stand in the other table, and senders could rely on the schema for it."""
    kinds = {"id": ("door.opened", "id"), "area": ("door.opened", "area"), "date": ("meal.booked", "for")}
    kinds |= {"text": ("vendor.message", "text"), "lost": ("device.status", "lost")}
    for sort, values in BEYOND_SCHEMAS.items():
        kind, name = kinds[sort]
        for value in values:
            assert validator(kind).is_valid(with_field(kind, name, value)), value
            assert not reader_takes(with_field(kind, name, value)), value


@pytest.mark.parametrize(
    ("said", "good"),
    [
        ({"online": True, "boot": "k"}, True),
        ({"online": True}, False),
        ({"online": 1, "boot": "k"}, False),
        ({"online": True, "boot": "a b"}, False),
        ({"online": True, "boot": "k", "people": 1}, False),
        ({"online": True, "boot": "k", "agent": None}, False),
    ],
)
def test_schema_and_reader_agree_on_a_status(said: dict[str, Any], good: bool) -> None:
    assert validator("status").is_valid(said) is good
    assert isinstance(read_status(encoded(said)), contract.Status) is good


@pytest.mark.parametrize(
    ("said", "good"),
    [
        ({"boot": "k", "seq": 0}, True),
        ({"boot": "k", "seq": 1, "also": [[3, 4]] * 32, "more": 1}, True),
        ({"boot": "k", "seq": 1, "also": [[3, 4]] * 33}, False),
        ({"boot": "k", "seq": 1, "also": [[3]]}, False),
        ({"boot": "k", "seq": 1, "also": [[3, 4, 5]]}, False),
        ({"boot": "k", "seq": -1}, False),
        ({"seq": 1}, False),
    ],
)
def test_schema_and_reader_agree_on_an_acknowledgement(said: dict[str, Any], good: bool) -> None:
    assert validator("ack").is_valid(said) is good
    if good:
        assert read_ack(encoded(said)).boot == "k"
    else:
        with pytest.raises(ValueError, match="not an ack"):
            read_ack(encoded(said))


@cache
def asyncapi() -> dict[str, Any]:
    return yaml.safe_load(WRITTEN["asyncapi.yaml"])


def test_the_asyncapi_document_follows_its_official_schema() -> None:
    official = Draft7Validator(json.loads(ASYNCAPI.read_text(encoding="utf-8")))
    wrong = [f"{'/'.join(map(str, error.path))}: {error.message[:200]}" for error in official.iter_errors(asyncapi())]
    assert not wrong
    spoilt = {**asyncapi(), "operations": {"takeEvents": {"action": "take"}}}
    assert not official.is_valid(spoilt), "the official schema judges nothing"


def references(part: Any) -> list[str]:
    if isinstance(part, list):
        return [found for inner in part for found in references(inner)]
    if isinstance(part, dict):
        return [v for k, v in part.items() if k == "$ref"] + [f for v in part.values() for f in references(v)]
    return []


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    found = set(references(asyncapi()))
    assert found
    for reference in found:
        if reference.startswith("#/"):
            part = asyncapi()
            for step in reference[2:].split("/"):
                part = part[step]
        else:
            assert reference in WRITTEN


def test_the_asyncapi_document_names_every_topic_and_kind() -> None:
    channels = asyncapi()["channels"]
    assert {name: channel["address"] for name, channel in channels.items()} == {
        "events": contract.events_topic("{site}"),
        "status": contract.status_topic("{site}"),
        "raw": contract.raw_topic("{site}", "{device}", "{rest}"),
        "ack": contract.ack_topic("{site}"),
    }
    assert set(channels["events"]["messages"]) == {*KINDS, "events"}
    told = {n: (o["action"], o["bindings"]["mqtt"]) for n, o in asyncapi()["operations"].items()}
    assert {n: (action, b["qos"], b["retain"]) for n, (action, b) in told.items()} == {
        "takeEvents": ("receive", 1, False),
        "hearStatus": ("receive", 1, True),
        "takeRaw": ("receive", 1, False),
        "acknowledge": ("send", 0, False),
    }


def test_the_page_names_every_kind_field_reason_and_limit() -> None:
    page = WRITTEN["contract.md"]
    for kind in KINDS:
        section = page.partition(f"### `{kind}`")[2].partition("\n##")[0]
        own = set(fullest(kind)) - set(least("site.closed")) - {"boot", "seq", "device", "site", "backfill"}
        assert all(f"| `{name}` |" in section for name in own), kind
    assert all(f"| `{reason}` |" in page for reason in Reason)
    assert all(str(limit) in page for limit in (262144, 500, 65536, 32))
    assert "<!--" not in page
