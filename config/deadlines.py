"""How soon an alarm of each type must be acknowledged and fixed, from its opening; 0 is no limit."""

from dataclasses import dataclass

from config.keys import number


@dataclass(frozen=True)
class Deadlines:
    sos_ack_s: int = number(0, 2_592_000)
    sos_fix_s: int = number(0, 2_592_000)
    fall_ack_s: int = number(0, 2_592_000)
    fall_fix_s: int = number(0, 2_592_000)
    fire_ack_s: int = number(0, 2_592_000)
    fire_fix_s: int = number(0, 2_592_000)
    wander_ack_s: int = number(0, 2_592_000)
    wander_fix_s: int = number(0, 2_592_000)
    vital_ack_s: int = number(0, 2_592_000)
    vital_fix_s: int = number(0, 2_592_000)
    bedexit_ack_s: int = number(0, 2_592_000)
    bedexit_fix_s: int = number(0, 2_592_000)
    inact_ack_s: int = number(0, 2_592_000)
    inact_fix_s: int = number(0, 2_592_000)
    overcap_ack_s: int = number(0, 2_592_000)
    overcap_fix_s: int = number(0, 2_592_000)
    offline_ack_s: int = number(0, 2_592_000)
    offline_fix_s: int = number(0, 2_592_000)
    notopen_ack_s: int = number(0, 2_592_000)
    stuck_fix_s: int = number(0, 2_592_000)
    late_ack_s: int = number(0, 2_592_000)
    mealshort_ack_s: int = number(0, 2_592_000)
    stafflow_ack_s: int = number(0, 2_592_000)
    incid_ack_s: int = number(0, 2_592_000)
    lowbat_fix_s: int = number(0, 2_592_000)
    cert_fix_s: int = number(0, 2_592_000)
    clock_fix_s: int = number(0, 2_592_000)
    own_ack_s: int = number(0, 2_592_000)
