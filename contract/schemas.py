"""JSON Schemas (draft 2020-12) of every kind, of `status` and of `ack`, derived from the structures that read them.

A schema judges less than the reader: no calendar, no identity number, no comparison of two fields, no key given twice.
"""

from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from contract.events import Event, VendorMessage
from contract.examples import ACK_EXAMPLE, EXAMPLES, STATUS_EXAMPLES
from contract.line import Ack, Status
from contract.moments import MOMENT, Moment

Schema = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
STRUCTS: dict[str, Any] = {kind.__struct_config__.tag: kind for kind in get_args(Event)}


def schemas() -> dict[str, Schema]:
    """By the name of the file without its ending."""
    found = {kind: event_schema(kind) for kind in STRUCTS}
    found["status"] = _schema("status", Status, STATUS_EXAMPLES)
    found["ack"] = _schema("ack", Ack, [ACK_EXAMPLE])
    return found


def event_schema(kind: str) -> Schema:
    struct = STRUCTS[kind]
    schema = _schema(kind, struct, [EXAMPLES[kind]])
    schema["dependentRequired"] = {"boot": ["seq"], "seq": ["boot"]}
    if "area" in schema["properties"]:
        schema["properties"]["area"]["default"] = "main"
    if struct is VendorMessage:
        schema["oneOf"] = [{"required": ["text"]}, {"required": ["base64"]}]
        schema["properties"]["base64"]["contentEncoding"] = "base64"
    return schema


def _schema(name: str, struct: Any, examples: list[Any]) -> Schema:
    [_], parts = msgspec.json.schema_components([struct], schema_hook=_moment, ref_template="#/$defs/{name}")
    own = _tidied(parts.pop(struct.__name__), _orders(struct))
    inner = {part: _tidied(schema, {}) for part, schema in sorted(parts.items())}
    named = {"$schema": DRAFT, "$id": f"urn:eldercare:v1:{name}", **own, "title": name, "examples": examples}
    return {**named, "$defs": inner} if inner else named


def _moment(kind: type) -> Schema:
    if kind is not Moment:
        raise NotImplementedError(kind)
    pattern = MOMENT.replace(r"\d", "[0-9]")
    return {"type": "string", "format": "date-time", "pattern": f"^{pattern}$"}


def _orders(struct: Any) -> dict[frozenset[Any], list[Any]]:
    """The values of each closed set in the order in which the contract names them."""
    hints = get_type_hints(struct).values()
    return {frozenset(get_args(hint)): list(get_args(hint)) for hint in hints if get_origin(hint) is Literal}


def _tidied(part: Any, orders: dict[frozenset[Any], list[Any]]) -> Any:
    """In the dialect of JSON Schema: patterns of ECMA-262, no default where nothing is meant."""
    if isinstance(part, list):
        return [_tidied(inner, orders) for inner in part]
    if not isinstance(part, dict):
        return part
    tidy = {name: _tidied(inner, orders) for name, inner in part.items() if not (name == "default" and inner is None)}
    if "pattern" in tidy:
        tidy["pattern"] = tidy["pattern"].replace(r"\A(?:", "^").replace(r")\Z", "$")
    if tidy.get("format") == "date":
        tidy["pattern"] = DATE
    if isinstance(tidy.get("enum"), list):
        values = orders.get(frozenset(tidy["enum"]), tidy["enum"])
        tidy = {**tidy, "enum": values} if len(values) > 1 else {"const": values[0]}
    return tidy
