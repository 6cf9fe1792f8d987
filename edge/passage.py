"""How large a lane's messages may be. A broker drops, or hangs up at, what is too large for it, and says so to nobody.

Pure: nothing is known but that the oldest event was sent and not acknowledged. The second time it goes in smaller
messages, so that it takes nobody else with it; once it is large by itself, the others go first and it is tried again later.
"""

from dataclasses import dataclass

MESSAGE_OCTETS = 200_000
NARROWER = 8
NARROWEST = 3
MISSES = 2
"""So often in a row may be the line's fault."""
WAIT_S, WAIT_MOST_S = 30.0, 600.0


@dataclass
class Passage:
    misses: int = 0
    """How often in a row the oldest event was sent and not acknowledged."""
    narrow: int = 0
    """By how many steps the messages are smaller."""
    passed: int = 0
    """What still waits up to this number is too large by itself."""
    again_at: float = 0.0
    """When it is tried again, or larger messages are."""
    wait_s: float = WAIT_S

    @property
    def octets(self) -> int:
        return MESSAGE_OCTETS // int(NARROWER**self.narrow)

    def missed(self, seq: int, octets: int, someone_hears: bool, now_s: float) -> bool:
        """The oldest event, of so many octets, is sent once more. True: after the others, as it alone is too large.

        `someone_hears`: others were acknowledged meanwhile, or the line broke; else the platform may only be away.
        """
        self.misses += 1
        if self.misses < MISSES:
            return False
        self.wait_s = min(self.wait_s * 2, WAIT_MOST_S)
        self.again_at = now_s + self.wait_s
        if octets >= self.octets and someone_hears:
            self.passed, self.misses = seq, 0
            return True
        self.narrow = min(self.narrow + 1, NARROWEST)
        return False

    def moved_on(self, now_s: float) -> None:
        """The oldest event is acknowledged, or passed over and the next one is."""
        self.misses = 0
        if self.narrow and not self.passed and now_s >= self.again_at:
            self.narrow -= 1

    def retries(self, now_s: float) -> bool:
        """Whether it is time to try what was passed over; it is not waited for as long as the first time."""
        if not self.passed or now_s < self.again_at:
            return False
        self.passed, self.misses = 0, MISSES - 1
        return True
