"""Bytes that somebody sent, as text that can do no harm: nothing invisible, nothing that turns the line around. Pure."""

import json
import re
import unicodedata

HEX_MOST = 256
_SAFE = frozenset((" ",))
_BLANKS = re.compile(r"[ \t\r\n]+")


def message_shown(content: bytes, most: int = 512) -> str:
    """One line of a message. Of a vendor's that is wrapped: device, its topic and what it said, not the wrapping; the
    line breaks with which XML and long JSON are set are spaces.
    """
    said = _wrapped(content)
    if said:
        text = f"{said['device']} {said['topic']}: {_BLANKS.sub(' ', said['text'])}"
        return shown(text.encode("utf-8", "backslashreplace"), most)
    try:
        return shown(_BLANKS.sub(" ", content.decode("utf-8")).encode(), most)
    except UnicodeDecodeError:
        return shown(content, most)


def _wrapped(content: bytes) -> dict[str, str] | None:
    if b"vendor.message" not in content:
        return None
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return None
    told = isinstance(said, dict) and all(isinstance(said.get(name), str) for name in ("device", "topic", "text"))
    return said if told else None


def shown(content: bytes, most: int = 512) -> str:
    """UTF-8 as it reads, with controls, marks of direction and lone surrogates spelt out; anything else as hex."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        head = content[: min(HEX_MOST, most)].hex(" ")
        return head + (" …" if len(content) > min(HEX_MOST, most) else "")
    cut = text[:most]
    return "".join(map(_spelt, cut)) + ("…" if len(text) > most else "")


def _spelt(sign: str) -> str:
    if sign in _SAFE or unicodedata.category(sign)[0] not in "CZ":
        return sign
    return f"\\u{{{ord(sign):x}}}"
