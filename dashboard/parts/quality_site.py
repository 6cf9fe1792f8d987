"""One site under the table: its last messages, its gaps, and what was refused with the bytes and a way to try again."""

from collections.abc import Sequence

from dash.development.base_component import Component

from dashboard.bytes_shown import message_shown
from dashboard.parts.card import card, separator
from dashboard.parts.marks import icon
from dashboard.parts.quality_words import clock, length
from dashboard.parts.tags import a, b, button, code, div, li, ol, p, small, span, ul
from dashboard.quality_rows import RejectedRow, Said
from dashboard.rows import StreamRow
from dashboard.words import Speech

RANGES_SHOWN = 6


def said_card(say: Speech, site: str, said: Sequence[Said], zone: str) -> Component:
    lines = [li(_said(say, one, zone)) for one in said]
    file = a(say("quality.csv"), href=f"/export/messages.csv?site={site}", kind="link", download="", data_reload="")
    return card(say("said.title"), ol(*lines, kind="qlines") if lines else p(say("said.none"), kind="none"), end=file)


def _said(say: Speech, one: Said, zone: str) -> Component:
    lag = length(say, max(0.0, (one.received_at - one.at) / 1e6))
    where: list[Component | str] = [separator(), one.device] if one.device else []
    what = b(say.named("event", one.kind), title=one.kind)
    place = span(say.named("area", one.area), *where, kind="soft")
    return span(span(clock(one.at, zone), kind="qat"), what, place, small(lag))


def gaps_card(say: Speech, streams: Sequence[StreamRow]) -> Component:
    lines = [li(_outbox(say, one)) for one in streams]
    return card(say("gaps.title"), ul(*lines, kind="qlines") if lines else p(say("gaps.none"), kind="none"))


def _outbox(say: Speech, one: StreamRow) -> Component:
    ranges = [f"{low:,}–{high:,}" if high > low else f"{low:,}" for low, high in one.missing[:RANGES_SHOWN]]
    more = len(one.missing) - RANGES_SHOWN
    gap = say("gaps.missing", n=", ".join(ranges) + (" …" if more > 0 else "")) if ranges else say("gaps.whole")
    kept = say("gaps.kept", n=f"{one.received:,}", of=f"{one.highest:,}")
    rest = say("gaps.rest", lost=f"{one.lost:,}", duplicates=f"{one.duplicates:,}")
    return span(b(one.boot), span(kept, kind="soft"), span(gap, kind="bad" if ranges else "soft"), small(rest))


def rejected_card(
    say: Speech, title: str, rows: Sequence[RejectedRow], zone: str, export: str | None, may_mend: bool
) -> Component:
    lines = [li(*_rejected(say, row, zone, may_mend), kind="refused") for row in rows]
    listed = ul(*lines, kind="refusals") if lines else p(say("rejects.none"), kind="none")
    file = a(say("quality.csv"), href=export, kind="link", download="", data_reload="") if export else None
    return card(title, listed, end=file)


def _rejected(say: Speech, row: RejectedRow, zone: str, may_mend: bool) -> list[Component]:
    times = span(clock(row.last_at, zone), small(say("rejects.times", n=f"{row.times:,}")), kind="qat")
    detail = div(b(say.named("reason", row.reason)), small(row.detail), kind="whyrefused")
    text = say("rejects.masked") if row.content is None else message_shown(row.content)
    content = code(text, kind="octets", tabIndex=0, aria_label=say("rejects.octets", n=f"{row.length:,}"), role="group")
    return [times, detail, content, _deed(say, row) if may_mend else span()]


def _deed(say: Speech, row: RejectedRow) -> Component:
    """The script posts it; what became of it is written beside."""
    told = span(kind="qtold", data_part="told", role="status")
    if not row.replayable:
        return span(say("rejects.never"), kind="soft sm qdeed")
    again = button(
        icon("refresh", small=True),
        say("rejects.replay"),
        type="button",
        kind="btn",
        data_post=f"/act/rejected/{row.id}/replay",
    )
    return span(again, told, kind="qdeed")
