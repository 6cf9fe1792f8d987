"""Outages as a table: where, from when to when, how long, and what people found."""

from dash.development.base_component import Component

from dashboard.outage_reading import MOST, SPANS, OutagePage
from dashboard.parts.available import available_line
from dashboard.parts.blank import DAWN, blank
from dashboard.parts.calm_line import trade
from dashboard.parts.card import card, csv_link
from dashboard.parts.tags import Child, a, div, p, small, table, tbody, td, th, thead, tr
from dashboard.queries.outages import Outage
from dashboard.words import Speech
from models.civil_day import wall_clock

COLUMNS = ("where", "what", "began", "ended", "lasted", "notes")


def outage_card(say: Speech, found: OutagePage) -> Component:
    site = found.place.site if found.place else ""
    heads = tr(*(th(say.named("outagecol", name), scope="col") for name in COLUMNS))
    rows = [_row(say, found, one) for one in found.rows]
    listed = table(thead(heads), tbody(*rows), kind="dense")
    box = div(listed, kind="calmtimes", tabIndex=0, role="group", aria_label=say("outages.title"))
    shown = box if rows else blank(DAWN, say("outages.none", days=found.days))
    cut = [p(say("outages.cut", most=MOST), kind="soft calmnight")] if len(found.rows) == MOST else []
    file = csv_link(say, _address("/export/outages.csv", site, found.days), say("outages.title"))
    about = [*_about(say, found), _spans(say, site, found.days)]
    return card(_title(say, found), *about, shown, *cut, end=file)


def _title(say: Speech, found: OutagePage) -> str:
    return (
        say("outages.of", name=say.either(found.place.name_zh, found.place.name_en))
        if found.place
        else say("outages.title")
    )


def _about(say: Speech, found: OutagePage) -> list[Component]:
    how = p(say("outages.how"), kind="soft calmnight")
    return [div(available_line(say, found.available), kind="calmnight"), how] if found.available else [how]


def _spans(say: Speech, site: str, days: int) -> Component:
    ways = [
        a(
            say("outages.days", n=one),
            href=_address("/outages", site, one),
            aria_current="true" if one == days else None,
        )
        for one in SPANS
    ]
    return div(*ways, kind="choice", role="group", aria_label=say("outages.span"))


def _address(path: str, site: str, days: int) -> str:
    return f"{path}?site={site}&days={days}" if site else f"{path}?days={days}"


def _row(say: Speech, found: OutagePage, one: Outage) -> Component:
    ended = say("outages.lasts") if one.ended_at is None else wall_clock(one.ended_at, found.zone)
    until = found.now if one.ended_at is None else one.ended_at
    often: list[Child] = [" ", small(say("outages.times", n=one.times))] if one.times > 1 else []
    cells: tuple[tuple[Child, ...], ...] = (
        (_where(say, found, one),),
        (a(trade(say, "alarm", one.type), href=f"/alarms/{one.alarm}", kind="link"),),
        (wall_clock(one.began_at, found.zone),),
        (ended,),
        (_lasted(say, (until - one.began_at) // 60_000_000), *often),
        (_notes(say, one),),
    )
    labels = [say.named("outagecol", name) for name in COLUMNS]
    return tr(*(td(*cell, data_label=label) for cell, label in zip(cells, labels, strict=True)))


def _where(say: Speech, found: OutagePage, one: Outage) -> Child:
    if one.site is None:
        return (
            say("calm.whole_street", name=say.either(one.name_zh, one.name_en))
            if one.street
            else say("outages.ourselves")
        )
    if found.place is not None:
        return say.either(one.name_zh, one.name_en)
    return a(say.either(one.name_zh, one.name_en), href=_address("/outages", one.site, found.days), kind="link")


def _lasted(say: Speech, minutes: int) -> str:
    """To the minute below a day, to the hour above."""
    if minutes < 60:
        return say("age.min", n=max(0, minutes))
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        return say("outages.hours", h=hours, m=rest)
    return say("outages.long", d=hours // 24, h=hours % 24)


def _notes(say: Speech, one: Outage) -> str:
    told = (say("outages.note", what=trade(say, "chosen", code), who=author) for code, author in one.notes)
    return say("comma").join(told) or "—"
