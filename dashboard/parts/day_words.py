"""How a day's figures are written in a reader's language: every number of the sheet and of the lists passes here."""

from collections.abc import Mapping

from dashboard.day_rows import DayLine
from dashboard.words import Speech
from dashboard.words.trade import trade_words
from models.civil_day import wall_clock
from models.quality import LAG_EDGES_S

SECOND_US = 1_000_000
MISSING = "—"


def shown(say: Speech, line: DayLine, zone: str) -> str:
    """One figure with its unit; what is missing is a dash, never a zero."""
    if line.value is None or (line.unit in ("rate", "mean", "mean_fen", "per", "mille") and not line.of):
        return MISSING
    value, of = line.value, line.of
    if line.unit == "pair":
        return number(value) if of is None else f"{number(value)} / {number(of)}"
    if line.unit == "rate":
        return f"{per_cent(value, of or 0)} %"
    if line.unit == "mille":
        return f"{per_cent(10 * value, of or 0)} ‰"
    if line.unit == "lag":
        return lag(say, int(value))
    if line.unit == "fen":
        return say("day.yuan", n=yuan(int(value)))
    if line.unit == "mean_fen":
        return say("day.yuan", n=yuan(round(value / (of or 1))))
    if line.unit in ("us", "mean"):
        return length(say, round(value / (of or 1)) if line.unit == "mean" else int(value))
    if line.unit == "per":
        return f"{value / (of or 1):,.1f}"
    if line.unit == "moment":
        return wall_clock(int(value), zone)[5:]
    if line.unit == "h":
        return say("day.hours_long", n=f"{value:,.1f}")
    if line.unit == "at":
        return wall_clock(int(value), zone)[11:]
    if line.unit == "yes":
        return say("day.yes" if value else "day.no")
    return number(value)


def number(value: float) -> str:
    """Thousands with commas, a true minus; half a person only where a middle of days has one."""
    text = f"{value:,.1f}".removesuffix(".0") if isinstance(value, float) else f"{value:,}"
    return text.replace("-", "−")


def per_cent(value: float, of: float) -> str:
    """One decimal, by whole numbers: half a tenth goes up."""
    tenths = (2000 * round(value) + round(of)) // (2 * round(of))
    return f"{tenths // 10}.{tenths % 10}"


def yuan(fen: int) -> str:
    """By integer arithmetic."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'−' if fen < 0 else ''}{whole:,}.{rest:02d}"


def length(say: Speech, us: int) -> str:
    """Seconds below a minute, minutes and seconds below ten, hours from one on."""
    seconds = us // SECOND_US
    if seconds < 60:
        return say("day.seconds", n=seconds)
    if seconds < 600 and seconds % 60:
        return say("day.minutes_seconds", n=seconds // 60, s=seconds % 60)
    if seconds < 3600:
        return say("day.minutes", n=seconds // 60)
    return say("day.hours", n=f"{seconds / 3600:.1f}")


def lag(say: Speech, us: int) -> str:
    """Nobody counted below the first edge, nor beyond the last."""
    first, last = LAG_EDGES_S[0] * SECOND_US, LAG_EDGES_S[-1] * SECOND_US
    sign = "≤ " if us <= first else "> " if us > last else ""
    return sign + length(say, min(us, last))


def line_name(say: Speech, block: str, name: str) -> str:
    """A figure's name; the code of a kind of alarm or service is named by the trade."""
    kind, _, code = name.partition(".")
    if kind == "type":
        return _trade(say, f"{'service' if block == 'services' else 'alarm'}.{code}", code)
    return say.named("day.line", f"{block}.{name}")


def sentence(say: Speech, family: str, what: str, numbers: Mapping[str, int | float | str], zone: str) -> str:
    """A rule's clause; its codes are named, its numbers written as everywhere."""
    written = {name: _written(say, name, value, zone) for name, value in numbers.items()}
    return say(f"day.{family}.{what}", **written) if written else say(f"day.{family}.{what}")


def _written(say: Speech, name: str, value: int | float | str, zone: str) -> str:
    if isinstance(value, str):
        named = {"type": f"alarm.{value}", "figure": f"day.figure.{value}", "shift": f"day.shift.{value}"}.get(name, "")
        if name == "area":
            return say.named("area", value)
        return say.named("day", named.removeprefix("day.")) if named.startswith("day.") else _trade(say, named, value)
    return wall_clock(int(value), zone)[11:] if name == "at" else number(value)


def _trade(say: Speech, key: str, code: str) -> str:
    return trade_words(say.language).get(key, code)


def change_text(say: Speech, change: tuple[str, object, object], zone: str) -> str:
    """A figure before and now, each with its unit."""
    name, old, new = change
    return f"{_changed(say, name)} {_value(say, name, old, zone)} → {_value(say, name, new, zone)}"


def _changed(say: Speech, name: str) -> str:
    """A figure by its own name; one of many kinds of service or alarm by the trade's."""
    block, _, rest = name.partition(".")
    figure, _, code = rest.partition(".")
    if code and figure.endswith("by_type"):
        return line_name(say, block, f"type.{code}")
    own = f"{block}.{figure}" if figure else block
    return say(f"day.change.{own}") if say.named("day.change", own) != own else say("day.change.other")


def _value(say: Speech, name: str, value: object, zone: str) -> str:
    if not isinstance(value, int | float):
        return MISSING if value is None else str(value)
    if name.endswith("_us"):
        return length(say, int(value))
    if name.endswith("_fen"):
        return say("day.yuan", n=yuan(int(value)))
    return wall_clock(int(value), zone)[11:] if name == "peak_at" else number(value)
