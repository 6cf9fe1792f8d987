"""What the bench's sites say: a mix of every fold, encoded as MQTT packets before they are needed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_QOS_1 = 0x32

MIX = (
    [('occupancy.flow', ',"device":"door-1","area":"hall","in":2,"out":1')] * 84
    + [('occupancy.count', ',"device":"door-1","area":"hall","count":17')] * 4
    + [('device.status', ',"device":"door-1","online":true,"battery_pct":81')] * 4
    + [('meal.served', ',"meal":"lunch","mode":"dine_in","price_fen":1200')] * 3
    + [('person.in', ',"person":"p-000017","area":"hall","method":"card"')]
    + [('person.out', ',"person":"p-000017","area":"hall","method":"card"')]
    + [('service.planned', ',"service":"sv-{n}","type":"BA.ST","due_at":"{at}"')]
    + [('alarm.raised', ',"alarm":"al-{n}","type":"LOWBAT"')]
    + [('alarm.cleared', ',"alarm":"al-{n}","type":"LOWBAT"')]
)  # fmt: skip
"""One hundred kinds with their own fields, in the shares of a working day: mostly doors that count."""

assert len(MIX) == 100


@dataclass
class Sites:
    """Sites 0 to `count`, each with one outbox of this run: gapless numbers, identities that sort by time."""

    count: int
    boot: str
    number: int = 0

    def events(self, at_us: int, how_many: int) -> Iterator[tuple[int, str]]:
        """(site, event) in turn over all sites, happening at `at_us`."""
        at, prefix = _written(at_us), _ulid_time(at_us // 1000) + _tag(self.boot)
        for _ in range(how_many):
            n = self.number
            self.number += 1
            site, seq = n % self.count, n // self.count + 1
            # Each site has another place in the mix at the same moment.
            kind, fields = MIX[(n + seq * 7) % 100]
            if "{" in fields:
                fields = fields.replace("{n}", f"{self.boot}-{seq // 50}").replace("{at}", at)
            yield (
                site,
                f'{{"id":"{prefix}{n:010d}","kind":"{kind}","at":"{at}","boot":"{self.boot}","seq":{seq}{fields}}}',
            )

    def packets(self, at_us: int, how_many: int, per_message: int) -> Iterator[tuple[int, bytes]]:
        """(site, PUBLISH without its message number): single events, or arrays of `per_message` of one site."""
        if per_message == 1:
            for site, event in self.events(at_us, how_many):
                yield site, packet(topic_of(site), event.encode())
            return
        whole = self.count * per_message
        for start in range(0, how_many, whole):
            arrays: dict[int, list[str]] = {}
            for site, event in self.events(at_us, min(whole, how_many - start)):
                arrays.setdefault(site, []).append(event)
            for site, events in arrays.items():
                yield site, packet(topic_of(site), b"[" + ",".join(events).encode() + b"]")


def site_code(site: int) -> str:
    return f"b-{site + 1:06d}"


def topic_of(site: int) -> str:
    return f"eldercare/v1/{site_code(site)}/events"


def packet(topic: str, payload: bytes) -> bytes:
    """A QoS 1 PUBLISH whose message number is 0; `numbered` puts one in."""
    name = topic.encode()
    rest = len(name).to_bytes(2, "big") + name + b"\0\0" + payload
    return bytes([_QOS_1]) + remaining_length(len(rest)) + rest


def remaining_length(length: int) -> bytes:
    out = bytearray()
    while True:
        length, low = divmod(length, 128)
        out.append(low | (128 if length else 0))
        if not length:
            return bytes(out)


def numbered(made: bytes, mid: int) -> bytes:
    """The packet with its message number, which stands behind the topic."""
    start = 2
    while made[start - 1] & 128:
        start += 1
    place = start + 2 + int.from_bytes(made[start : start + 2], "big")
    return made[:place] + mid.to_bytes(2, "big") + made[place + 2 :]


def payload_of(made: bytes) -> tuple[str, bytes]:
    """(topic, payload) as a broker reads a PUBLISH."""
    start = next(n for n in range(1, 5) if not made[n] & 128) + 1
    length = int.from_bytes(made[start : start + 2], "big")
    return made[start + 2 : start + 2 + length].decode(), made[start + 4 + length :]


def _written(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"


def _ulid_time(at_ms: int) -> str:
    return "".join(_CROCKFORD[at_ms >> shift & 31] for shift in range(45, -1, -5))


def _tag(boot: str) -> str:
    """Six characters of a ULID that tell one run from another."""
    number = int.from_bytes(boot.encode()[-4:], "big")
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(25, -1, -5))
