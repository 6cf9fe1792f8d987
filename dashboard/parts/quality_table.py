"""The table of sites, worst first: what arrives, what does not, and the letter with its reason."""

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

from dash.development.base_component import Component

from dashboard.parts.available import own_text, share_text
from dashboard.parts.card import card
from dashboard.parts.quality_words import NONE, length, offset, share, since
from dashboard.parts.tags import a, div, p, span
from dashboard.quality_filter import GRADES, Filter
from dashboard.quality_rows import Drift, QualityRow
from dashboard.queries.places import StreetFacts
from dashboard.rows import Available
from dashboard.words import Speech
from models.availability import Availability

COLUMNS = (
    "heard",
    "rate",
    "lag",
    "missing",
    "lost",
    "duplicates",
    "rejected",
    "offset",
    "negative",
    "automatic",
    "drift",
    "available",
)
SHOWN = 60
Beside = tuple[Drift | None, Available | None]


def quality_table(
    say: Speech,
    rows: Sequence[QualityRow],
    every: Sequence[QualityRow],
    hours: Mapping[str, tuple[int, ...]],
    beside: Mapping[str, Beside],
    streets: Mapping[str, str],
    asked: Filter,
    selected: str,
    now: int,
) -> Component:
    """`rows`: those that fit the filter, of which the first are shown; `every`: all, for the sums."""
    # As text that the script sets in: a thousand small components would keep Dash busy for seconds.
    names = [(say("quality.grade"), ""), (say("list.name"), ""), (say("list.street"), "")]
    names += [
        *((say(f"quality.{name}"), "num") for name in COLUMNS),
        (say("quality.hours"), ""),
        (say("quality.why"), ""),
    ]
    heads = "".join(f'<th scope="col" class="{kind}">{escape(name)}</th>' for name, kind in names)
    body = "".join(
        _row(say, row, hours.get(row.site, ()), beside.get(row.site, (None, None)), streets, asked, selected, now)
        for row in rows[:SHOWN]
    )
    caption = f'<caption class="unseen">{escape(say("quality.caption"))}</caption>'
    listed = f'<table class="dense qtable">{caption}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'
    label = say("quality.caption")
    inner: list[Component] = [div(kind="qscroll", tabIndex=0, role="region", aria_label=label, data_fields=listed)]
    if not rows:
        inner = [p(say("list.no_match" if every else "list.no_site"), kind="none")]
    if len(rows) > SHOWN:
        inner.append(p(say("quality.more", n=len(rows) - SHOWN), kind="none"))
    inner += _ours(say, [up.day for _, up in beside.values() if up and up.day])
    file = a(say("quality.csv"), href=asked.address("/export/quality.csv"), kind="link", download="", data_reload="")
    return card(say("quality.title"), *inner, end=span(_sums(every), file, kind="sums"))


def _ours(say: Speech, days: Sequence[Availability]) -> list[Component]:
    """What availability leaves out, as we ourselves did not listen."""
    worst = max(days, key=lambda one: one.own_min, default=None)
    return [p(say("quality.ours", length=own_text(say, worst)), kind="none")] if worst and worst.own_min else []


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
    beside: Beside,
    streets: Mapping[str, str],
    asked: Filter,
    selected: str,
    now: int,
) -> str:
    """Everything that a registry or a word brings is escaped here."""
    name = escape(say.either(row.name_zh, row.name_en))
    mark = f'<span class="st" data-state="{row.state}" aria-hidden="true"></span>'
    word = f'<span class="unseen">{escape(say.named("state", row.state))}</span>'
    link = f'<a class="cut" href="{escape(asked.address("/quality", site=row.site))}" title="{name}">{name}</a>'
    figures = "".join(
        f'<td class="num {column}{" bad" if bad else ""}">{escape(text)}</td>'
        for column, text, bad in [*_figures(say, row, now), *_beside(beside)]
    )
    here = ' class="selected" aria-current="true"' if row.site == selected else ""
    return (
        f'<tr{here}><td class="g"><span class="letter {row.grade}">{row.grade}</span></td>'
        f'<th scope="row"><span class="name">{mark}{word}{link}</span></th>'
        f'<td class="street">{escape(streets.get(row.street, row.street))}</td>{figures}'
        f'<td class="hourscell">{_hours(hours)}</td><td class="why">{escape(why(say, row))}</td></tr>'
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


def _beside(beside: Beside) -> list[tuple[str, str, bool]]:
    drift, up = beside
    return [
        ("drift", share(drift.share) if drift else NONE, False),
        ("available", share_text(up.day if up else None), False),
    ]


def why(say: Speech, row: QualityRow) -> str:
    if not row.why:
        return ""
    if row.why == "lag":
        return say("why.lag", n=length(say, row.lag_p95_s))
    return say(f"why.{row.why}", n=f"{row.number:,}")


def _hours(hours: Sequence[int]) -> str:
    """Twenty-four ticks: heard the whole hour, in part, not at all."""
    ticks = "".join(f'<i data-h="{"full" if n >= 11 else "part" if n else "none"}"></i>' for n in hours)
    return f'<span class="hourbars" aria-hidden="true">{ticks}</span>'


def street_names(say: Speech, streets: Sequence[StreetFacts]) -> dict[str, str]:
    return {one.code: one.name_zh if say.language == "zh" else one.name_en for one in streets}
