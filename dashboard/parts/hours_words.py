"""Opening hours in words: days of the coming week that are alike stand together."""

from datetime import date, timedelta
from itertools import groupby

from dashboard.words import Speech
from models.civil_day import open_spans


def hours_words(say: Speech, rule: str, today: date) -> str:
    """Of the week that holds `today`; a rule may say otherwise in another season."""
    if not rule:
        return say("hours.always")
    monday = today - timedelta(days=today.weekday())
    week = [open_spans(rule, monday + timedelta(days=n)) for n in range(7)]
    told = []
    for spans, days in groupby(range(7), key=lambda n: week[n]):
        first, *rest = list(days)
        name = _day(say, first) if not rest else say("hoursday.range", first=_day(say, first), last=_day(say, rest[-1]))
        times = say("comma").join(f"{begin}–{end}" for begin, end in spans) or say("hoursday.shut")
        told.append(f"{name} {times}")
    return say("hoursday.join").join(told)


def _day(say: Speech, number: int) -> str:
    return say.named("hoursday", str(number))
