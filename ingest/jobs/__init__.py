"""What happens because time passed: the timetable, one line a job.

`every_s` only wakes a job; what there is to do it finds in the tables and in the ledger, so a missed hour, a second
scheduler or a kill changes nothing but the hour.
"""

from collections.abc import Callable
from typing import NamedTuple

from ingest.jobs.add_up_hours import add_up_hours
from ingest.jobs.add_up_months import add_up_months
from ingest.jobs.begin_days import begin_days
from ingest.jobs.call_watcher import call_watcher
from ingest.jobs.check_deeds import check_deeds
from ingest.jobs.escalate_alarms import escalate_alarms
from ingest.jobs.forget_alarm_steps import forget_alarm_steps
from ingest.jobs.forget_cards import forget_cards
from ingest.jobs.forget_events import forget_events
from ingest.jobs.forget_letters import forget_letters
from ingest.jobs.forget_persons import forget_persons
from ingest.jobs.forget_places import forget_places
from ingest.jobs.forget_quarantine import forget_quarantine
from ingest.jobs.forget_seen import forget_seen
from ingest.jobs.forget_sign_ins import forget_sign_ins
from ingest.jobs.forget_tokens import forget_tokens
from ingest.jobs.keep_registry import keep_registry
from ingest.jobs.make_event_days import make_event_days
from ingest.jobs.occasion import Counts, Occasion
from ingest.jobs.optimise import optimise
from ingest.jobs.order_letters import order_letters
from ingest.jobs.post_letters import post_letters
from ingest.jobs.reckon_availability import reckon_availability
from ingest.jobs.reckon_usual import reckon_usual
from ingest.jobs.say_clock import say_clock
from ingest.jobs.summarise_days import summarise_days
from ingest.jobs.tell_people import tell_people


class Job(NamedTuple):
    name: str
    every_s: int
    run: Callable[[Occasion], Counts]
    urgent: bool = False
    """It waits for no other job, and has no line in the log when there was nothing to do."""


JOBS = (
    Job("escalate_alarms", 5, escalate_alarms, urgent=True),
    Job("tell_people", 5, tell_people, urgent=True),
    Job("keep_registry", 5, keep_registry, urgent=True),
    Job("say_clock", 10, say_clock, urgent=True),
    Job("call_watcher", 60, call_watcher, urgent=True),
    Job("make_event_days", 1800, make_event_days),
    Job("begin_days", 1800, begin_days),
    Job("summarise_days", 300, summarise_days),
    Job("add_up_hours", 300, add_up_hours),
    Job("add_up_months", 300, add_up_months),
    Job("order_letters", 300, order_letters),
    Job("post_letters", 60, post_letters),
    Job("reckon_usual", 300, reckon_usual),
    Job("reckon_availability", 1800, reckon_availability),
    Job("forget_alarm_steps", 1800, forget_alarm_steps),
    Job("forget_cards", 1800, forget_cards),
    Job("forget_events", 1800, forget_events),
    Job("forget_letters", 1800, forget_letters),
    Job("forget_persons", 1800, forget_persons),
    Job("forget_places", 1800, forget_places),
    Job("forget_quarantine", 1800, forget_quarantine),
    Job("forget_seen", 1800, forget_seen),
    Job("forget_sign_ins", 1800, forget_sign_ins),
    Job("forget_tokens", 1800, forget_tokens),
    Job("check_deeds", 1800, check_deeds),
    Job("optimise", 1800, optimise),
)
