"""One's letters: those ordered with their buttons, the form for another, the log of what was sent."""

from html import escape

from dash.development.base_component import Component

from dashboard.parts.answer_words import answer_words
from dashboard.parts.blank import drawing
from dashboard.parts.card import card, csv_link
from dashboard.parts.day_words import MISSING
from dashboard.parts.native import select
from dashboard.parts.tags import a, br, button, div, li, p, small, span, table, tbody, td, th, thead, tr, ul
from dashboard.queries.letters import LetterRow, LettersRows, SubscriptionRow
from dashboard.words import FOLDERS, Speech
from models.civil_day import wall_clock
from models.letter import LetterState

NEEDLESS = ("signed meanwhile",)
"""Why a letter was not sent, where that is no failure."""
COLUMNS = ("ordered", "kind", "day", "to", "state", "detail")


def letters_cards(say: Speech, rows: LettersRows, zone: str) -> list[Component]:
    names = {code: say.either(zh, en) for code, zh, en in rows.sites}
    back = a(say("menu.summary"), href="/days", kind="link")
    mine = ul(*(_mine(say, one, names) for one in rows.subscriptions), kind="lines")
    told = mine if rows.subscriptions else p(say("letter.none"), kind="none")
    return [
        card(say("letter.mine"), told, end=back),
        card(say("letter.another"), drawing(_form(say, names), "letterform")),
        card(
            say("letter.log"),
            div(_log(say, rows.letters, zone), kind="scroll", tabIndex=0),
            kind="wide",
            end=csv_link(say, "/export/letters.csv", say("letter.log")),
        ),
    ]


def _mine(say: Speech, one: SubscriptionRow, names: dict[str, str]) -> Component:
    where = say("comma").join(names.get(code, code) for code in one.sites) or say("letter.everything")
    to = one.address or say(f"letter.way.{one.way}")
    buttons = [
        button(say(f"letter.{what}"), type="button", kind="btn low", data_letter=f"{one.number}/{what}")
        for what in ("test", "end")
    ]
    when = say("letter.daily", at=one.clock, language=say(f"letter.language.{one.language}"))
    return li(span(to, br(), small(f"{when} · {where}", kind="soft")), span(*buttons, kind="moves"))


def _form(say: Speech, names: dict[str, str]) -> str:
    """Native fields as text; everything in it is escaped here."""
    # Who has one site means it: chosen beforehand, as nothing chosen is a list without a PDF.
    chosen = " selected" if len(names) == 1 else ""
    sites = "".join(f'<option value="{escape(code)}"{chosen}>{escape(name)}</option>' for code, name in names.items())
    ways = select("way", [(way, say(f"letter.way.{way}")) for way in ("email", "webhook")], "email")
    languages = select("language", [(code, say(f"letter.language.{code}")) for code in FOLDERS], say.language)
    address = '<input name="address" type="email" maxlength="254" autocomplete="email">'
    rows = (
        ("way", ways),
        ("address", address),
        ("sites", f'<select name="sites" multiple size="{min(6, len(names))}">{sites}</select>'),
        ("clock", '<input name="clock" type="time" required value="07:00">'),
        ("language", languages),
    )
    fields = "".join(
        f"<label><span>{escape(say(f'letter.field.{name}'))}</span>{field}</label>" for name, field in rows
    )
    hint = f'<p class="soft">{escape(say("letter.sites_hint" if len(names) > 1 else "letter.site_hint"))}</p>'
    problem = '<p class="problem" role="alert" hidden data-part="letter-problem"></p>'
    send = f'<button class="btn main" type="submit">{escape(say("letter.send"))}</button>'
    return f'<form id="letter-form">{fields}{hint}{problem}{send}</form>'


def _log(say: Speech, letters: tuple[LetterRow, ...], zone: str) -> Component:
    if not letters:
        return p(say("letter.log_none"), kind="none")
    heads = thead(tr(*(th(say(f"letter.column.{name}"), scope="col") for name in COLUMNS)))
    return table(heads, tbody(*(_line(say, one, zone) for one in letters)), kind="dense")


def _line(say: Speech, one: LetterRow, zone: str) -> Component:
    sent = wall_clock(one.sent_at, zone)[5:] if one.sent_at else ""
    state = "needless" if one.state == LetterState.FAILED and one.detail in NEEDLESS else one.state
    tried = say("letter.tries", n=one.tries) if one.tries > 1 or one.again_at else ""
    again = say("letter.again", at=wall_clock(one.again_at, zone)[5:]) if one.again_at else ""
    told = (tried, answer_words(say, one.detail), again)
    return tr(
        td(wall_clock(one.ordered_at, zone)[5:]),
        td(say(f"letter.kind.{one.kind}")),
        td(one.day),
        td(one.address or say(f"letter.way.{one.way}")),
        td(span(" ".join(filter(None, (say(f"letter.state.{state}"), sent))), kind=f"letterstate {state}")),
        td(say("letter.aside").join(filter(None, told)) or MISSING, kind="soft"),
    )
