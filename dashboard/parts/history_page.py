"""The page of histories: what is asked as a plain form, the curve with its coverage, the whole time in figures, the table."""

from collections.abc import Sequence
from datetime import date, timedelta
from html import escape
from urllib.parse import urlencode

from dash.development.base_component import Component

from dashboard.figures.axis import HOUR, clock_of
from dashboard.figures.past import past
from dashboard.history_reading import shortcuts
from dashboard.history_rows import AGAINST, STEPS, Asked, HistoryPoint, HistoryRows, Series
from dashboard.parts.blank import BROKEN, WAITING, blank, drawing
from dashboard.parts.card import card
from dashboard.parts.day_words import MISSING, number
from dashboard.parts.tags import a, b, div, i, p, section, span, table, tbody, td, th, thead, tr
from dashboard.words import Speech
from models.civil_day import day_bounds, wall_clock

COLUMNS = ("people", "lowest", "highest", "came", "went", "coverage")
OF_MANY = {"lowest": "lowest_mean", "highest": "highest_mean"}
"""Of many sites only averages are known together, by five minutes or by the hour: within those there is no lowest."""
MOST_ROWS = 400
SIZES = (("pastwide", 1200, 320, 8), ("pastphone", 342, 220, 3))
"""Class, width, height in CSS pixels, words of the axis."""


def history_cards(say: Speech, rows: HistoryRows, zone: str) -> list[Component]:
    heard = any(point.people is not None for one in rows.series for point in one.points)
    asked = [_form(say, rows.asked, rows.choices), _shortcuts(say, rows)]
    top = section(*asked, kind="card historyform")
    if not heard:
        return [top, section(blank(WAITING, say("history.nothing"), p(say("history.nothing_long"))), kind="card")]
    return [top, _drawn(say, rows, zone), _whole(say, rows), _table(say, rows, zone)]


def wrong_card(say: Speech, why: str) -> list[Component]:
    """What the address asks cannot be; the way out stands beside it."""
    fresh = a(say("history.fresh"), href="/history", kind="btn main")
    return [section(blank(BROKEN, say("history.wrong"), p(say(f"history.wrong.{why}")), fresh), kind="card")]


def address(asked: Asked, **changed: str) -> str:
    said = {"of": asked.of, "from": str(asked.first), "to": str(asked.last), "by": asked.step, "with": asked.against}
    return urlencode({name: value for name, value in (said | changed).items() if value})


def name_of_series(say: Speech, one: Series) -> str:
    return (one.name_zh if say.language == "zh" else one.name_en) or say("report.all_sites")


def _form(say: Speech, asked: Asked, choices: tuple[tuple[str, str, str], ...]) -> Component:
    """Native fields: what they choose stands in the address."""
    places = [(value, (zh if say.language == "zh" else en) or say("report.all_sites")) for value, zh, en in choices]
    against = [("", say("history.with.none")), *((one, say(f"history.with.{one}")) for one in AGAINST)]
    against += [(value, name) for value, name in places if value]
    steps = [(one, say(f"history.by.{one}")) for one in STEPS]
    fields = (
        _choice(say, "of", places, asked.of),
        _day(say, "from", asked.first),
        _day(say, "to", asked.last),
        _choice(say, "by", steps, asked.step),
        _choice(say, "with", against, asked.against),
    )
    button = f'<button class="btn main" type="submit">{escape(say("day.list.show"))}</button>'
    return drawing(
        f'<form class="filters" action="/history" method="get">{"".join(fields)}{button}</form>', "filterbox"
    )


def _choice(say: Speech, name: str, options: list[tuple[str, str]], chosen: str) -> str:
    words = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(word)}</option>'
        for value, word in options
    )
    return f'<label>{escape(say(f"history.{name}"))}<select name="{name}">{words}</select></label>'


def _day(say: Speech, name: str, value: date) -> str:
    return f'<label>{escape(say(f"history.{name}"))}<input type="date" name="{name}" value="{value}" required></label>'


def _shortcuts(say: Speech, rows: HistoryRows) -> Component:
    asked = rows.asked
    links = [
        a(
            say(f"history.go.{name}"),
            href="/history?" + address(asked, **{"from": str(first), "to": str(last), "by": step}),
            kind="link",
            aria_current="true" if (asked.first, asked.last, asked.step) == (first, last, step) else None,
        )
        for name, first, last, step in shortcuts(rows.today)
    ]
    return div(*links, kind="shortcuts")


def _drawn(say: Speech, rows: HistoryRows, zone: str) -> Component:
    label = say("history.label", name=name_of_series(say, rows.series[0]))
    drawings = [
        drawing(past(rows.series, _words(rows, words, zone), label, width=width, height=height), kind)
        for kind, width, height, words in SIZES
    ]
    keys = [_key(say, one, kind) for one, kind in zip(rows.series, ("now", "then"), strict=False)]
    keys += [span(i(), say("history.key.band"), kind="band"), span(i(), say("history.key.coverage"), kind="cover")]
    files = [
        a(kind.upper(), href=f"/export/history.{kind}?{address(rows.asked)}", kind="link", data_reload="", download="")
        for kind in ("csv", "xlsx")
    ]
    return card(
        say("history.title"), div(*drawings, kind="drawn"), end=span(span(*keys, kind="key"), *files), kind="pastcard"
    )


