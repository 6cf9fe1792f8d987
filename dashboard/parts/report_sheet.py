"""A week or a month of a site on one page: coverage first, figures beside those of the period before, then what explains them."""

from collections.abc import Sequence

from dash.development.base_component import Component

from dashboard.day_rows import DayLine
from dashboard.parts.available import own_text
from dashboard.parts.card import separator
from dashboard.parts.day_words import MISSING, length, number, per_cent, shown
from dashboard.parts.heat_map import heat_map
from dashboard.parts.report_words import change, day_name, period_name
from dashboard.parts.tags import article, b, code, div, h2, header, p, section, small, span, table, tbody, td, th, tr
from dashboard.queries.day_lines import BLOCKS
from dashboard.queries.report_lines import days_of, report_lines
from dashboard.report_rows import SiteReport, Stand
from dashboard.words import Speech
from dashboard.words.trade import trade_words
from models.civil_day import wall_clock

TILES = (
    ("people", "entries"), ("people", "average"), ("meals", "served"), ("services", "done"),
    ("residents", "bed_use_period"), ("safety", "ack_p90"),
)  # fmt: skip
SHOWN = {
    "people": ("entries", "person_days", "average", "load", "highest", "peak_on", "stay_mean"),
    "residents": ("bed_use_period", "occupancy", "bed_days", "hospital_days", "admitted", "discharged", "died"),
    "meals": ("served", "lunch", "dine_in", "pick_up", "delivery", "not_fetched"),
    "services": ("done", "done_rate", "on_time", "late", "by_elder", "by_provider", "unplanned"),
    "safety": ("raised", "urgent", "falls", "answered", "unanswered", "ack_p90", "close_p90"),
    "staff": ("care_time", "care_per_day", "short"),
    "gear": ("heard", "silences", "silent", "ours", "complete", "lag_p95", "typed", "gap_rate"),
    "money": ("subsidy", "self_paid", "meal_price", "services"),
    "voice": ("ratings", "satisfied"),
}
"""What the page has room for; the files carry every line."""
MOST_DEVICES, MOST_TOKENS, MOST_SILENT = 6, 8, 6


def report_sheet(say: Speech, rows: SiteReport, zone: str, simulated: bool) -> Component:
    lines = report_lines(rows.sums)
    before = {(line.block, line.name): line for line in report_lines(rows.before)}
    days = (rows.stand.heard, rows.stand_before.heard)
    return article(
        _head(say, rows),
        _covered(say, rows.stand),
        _tiles(say, lines, before, days, zone),
        _hours(say, rows),
        _blocks(say, rows, lines, before, days, zone),
        div(_late(say, rows), _gear(say, rows, zone), _regulars(say, rows), kind="thirds"),
        fine(say, rows.stand.fingerprint, wall_clock(rows.as_of, zone), simulated),
        kind="sheet report",
    )


def _hours(say: Speech, rows: SiteReport) -> Component:
    head = div(h2(say("report.heat")), span(say("report.heat.caption"), kind="xs mute"), kind="row")
    return section(head, div(heat_map(say, rows.heat), kind="heatbox", tabIndex=0))


def name_of(say: Speech, rows: SiteReport) -> str:
    return say.either(rows.name_zh, rows.name_en)


def _head(say: Speech, rows: SiteReport) -> Component:
    street = rows.street_zh if say.language == "zh" else rows.street_en
    span_ = say("report.span", first=rows.period.first.isoformat(), last=rows.period.last.isoformat())
    return header(
        h2(say(f"report.of.{rows.period.kind}", name=name_of(say, rows)), kind="name"),
        div(period_name(say, rows.period), kind="d"),
        p(street, separator(), say.named("kind", rows.kind)),
        p(span_, kind="q"),
        kind="hd",
    )


def _covered(say: Speech, stand: Stand) -> Component:
    """28 of 30 days, 2 not reported: which ones."""
    told = [b(say("report.covered", n=stand.heard, of=stand.over))]
    if stand.silent:
        some = say("report.comma").join(day_name(say, day) for day in stand.silent[:MOST_SILENT])
        more = say("report.and_more", n=len(stand.silent) - MOST_SILENT) if len(stand.silent) > MOST_SILENT else ""
        told.append(span(say("report.not_reported", n=len(stand.silent), days=some + more), kind="warn"))
    if stand.ours:
        told.append(span(say("report.ours_days", n=stand.ours), kind="soft"))
    told.append(span(say("report.signed", n=stand.signed, of=stand.asked), kind="soft"))
    if stand.closed:
        told.append(span(say("report.closed_days", n=stand.closed), kind="soft"))
    if stand.restated:
        told.append(span(say("report.restated", n=stand.restated), kind="soft"))
    return p(*told, kind="covered")


