"""The alarms desk: tools, the list, one alarm in full with its deeds, and the rows that its script fills."""

import json
from html import escape

import msgspec
from dash.development.base_component import Component

from dashboard.desk_rows import DeskFrame
from dashboard.parts.blank import DAWN, blank, drawing
from dashboard.parts.card import card, csv_link, field, formula, separator, slot
from dashboard.parts.marks import grade_mark, icon
from dashboard.parts.reader import reader
from dashboard.parts.tags import a, b, button, dd, div, dl, dt, h2, i, li, main, ol, p, section, span, time, ul
from dashboard.words import Speech
from models.alarm_life import MOVES, POSTS, Move
from models.incident import DONE, PREVENTION, TOLD_BY_MEANS

STEPS = ("raised", "notified", "acknowledged", "assigned", "on_site", "resolved", "closed")
TIMES = ("ack50", "ack90", "closed", "false")
PLAIN = (Move.ACKNOWLEDGE, Move.ASSIGN, Move.ON_SITE, Move.RESOLVE, Move.CLOSE, Move.REOPEN, Move.COMMENT)


def first_of(rows: DeskFrame, grade: str, street: str, state: str) -> int | None:
    """The worst that the filters of the address let through."""
    listed = {"mine": rows.mine, "settled": rows.settled}.get(state, rows.alarms)
    fitting = (row.id for row in listed if grade in ("", str(row.grade)) and street in ("", row.street or ""))
    return next(fitting, None)


def desk_layout(rows: DeskFrame, *, is_list: bool) -> Component:
    """The first frame stands on the page itself. On a phone the list and an alarm are two pages."""
    here = reader()
    say, shown = here.say, rows.shown
    names = {"data_view": f"desk:{shown.id}" if shown else "desk", "data_title": say("title.alarms")}
    names |= {
        "data_me": here.name,
        "data_codes": json.dumps(_codes()),
        "data_first": msgspec.json.encode(rows).decode(),
    }
    if not is_list:
        names |= {"data_back": "/alarms", "data_back_word": say("menu.alarms")}
    kind = f"page alarmdesk {'aslist' if is_list else 'asone'}"
    body = [_tools(say), _list(say), _detail(say), drawing(_dialog(say), "deedforms"), *_slots()]
    return main(*body, kind=kind, id="main", tabIndex=-1, **names)


def _codes() -> dict[str, list[str]]:
    """What each move lets people choose from."""
    chosen = {str(move): list(rule.codes) for move, rule in MOVES.items() if rule.codes}
    return chosen | {str(Move.ASSIGN): list(POSTS)}


def _tools(say: Speech) -> Component:
    grades = [
        button(span(say("desk.all")) if not n else grade_mark(), span(f"P{n}", kind="unseen") if n else "",
               field(f"n{n}", "figure"), type="button", data_grade=str(n) if n else None, data_pick=str(n or ""),
               aria_pressed="false", title=say.named("grade", str(n)) if n else None)
        for n in range(5)
    ]  # fmt: skip
    states = [
        button(span(say.named("deskstate", name)), field("mine", "figure") if name == "mine" else "",
               type="button", data_state=name, aria_pressed="false")
        for name in ("open", "mine", "settled")
    ]  # fmt: skip
    street = drawing(
        f'<label><span class="unseen">{escape(say("list.street"))}</span><select name="street">'
        f'<option value="">{escape(say("list.street_all"))}</option></select></label>',
        "streetpick",
    )
    file = csv_link(say, "/export/alarms.csv", say("title.alarms"))
    times = dl(
        *(div(dt(span(say.named("desktime", name)), *_how(say, name)), dd(field(name))) for name in TIMES),
        div(dt(say("desk.month")), dd(csv_link(say, "/export/response-times.csv", say("desk.times_of")))),
        kind="answered",
        data_part="times",
    )
    choices = (
        div(*grades, kind="choice", data_part="grades", role="group", aria_label=say("desk.grades")),
        div(*states, kind="choice", data_part="states", role="group", aria_label=say("desk.states")),
    )
    elsewhere = (
        a(say("calm.link"), href="/calm", kind="link", data_part="calm"),
        a(say("outages.link"), href="/outages", kind="link"),
        *_recipients(say),
    )
    return div(div(*choices, street, file), div(*elsewhere), times, kind="desktools")


def _recipients(say: Speech) -> list[Component]:
    mine = reader().may("recipient.manage")
    return [a(say("recipients.link"), href="/recipients", kind="link")] if mine else []


def _how(say: Speech, name: str) -> list[Component]:
    """The formula of a percentile, one tap away."""
    return [formula(say.named("desktime", name), say.named("deskhow", name))] if name in ("ack50", "ack90") else []