def _key(say: Speech, one: Series, kind: str) -> Component:
    return span(
        i(), say("history.key", name=name_of_series(say, one), first=str(one.first), last=str(one.last)), kind=kind
    )


def _words(rows: HistoryRows, count: int, zone: str) -> list[tuple[float, str]]:
    """Dates under the axis, where days begin; hours where there is one day, months where each has its point."""
    one = rows.series[0]
    days = (one.last - one.first).days + 1
    if rows.asked.step == "month":
        ends = [*(point.at for point in one.points[1:]), one.end]
        shares = [
            ((point.at + end) / 2 - one.start) / (one.end - one.start)
            for point, end in zip(one.points, ends, strict=True)
        ]
        named = [(share, _at(point, "month", zone)) for share, point in zip(shares, one.points, strict=True)]
        return named[:: max(1, -(-len(named) // count))]
    if days <= 1:
        whole = (one.end - one.start) // HOUR
        hours = range(0, whole + 1, max(1, 24 // count))
        return [(hour / whole, clock_of(one.start + hour * HOUR, one.start, zone)) for hour in hours]
    step = -(-days // count)
    made = []
    for n in range(0, days, step):
        day = one.first + timedelta(days=n)
        since = day_bounds(day, zone)[0] - day_bounds(one.first, zone)[0]
        share = since / (one.end - one.start)
        made.append((share, f"{day:%Y-%m}" if days > 120 else f"{day:%m-%d}"))
    return made


def _whole(say: Speech, rows: HistoryRows) -> Component:
    """The whole time in figures; two times, or two places, beside each other."""
    body = [
        tr(
            th(b(name_of_series(say, one)), span(f" {one.first} – {one.last}", kind="soft"), scope="row"),
            *_cells(one.whole, COLUMNS),
        )
        for one in rows.series
    ]
    heads = [th("", scope="col"), *_heads(say, COLUMNS, any(_is_of_many(one) for one in rows.series))]
    listed = table(thead(tr(*heads)), tbody(*body), kind="dense pasttable")
    return card(say("history.whole"), div(listed, kind="scroll", tabIndex=0), kind="days-card")


def _table(say: Speech, rows: HistoryRows, zone: str) -> Component:
    one = rows.series[0]
    begun = [point for point in one.points if point.at < rows.as_of]
    shown = begun[-MOST_ROWS:]
    more = say("history.more", n=len(begun) - len(shown)) if len(begun) > len(shown) else ""
    many = _is_of_many(one)
    columns = [name for name in COLUMNS if not (many and rows.asked.step in ("5m", "hour") and name in OF_MANY)]
    heads = [th(say("history.column.at"), scope="col"), *_heads(say, columns, many)]
    cells = [[th(_at(point, rows.asked.step, zone), scope="row"), *_cells(point, columns)] for point in shown]
    for other in rows.series[1:]:
        # The same step of the other place or time, beside what it is compared with.
        heads.insert(2, th(say("history.column.against"), scope="col", kind="num soft"))
        with_ = [*other.points[len(begun) - len(shown) : len(begun)], *[None] * len(shown)]
        for row, point in zip(cells, with_, strict=False):
            row.insert(2, td(_people(point), kind="num soft"))
    body = [tr(*row) for row in reversed(cells)]
    listed = table(thead(tr(*heads)), tbody(*body), kind="dense pasttable")
    return card(say("history.table"), div(listed, kind="scroll long", tabIndex=0), end=more, kind="days-card")


def _at(point: HistoryPoint, step: str, zone: str) -> str:
    return wall_clock(point.at, zone)[: {"month": 7, "day": 10}.get(step, 16)]


def _is_of_many(one: Series) -> bool:
    return one.whole.sites is not None


def _heads(say: Speech, columns: Sequence[str], many: bool) -> list[Component]:
    names = [OF_MANY.get(name, name) if many else name for name in columns]
    return [th(say(f"history.column.{name}"), scope="col", kind="num") for name in names]


def _people(point: HistoryPoint | None) -> str:
    return MISSING if point is None or point.people is None else f"{point.people:,.1f}"


def _cells(point: HistoryPoint, columns: Sequence[str]) -> list[Component]:
    """A gap is a dash; beside the coverage of many sites stands how many of them."""
    share = f"{100 * point.coverage:.1f} %"
    told = {
        name: MISSING if value is None else f"{value:,.1f}"
        for name, value in (("lowest", point.lowest), ("highest", point.highest))
    }
    told["people"] = _people(point)
    told |= {
        name: MISSING if value is None else number(value)
        for name, value in (("came", point.came), ("went", point.went))
    }
    told["coverage"] = f"{share} ({point.heard} / {point.sites})" if point.sites else share
    return [td(told[name], kind="num") for name in columns]
