"""A quiet line above a page: which days wait for the reader's signature, each a way to its page."""

from collections.abc import Sequence

from dash.development.base_component import Component

from dashboard.day_rows import UnsignedDay
from dashboard.parts.marks import icon
from dashboard.parts.tags import a, p, span
from dashboard.words import Speech

LINKS_MOST = 3


def unsigned_line(say: Speech, days: Sequence[UnsignedDay]) -> list[Component]:
    if not days:
        return []
    links = [
        a(_named(say, one), href=f"/days/{one.site}/{one.day}", kind="link", data_unsigned=f"{one.site}/{one.day}")
        for one in days[:LINKS_MOST]
    ]
    rest = a(say("day.unsigned.more", n=len(days) - LINKS_MOST), href="/days?state=waiting", kind="link")
    more = [rest] if len(days) > LINKS_MOST else []
    return [p(icon("check", small=True), span(say("day.unsigned")), *links, *more, kind="calmline unsigned")]


def _named(say: Speech, one: UnsignedDay) -> str:
    name = say.either(one.name_zh, one.name_en)
    return say("day.unsigned.superseded" if one.superseded else "day.unsigned.day", name=name, day=one.day)
