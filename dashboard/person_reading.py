"""What the page of a site's persons needs, for the viewer of the running request."""

from dataclasses import dataclass

from flask import current_app

from dashboard.guarded import house, viewer
from dashboard.persons import Look, PersonRow, read_looks, read_persons
from models.database import read_only
from models.sealing import seal_of


@dataclass(frozen=True, slots=True)
class PersonsPage:
    site: str
    rows: tuple[PersonRow, ...]
    looks: tuple[Look, ...]
    zone: str
    may_enter: bool


def persons_page(site: str) -> PersonsPage | None:
    """None for a role that knows no names, and for a site that is not there or not hers."""
    here, who = house(), viewer()
    if not who.may("person.reveal"):
        return None
    seal = seal_of(current_app.config["SEAL_KEY_FILE"])
    with read_only(here.engine) as connection:
        rows = read_persons(connection, who, site, seal, here.clock.now())
        if rows is None:
            return None
        looks = read_looks(connection, seal, site, rows)
    return PersonsPage(site, tuple(rows), tuple(looks), here.rules.zone, who.may("person.enter"))
