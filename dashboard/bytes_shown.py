"""Bytes that somebody sent, as text that can do no harm: nothing invisible, nothing that turns the line around. Pure."""

import unicodedata

HEX_MOST = 256
_SAFE = frozenset((" ",))


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
