"""A day on one page: head, three sentences, six figures, the curve, the blocks, what to do, a line to sign."""

from collections.abc import Sequence
from datetime import date

from dash.development.base_component import Component

from dashboard.day_rows import DayLine, DayPageRows
from dashboard.figures.axis import HOUR, clock_of
from dashboard.figures.curve import Words, curve
from dashboard.figures.gauge import gauge
from dashboard.parts.blank import drawing
from dashboard.parts.card import separator
from dashboard.parts.day_corrections import told as told_of
from dashboard.parts.day_words import MISSING, line_name, number, per_cent, sentence, shown
from dashboard.parts.tags import (
    article,
    b,
    dd,
    div,
    dl,
    dt,
    h2,
    header,
    i,
    li,
    ol,
    p,
    section,
    small,
    span,
    table,
    tbody,
    td,
    th,
    thead,
    tr,
)  # fmt: skip
from dashboard.queries.day_lines import BLOCKS, page_lines
from dashboard.words import Speech
from models.civil_day import wall_clock
from models.day_blocks import Followed, Line, Todo

SIX = (
    ("visits", "people", "entries"),
    ("persons", "people", "persons"),
    ("peak", "people", "peak"),
    ("lunch", "meals", "lunch"),
    ("services", "services", "done"),
    ("in_house", "residents", "in_house"),
)
"""The figure with what is usual for it, and the line that shows it."""
UNITS = {"visits": "visits", "persons": "people", "lunch": "lunch", "services": "services", "in_house": "beds"}
"""Of the six; the peak has its moment there."""
SHOWN = {
    "people": ("anonymous", "stay_mean", "stay_median", "person_hours", "new_faces", "regulars"),
    "residents": ("roll", "in_hospital", "on_leave", "occupancy", "bed_use"),
    "meals": ("served", "dine_in", "pick_up", "delivery", "not_fetched"),
    "services": ("done_rate", "on_time", "late", "by_elder", "unplanned"),
    "safety": ("raised", "falls", "answered", "ack_p90", "close_p90"),
    "staff": ("shift_night", "shift_day", "shift_evening", "care_per_resident", "care_time"),
    "gear": ("heard", "silent", "ours", "lag_p95", "late", "gap"),
    "money": ("subsidy", "subsidy_month", "self_paid", "services", "services_month"),
    "voice": ("ratings", "satisfied"),
}
"""What the sheet has room for; the exports carry every line."""
WARNED = {"late", "falls", "open", "not_fetched", "silent", "gap", "wrong_clock"}
MOST_TODOS, MOST_KINDS, MOST_SILENT, MOST_FIXED = 5, 3, 3, 3
ALL_DAY = (("00:00", "24:00"),)
COLUMNS = ("rank", "what", "owner", "due", "because")

CURVES = (("daycurve onpaper", 744, 112, 3), ("daycurve onphone", 330, 160, 6))
"""Class, width, height in CSS pixels, hours between two words of the axis."""


def sheet(say: Speech, rows: DayPageRows, zone: str, simulated: bool) -> Component:
    lines = page_lines(rows)
    # What cannot be signed yet has neither a plan for the day after nor a line to sign.
    ending = (_todos(say, rows, zone), _signature(say, rows, zone)) if rows.summary.reading else ()
    return article(
        _head(say, rows),
        _three(say, rows, zone),
        _six(say, rows, lines),
        _curve(say, rows),
        _blocks(say, rows, lines, zone),
        *ending,
        _fine(say, rows, zone, simulated),
        kind=f"sheet {'much' if _is_much(say, rows) else ''} {'' if ending else 'sofar'}".strip(),
    )


def _is_much(say: Speech, rows: DayPageRows) -> bool:
    """Whether paper has no room for it in its usual size: English is longer, and so is a day with much left from before."""
    reading = rows.summary.reading
    left = sum(1 for one in reading.before or () if not one.done) if reading else 0
    more = reading is not None and len(reading.todos) > MOST_TODOS
    return say.language != "zh" or left + len(rows.corrections) + more > MOST_FIXED


def name_of(say: Speech, rows: DayPageRows) -> str:
    return say.either(rows.name_zh, rows.name_en)


def long_date(say: Speech, day: str) -> str:
    """As on paper: 2026 年 11 月 23 日 星期一, Mon 23 Nov 2026."""
    when = date.fromisoformat(day)
    names = {"weekday": say(f"day.weekday.{when.weekday()}"), "month": say(f"day.month.{when.month}")}
    return say("day.date", year=when.year, d=when.day, **names)


