"""What the bench's sites say: a mix of every fold, encoded as MQTT packets before they are needed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_QOS_1 = 0x32

MIX = (
    [('occupancy.flow', ',"device":"door-1","area":"hall","in":2,"out":1')] * 84
    + [('occupancy.count', ',"device":"door-1","area":"hall","count":17')] * 4
    + [('device.status', ',"device":"door-1","online":true,"battery_pct":81')] * 4
    + [('meal.served', ',"meal":"lunch","mode":"dine_in","price_fen":1200')] * 3
    + [('person.in', ',"person":"p-{p}","area":"hall","method":"card"')]
    + [('person.out', ',"person":"p-{p}","area":"hall","method":"card"')]
    + [('service.planned', ',"service":"sv-{n}","type":"BA.ST","due_at":"{at}"')]
    + [('alarm.raised', ',"alarm":"al-{n}","type":"LOWBAT"')]
    + [('alarm.cleared', ',"alarm":"al-{n}","type":"LOWBAT"')]
)  # fmt: skip
"""One hundred kinds with their own fields, in the shares of a working day: mostly doors that count."""

assert len(MIX) == 100


class Sites:
    """Sites 0 to `count` speak in turn, each with one outbox of this run: gapless numbers, identities that sort by time."""

    def __init__(self, count: int, boot: str) -> None:
        self.count, self.boot = count, boot
        self._tag = _tag(boot)
        self._events = self._messages = 0
        self._numbers = [0] * count

    def packets(
        self, at_us: int, events: int, per_message: int = 1, apart_us: int = 1000
    ) -> Iterator[tuple[int, bytes]]:
        """(site, PUBLISH without its message number) of so many events, `apart_us` from each other within a message."""
        for _ in range(events // per_message):
            site = self._messages % self.count
            self._messages += 1
            said = ",".join(self._event(site, at_us + n * apart_us) for n in range(per_message))
            yield site, packet(topic_of(site), (said if per_message == 1 else f"[{said}]").encode())

    def backlog(self, until_us: int, over_s: float, events: int, per_message: int = 1) -> Iterator[tuple[int, bytes]]:
        """As `packets`, of what happened in the seconds before: each later than what its site said before."""
        messages = events // per_message
        if not messages:
            return
        # A message ends before its site's next one begins: outboxes send in order.
        apart_us = max(1, min(1000, int(over_s * 1e6 * self.count / events)))
        for n in range(messages):
            at_us = until_us - round(over_s * 1e6 * (messages - n) / messages)
            yield from self.packets(at_us, per_message, per_message, apart_us)

    def _event(self, site: int, at_us: int) -> str:
        n, self._events = self._events, self._events + 1
        self._numbers[site] = seq = self._numbers[site] + 1
        at, time = _written(at_us), _ulid_time(at_us // 1000)
        # Each site has another place in the mix at the same moment.
        kind, fields = MIX[(site + seq * 7) % 100]
        if "{" in fields:
            fields = fields.replace("{n}", f"{self.boot}-{seq // 50}").replace("{at}", at)
            fields = fields.replace("{p}", f"{site % 1000:03d}{seq // 100 % 60:03d}")
        return (
            f'{{"id":"{time}{self._tag}{n:010d}","kind":"{kind}","at":"{at}","boot":"{self.boot}","seq":{seq}{fields}}}'
        )


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


@lru_cache(4)
def _written(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"


@lru_cache(4)
def _ulid_time(at_ms: int) -> str:
    return "".join(_CROCKFORD[at_ms >> shift & 31] for shift in range(45, -1, -5))


def _tag(boot: str) -> str:
    """Six characters of a ULID that tell one run from another."""
    number = int.from_bytes(boot.encode()[-4:], "big")
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(25, -1, -5))
