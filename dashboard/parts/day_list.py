"""The list of a day's sites: grade, coverage, what came late, version, signature; who has not signed stands first."""

from collections.abc import Sequence
from datetime import date
from html import escape

from dash.development.base_component import Component

from dashboard.day_rows import DayListRow, DayListRows
from dashboard.parts.blank import drawing
from dashboard.parts.day_sheet import coverage, long_date
from dashboard.parts.day_words import MISSING, length, number
from dashboard.parts.tags import a, div, h2, header, p, section, span, table, tbody, td, th, thead, tr
from dashboard.words import Speech
from models.base import MINUTE
from models.civil_day import wall_clock
from models.period import holding

STATES = ("waiting", "signed", "superseded", "not_due", "none")
SETTLED = ("signed", "not_due")
COLUMNS = ("site", "street", "grade", "coverage", "late", "version", "made", "signed")
NUMBERS = ("coverage", "late", "version")


def state_of(row: DayListRow) -> str:
    """none (no summary yet), signed, not_due (nothing asks for it), superseded (only an older version is signed), or waiting."""
    if not row.version:
        return "none"
    if not row.asked and not row.signed_by:
        return "not_due"
    return "signed" if row.signed_by else "superseded" if row.superseded else "waiting"


def signed_of(rows: Sequence[DayListRow]) -> int:
    """Of those that ask for a name, so many bear one."""
    return sum(1 for row in rows if row.asked and row.signed_by)


def asked_of(rows: Sequence[DayListRow]) -> int:
    return sum(1 for row in rows if row.asked)


def days_card(say: Speech, rows: DayListRows, street: str, state: str, zone: str) -> Component:
    shown = [row for row in rows.sites if street in ("", row.street) and state in ("", state_of(row))]
    ranked = sorted(shown, key=lambda row: (state_of(row) in SETTLED, row.street, row.site))
    total = say("day.list.total", n=signed_of(rows.sites), of=asked_of(rows.sites))
    files = [
        a(kind.upper(), href=f"/export/days/{rows.day}.{kind}", kind="link", data_reload="", download="")
        for kind in ("csv", "xlsx")
    ]
    files.append(a(say("letter.link"), href="/letters", kind="link"))
    files += [
        a(say(f"report.link.{kind}"), href=f"/district/{holding(kind, date.fromisoformat(rows.day)).name}", kind="link")
        for kind in ("day", "week", "month", "year")
    ]
    head = header(h2(long_date(say, rows.day)), span(total, kind="mute xs"), *files, _filters(say, rows, street, state))
    heads = thead(
        tr(*(th(say(f"day.list.{name}"), scope="col", kind="num" if name in NUMBERS else "") for name in COLUMNS))
    )
    streets = {code: zh if say.language == "zh" else en for code, zh, en in rows.streets}
    body = tbody(*(_row(say, rows.day, row, streets, zone) for row in ranked))
    listed = table(heads, body, kind="dense days") if ranked else p(say("day.list.nothing"), kind="none")
    return section(head, div(listed, kind="scroll", tabIndex=0), *_ours(say, shown), kind="card days-card")


def _ours(say: Speech, shown: Sequence[DayListRow]) -> list[Component]:
    """What no share counts, as we ourselves did not listen."""
    minutes = max((row.ours for row in shown), default=0)
    return [p(say("day.list.ours", length=length(say, minutes * MINUTE)), kind="none")] if minutes else []


def _row(say: Speech, day: str, row: DayListRow, streets: dict[str, str], zone: str) -> Component:
    name = say.either(row.name_zh, row.name_en)
    grade = [span(row.grade, kind=f"grade {row.grade}")] if row.grade else [MISSING]
    state = state_of(row)
    signed = say("day.signed_by", name=row.signed_by, at=wall_clock(row.signed_at or 0, zone)) if row.signed_by else ""
    return tr(
        td(a(name, href=f"/days/{row.site}/{day}", kind="link"), data_label=say("day.list.site")),
        td(streets.get(row.street, row.street), data_label=say("day.list.street")),
        td(*grade, data_label=say("day.list.grade")),
        td(coverage(row.heard, row.open_minutes), kind="num", data_label=say("day.list.coverage")),
        td(number(row.late) if row.version else MISSING, kind="num", data_label=say("day.list.late")),
        td(str(row.version) if row.version else MISSING, kind="num", data_label=say("day.list.version")),
        td(wall_clock(row.made_at, zone)[5:] if row.made_at else MISSING, data_label=say("day.list.made")),
        td(span(signed or say(f"day.list.state.{state}"), kind=f"sig {state}"), data_label=say("day.list.signed")),
    )


def _filters(say: Speech, rows: DayListRows, street: str, state: str) -> Component:
    """A plain form: what it chooses stands in the address."""
    names = [(code, zh if say.language == "zh" else en) for code, zh, en in rows.streets]
    states = [(one, say(f"day.list.state.{one}")) for one in STATES]
    choices = _choice(say("list.street"), "street", [("", say("list.street_all")), *names], street)
    choices += _choice(say("day.list.signed"), "state", [("", say("day.list.state_all")), *states], state)
    day = f'<label><span class="unseen">{escape(say("day.list.day"))}</span>'
    form = (
        f'<form class="filters" action="/days" method="get">{day}<input type="date" name="day" value="{rows.day}"></label>'
        f'{choices}<button class="btn" type="submit">{escape(say("day.list.show"))}</button></form>'
    )
    return drawing(form, "filterbox")


def _choice(label: str, name: str, options: list[tuple[str, str]], chosen: str) -> str:
    words = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(word)}</option>'
        for value, word in options
    )
    return f'<label><span class="unseen">{escape(label)}</span><select name="{name}">{words}</select></label>'