def _head(say: Speech, rows: DayPageRows) -> Component:
    street = rows.street_zh if say.language == "zh" else rows.street_en
    reading = rows.summary.reading
    reasons = [one for one in reading.reasons if one.down] if reading else []
    worst = max(reasons, key=lambda one: one.down, default=None)
    why = sentence(say, "reason", worst.what, worst.numbers, "") if worst else say("day.grade.fine")
    graded = [span(reading.grade, kind=f"grade {reading.grade}"), why] if reading else [_running(say, rows)]
    return header(
        h2(say("day.sheet", name=name_of(say, rows)), kind="name"),
        div(long_date(say, rows.day), kind="d"),
        p(street, separator(), *_open(say, rows), *_calendar(say, rows), *_begins(say, rows)),
        p(*graded, kind="q"),
        kind="hd",
    )


def _running(say: Speech, rows: DayPageRows) -> str:
    """What is not summed up yet: until when its figures go, or that the night's work is still to be done."""
    if rows.as_of >= rows.day_end:
        return say("day.being_made")
    return say("day.running", at=wall_clock(rows.as_of, rows.zone)[11:])


def _begins(say: Speech, rows: DayPageRows) -> list[Component | str]:
    """From when to when the day goes, where that is not from midnight to midnight."""
    if not rows.begun_h and not rows.ended_h:
        return []
    begun, ended = (wall_clock(at, rows.zone)[11:] for at in (rows.day_start, rows.day_end))
    return [separator(), say("day.from_to", begun=begun, ended=ended)]


def _calendar(say: Speech, rows: DayPageRows) -> list[Component | str]:
    """What the calendar says of the day, where it is no ordinary one."""
    if not rows.calendar:
        return []
    kind, _, weekday = rows.calendar.partition("_")
    if kind != "as":
        return [separator(), say(f"day.calendar.{kind}")]
    made_up = int(weekday) < 5 <= date.fromisoformat(rows.day).weekday()
    told = say(f"day.calendar.{'made_up' if made_up else 'holiday'}", weekday=say(f"day.weekday.{weekday}"))
    return [separator(), told]


def _open(say: Speech, rows: DayPageRows) -> list[Component | str]:
    """When it should have been open, and when it was by its own word."""
    spans = say("comma").join(f"{begin}–{end}" for begin, end in rows.planned)
    planned = say("day.planned", at=spans) if spans else say("day.planned_shut")
    if rows.planned == ALL_DAY:
        planned = say("day.planned_always")
    doors = rows.summary.doors
    opened = next((wall_clock(one.at, rows.zone)[11:] for one in doors if one.opened), MISSING)
    closed = next((wall_clock(one.at, rows.zone)[11:] for one in reversed(doors) if not one.opened), MISSING)
    told = say("day.opened", at=f"{opened}–{closed}") if doors else say("day.opened_unknown")
    if rows.as_of < rows.day_end and opened != MISSING == closed:
        told = say("day.opened_since", at=opened)
    return [planned, say("comma"), told]


def _three(say: Speech, rows: DayPageRows, zone: str) -> Component:
    reading = rows.summary.reading
    if reading is None:
        return ol(li(b(say("day.so_far")), span(running_long(say, rows))), kind="say")
    parts = (("differs", reading.differs), ("open", reading.open), ("do", reading.do))
    return ol(*(li(b(say(f"day.{name}")), span(clauses(say, name, said, zone))) for name, said in parts), kind="say")


def running_long(say: Speech, rows: DayPageRows) -> str:
    """When there will be something to sign."""
    if rows.as_of >= rows.day_end:
        return say("day.being_made_long")
    return say("day.running_long", at=wall_clock(rows.day_end, rows.zone)[5:] if rows.ended_h else "24:00")


def clauses(say: Speech, name: str, said: Sequence[Line], zone: str) -> str:
    clauses = say("day.semicolon").join(sentence(say, f"say.{name}", one.what, one.numbers, zone) for one in said)
    return clauses + say("day.stop")


def _six(say: Speech, rows: DayPageRows, lines: tuple[DayLine, ...]) -> Component:
    by_name = {(line.block, line.name): line for line in lines}
    return div(*(_tile(say, rows, name, by_name.get((block, line))) for name, block, line in SIX), kind="six")


