"""What a manager may say of a day that was not reported, or wrongly: each an event of the contract, never an edit.

What came stays as it came: a count sets the head count right from its moment on, everything else adds what was missing.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, select

import contract
from models.base import Instant
from models.bed import WHEREABOUTS, Resident
from models.service import Service

COUNT_MOST, MEALS_MOST = 100_000, 500
"""Heads as the contract allows; meals as one message may hold."""
HEADS_REASONS = ("forgot_out", "counter_wrong", "left_unseen", "recount", "other")
UNSAID_REASONS = ("gear_off", "forgotten", "on_paper", "other")
"""Why nobody had reported it. People choose, they do not write."""
MEALS, MODES = ("breakfast", "lunch", "dinner"), ("dine_in", "pick_up", "delivery")
OUTCOMES = ("done", "elder", "provider")
"""A service was given, or called off by whom."""
MOVES = tuple(move for move in WHEREABOUTS if move != "admit")
"""Who is admitted is no resident yet, so nobody could choose her."""
DOORS = ("opened", "closed")


@dataclass(frozen=True, slots=True)
class Said:
    """`of` is the area, `MEAL.MODE`, the service's reference, the resident's token, or ''; `how` the outcome, the move, the
    door's; `n` heads or meals."""

    what: str
    at: Instant
    reason: str
    of: str = ""
    how: str = ""
    n: int = 1

    @property
    def subject(self) -> str:
        """What is kept of it beside the reason: never whom it is about."""
        return {"service": f"{self.how} {self.of}", "move": self.how, "door": self.how}.get(self.what, self.of)


class Kind(NamedTuple):
    reasons: tuple[str, ...]
    fits: Callable[[Connection, int, Said], bool]
    """Whether this can have been at the site."""
    events: Callable[[Said, str, str], list[contract.Event]]
    """From what was said, an id that no other event has, and who said it as the wire may know her."""


def _heads_fit(_connection: Connection, _site_id: int, said: Said) -> bool:
    return bool(re.fullmatch(contract.AREA, said.of)) and 0 <= said.n <= COUNT_MOST


def _heads(said: Said, id_: str, _by: str) -> list[contract.Event]:
    return [contract.OccupancyCount(id=id_, at=_at(said), area=said.of, count=said.n, method="staff")]


def _meals_fit(_connection: Connection, _site_id: int, said: Said) -> bool:
    meal, _, mode = said.of.partition(".")
    return meal in MEALS and mode in MODES and 1 <= said.n <= MEALS_MOST


def _meals(said: Said, id_: str, _by: str) -> list[contract.Event]:
    """Without a price: who paid what is the till's to say."""
    meal, _, mode = said.of.partition(".")
    return [contract.MealServed(id=f"{id_}-{n}", at=_at(said), meal=meal, mode=mode) for n in range(said.n)]  # type: ignore[arg-type]


def _service_fits(connection: Connection, site_id: int, said: Said) -> bool:
    wanted = select(Service.id).where(
        Service.site_id == site_id, Service.ref == said.of, Service.state.in_(("planned", "running"))
    )
    return said.how in OUTCOMES and connection.execute(wanted).first() is not None


def _service(said: Said, id_: str, _by: str) -> list[contract.Event]:
    if said.how == "done":
        return [contract.ServiceCompleted(id=id_, at=_at(said), service=said.of, method="desk")]
    return [contract.ServiceCancelled(id=id_, at=_at(said), service=said.of, by=said.how, reason=said.reason)]  # type: ignore[arg-type]


def _move_fits(connection: Connection, site_id: int, said: Said) -> bool:
    wanted = select(Resident.id).where(Resident.site_id == site_id, Resident.person == said.of, Resident.on_roll == 1)
    return said.how in MOVES and connection.execute(wanted).first() is not None


def _move(said: Said, id_: str, _by: str) -> list[contract.Event]:
    return [contract.BedMoved(id=id_, at=_at(said), person=said.of, move=said.how)]  # type: ignore[arg-type]


def _door_fits(_connection: Connection, _site_id: int, said: Said) -> bool:
    return said.how in DOORS


def _door(said: Said, id_: str, by: str) -> list[contract.Event]:
    made = contract.SiteOpened if said.how == "opened" else contract.SiteClosed
    return [made(id=id_, at=_at(said), by=by)]


def _at(said: Said) -> contract.Moment:
    return contract.Moment(said.at)


KINDS = {
    "heads": Kind(HEADS_REASONS, _heads_fit, _heads),
    "meals": Kind(UNSAID_REASONS, _meals_fit, _meals),
    "service": Kind(UNSAID_REASONS, _service_fits, _service),
    "move": Kind(UNSAID_REASONS, _move_fits, _move),
    "door": Kind(UNSAID_REASONS, _door_fits, _door),
}
