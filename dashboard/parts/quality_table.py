"""The table of sites, worst first: what arrives, what does not, and the letter with its reason."""

from collections import Counter
from collections.abc import Mapping, Sequence

from dash.development.base_component import Component

from dashboard.parts.card import card
from dashboard.parts.marks import state_mark
from dashboard.parts.quality_words import NONE, length, offset, share, since
from dashboard.parts.tags import a, caption, div, i, p, span, table, tbody, td, th, thead, tr
from dashboard.quality_filter import GRADES, Filter
from dashboard.quality_rows import QualityRow
from dashboard.queries.places import StreetFacts
from dashboard.words import Speech

COLUMNS = ("heard", "rate", "lag", "missing", "lost", "duplicates", "rejected", "offset", "negative", "automatic")
SHOWN = 60


def quality_table(
    say: Speech,
    rows: Sequence[QualityRow],
    every: Sequence[QualityRow],
    hours: Mapping[str, tuple[int, ...]],
    streets: Mapping[str, str],
    asked: Filter,
    selected: str,
    now: int,
) -> Component:
    """`rows`: those that fit the filter, of which the first are shown; `every`: all, for the sums."""
    heads = [
        th(say("quality.grade"), scope="col"),
        th(say("list.name"), scope="col"),
        th(say("list.street"), scope="col"),
    ]
    heads += [th(say(f"quality.{name}"), kind="num", scope="col") for name in COLUMNS]
    heads += [th(say("quality.hours"), scope="col"), th(say("quality.why"), scope="col")]
    body = [_row(say, row, hours.get(row.site, ()), streets, asked, selected, now) for row in rows[:SHOWN]]
    listed = table(caption(say("quality.caption"), kind="unseen"), thead(tr(*heads)), tbody(*body), kind="dense qtable")
    inner: list[Component] = [div(listed, kind="qscroll", tabIndex=0, role="region", aria_label=say("quality.caption"))]
    if not rows:
        inner = [p(say("list.no_match" if every else "list.no_site"), kind="none")]
    if len(rows) > SHOWN:
        inner.append(p(say("quality.more", n=len(rows) - SHOWN), kind="none"))
    file = a(say("quality.csv"), href=asked.address("/export/quality.csv"), kind="link", download="", data_reload="")
    return card(say("quality.title"), *inner, end=span(_sums(every), file, kind="sums"))


def _sums(every: Sequence[QualityRow]) -> Component:
    counted = Counter(row.grade for row in every)
    letters = [
        span(span(letter, kind=f"letter {letter}"), f"{counted[letter]:,}", kind="sum") for letter in GRADES[::-1]
    ]
    return span(*letters, kind="lettersums")


def _row(
    say: Speech,
    row: QualityRow,
    hours: Sequence[int],
    streets: Mapping[str, str],
    asked: Filter,
    selected: str,
    now: int,
) -> Component:
    name = (row.name_zh or row.name_en) if say.language == "zh" else (row.name_en or row.name_zh)
    mark = state_mark(state=row.state)
    here = a(name, href=asked.address("/quality", site=row.site), kind="cut", title=name)
    cells = [
        td(span(row.grade, kind=f"letter {row.grade}"), kind="g"),
        th(span(mark, span(say.named("state", row.state), kind="unseen"), here, kind="name"), scope="row"),
        td(streets.get(row.street, row.street), kind="street"),
        *(td(text, kind=f"num {name}{' bad' if bad else ''}") for name, text, bad in _figures(say, row, now)),
        td(_hours(hours), kind="hourscell"),
        td(why(say, row), kind="why"),
    ]
    return tr(
        *cells, kind="selected" if row.site == selected else "", aria_current="true" if row.site == selected else None
    )


def _figures(say: Speech, row: QualityRow, now: int) -> list[tuple[str, str, bool]]:
    """(column, text, whether it is what the letter is for)."""
    rejected = sum(n for _, n in row.rejected)
    said = (
        ("heard", since(say, row.heard_at, now), row.why in ("silent", "late")),
        ("rate", f"{row.events:,}", False),
        ("lag", length(say, row.lag_p95_s), row.why == "lag"),
        ("missing", f"{row.missing:,}", row.missing > 0),
        ("lost", f"{row.lost:,}", row.lost > 0),
        ("duplicates", f"{row.duplicates:,}", False),
        ("rejected", f"{rejected:,}", rejected > 0),
        ("offset", offset(say, row.clock_offset_ms), row.why == "offset"),
        ("negative", f"{len(row.negative)}" if row.negative else NONE, bool(row.negative)),
        ("automatic", share(row.automatic), row.why == "typed"),
    )
    return list(said)


def why(say: Speech, row: QualityRow) -> str:
    if not row.why:
        return ""
    if row.why == "lag":
        return say("why.lag", n=length(say, row.lag_p95_s))
    return say(f"why.{row.why}", n=f"{row.number:,}")


def _hours(hours: Sequence[int]) -> Component:
    """Twenty-four ticks: heard the whole hour, in part, not at all."""
    ticks = [i(data_h="full" if n >= 11 else "part" if n else "none") for n in hours]
    return span(*ticks, kind="hours", aria_hidden="true")


def street_names(say: Speech, streets: Sequence[StreetFacts]) -> dict[str, str]:
    return {one.code: one.name_zh if say.language == "zh" else one.name_en for one in streets}
