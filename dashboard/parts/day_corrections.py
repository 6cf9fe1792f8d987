"""The forms in which a manager says what was not reported, as text: Dash has no plain input."""

from collections.abc import Iterable
from html import escape

from dashboard.day_corrections import DOORS, HEADS_REASONS, MEALS, MODES, MOVES, OUTCOMES, UNSAID_REASONS
from dashboard.day_rows import CorrectionRow, DayPageRows
from dashboard.parts.day_words import number
from dashboard.words import Speech
from dashboard.words.trade import trade_words
from models.civil_day import wall_clock

Options = Iterable[tuple[str, str]]


def corrections(say: Speech, rows: DayPageRows, zone: str) -> str:
    """Heads first, behind one button; then what else there is to say at this site."""
    known, summary = rows.correctable, rows.summary
    areas = [(one, say.named("area", one)) for one in rows.areas]
    forms = [
        _form(say, "heads", (_select(say, "area", "of", areas), _n(say, "count", 0, 100_000)), HEADS_REASONS, "17:00")
    ]
    if summary.meals:
        ways = [
            (f"{meal}.{mode}", f"{say(f'meal.{meal}')} · {say(f'day.fix.{mode}')}") for meal in MEALS for mode in MODES
        ]
        forms.append(
            _more(say, "meals", (_select(say, "way", "of", ways, "lunch.dine_in"), _n(say, "meals", 1, 500)), "12:00")
        )
    if known and known.services:
        left = [(ref, f"{wall_clock(due, zone)[11:]} {_type(say, type_)}") for ref, type_, due in known.services]
        forms.append(
            _more(say, "service", (_select(say, "service", "of", left), _how(say, "outcome", OUTCOMES)), "12:00")
        )
    if known and known.residents:
        lives = [(one, f"{one} · {say(f'whereabouts.{where}')}") for one, where in known.residents]
        forms.append(_more(say, "move", (_select(say, "resident", "of", lives), _how(say, "move", MOVES)), "12:00"))
    if rows.hours:
        forms.append(_more(say, "door", (_how(say, "door", DOORS),), "08:00"))
    title = f"<h3>{escape(say('day.fix.kind.heads'))}</h3>"
    return f'<details><summary class="btn">{escape(say("day.correct"))}</summary>{title}{"".join(forms)}</details>'


def _more(say: Speech, what: str, fields: tuple[str, ...], at: str) -> str:
    inner = _form(say, what, fields, UNSAID_REASONS, at)
    return f"<details><summary>{escape(say(f'day.fix.kind.{what}'))}</summary>{inner}</details>"


def _form(say: Speech, what: str, fields: tuple[str, ...], reasons: tuple[str, ...], at: str) -> str:
    why = _select(say, "reason", "reason", [(one, say(f"day.fix.{one}")) for one in reasons])
    when = _label(say, "at", f'<input name="at" type="time" required value="{at}">')
    button = f'<button class="btn main" type="submit">{escape(say("day.fix.send"))}</button>'
    return f'<form data-correct="{what}">{"".join(fields)}{when}{why}{button}</form>'


def _how(say: Speech, name: str, codes: tuple[str, ...]) -> str:
    return _select(say, name, "how", [(one, say(f"day.fix.{name}.{one}")) for one in codes])


def _n(say: Speech, name: str, least: int, most: int) -> str:
    return _label(say, name, f'<input name="n" type="number" min="{least}" max="{most}" required>')


def _select(say: Speech, label: str, name: str, options: Options, chosen: str = "") -> str:
    inner = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(text)}</option>'
        for value, text in options
    )
    return _label(say, label, f'<select name="{name}">{inner}</select>')


def _label(say: Speech, name: str, field: str) -> str:
    return f"<label>{escape(say(f'day.fix.{name}'))}{field}</label>"


def _type(say: Speech, code: str) -> str:
    return trade_words(say.language).get(f"service.{code}", code)


def told(say: Speech, one: CorrectionRow, zone: str) -> str:
    """What was said of which moment, why, by whom and when she said so."""
    at, made, why = wall_clock(one.at, zone)[11:], wall_clock(one.made_at, zone)[5:], say(f"day.fix.{one.reason}")
    named = {"at": at, "n": number(one.n), "why": why, "author": one.author, "made": made}
    first, _, second = one.subject.partition("." if one.what == "meals" else " ")
    if one.what == "heads":
        return say("day.fixed", area=say.named("area", one.subject), **named)
    if one.what == "meals":
        return say("day.fixed.meals", meal=say(f"meal.{first}"), mode=say(f"day.fix.{second}"), **named)
    family = {"service": "outcome", "move": "move", "door": "door"}[one.what]
    return say(f"day.fixed.{one.what}", how=say(f"day.fix.{family}.{first}"), of=second, **named)
