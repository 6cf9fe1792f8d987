"""What the page of calm times needs, for the viewer of the running request."""

from dataclasses import dataclass

from dashboard.guarded import house, viewer
from dashboard.queries.calm import calm_times
from dashboard.queries.places import PlaceFacts, StreetFacts, places, streets
from dashboard.rows import CalmRow
from models.base import Instant
from models.database import read_only


@dataclass(frozen=True, slots=True)
class CalmPage:
    """`sites` and `streets` are those that she may keep calm."""

    now: Instant
    zone: str
    times: tuple[CalmRow, ...]
    sites: tuple[PlaceFacts, ...]
    streets: tuple[StreetFacts, ...]
    quiet_from: str
    quiet_until: str
    quiet_grade: int

    def may_end(self, row: CalmRow) -> bool:
        return any(row.site == one.site for one in self.sites) if row.site else self._of_street(row.street)

    def _of_street(self, street: str) -> bool:
        return any(street == one.code for one in self.streets)


def calm_page() -> CalmPage | None:
    here, who = house(), viewer()
    if not who.may("calm.read"):
        return None
    now = here.clock.now()
    with read_only(here.engine) as connection:
        mine = places(connection, who, now) if who.may("calm.keep") else []
        whole = who.may("calm.keep_street") and (not who.scope or who.scope.startswith("street:"))
        known = (
            [one for one in streets(connection) if not who.scope or who.scope == f"street:{one.code}"] if whole else []
        )
        times = calm_times(connection, who, now)
    return CalmPage(now, here.rules.zone, times, tuple(mine), tuple(known), *here.quiet)
