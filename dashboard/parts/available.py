"""Availability in words: the share with one decimal, how many days stand behind it, and the formula one tap away."""

from dash.development.base_component import Component

from dashboard.parts.card import formula
from dashboard.parts.day_words import length
from dashboard.parts.quality_words import NONE
from dashboard.parts.tags import b, div, small, span
from dashboard.rows import Available
from dashboard.words import Speech
from models.availability import Availability
from models.base import MINUTE

DAYS = {"day": 1, "month": 30, "year": 365}


def share_text(one: Availability | None) -> str:
    return NONE if one is None or one.share is None else f"{one.share * 100:.1f} %"


def available_line(say: Speech, found: Available) -> Component:
    """Three shares in a row; of less than the whole time, the days that are known stand beside."""
    shares = [_share(say, name, getattr(found, name)) for name in DAYS]
    said = formula(say("available.title"), say("available.how"))
    return div(*shares, said, *_own(say, found), kind="available")


def _own(say: Speech, found: Available) -> list[Component]:
    """What is not counted, as we ourselves did not listen."""
    spans = [
        say("available.own_span", span=say.named("available", name), length=own_text(say, one))
        for name in DAYS
        if (one := getattr(found, name)) and one.own_min
    ]
    return [small(say("available.own", spans=say("comma").join(spans)), kind="soft")] if spans else []


def own_text(say: Speech, one: Availability) -> str:
    return length(say, one.own_min * MINUTE)


def _share(say: Speech, name: str, one: Availability | None) -> Component:
    known = one is not None and one.days < DAYS[name]
    behind = [small(say("available.days", n=one.days, of=DAYS[name]))] if known and one else []
    return span(span(say.named("available", name), kind="soft"), " ", b(share_text(one), kind="figure"), *behind)