def _tiles(
    say: Speech, lines: Sequence[DayLine], before: dict[tuple[str, str], DayLine], days: tuple[int, int], zone: str
) -> Component:
    known = {(line.block, line.name): line for line in lines}
    made = []
    for key in TILES:
        label = p(say(f"day.line.{key[0]}.{key[1]}"), kind="label")
        line = known.get(key)
        if line is None:
            made.append(div(label, p(MISSING, small(" " + say("day.not_reported")), kind="value")))
            continue
        text, _, of = shown(say, line, zone).partition(" / ")
        rest = [small(f" / {of}")] if of else []
        against = span(say("report.against", n=change(say, line, before, *days)))
        made.append(div(label, p(text, *rest, kind="value"), p(against)))
    return div(*made, kind="six")


def _blocks(
    say: Speech,
    rows: SiteReport,
    lines: Sequence[DayLine],
    before: dict[tuple[str, str], DayLine],
    days: tuple[int, int],
    zone: str,
) -> Component:
    made = []
    for block in BLOCKS:
        title = h2(say(f"day.block.{block}"))
        mine = {line.name: line for line in lines if line.block == block}
        told = [mine[name] for name in SHOWN[block] if name in mine]
        if not told:
            made.append(section(title, p(say("day.not_reported"), kind="none")))
            continue
        on = span(say("report.on_days", n=days_of(rows.sums, block), of=rows.stand.over), kind="xs mute")
        body = [
            tr(
                th(say(f"day.line.{block}.{line.name}"), scope="row"),
                td(shown(say, line, zone), kind="num", data_line=f"{block}.{line.name}"),
                td(change(say, line, before, *days), kind="num soft"),
            )
            for line in told
        ]
        made.append(section(div(title, on, kind="row"), table(tbody(*body))))
    return div(*made, kind="blocks")


def _late(say: Speech, rows: SiteReport) -> Component:
    """The three most frequent causes, and the types that were late most."""
    title = h2(say("report.late"))
    if not rows.sums["services.days"]:
        return section(title, p(say("day.not_reported"), kind="none"))
    if not rows.late:
        return section(title, p(say("report.late.none"), kind="none"))
    causes = [
        tr(th(say(f"report.cause.{one.cause}"), scope="row"), td(number(one.n), kind="num")) for one in rows.late[:3]
    ]
    words = trade_words(say.language)
    types = [
        tr(th(words.get(f"service.{type_}", type_), scope="row"), td(f"{n} / {planned}", kind="num"))
        for type_, n, planned in rows.late_types[:3]
    ]
    return section(title, table(tbody(*causes, *types)))


def _gear(say: Speech, rows: SiteReport, zone: str) -> Component:
    up = rows.availability
    share = f"{per_cent(up.up_min, up.expected_min)} %" if up and up.expected_min else MISSING
    ours = say("report.available_ours", length=own_text(say, up)) if up and up.own_min else ""
    told = [tr(th(say("report.available"), scope="row"), td(share, kind="num"), td(ours, kind="num soft"))]
    if rows.longest_silence:
        since, until = rows.longest_silence
        told.append(
            tr(
                th(say("report.longest"), scope="row"),
                td(length(say, until - since), kind="num"),
                td(wall_clock(since, zone)[5:], kind="num soft"),
            )
        )
    for one in rows.gear[:MOST_DEVICES]:
        battery = f"{one.battery_pct} %" if one.battery_pct is not None else MISSING
        alarms = say("report.gear_alarms", n=one.alarms)
        told.append(
            tr(
                th(one.code or say("report.whole_site"), scope="row"),
                td(battery, kind="num"),
                td(alarms, kind="num soft"),
            )
        )
    return section(h2(say("report.gear")), table(tbody(*told)))


def _regulars(say: Speech, rows: SiteReport) -> Component:
    """How many for everybody who may see the site; who, as the tokens that the site itself made, for its staff alone."""
    title = h2(say("report.regulars"))
    if rows.regulars is None:
        return section(title, p(say("report.regulars.unknown"), kind="none"))
    told = [p(say("report.regulars.told", n=rows.regulars.missing, of=rows.regulars.known), kind="soft")]
    if rows.regulars.tokens:
        shown_ = rows.regulars.tokens[:MOST_TOKENS]
        more = len(rows.regulars.tokens) - len(shown_)
        told.append(p(*(code(token) for token in shown_), kind="tokens"))
        told += [p(say("report.and_more", n=more), kind="soft")] if more else []
    elif rows.regulars.missing:
        told.append(p(say("report.regulars.ask"), kind="soft"))
    return section(title, *told)


def fine(say: Speech, fingerprint: str, at: str, simulated: bool, page: str = "1 / 1") -> Component:
    left = say("report.stands_on", f=fingerprint) if fingerprint else say("report.stands_on_newest")
    right = [say("report.as_of", at=at)] + ([say("simulated")] if simulated else []) + [page]
    inner = [part for text in right for part in (separator(), text)][1:]
    return p(span(left), span(*inner), kind="fine")
