"""Our own health in one row: what waits, how long a commit takes, who is connected, how much room is left."""

from dash.development.base_component import Component

from dashboard.parts.card import card
from dashboard.parts.marks import state_mark
from dashboard.parts.quality_words import NONE, octets, since
from dashboard.parts.tags import b, dd, div, dl, dt, p, small, span
from dashboard.quality_rows import OwnHealth
from dashboard.words import Speech
from models.change import CLOCK_OLD, WORKER_OLD


def own_card(say: Speech, own: OwnHealth, now: int) -> Component:
    troubles = _troubles(say, own, now)
    state = span(
        state_mark(state="silent" if troubles else "live"), say("own.trouble" if troubles else "own.well"), kind="state"
    )
    size, unit = octets(own.database_bytes)
    free, free_unit = octets(own.disk_free)
    waiting = None if own.waiting is None else own.waiting + own.inbox
    facts = [
        _fact(say("own.queue"), NONE if waiting is None else f"{waiting:,}", say("own.messages")),
        _fact(say("own.lag"), NONE if own.lag_p95_ms is None else f"{own.lag_p95_ms:,}", "ms"),
        _fact(say("own.commit"), since(say, own.commit_at, now), ""),
        _fact(say("own.worker"), since(say, own.seen_at, now), ""),
        _fact(say("own.clock"), since(say, own.clock_seen_at, now), ""),
        *([_fact(say("own.watcher"), since(say, own.watcher_at, now), "")] if own.watcher_at else []),
        _dropped(say, own.dropped),
        _fact(say("own.database"), size, unit),
        _fact(say("own.disk"), free, free_unit, say("own.elsewhere")),
    ]
    told = [p(text, kind="owntrouble") for text in troubles]
    told += [p(say("own.dropped_some"), kind="owntrouble")] if own.dropped else []
    return card(say("own.title"), dl(*facts, kind="ownfigures"), *told, end=state)


def _fact(label: str, figure: str, unit: str, untold: str = "") -> Component:
    """A missing figure has no unit: a dash before a measure word reads as one. `untold`: why it is missing, if that is known."""
    if figure == NONE and untold:
        return div(dt(label), dd(small(untold)))
    beside: list[Component | str] = [" ", small(unit)] if unit and figure != NONE else []
    return div(dt(label), dd(b(figure, kind="figure"), *beside))


def _dropped(say: Speech, dropped: int | None) -> Component:
    """0 is good; many brokers do not tell."""
    figure = NONE if dropped is None else f"{dropped:,}"
    return _fact(say("own.dropped"), figure, say("own.dropped_is"), say("own.untold"))


def _troubles(say: Speech, own: OwnHealth, now: int) -> list[str]:
    return _of_worker(say, own, now) + _of_clock(say, own.clock_seen_at, now)


def _of_clock(say: Speech, seen_at: int | None, now: int) -> list[str]:
    if seen_at is None:
        return [say("own.clock_never")]
    return [say("own.clock_old")] if now - seen_at > CLOCK_OLD else []


def _of_worker(say: Speech, own: OwnHealth, now: int) -> list[str]:
    if own.seen_at is None:
        return [say("own.never")]
    if now - own.seen_at > WORKER_OLD:
        return [say("own.old")]
    found = [] if own.connected else [say("own.disconnected")]
    found += [] if own.subscribed else [say("own.unsubscribed")]
    return found + ([own.trouble] if own.trouble else [])
