"""What raises an alarm by itself: one line a rule, in the order in which they are asked.

A rule is a pure function: a site's situation, the limits and the moment give readings, one for each cause that the site
could have; `lasting` says what follows. A cause without a reading, such as a device that is gone, is over. A rule that
gives no reading at all for a site has nothing to read there: it is *not reported*, and never rings.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from ingest.rules.devices import cert, clock_off, lowbat
from ingest.rules.late import late
from ingest.rules.mealshort import mealshort
from ingest.rules.nearcap import nearcap
from ingest.rules.notopen import notopen
from ingest.rules.offline import offline
from ingest.rules.overcap import overcap
from ingest.rules.overrun import overrun
from ingest.rules.sensors import bedexit, inact
from ingest.rules.situation import Limits, Reading, Situation
from ingest.rules.stafflow import stafflow
from ingest.rules.stuck import stuck
from models.base import Instant


class Rule(NamedTuple):
    code: str
    read: Callable[[Situation, Limits, Instant], Iterable[Reading]]


RULES = (
    Rule("OVERCAP", overcap),
    Rule("NEARCAP", nearcap),
    Rule("OFFLINE", offline),
    Rule("NOTOPEN", notopen),
    Rule("STUCK", stuck),
    Rule("LATE", late),
    Rule("OVERRUN", overrun),
    Rule("MEALSHORT", mealshort),
    Rule("STAFFLOW", stafflow),
    Rule("BEDEXIT", bedexit),
    Rule("INACT", inact),
    Rule("LOWBAT", lowbat),
    Rule("CERT", cert),
    Rule("CLOCK", clock_off),
)

RAISED_BY_SITES = ("SOS", "FALL", "FIRE", "WANDER", "VITAL", "INCID")
"""The other kinds: a person or a device at the site decides, and says so with `alarm.raised`."""

ABOUT_OURSELVES = ("OWN",)
