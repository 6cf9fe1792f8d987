"""How long a name has to wait after wrong passwords, so that guessing is slow and nobody can lock everybody out.

Three tallies: of a name from an address, of an address over all names, of a name over all addresses. The last two do not
hold for a name where it came in before: guesses from elsewhere slow strangers only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from models.base import HOUR, MINUTE, SECOND, Instant

FORGOTTEN: Instant = 24 * HOUR
"""Wrong passwords count so long after the last one."""
KNOWN_FOR: Instant = 90 * 24 * HOUR
"""An address is a name's own so long after it last came in there."""
FIRST: Instant = 15 * SECOND
LONGEST: Instant = 15 * MINUTE


@dataclass(frozen=True, slots=True)
class Tally:
    """`wrong` passwords, the last at `wrong_at`; `good_at` the last right one."""

    wrong: int = 0
    wrong_at: Instant = 0
    good_at: Instant | None = None

    def counted(self, now: Instant) -> int:
        return 0 if now - self.wrong_at > FORGOTTEN else self.wrong


PAIR, ADDRESS, NAME = "pair", "address", "name"
FREE = {PAIR: 5, ADDRESS: 30, NAME: 50}
"""Wrong ones that cost nothing: an office of thirty mistypes behind one address, a person at most five times."""


def wait_for(tallies: Mapping[str, Tally], now: Instant) -> Instant:
    """How long this name must wait at this address; 0: it may try. Each wrong one doubles the wait, up to a quarter hour."""
    pair = tallies.get(PAIR, Tally())
    is_known = pair.good_at is not None and now - pair.good_at <= KNOWN_FOR
    held = (PAIR,) if is_known else (PAIR, ADDRESS, NAME)
    return max(_wait(tallies.get(kind, Tally()), FREE[kind], now) for kind in held)


def _wait(tally: Tally, free: int, now: Instant) -> Instant:
    over = tally.counted(now) - free
    if over < 0:
        return 0
    return max(0, tally.wrong_at + min(FIRST << min(over, 16), LONGEST) - now)


def one_more(tally: Tally, now: Instant) -> Tally:
    return Tally(min(tally.counted(now) + 1, 30_000), now, tally.good_at)


def home_of(client: str) -> str:
    """The address as far as it tells one line from another: a household of IPv6 has a whole /64."""
    try:
        address = ip_address(client)
    except ValueError:
        return client[:64] or "?"
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_network((address, 64), strict=False))
    return str(address)
