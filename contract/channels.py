"""The AsyncAPI 3.0 document: the four topics as channels, seen from the platform."""

from typing import Any

from contract.events import KINDS
from contract.examples import ACK_EXAMPLE, EXAMPLES, STATUS_EXAMPLES
from contract.reading import MAX_EVENTS, MAX_MESSAGE_BYTES
from contract.schemas import STRUCTS
from contract.topics import SITE

Part = dict[str, Any]

BINDING = "0.2.0"
_TITLE = "Eldercare: from the sites to the platform and back"
_ABOUT = (
    "Events of day-care centres, canteens, homes and residences. At least once: what `ack` does not cover is sent again, "
    "with the same `id`. The readable page is contract.md."
)


def asyncapi() -> Part:
    return {
        "asyncapi": "3.0.0",
        "info": {"title": _TITLE, "version": "1.0.0", "description": _ABOUT},
        "defaultContentType": "application/json",
        "servers": {"broker": _broker()},
        "channels": _channels(),
        "operations": _operations(),
        "components": {
            "messages": _messages(),
            "schemas": {"event": {"oneOf": [_schema(kind) for kind in KINDS]}},
            "parameters": _parameters(),
            "securitySchemes": {
                "siteUser": {
                    "type": "userPassword",
                    "description": "A broker user `{site}` or `{site}.{name}`: writes only below `eldercare/v1/{site}/` and"
                    " reads only `eldercare/v1/{site}/ack`.",
                }
            },
        },
    }


def _broker() -> Part:
    return {
        "host": "{host}:{port}",
        "protocol": "mqtt",
        "protocolVersion": "3.1.1",
        "description": "MQTT 3.1.1 or 5; with TLS wherever it leaves the machine.",
        "variables": {"host": {"default": "127.0.0.1"}, "port": {"default": "1883"}},
        "security": [{"$ref": "#/components/securitySchemes/siteUser"}],
    }


def _channels() -> Part:
    events = [*KINDS, "events"]
    return {
        "events": _channel("events", "One event, or an array of events.", events),
        "status": _channel("status", "The line is up or down; retained, the will of the connection.", ["status"]),
        "raw": _channel("raw/{device}/{rest}", "A vendor's own bytes, untouched.", ["raw"], "site", "device", "rest"),
        "ack": _channel("ack", "Which numbers the platform keeps.", ["ack"]),
    }


def _channel(below: str, about: str, messages: list[str], *parameters: str) -> Part:
    return {
        "address": f"eldercare/v1/{{site}}/{below}",
        "description": about,
        "servers": [{"$ref": "#/servers/broker"}],
        "parameters": {name: {"$ref": f"#/components/parameters/{name}"} for name in parameters or ("site",)},
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
    }


def _operations() -> Part:
    return {
        "takeEvents": _operation(
            "receive", "events", 1, False, "The platform keeps every event, or its bytes and a reason."
        ),
        "hearStatus": _operation("receive", "status", 1, True, "The platform shows whether the line is up."),
        "takeRaw": _operation(
            "receive", "raw", 1, False, "The platform decodes what a binding reads, and keeps the rest."
        ),
        "acknowledge": _operation(
            "send", "ack", 0, False, "At most once a second for each boot, at once after a duplicate."
        ),
    }


def _operation(action: str, channel: str, qos: int, retain: bool, about: str) -> Part:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "description": about,
        "bindings": {"mqtt": {"qos": qos, "retain": retain, "bindingVersion": BINDING}},
    }


def _messages() -> Part:
    found = {kind: _message(kind, str(STRUCTS[kind].__doc__), _schema(kind), [EXAMPLES[kind]]) for kind in KINDS}
    batch = {"type": "array", "minItems": 1, "maxItems": MAX_EVENTS, "items": {"$ref": "#/components/schemas/event"}}
    about = f"An array of 1 to {MAX_EVENTS} events; a message has at most {MAX_MESSAGE_BYTES} bytes."
    found["events"] = _message("events", about, batch, [[EXAMPLES["occupancy.flow"], EXAMPLES["door.opened"]]])
    found["status"] = _message("status", "The line is up or down.", _schema("status"), STATUS_EXAMPLES)
    found["ack"] = _message("ack", "What a site may delete from its outbox.", _schema("ack"), [ACK_EXAMPLE])
    raw = {"name": "raw", "title": "raw", "summary": "Bytes of a device, as its maker made them."}
    found["raw"] = {**raw, "contentType": "application/octet-stream"}
    return found


def _message(name: str, about: str, payload: Part, examples: list[Any]) -> Part:
    return {
        "name": name,
        "title": name,
        "summary": about,
        "contentType": "application/json",
        "payload": payload,
        "examples": [{"payload": example} for example in examples if isinstance(example, dict)],
    }


def _schema(name: str) -> Part:
    return {"$ref": f"schemas/{name}.json"}


def _parameters() -> Part:
    return {
        "site": {"description": f"The site that speaks: `{SITE}`. The topic is the authority.", "examples": ["s-001"]},
        "device": {"description": f"A device of the site: `{SITE}`.", "examples": ["gw-1"]},
        "rest": {"description": "The device's own topic without a leading slash; may hold slashes."},
    }
