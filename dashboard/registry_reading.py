"""What the pages of the registry need, for the viewer of the running request."""

from dataclasses import dataclass
from datetime import date

from dashboard.guarded import house, viewer
from dashboard.queries.places import StreetFacts, streets
from dashboard.queries.registry import registry_list, registry_site
from dashboard.registry_actions import MANAGE
from dashboard.registry_rows import RegistryRow, RegistrySite
from models.civil_day import day_of
from models.database import read_only


@dataclass(frozen=True, slots=True)
class RegistryPage:
    """`streets` are those in which the viewer may register; with `whole` she may name new ones."""

    zone: str
    today: date
    whole: bool
    streets: tuple[StreetFacts, ...]
    rows: tuple[RegistryRow, ...]


@dataclass(frozen=True, slots=True)
class RegistrySitePage:
    """One site and what stands around it."""

    page: RegistryPage
    site: RegistrySite


def registry_page(with_rows: bool = True) -> RegistryPage | None:
    """None for a role that may not look."""
    here, who = house(), viewer()
    if not who.may(MANAGE):
        return None
    now = here.clock.now()
    with read_only(here.engine) as connection:
        mine = tuple(one for one in streets(connection) if who.scope in ("", f"street:{one.code}"))
        rows = registry_list(connection, who, now) if with_rows else ()
    return RegistryPage(here.rules.zone, day_of(now, here.rules.zone), not who.scope, mine, rows)


def registry_site_page(site: str) -> RegistrySitePage | None:
    page = registry_page(with_rows=False)
    if page is None:
        return None
    here = house()
    with read_only(here.engine) as connection:
        found = registry_site(connection, viewer(), site, here.clock.now())
    return None if found is None else RegistrySitePage(page, found)
