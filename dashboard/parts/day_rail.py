"""Beside the sheet: the button to sign, a correction with its reason, why this grade, the versions, the files."""

from datetime import date

from dash.development.base_component import Component

from dashboard.day_rows import DayPageRows, VersionRow
from dashboard.parts.blank import drawing
from dashboard.parts.card import card, csv_link
from dashboard.parts.day_corrections import corrections
from dashboard.parts.day_sheet import running_long
from dashboard.parts.day_words import change_text, sentence
from dashboard.parts.marks import icon
from dashboard.parts.report_words import period_name
from dashboard.parts.tags import a, b, br, button, code, div, li, p, span, ul
from dashboard.words import Speech
from models.civil_day import wall_clock
from models.day_blocks import Reading
from models.period import holding

MOST_CHANGES, MOST_TOKENS = 6, 24


def rail(say: Speech, rows: DayPageRows, zone: str) -> Component:
    graded = [_why(say, rows.summary.reading)] if rows.summary.reading else []
    return div(
        _sign(say, rows, zone),
        *graded,
        *_missing(say, rows),
        *([_versions(say, rows, zone)] if rows.versions else []),
        _periods(say, rows),
        _files(say, rows),
        kind="rail",
    )


def _sign(say: Speech, rows: DayPageRows, zone: str) -> Component:
    newest = rows.versions[0] if rows.versions else None
    if newest is None:
        return card(say("day.sign"), div(p(running_long(say, rows), kind="soft"), _print(say), kind="body"))
    signed = newest.signed_by is not None
    # Of an older version that is looked at, nothing is known of the newest but that it is there.
    is_due = rows.version != rows.newest or rows.summary.asks_for_name
    if signed:
        at = wall_clock(newest.signed_at or 0, zone)
        said = p(say("day.signed_by", name=newest.signed_by, at=at), kind="soft")
    elif not is_due:
        said = p(say("day.not_due_ours" if rows.summary.is_ours else "day.not_due"), kind="soft")
    elif any(one.signed_by for one in rows.versions):
        said = p(say("day.superseded_long"), kind="warned")
    elif rows.as_of <= rows.sign_by:
        said = p(say("day.please", at=wall_clock(rows.sign_by, rows.zone)[5:]), kind="soft")
    else:
        said = p(say("day.please_late", at=wall_clock(rows.sign_by, rows.zone)[5:]), kind="warned")
    may = rows.may_sign and rows.version == rows.newest
    parts = [said]
    if may and not signed:
        words = {"data_version": str(newest.version), "data_fingerprint": newest.fingerprint}
        parts.append(button(icon("check", small=True), say("day.sign_now"), id="day-sign", type="button",
                            kind="btn main big" if is_due else "btn", **words))  # fmt: skip
    parts.append(_print(say))
    parts.append(p(kind="problem", hidden=True, role="alert", data_part="day-problem"))
    if may:
        parts.append(drawing(corrections(say, rows, zone), "correction"))
    state = say(f"day.state.{'signed' if signed else 'waiting' if is_due else 'not_due'}")
    where = {"data_day": f"/days/{rows.site}/{rows.day}"}
    return card(say("day.sign"), div(*parts, kind="body", **where), end=state)


def _print(say: Speech) -> Component:
    return button(icon("print", small=True), say("day.print"), id="day-print", type="button", kind="btn")


def _why(say: Speech, reading: Reading) -> Component:
    lines = [
        li(span(sentence(say, "reason", one.what, one.numbers, "")), span(_down(say, one.down)))
        for one in reading.reasons
    ]
    return card(say("day.why", grade=reading.grade), ul(*lines, kind="lines") if lines else p("", kind="body"))


def _missing(say: Speech, rows: DayPageRows) -> list[Component]:
    """Who stays away, by the tokens that the site itself made: for its staff alone, and never on paper."""
    if not rows.missing:
        return []
    shown, more = rows.missing[:MOST_TOKENS], len(rows.missing) - MOST_TOKENS
    told = [p(*(code(token) for token in shown), kind="tokens")]
    told += [p(say("report.and_more", n=more), kind="soft")] if more > 0 else []
    return [card(say("report.regulars"), div(*told, kind="body"))]


def _down(say: Speech, down: int) -> str:
    return say("day.down", n=down) if down else say("day.holds")


def _versions(say: Speech, rows: DayPageRows, zone: str) -> Component:
    lines = [li(*_version(say, rows, one, zone)) for one in rows.versions]
    file = csv_link(say, f"/export/days/{rows.site}/{rows.day}/versions.csv", say("day.versions"))
    return card(say("day.versions"), ul(*lines, kind="lines versions"), end=file)


def _version(say: Speech, rows: DayPageRows, one: VersionRow, zone: str) -> list[Component]:
    here = one.version == rows.version
    name = say("day.version", n=one.version)
    link = b(name) if here else a(name, href=f"/days/{rows.site}/{rows.day}?version={one.version}", kind="link")
    told = say("day.made_at", at=wall_clock(one.made_at, zone), why=say(f"day.because_of.{one.why}"))
    parts: list[Component | str] = [link, br(), span(told, kind="soft")]
    for change in one.changes[:MOST_CHANGES]:
        parts += [br(), span(change_text(say, change, zone), kind="soft")]
    if len(one.changes) > MOST_CHANGES:
        parts += [br(), span(say("day.more_changes", n=len(one.changes) - MOST_CHANGES), kind="soft")]
    if one.signed_by:
        at = wall_clock(one.signed_at or 0, zone)
        parts += [br(), span(say("day.signed_by", name=one.signed_by, at=at), kind="soft")]
    newest = one.version == rows.newest
    state = "current" if newest else "superseded" if one.signed_by else "old"
    return [span(*parts), span(say(f"day.is.{state}"))]


def _periods(say: Speech, rows: DayPageRows) -> Component:
    links = [
        li(
            a(say(f"report.link.{kind}"), href=f"/reports/{rows.site}/{period.name}", kind="link"),
            span(period_name(say, period)),
        )
        for kind in ("week", "month")
        for period in (holding(kind, date.fromisoformat(rows.day)),)
    ]
    return card(say("report.others"), ul(*links, kind="lines"))


def _files(say: Speech, rows: DayPageRows) -> Component:
    where = f"/export/days/{rows.site}/{rows.day}"
    links = [
        li(
            a(kind.upper(), href=f"{where}.{kind}", kind="link", data_reload=""),
            span(say(f"day.file.{kind}"), kind="soft"),
        )
        for kind in ("pdf", "csv", "xlsx")
    ]
    return card(say("day.files"), ul(*links, kind="lines"))
