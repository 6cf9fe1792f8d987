"""`python -m contract.documents`: writes docs/contract.md, docs/asyncapi.yaml and docs/schemas/ anew from the code."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from contract.channels import asyncapi
from contract.events import KINDS, MAX_VENDOR_BYTES
from contract.examples import EXAMPLES
from contract.line import MAX_RANGES
from contract.reading import BYTES_KEPT, MAX_DEPTH, MAX_EVENTS, MAX_MESSAGE_BYTES
from contract.reasons import MEANING, QUARANTINE
from contract.schemas import STRUCTS, Schema, event_schema, schemas

DOCS = Path(__file__).parents[1] / "docs"
PAGE = Path(__file__).with_name("page.md")
ENVELOPE = ("id", "kind", "at", "boot", "seq", "device", "site", "backfill")


def documents() -> dict[str, str]:
    """The text of every generated file by its path below docs/."""
    written = {f"schemas/{name}.json": _json(schema) for name, schema in schemas().items()}
    written["asyncapi.yaml"] = yaml.dump(asyncapi(), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120)
    written["contract.md"] = contract_page()
    return written


def contract_page() -> str:
    """The page's own words with the tables of the code in their places."""
    text = PAGE.read_text(encoding="utf-8")
    for name, lines in (("kinds", _kinds()), ("reasons", _reasons()), ("limits", _limits())):
        place = f"<!-- {name} -->"
        if place not in text:
            raise ValueError(f"{PAGE.name} has no place for the {name}: {place}")
        text = text.replace(place, "\n".join(lines))
    return text


def _kinds() -> Iterator[str]:
    for kind in KINDS:
        schema = event_schema(kind)
        own = [name for name in schema["properties"] if name not in ENVELOPE or name in _needed(schema)]
        yield f"### `{kind}`\n"
        yield f"{STRUCTS[kind].__doc__}\n"
        rows = [_field(name, schema) for name in own if name not in ("id", "kind", "at")]
        if rows:
            yield from ("| field | need | value |", "|---|---|---|", *rows, "")
        yield f"```json\n{json.dumps(EXAMPLES[kind], ensure_ascii=False)}\n```\n"


def _needed(schema: Schema) -> list[str]:
    return list(schema["required"])


def _field(name: str, schema: Schema) -> str:
    part = schema["properties"][name]
    need = "yes" if name in _needed(schema) else "one of them" if name in ("text", "base64") else "no"
    default = f"; default `{part['default']}`" if "default" in part else ""
    return f"| `{name}` | {need} | {value_words(part)}{default} |"


def value_words(part: Schema) -> str:
    """A schema's bounds as a reader says them."""
    if "$ref" in part:
        return f"an object: `{part['$ref'].rpartition('/')[2].lower()}` below"
    if "enum" in part:
        return ", ".join(f"`{value}`" for value in part["enum"])
    if part.get("format") == "date-time":
        return "RFC 3339 with offset"
    if part.get("format") == "date":
        return "date, `YYYY-MM-DD`"
    if part["type"] == "array":
        return 'a list of `{"boot", "from", "to"}`, at most ' + str(part["maxItems"])
    if "pattern" in part:
        return f"`{part['pattern'][1:-1]}`".replace("|", "\\|")
    if part["type"] == "integer":
        return f"integer {part['minimum']}..{part['maximum']}"
    if part["type"] == "string":
        return f"text of at most {part['maxLength']} characters"
    return {"number": "number", "boolean": "`true` or `false`"}[part["type"]]


def _reasons() -> Iterator[str]:
    yield from ("| reason | when |", "|---|---|")
    yield from (f"| `{reason}` | {words} |" for reason, words in MEANING.items())
    quarantine = " and ".join(f"`{reason}`" for reason in MEANING if reason in QUARANTINE)
    yield f"\n{quarantine} are called quarantine."


def _limits() -> Iterator[str]:
    yield from ("| what | at most |", "|---|---|")
    limits: dict[str, Any] = {
        "bytes of a message": MAX_MESSAGE_BYTES,
        "events of an array": MAX_EVENTS,
        "brackets open at once": MAX_DEPTH,
        "bytes of a `vendor.message` after decoding": MAX_VENDOR_BYTES,
        "bytes kept of what is `too_large` or in quarantine": BYTES_KEPT,
        "ranges in an `ack`": MAX_RANGES,
    }
    yield from (f"| {what} | {most} |" for what, most in limits.items())


class _Plain(yaml.SafeDumper):
    """Without anchors: the same list twice is written twice."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _json(schema: Schema) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write(docs: Path = DOCS) -> None:
    """Files of kinds that are no more go."""
    written = documents()
    (docs / "schemas").mkdir(parents=True, exist_ok=True)
    for path in (docs / "schemas").glob("*.json"):
        if f"schemas/{path.name}" not in written:
            path.unlink()
    for name, text in written.items():
        (docs / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