def _tile(say: Speech, rows: DayPageRows, name: str, line: DayLine | None) -> Component:
    label = p(say(f"day.figure.{name}"), kind="label")
    if line is None or line.value is None:
        return div(label, p(MISSING, small(" " + say("day.not_reported")), kind="value"))
    told = p(number(line.value), small(f" {_beside(say, rows, name, line)}"), kind="value")
    if rows.summary.reading is None:
        return div(label, told)
    usual = rows.summary.reading.usual.get(name)
    if usual is None:
        return div(label, told, p(span(say("day.no_usual"))))
    drawn = gauge(line.value, usual.low, usual.middle, usual.high, say("day.usual", n=number(usual.middle)))
    by = f"{_signed(line.value, usual.middle)} %" if usual.middle else ""
    return div(label, told, drawing(drawn, "gaugebox"), p(span(say("day.usual", n=number(usual.middle))), b(by)))


def _beside(say: Speech, rows: DayPageRows, name: str, line: DayLine) -> str:
    """Of how many, and of what; beside the peak when it was."""
    if name == "peak":
        return wall_clock(rows.summary.peak_at, rows.zone)[11:] if rows.summary.peak_at is not None else ""
    unit = say(f"unit.{UNITS[name]}")
    return unit if line.of is None else f"/ {number(line.of)} {unit}"


def _signed(value: float, middle: float) -> str:
    by = round(100 * (value - middle) / middle)
    return f"+{by}" if by > 0 else f"−{-by}" if by < 0 else "0"


def _curve(say: Speech, rows: DayPageRows) -> Component:
    if rows.summary.is_off:
        return section(h2(say("day.curve")), p(say("day.curve_none"), kind="none"))
    keys = [span(i(), say("day.that_day"), kind="today")]
    if rows.usual:
        keys += [span(i(), say("curve.usual"), kind="usual"), span(i(), say("curve.band"), kind="band")]
    words = Words(say("curve.label"), "", rows.zone)
    until = min(rows.day_end, rows.as_of)
    span_of_day = rows.day_start, rows.day_end, until
    drawings = [
        drawing(curve(rows.curve, (), rows.usual, *span_of_day, None, words, width=w, height=h, step_h=step), kind)
        for kind, w, h, step in CURVES
    ]
    hours = [(number(n) if n is not None else MISSING) for n in rows.summary.hours]
    ends = (clock_of(rows.day_start + n * HOUR, rows.day_start, rows.zone) for n in range(1, len(hours) + 1))
    twin = table(tbody(*(tr(th(at, scope="row"), td(people)) for at, people in zip(ends, hours, strict=True))))
    head = div(h2(say("day.curve")), span(*keys, kind="key"), kind="row")
    return section(head, div(*drawings, kind="drawn"), div(twin, kind="unseen"))


def _blocks(say: Speech, rows: DayPageRows, lines: tuple[DayLine, ...], zone: str) -> Component:
    beside = {"gear": _silences(say, rows, zone), "voice": [p(say("day.unreported"), kind="kinds")]}
    return div(
        *(
            _block(say, block, [one for one in lines if one.block == block], zone, beside.get(block, []))
            for block in BLOCKS
        ),
        kind="blocks",
    )


def _silences(say: Speech, rows: DayPageRows, zone: str) -> list[Component]:
    """From when to when nothing came; and when that was our own fault."""
    gear = rows.summary.gear
    return (
        [*_spans(say, "day.silent_at", gear.silences, zone), *_spans(say, "day.ours_at", gear.ours, zone)]
        if gear
        else []
    )


def _spans(say: Speech, key: str, spans: Sequence[tuple[int, int]], zone: str) -> list[Component]:
    if not spans:
        return []
    some = [f"{wall_clock(a, zone)[11:]}–{wall_clock(b, zone)[11:]}" for a, b in spans[:MOST_SILENT]]
    more = say("day.and_more", n=len(spans) - MOST_SILENT) if len(spans) > MOST_SILENT else ""
    return [p(say(key, at=say("comma").join(some) + more), kind="kinds")]


def _kinds(say: Speech, lines: list[DayLine], zone: str) -> list[Component]:
    """Services by category, alarms by kind: the most frequent, in one line."""
    kinds = sorted((one for one in lines if one.name.startswith("type.")), key=lambda one: -(one.of or one.value or 0))
    told = [
        span(
            line_name(say, one.block, one.name),
            " ",
            b(shown(say, one, zone), data_line=f"{one.block}.{one.name}"),
        )
        for one in kinds[:MOST_KINDS]
    ]
    more = [span(say("day.and_more", n=len(kinds) - MOST_KINDS))] if len(kinds) > MOST_KINDS else []
    return [p(*told, *more, kind="kinds")] if told else []


