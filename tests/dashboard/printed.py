"""What stands in a PDF of a browser: its text as a reader copies it out, and whatever in it could act, load or lead away."""

import re
import zlib
from collections.abc import Iterator

ACTS = (
    b"/JavaScript", b"/JS", b"/OpenAction", b"/AA", b"/Action", b"/Launch", b"/URI", b"/GoToR", b"/GoToE", b"/SubmitForm",
    b"/ImportData", b"/RichMedia", b"/EmbeddedFile", b"/Filespec", b"/AcroForm", b"/XFA", b"/Annots", b"/Sound", b"/Movie",
)  # fmt: skip
_OBJECT = re.compile(rb"(\d+) 0 obj\b(.*?)\bendobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*?)\n?endstream", re.DOTALL)
_SHOWN = re.compile(rb"/F(\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)> Tj|\[([^]]*)\] ?TJ")


def objects(pdf: bytes) -> dict[int, tuple[bytes, bytes]]:
    """What each object says of itself, and its stream as it was before it was packed."""
    found = {}
    for number, body in _OBJECT.findall(pdf):
        stream = _STREAM.search(body)
        packed = stream[1] if stream else b""
        plain = zlib.decompressobj().decompress(packed) if b"/FlateDecode" in body else packed
        found[int(number)] = (_STREAM.sub(b"", body), plain)
    return found


def acts_in(pdf: bytes) -> set[bytes]:
    """Also where the browser packs objects into streams."""
    said = [told + (plain if b"/ObjStm" in told else b"") for told, plain in objects(pdf).values()]
    return {act for act in ACTS for one in said if re.search(re.escape(act) + rb"(?![A-Za-z])", one)}


def text_of(pdf: bytes) -> str:
    """Without white space: where a line broke is the layout's affair."""
    every = objects(pdf)
    signs = {
        number: _signs_of(every[int(found[1])][1])
        for number, (told, _) in every.items()
        if (found := re.search(rb"/ToUnicode (\d+) 0 R", told))
    }
    return "".join(
        "".join(_shown(plain, signs)) for told, plain in every.values() if b" Tj" in plain or b" TJ" in plain
    )


def _shown(content: bytes, signs: dict[int, tuple[int, dict[int, str]]]) -> Iterator[str]:
    width, known = 2, dict[int, str]()
    for font, one, many in _SHOWN.findall(content):
        if font:
            width, known = signs.get(int(font), (2, {}))
            continue
        for shown in [one] if one else re.findall(rb"<([0-9A-Fa-f]+)>", many):
            codes = bytes.fromhex(shown.decode())
            for at in range(0, len(codes), width):
                yield known.get(int.from_bytes(codes[at : at + width]), "").strip()


def _signs_of(table: bytes) -> tuple[int, dict[int, str]]:
    """How many bytes a code of this font has, and which sign each code is."""
    found: dict[int, str] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        for code, sign in re.findall(rb"<(\w+)> <(\w+)>", block):
            found[int(code, 16)] = bytes.fromhex(sign.decode()).decode("utf-16-be")
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", table, re.DOTALL):
        for first, last, sign in re.findall(rb"<(\w+)> <(\w+)> <(\w+)>", block):
            for code in range(int(first, 16), int(last, 16) + 1):
                found[code] = chr(int(sign, 16) + code - int(first, 16))
    space = re.search(rb"begincodespacerange\s*<(\w+)>", table)
    return (len(space[1]) // 2 if space else 2), found