def _list(say: Speech) -> Component:
    quiet = blank(DAWN, say("desk.none"), p(data_part="quiet-last"), part="no-alarms")
    return section(ol(kind="alarmlist", data_part="list"), quiet, kind="card listcard", aria_label=say("title.alarms"))


def _detail(say: Speech) -> Component:
    head = div(
        grade_mark("mark"), h2(field("what")), field("chip", "chip"), field("number", "mute end"), kind="alarmhead"
    )
    place = p(a(data_f="site", kind="link"), separator("dot"), field("where"), kind="soft alarmplace")
    bar = span(i(data_f="bar"), kind="limit", aria_hidden="true")
    timer = div(field("clock", "big"), div(field("limit", tag=p), bar), kind="timer")
    steps = ol(kind="steps", data_part="steps", aria_label=say("desk.steps"))
    deeds = div(
        *(_deed(say, move) for move in PLAIN),
        a(icon("call", small=True), say("desk.call"), href="tel:", kind="btn", data_part="call", hidden=True),
        span(kind="gap"),
        _deed(say, Move.FALSE),
        kind="moves",
        data_part="moves",
    )
    said = p(role="status", data_part="desk-said", kind="desksaid")
    full = section(
        head, place, timer, steps, deeds, said, kind="card alarmcard", data_part="shown", aria_label=say("desk.one")
    )
    name = say("csv.of", name=say("desk.log"))
    file = a("CSV", kind="link", data_part="stepsfile", data_reload="", download="", aria_label=name, title=name)
    log = card(say("desk.log"), ol(kind="alarmlog", data_part="log"), end=file)
    ladder = card(say("desk.ladder"), ol(kind="ladder", data_part="ladder"), kind="laddercard")
    many = card(say("desk.members"), ul(kind="memberlist", data_part="members"), part="many")
    return div(full, div(log, div(ladder, many, kind="stack"), kind="alarmmore"), kind="detail", data_part="detail")


def _deed(say: Speech, move: Move) -> Component:
    main_icon = icon("check", small=True)
    return button(main_icon, say.named("move", str(move)), type="button", kind="btn", data_move=str(move), hidden=True)


def _dialog(say: Speech) -> str:
    """One form for all moves that need a choice; the script names it and fills its list."""
    cancel = f'<button type="button" class="btn" data-cancel>{escape(say("deed.cancel"))}</button>'
    return (
        '<dialog class="deed" data-ask="move" aria-labelledby="move-title"><form novalidate>'
        '<h2 id="move-title" data-f="title"></h2><p class="soft" data-f="about"></p>'
        '<div class="field"><label for="move-code" data-f="label"></label><select name="code" id="move-code"></select></div>'
        f'<fieldset class="incident" hidden>{_incident(say)}</fieldset>'
        '<p class="wrong" role="alert" data-f="wrong"></p>'
        f'<div class="ends">{cancel}<button type="submit" class="btn main" data-f="go"></button></div></form></dialog>'
    )


def _incident(say: Speech) -> str:
    """What an incident is not closed without; each a choice, but for the moment at which the family was told."""
    lists = {"done": ("incdone", DONE), "told": ("inctold", TOLD_BY_MEANS), "told_at": None,
             "told_by": ("post", POSTS), "prevention": ("incprevention", PREVENTION)}  # fmt: skip
    fields = [f"<legend>{escape(say('incident.title'))}</legend>"]
    for name, of in lists.items():
        label = f'<label for="incident-{name}">{escape(say.named("incident", name))}</label>'
        if of is None:
            box = f'<input type="datetime-local" name="{name}" id="incident-{name}">'
        else:
            some = "".join(f'<option value="{code}">{escape(say.named(of[0], code))}</option>' for code in of[1])
            first = f'<option value="">{escape(say("desk.choose"))}</option>'
            box = f'<select name="{name}" id="incident-{name}">{first}{some}</select>'
        fields.append(f'<div class="field">{label}{box}</div>')
    return "".join(fields)


def _slots() -> list[Component]:
    where = span(field("street"), separator("dot"), field("place"), kind="where cut")
    texts = [field("grade", "unseen"), field("what", "what"), field("clock", "clock"), where, field("limit", "until")]
    bar = span(i(data_f="bar"), kind="limit", aria_hidden="true")
    row = li(a(grade_mark(), *texts, field("next", "next cut"), bar, href="/alarms"))
    step = li(i(aria_hidden="true"), field("name", tag=b), field("at", tag=time), field("by", "cut"))
    line = li(field("at", tag=time), field("text"), field("by", "soft"))
    rung = li(field("name"), field("state", "chip"))
    member = li(a(data_f="name", kind="link"), field("clock", "soft"))
    models = {"alarm": row, "step": step, "logline": line, "rung": rung, "member": member}
    return [slot(name, model) for name, model in models.items()]
