"""How soon an alarm must be seen, and how soon it must be dealt with: what the configuration says of each kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Deadline:
    """Seconds from its opening; None: no limit."""

    seen_s: int | None = None
    fixed_s: int | None = None


Deadlines = Mapping[str, Deadline]
"""By code; a kind that is not here has none."""
NONE = Deadline()


@cache
def deadlines_of(said: Any) -> Deadlines:
    """Of the configuration's section; 0 is no limit."""
    return {
        "SOS": _limits(said.sos_ack_s, said.sos_fix_s),
        "FALL": _limits(said.fall_ack_s, said.fall_fix_s),
        "FIRE": _limits(said.fire_ack_s, said.fire_fix_s),
        "WANDER": _limits(said.wander_ack_s, said.wander_fix_s),
        "VITAL": _limits(said.vital_ack_s, said.vital_fix_s),
        "BEDEXIT": _limits(said.bedexit_ack_s, said.bedexit_fix_s),
        "INACT": _limits(said.inact_ack_s, said.inact_fix_s),
        "OVERCAP": _limits(said.overcap_ack_s, said.overcap_fix_s),
        "OFFLINE": _limits(said.offline_ack_s, said.offline_fix_s),
        "NOTOPEN": _limits(said.notopen_ack_s),
        "STUCK": _limits(0, said.stuck_fix_s),
        "LATE": _limits(said.late_ack_s),
        "MEALSHORT": _limits(said.mealshort_ack_s),
        "STAFFLOW": _limits(said.stafflow_ack_s),
        "INCID": _limits(said.incid_ack_s),
        "LOWBAT": _limits(0, said.lowbat_fix_s),
        "CERT": _limits(0, said.cert_fix_s),
        "CLOCK": _limits(0, said.clock_fix_s),
        "OWN": _limits(said.own_ack_s),
    }


def _limits(seen_s: int, fixed_s: int = 0) -> Deadline:
    return Deadline(seen_s or None, fixed_s or None)
