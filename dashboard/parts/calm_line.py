"""What a site's page says of times that are kept calm, and of what nobody reports there."""

from collections.abc import Sequence

from dash.development.base_component import Component

from dashboard.parts.marks import icon
from dashboard.parts.tags import a, p, span
from dashboard.rows import CalmRow
from dashboard.words import Speech
from dashboard.words.trade import trade_words
from models.civil_day import wall_clock


def calm_lines(say: Speech, rows: Sequence[CalmRow], zone: str) -> list[Component]:
    return [
        p(icon("moon", small=True), span(calm_sentence(say, row, zone)), a(say("calm.link"), href="/calm", kind="link"),
          kind="calmline")
        for row in rows
    ]  # fmt: skip


def calm_sentence(say: Speech, row: CalmRow, zone: str) -> str:
    said = {"kind": trade(say, "calmkind", row.kind), "reason": trade(say, "calmreason", row.reason)}
    said |= {"since": wall_clock(row.since, zone)[5:], "until": wall_clock(row.until, zone)[5:]}
    return say("calm.holds" if row.holds else "calm.comes", **said)


def unreported_line(say: Speech, codes: Sequence[str]) -> list[Component]:
    """Kinds of alarms that cannot ring here, because nothing that they read is sent."""
    names = say("comma").join(trade(say, "alarm", code) for code in codes)
    return [p(say("unreported", kinds=names), kind="unreported")] if codes else []


def trade(say: Speech, family: str, code: str) -> str:
    return trade_words(say.language).get(f"{family}.{code}", code)
