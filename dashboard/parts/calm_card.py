"""Calm times as a table, each with its end one press away, and the form that makes one."""

from html import escape

from dash.development.base_component import Component

from dashboard.calm_reading import CalmPage
from dashboard.parts.calm_line import trade
from dashboard.parts.card import card, csv_link
from dashboard.parts.native import options
from dashboard.parts.tags import button, div, p, table, tbody, td, th, thead, tr
from dashboard.rows import CalmRow
from dashboard.words import Speech
from models.base import HOUR
from models.calm import CALM_KINDS, CALM_REASONS
from models.civil_day import wall_clock

COLUMNS = ("what", "where", "since", "until", "reason", "state")


def calm_card(say: Speech, found: CalmPage) -> Component:
    heads = tr(*(th(say.named("calmcol", name), scope="col") for name in COLUMNS), th(""))
    rows = [_row(say, found, row) for row in found.times]
    listed = div(table(thead(heads), tbody(*rows), kind="dense"), kind="calmtimes", tabIndex=0, role="group",
                 aria_label=say("title.calm")) if rows else p(say("calm.none"), kind="none")  # fmt: skip
    said = say("calm.every_night", since=found.quiet_from, until=found.quiet_until, grade=found.quiet_grade)
    nightly = [] if found.quiet_from == found.quiet_until else [p(said, kind="soft calmnight")]
    return card(say("title.calm"), *nightly, listed, end=csv_link(say, "/export/calm.csv", say("title.calm")))


def _row(say: Speech, found: CalmPage, row: CalmRow) -> Component:
    name = say.either(row.name_zh, row.name_en)
    end = button(say("calm.end"), type="button", kind="btn", data_calm_end=str(row.id))
    cells = (
        trade(say, "calmkind", row.kind),
        name if row.site else say("calm.whole_street", name=name),
        wall_clock(row.since, found.zone),
        wall_clock(row.until, found.zone),
        trade(say, "calmreason", row.reason),
        say("calm.now_holds" if row.holds else "calm.to_come"),
    )
    labels = [say.named("calmcol", name) for name in COLUMNS]
    told = [td(text, data_label=label) for text, label in zip(cells, labels, strict=True)]
    return tr(*told, td(*([end] if found.may_end(row) else [])))


def calm_form(say: Speech, found: CalmPage, site: str) -> Component:
    """Times are those of the district's clock; alarms go on being recorded, and what is urgent always calls."""
    places = [("", say("calm.choose_place"))]
    places += [(f"street:{one.code}", say("calm.whole_street", name=_name(say, one))) for one in found.streets]
    places += [(f"site:{one.site}", _name(say, one)) for one in found.sites]
    later = wall_clock(found.now + 2 * HOUR, found.zone).replace(" ", "T")
    at = wall_clock(found.now, found.zone).replace(" ", "T")
    kinds = [(code, trade(say, "calmkind", code)) for code in CALM_KINDS]
    reasons = [("", say("deed.choose")), *((code, trade(say, "calmreason", code)) for code in CALM_REASONS)]
    fields = "".join(
        (
            _field("kind", say("calmcol.what"), _select("kind", options(kinds, ""))),
            _field("place", say("calmcol.where"), _select("place", options(places, f"site:{site}"))),
            _field("since", say("calmcol.since"), _moment("since", at)),
            _field("until", say("calmcol.until"), _moment("until", later)),
            _field("reason", say("calmcol.reason"), _select("reason", options(reasons, ""))),
        )
    )
    go = f'<button type="submit" class="btn main">{escape(say("calm.keep"))}</button>'
    wrong = '<p class="wrong" role="alert" data-part="calmwrong"></p>'
    form = f'<form class="calmform" data-part="calmform" novalidate>{fields}<div class="ends">{go}</div>{wrong}</form>'
    return card(say("calm.new"), p(say("calm.how"), kind="soft calmnight"), div(data_fields=form))


def _field(name: str, label: str, control: str) -> str:
    return f'<div class="field"><label for="calm-{name}">{escape(label)}</label>{control}</div>'


def _select(name: str, choices: str) -> str:
    return f'<select name="{name}" id="calm-{name}">{choices}</select>'


def _moment(name: str, value: str) -> str:
    return f'<input type="datetime-local" name="{name}" id="calm-{name}" value="{escape(value)}">'


def _name(say: Speech, one: object) -> str:
    zh, en = getattr(one, "name_zh", ""), getattr(one, "name_en", "")
    return say.either(zh, en)
