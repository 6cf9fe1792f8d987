"""What the page of recipients needs, for the viewer of the running request."""

from dataclasses import dataclass

from dashboard.access import Viewer
from dashboard.guarded import house, viewer
from dashboard.queries.places import PlaceFacts, StreetFacts, places, streets
from dashboard.queries.recipients import deliveries, recipients
from dashboard.recipient_actions import may_change
from dashboard.recipient_rows import DeliveryRow, RecipientRow
from models.database import read_only
from models.escalation import LEVELS


@dataclass(frozen=True, slots=True)
class RecipientPage:
    """`sites`, `streets` and, with `whole`, the district are the places for which she may name recipients."""

    who: Viewer
    zone: str
    rows: tuple[RecipientRow, ...]
    log: tuple[DeliveryRow, ...]
    sites: tuple[PlaceFacts, ...]
    streets: tuple[StreetFacts, ...]

    @property
    def is_whole(self) -> bool:
        return not self.who.scope

    @property
    def levels(self) -> tuple[int, ...]:
        return tuple(level for level in range(len(LEVELS)) if may_change(self.who, level))

    def may_change(self, row: RecipientRow) -> bool:
        return row.level in self.levels


def recipient_page() -> RecipientPage | None:
    here, who = house(), viewer()
    if not who.may("recipient.manage"):
        return None
    with read_only(here.engine) as connection:
        mine = places(connection, who, here.clock.now())
        known = [one for one in streets(connection) if who.scope in ("", f"street:{one.code}")]
        rows, log = recipients(connection, who), deliveries(connection, who)
    return RecipientPage(who, here.rules.zone, rows, log, tuple(mine), tuple(known))
