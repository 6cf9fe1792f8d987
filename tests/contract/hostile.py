"""Payloads that nobody should send, and what becomes of each: one verdict an element, `stored` or the reason.

All are bounded: none is larger than a message may be by more than a little.
"""

from base64 import b64encode

from tests.contract.cases import IDENTITY, encoded, least

MOBILE = "13800138000"
GOOD = encoded(least("occupancy.flow"))
_OPEN = GOOD[:-1]
_COUNT = encoded(least("occupancy.count"))[:-1]
_VENDOR = encoded(least("vendor.message"))

Case = tuple[bytes, list[str]]


def one(*payloads: bytes, reason: str) -> list[Case]:
    return [(payload, [reason]) for payload in payloads]


def plus(*more: bytes) -> list[bytes]:
    """A good flow with something added."""
    return [_OPEN + b", " + text + b"}" for text in more]


def person(value: bytes, name: bytes = b"person") -> bytes:
    return b'{"id": "p-1", "kind": "person.in", "at": "2026-11-23T01:02:11Z", "' + name + b'": ' + value + b"}"


def array(*elements: bytes) -> bytes:
    return b"[" + b",".join(elements) + b"]"


NOT_JSON = one(
    b"",
    b" ",
    b"\n\t\r ",
    b"\x00",
    b"\x0b" + GOOD,
    b"\xef\xbb\xbf" + GOOD,
    GOOD + b"\x00",
    GOOD + b" x",
    GOOD + GOOD,
    GOOD + b"\n" + GOOD,
    GOOD[:-1],
    GOOD[: len(GOOD) // 2],
    b"{",
    b"[",
    b"[1",
    b"}",
    b"]",
    b"[}",
    b"{]",
    b'"',
    b'"abc',
    b'"abc\\',
    b"{'id': 1}",
    b"{id: 1}",
    b"{1: 1}",
    b'{"a"}',
    b'{"a":}',
    b'{"a":1,}',
    b'{,"a":1}',
    b'{"a":1 "b":2}',
    b'{"a":1;"b":2}',
    b"[1,]",
    b"[,1]",
    b"[1 2]",
    b"[1,,2]",
    b"NaN",
    b"Infinity",
    b"-Infinity",
    b"[NaN]",
    b"[Infinity]",
    b"tru",
    b"True",
    b"None",
    b"undefined",
    b"nul",
    b"[nulll]",
    b"01",
    b"[-]",
    b"[+1]",
    b"[.5]",
    b"[1.]",
    b"[1e]",
    b"[1e+]",
    b"[0x10]",
    b"[1_000]",
    b"[1,2/*x*/]",
    b"// x\n[]",
    b'["\\q"]',
    b'["\\u12"]',
    b'["\\u00zz"]',
    b'["\\x41"]',
    b'["a\nb"]',
    b'["a\tb"]',
    b'["a\x00b"]',
    b'[\xc2\xa0"a"]',
    b"<event/>",
    b"id,kind,at\n1,occupancy.flow,now\n",
    b"in=2&out=0",
    b"\x89PNG\r\n"[1:],
    *plus(b'"x": NaN', b'"x": -Infinity', b'"x": 01', b'"x": "\\q"', b'"x": "a\nb"', b'"x": tru', b'"x"', b'"x": [1,]'),
    array(GOOD, b"{'a': 1}"),
    array(GOOD, b'{"in": NaN}', GOOD),
    array(GOOD, b'{"x": "\\ud800", "y": NaN}'),
    array(GOOD)[:-1],
    array(GOOD) + b",",
    b"{" * 16,
    b'{"a":' * 16 + b"NaN" + b"}" * 16,
    reason="not_json",
)
NOT_UTF8 = one(
    b"\xff",
    b"\xc3",
    b'"\xc3("',
    b"\xed\xa0\x80",
    b"\xc0\x80",
    b"\xf5\x80\x80\x80",
    "{}".encode("utf-16"),
    GOOD + b"\xff",
    _OPEN + b', "x": "\xb0\xa1"}',
    b"[" * 1000 + b"\xff",
    b"\x1f\x8b\x08\x00",
    bytes(range(256)),
    reason="not_utf8",
)
TOO_DEEP = one(
    b"[" * 17,
    b"[" * 17 + b"]" * 17,
    b"[" * 262_144,
    b"{" * 17,
    b'{"a":' * 17 + b"1" + b"}" * 17,
    b'[{"a":' * 9 + b"1" + b"}]" * 9,
    b"]" * 40 + b"[" * 17,
    b'"' + b"[" * 5 + b'\\"' + b'"' + b"[" * 17,
    b'["\\\\", ' + b"[" * 16 + b"]" * 17,
    _OPEN + b', "x": ' + b"[" * 16 + b"]" * 16 + b"}",
    array(GOOD, b"[" * 16 + b"]" * 16),
    reason="too_deep",
)
TOO_LARGE = one(
    b"x" * 262_145,
    b" " * 262_145,
    b"\xff" * 262_145,
    b"[" * 262_145,
    GOOD + b" " * 262_145,
    array(*[b"1"] * 501),
    array(*[GOOD] * 501),
    array(*[b"[]"] * 87_000),
    b"[" + b"1," * 131_000 + b"1]",
    reason="too_large",
)
SCALARS = one(
    *(b"null", b"true", b"false", b"0", b"-1.5e3", b'""', b'"event"', b'"\\ud800"', b"1e400", b"9" * 5000),
    *(b"[]", b" [ ] ", b"\n[\n]\n"),
    reason="bad_value",
)
BAD_VALUES = one(
    *plus(b'"seq": 1, "boot": null', b'"seq": 1e3, "boot": "k"', b'"seq": 0, "boot": "k"', b'"seq": 1, "boot": ""'),
    *plus(
        b'"device": ""', b'"device": "\\u0000"', b'"device": "door\\n"', b'"device": "\\ud83d\\ude00"', b'"area": "M"'
    ),
    *plus(b'"device": "\\ud800"', b'"area": "\\udc00\\ud800"', b'"\\ud800": 1', b'"device": "a\\ud83d"'),
    *plus(b'"kind": "occupancy.flow"', b'"kind": "nope"', b'"k\\u0069nd": "occupancy.flow"', b'"kind": null'),
    b'{"kind": "nope", ' + GOOD[1:],
    *plus(b'"in": -1', b'"in": 10001', b'"in": true', b'"in": "2"', b'"in": 1e400', b'"in": 1.5', b'"in": null'),
    *plus(b'"in": ' + b"9" * 100_000, b'"in": 0.' + b"1" * 100_000, b'"in": 18446744073709551616', b'"in": {"a": 1}'),
    *plus(b'"id": "' + b"x" * 200_000 + b'"', b'"id": ""', b'"id": null', b'"id": 1', b'"id": "a b"', b'"id": ["a"]'),
    *plus(b'"backfill": 1', b'"backfill": null', b'"site": "../s-002"', b'"site": null', b'"at": null'),
    array(b"null"),
    array(b"[" * 15 + b"]" * 15),
    _VENDOR.replace(b'"text": ""', b'"base64": "%s"' % b64encode(bytes(65537))),
    _VENDOR.replace(b'"text": ""', b'"text": "%s"' % (b"x" * 65537)),
    _VENDOR.replace(b'"text": ""', b'"text": "\\ud800"'),
    _VENDOR.replace(b'"text": ""', b'"base64": "===="'),
    reason="bad_value",
)
LONG_NAMES = plus(b'"%s": 1' % (b"k" * 200_000))
LONG_FRACTION = plus(b'"at": "2026-11-23T09:02:11.%sX"' % (b"1" * 200_000))
LONG_KIND = b'{"kind": "%s"}' % (b"x" * 250_000)
OTHERS = [
    *one(b"{}", b'{"kind": "occupancy.flow"}', b'{"in": 1}', *plus(b'"boot": "k"', b'"seq": 1'), reason="missing_field"),
    *one(b'{"kind": "nope"}', b'{"kind": ""}', b'{"kind": "__proto__"}', LONG_KIND, reason="unknown_kind"),
    *one(*plus(b'"__proto__": {}', b'"": 1', b'"In": 1', b'"in ": 1', b'"a\\u0000b": 1'), reason="unknown_field"),
    *one(*LONG_NAMES, reason="unknown_field"),
    *one(*plus(b'"x": ' + b"[" * 15 + b"]" * 15, b'"x": "' + b"[" * 5000 + b'"'), reason="unknown_field"),
    *one(*plus(b'"at": 0', b'"at": "9999-12-31T23:59:59Z"'), *LONG_FRACTION, reason="bad_time"),
    *one(*plus(b'"at": "2026-02-30T00:00:00Z"', b'"at": ""', b'"at": {"$date": 0}', b'"at": 1795395731.25'), reason="bad_time"),
    *one(*plus(b'"site": "s-002"', b'"site": "s-001", "site": "s-002"'), reason="spoofed"),
    *one(
        person(f'"{MOBILE}"'.encode()),
        person(MOBILE.encode()),
        person(f'"{IDENTITY}"'.encode()),
        person(f'"{IDENTITY.lower()}"'.encode()),
        person(b'"1380013800\\u0030"'),
        person(b'"\\u0031\\u0033800138000"'),
        person(f'"{MOBILE}"'.encode(), b"p\\u0065rson"),
        person(f'"abcdef", "person": "{MOBILE}"'.encode()),
        person(f'"{MOBILE}", "nope": 1'.encode()),
        person(f'"{MOBILE}", "x": {"9" * 5000}'.encode()),
        b'{"kind": "nope", "worker": "%s"}' % MOBILE.encode(),
        b'{"kind": "site.opened", "id": "1", "at": "2026-11-23T01:02:11Z", "by": "%s"}' % MOBILE.encode(),
        reason="personal_data",
    ),
]  # fmt: skip
STORED = one(
    GOOD,
    b"\r\n\t " + GOOD + b"\n ",
    b"[" + GOOD + b"]",
    *plus(b'"in": 3', b'"in": "x", "in": 2', b'"at": 1, "at": "2026-11-23T01:02:11Z"', b'"in": 1e400, "\\u0069n": 1'),
    _COUNT + b', "method": null, "method": "staff"}',
    person(f'"{MOBILE}", "person": "abcdef"'.encode()),
    person(b'"44030919400101001y"'),
    person(b'"440309194001010011"'),
    person(b'"1380013800"'),
    person(b'"138001380000"'),
    person(b'"12800138000"'),
    _VENDOR.replace(b'"text": ""', b'"text": "%s"' % (rb"\"[{" * 9000)),
    _VENDOR.replace(b'"text": ""', b'"text": "\\u0000\\ud83d\\ude00"'),
    reason="stored",
)
MIXED: list[Case] = [
    (array(GOOD, b"1", b"null", b"{}", GOOD), ["stored", "bad_value", "bad_value", "missing_field", "stored"]),
    (array(GOOD, *plus(b'"device": "\\ud800"'), GOOD), ["stored", "bad_value", "stored"]),
    (array(b'"\\ud800"', b'{"\\udfff": 1}', GOOD), ["bad_value", "missing_field|bad_value", "stored"]),
    (array(*plus(b'"x": 1'), *plus(b'"in": "["'), GOOD), ["unknown_field", "bad_value", "stored"]),
    (array(*[b"1"] * 500), ["bad_value"] * 500),
    (array(GOOD, person(b'"%s"' % MOBILE.encode()), b"[]"), ["stored", "personal_data", "bad_value"]),
    (b" [ " + GOOD + b" , " + GOOD + b" ] ", ["stored", "stored"]),
]
HOSTILE: list[Case] = [
    *NOT_JSON,
    *NOT_UTF8,
    *TOO_DEEP,
    *TOO_LARGE,
    *SCALARS,
    *BAD_VALUES,
    *OTHERS,
    *STORED,
    *MIXED,
]
