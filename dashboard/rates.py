"""How often somebody may ask for what costs much: a bucket for each that fills again by itself, in bounded memory."""

import ipaddress
import math
from collections import OrderedDict

REMEMBERED = 10_000
"""Buckets kept of each kind, a few megabytes; who has not asked for longest is forgotten first, and her bucket was the fullest."""


class Rates:
    """So many at once, and as many again spread over each minute."""

    def __init__(self, per_min: int) -> None:
        self._per_min = per_min
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, who: str, now_s: float) -> int:
        """0: go on, and it is counted; else the whole seconds until the next one. `now_s` is a stopwatch's."""
        left, at = self._left.get(who, (float(self._per_min), now_s))
        left = min(self._per_min, left + (now_s - at) * self._per_min / 60)
        is_good = left >= 1
        self._left[who] = (left - 1 if is_good else left, now_s)
        self._left.move_to_end(who)
        if len(self._left) > REMEMBERED:
            self._left.popitem(last=False)
        return 0 if is_good else max(1, math.ceil((1 - left) * 60 / self._per_min))

    def __len__(self) -> int:
        return len(self._left)


def network_of(client: str) -> str:
    """An address of IPv6 is one of very many that its owner has; those of a network of 64 bits count as one."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client[:64]
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
