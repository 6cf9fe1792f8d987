"""A vendor's bytes become a tree of plain values, within hard limits; what names or shows a person is taken out of it."""

import base64
import binascii
import json
import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any, NamedTuple
from xml.parsers import expat

import msgspec

BYTES_MAX = 262_144
DEPTH_MAX = 32
ELEMENTS_MAX = 10_000
ATTRIBUTES_MAX = 32
STRING_KEPT = 4096

DROPPED = frozenset(
    [
        "address",
        "certificateno",
        "facepic",
        "faceimage",
        "face_image",
        "idcard",
        "id_card",
        "idcardno",
        "id_number",
        "image",
        "imagedata",
        "mobile",
        "name",
        "personname",
        "person_name",
        "persionname",
        "phone",
        "photo",
        "pic",
        "picture",
        "picinfo",
        "recognized_license_plate",
        "snapshot",
        "sub_label",
        "telephone",
        "thumbnail",
        "username",
        "user_name",
    ]
)
"""Keys, in any spelling of case, whose values no table may see: names, addresses, numbers and pictures of people."""

_BRACKETS = re.compile(rb"[\[\]{}]")
_OUTSIDE_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_PICTURE = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n|GIF8[79]a|RIFF....WEBP", re.DOTALL)
_JSON = msgspec.json.Decoder()


class Unreadable(ValueError):
    """The bytes, or a value in them, are not what the table says; the message repeats no value."""


def tree_of(payload: bytes, form: str) -> Any:
    """The payload's values. Raises Unreadable."""
    return READERS[form](payload)


def _json(payload: bytes) -> Any:
    depth = deepest = 0
    for bracket in _BRACKETS.findall(_OUTSIDE_STRINGS.sub(b"", payload)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    if deepest > DEPTH_MAX:
        raise Unreadable(f"more than {DEPTH_MAX} open brackets")
    try:
        return _JSON.decode(payload.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable("not JSON") from error


def _text(payload: bytes) -> str:
    try:
        return payload.decode("utf-8-sig").strip("\x00 \t\r\n")
    except UnicodeDecodeError as error:
        raise Unreadable(f"not UTF-8 at byte {error.start}") from error


def _hex(payload: bytes) -> dict[str, Any]:
    try:
        return _octets(bytes.fromhex(_text(payload)))
    except ValueError as error:
        raise Unreadable("not hexadecimal") from error


def _base64(payload: bytes) -> dict[str, Any]:
    try:
        return _octets(base64.b64decode(_text(payload), validate=True))
    except (ValueError, binascii.Error) as error:
        raise Unreadable("not base64") from error


def _octets(octets: bytes) -> dict[str, Any]:
    return {"length": len(octets), "hex": octets.hex(), "octets": list(octets)}


# -- XML --------------------------------------------------------------------------------------------------------------------


class _Tree:
    """Elements become objects of their children (without namespaces); a repeated child becomes a list, a leaf its text."""

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self._open: list[tuple[str, dict[str, Any], list[str]]] = [("", self.root, [])]
        self._elements = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if len(self._open) > DEPTH_MAX or self._elements > ELEMENTS_MAX or len(attributes) > ATTRIBUTES_MAX:
            raise Unreadable("XML with too many elements, levels or attributes")
        children: dict[str, Any] = {f"@{_local(key)}": value for key, value in attributes.items()}
        self._open.append((_local(name), children, []))

    def end(self, _name: str) -> None:
        name, children, words = self._open.pop()
        text = "".join(words).strip()
        parent = self._open[-1][1]
        value: Any = children | {"#text": text} if children and text else children or text
        if name not in parent:
            parent[name] = value
        elif isinstance(parent[name], list):
            parent[name].append(value)
        else:
            parent[name] = [parent[name], value]

    def words(self, text: str) -> None:
        self._open[-1][2].append(text)


def _local(name: str) -> str:
    return name.rsplit(" ", 1)[-1].rsplit(":", 1)[-1]


def _xml(payload: bytes) -> Any:
    tree, parser = _Tree(), expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = tree.start, tree.end
    parser.CharacterDataHandler = tree.words
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(payload, True)
    except expat.ExpatError as error:
        raise Unreadable(f"not XML: line {error.lineno}") from error
    except (ValueError, RecursionError, LookupError) as error:
        raise error if isinstance(error, Unreadable) else Unreadable("not XML") from error
    (root,) = tree.root.values()
    return root


def _refuse_doctype(*_declared: object) -> None:
    raise Unreadable("XML with a document type: entities are not read")


READERS: dict[str, Callable[[bytes], Any]] = {
    "json": _json,
    "xml": _xml,
    "text": _text,
    "hex": _hex,
    "base64": _base64,
    "ignored": lambda _payload: {},
}
"""`ignored`: bytes that nobody wants to look at, such as pictures; that they came is all that counts."""


# -- what must not be stored ------------------------------------------------------------------------------------------------


def without_persons(tree: Any, more: frozenset[str] = frozenset()) -> Any:
    """The tree without the keys of DROPPED and `more`, wherever they stand."""
    if isinstance(tree, dict):
        return {k: without_persons(v, more) for k, v in tree.items() if k.casefold() not in DROPPED and k not in more}
    if isinstance(tree, list):
        return [without_persons(element, more) for element in tree]
    return tree


class Kept(NamedTuple):
    """What may be stored of a payload. `whole`: it is the payload itself and can be replayed."""

    payload: bytes
    whole: bool


def storable(payload: bytes, secret: frozenset[str] = frozenset()) -> Kept:
    """JSON without names and pictures, long strings replaced by length and hash; other bytes up to the first picture."""
    try:
        tree = _json(payload)
    except Unreadable:
        found = _PICTURE.search(payload)
        return Kept(payload[: found.start()], False) if found else Kept(payload, True)
    if not isinstance(tree, dict | list):
        return Kept(payload, True)
    kept = _shortened(without_persons(tree, secret))
    return Kept(payload, True) if kept == tree else Kept(json.dumps(kept, ensure_ascii=False).encode(), False)


def _shortened(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _shortened(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_shortened(element) for element in tree]
    if isinstance(tree, str) and len(octets := tree.encode()) > STRING_KEPT:
        return {"length": len(octets), "sha256": sha256(octets).hexdigest()}
    return tree