def _block(say: Speech, block: str, lines: list[DayLine], zone: str, beside: list[Component]) -> Component:
    title = h2(say(f"day.block.{block}"))
    if not lines:
        return section(title, p(say("day.not_reported"), kind="none"), *beside)
    found = {line.name: line for line in lines}
    rows: list[Component] = []
    for name in SHOWN[block]:
        if name in found:
            line = found[name]
            bad = "warn" if name in WARNED and line.value else ""
            text = shown(say, line, zone)
            rows += [dt(line_name(say, block, name)), dd(text, kind=bad, data_line=f"{block}.{name}")]
    return section(title, dl(*rows), *_kinds(say, lines, zone), *beside)


def _todos(say: Speech, rows: DayPageRows, zone: str) -> Component:
    todos = rows.summary.reading.todos if rows.summary.reading else ()
    heads = thead(tr(*(th(say(f"day.todo.{name}"), scope="col") for name in COLUMNS)))
    body = [
        tr(
            td(str(rank), kind="rank"),
            td(b(sentence(say, "say.do", todo.what, todo.numbers, zone))),
            td(say(f"day.post.{todo.owner}")),
            td(say("day.today_by", at=_clock(todo.due_min)) if todo.due_min is not None else say("day.today")),
            td(_because(say, todo, rows.day, zone), kind="soft"),
        )
        for rank, todo in enumerate(todos[:MOST_TODOS], 1)
    ]
    listed = table(heads, tbody(*body)) if body else p(say("day.todo.none"), kind="mute")
    more = len(todos) - MOST_TODOS
    rest = [p(say("day.todo.more", n=more), kind="xs mute")] if more > 0 else []
    return section(h2(say("day.todo.title")), listed, *rest, *_before(say, rows, zone))


def _before(say: Speech, rows: DayPageRows, zone: str) -> list[Component]:
    """What became of the day before's to-dos: those that are not done by name, with their post and since when."""
    reading = rows.summary.reading
    if reading is None or reading.before is None:
        # An older version knows only how many.
        counted = reading is not None and reading.before_done is not None
        told = say("day.before", done=reading.before_done, open=reading.before_open) if reading and counted else ""
        return [p(told, kind="xs mute")] if told else []
    if not reading.before:
        return []
    left = [one for one in reading.before if not one.done]
    told = say("day.before", done=len(reading.before) - len(left), open=len(left))
    if not left:
        return [p(told, kind="xs mute")]
    named = say("day.semicolon").join(_left(say, one, rows.day, zone) for one in left)
    return [p(told, " ", span(named + say("day.stop")), kind="xs mute")]


def _left(say: Speech, one: Followed, day: str, zone: str) -> str:
    age = (date.fromisoformat(day) - date.fromisoformat(one.since)).days + 1
    what = sentence(say, "say.do", one.what, one.numbers, zone)
    return say("day.left", what=what, owner=say(f"day.post.{one.owner}"), since=one.since[5:], n=age)


def _because(say: Speech, todo: Todo, day: str, zone: str) -> str:
    """With the day since which it is asked for, where that was not this one."""
    why = sentence(say, "because", todo.because, todo.numbers, zone)
    return why if todo.since in ("", day) else say("day.since", why=why, day=todo.since[5:])


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _signature(say: Speech, rows: DayPageRows, zone: str) -> Component:
    mine = next((one for one in rows.versions if one.version == rows.version and one.signed_by), None)
    name = mine.signed_by or "" if mine else ""
    when = wall_clock(mine.signed_at or 0, zone) if mine else ""
    fixed = say("day.corrected", n=len(rows.corrections)) if rows.corrections else say("day.not_corrected")
    told = say("day.semicolon").join(told_of(say, one, zone) for one in rows.corrections[-MOST_FIXED:])
    return section(
        div(p(say("day.sign.name")), div(name, kind="ln")),
        div(p(say("day.sign.when")), div(when, kind="ln")),
        p(fixed, f" {told}{say('day.stop')}" if told else ""),
        kind="sign",
    )


def _fine(say: Speech, rows: DayPageRows, zone: str, simulated: bool) -> Component:
    one = next((one for one in rows.versions if one.version == rows.version), None)
    left = say("day.made", n=one.version, at=wall_clock(one.made_at, zone)) if one else _running(say, rows)
    right = [say("day.fingerprint", f=one.fingerprint)] if one else []
    right += [say("simulated")] if simulated else []
    inner = [part for text in [*right, "1 / 1"] for part in (separator(), text)][1:]
    return p(span(left), span(*inner), kind="fine")


def coverage(heard: int, open_minutes: int) -> str:
    return f"{per_cent(heard, open_minutes)} %" if open_minutes else MISSING
