"""Beside a report: the periods around it and above it, its files, and the way to its days."""

from dash.development.base_component import Component

from dashboard.parts.card import card
from dashboard.parts.marks import icon
from dashboard.parts.report_words import day_name, period_name
from dashboard.parts.tags import a, button, div, li, p, span, ul
from dashboard.report_rows import ScopeReport, SiteReport
from dashboard.words import Speech
from models.day_sums import Sums
from models.period import KINDS, Period, holding


def report_rail(say: Speech, rows: SiteReport | ScopeReport) -> Component:
    of_site = isinstance(rows, SiteReport)
    where = f"{rows.site}/" if isinstance(rows, SiteReport) else ""
    query = f"?street={rows.scope}" if isinstance(rows, ScopeReport) and rows.scope else ""
    others = _others(say, rows.period, where, query, of_site)
    parts = [_files(say, rows.period, where, query), others]
    if isinstance(rows, SiteReport):
        parts.append(_days(say, rows))
    return div(*parts, kind="rail")


def _files(say: Speech, period: Period, where: str, query: str) -> Component:
    print_ = button(icon("print", small=True), say("day.print"), id="day-print", type="button", kind="btn")
    links = [
        li(
            a(kind.upper(), href=f"/export/reports/{where}{period.name}.{kind}{query}", kind="link", data_reload=""),
            span(say(f"day.file.{kind}"), kind="soft"),
        )
        for kind in ("pdf", "csv", "xlsx")
    ]
    return card(say("day.files"), div(print_, kind="body"), ul(*links, kind="lines"))


def _others(say: Speech, period: Period, where: str, query: str, of_site: bool) -> Component:
    """The one before, the one after, and the other lengths around its first day."""
    page = "/reports" if of_site else "/district"
    around = [("go.before", period.before), ("go.after", period.after)]
    kinds = [kind for kind in KINDS if kind != period.kind and not (of_site and kind in ("day", "year"))]
    around += [(f"go.{kind}", holding(kind, period.first)) for kind in kinds]
    links = [
        li(
            a(period_name(say, one), href=f"{page}/{where}{one.name}{query}", kind="link"),
            span(say(f"report.{word}"), kind="soft"),
        )
        for word, one in around
    ]
    return card(say("report.others"), ul(*links, kind="lines"))


def _days(say: Speech, rows: SiteReport) -> Component:
    links = [
        li(
            a(day_name(say, day), href=f"/days/{rows.site}/{day}", kind="link"),
            span(say(f"report.day_{_state(sums)}")),
        )
        for day, sums in rows.days
    ]
    body = ul(*links, kind="lines daylinks") if links else p(say("report.no_days"), kind="none")
    return card(say("report.stands_on_days"), body)


def _state(sums: Sums) -> str:
    if sums["days.closed"]:
        return "closed"
    return "heard" if sums["days.heard"] else "silent"
