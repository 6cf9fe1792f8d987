"""The streets of a scope, each summed over its sites that report."""

from dashboard.compared import Expected, usual_of
from dashboard.picture import Picture
from dashboard.queries.places import StreetFacts
from dashboard.rows import SiteRow, StreetRow
from models.site_state import REPORTING
from models.usual import Figure


def streets_of(picture: Picture, rows: dict[int, SiteRow], scope: str) -> tuple[StreetRow, ...]:
    seen = {row.street for row in rows.values()}
    return tuple(_street(street, rows, picture.expected, scope) for street in picture.streets if street.code in seen)


def _street(street: StreetFacts, rows: dict[int, SiteRow], expected: Expected, scope: str) -> StreetRow:
    ids = [id_ for id_, row in rows.items() if row.street == street.code]
    mine = [rows[id_] for id_ in ids]
    reporting = [row for row in mine if row.state in REPORTING]
    heard = [id_ for id_ in ids if rows[id_].state in REPORTING]
    # Who sees less than the street must not read from it what is usual at the others.
    within = scope if scope.startswith(("community:", "site:")) else f"street:{street.code}"
    usual = usual_of(expected, within, Figure.PEOPLE, ids, heard)
    people = [row.people for row in reporting if row.people is not None]
    return StreetRow(
        code=street.code,
        name_zh=street.name_zh,
        name_en=street.name_en,
        people=sum(people) if people else None,
        capacity=sum(row.capacity or 0 for row in reporting if row.people is not None) or None,
        sites_reporting=len(reporting),
        sites_total=sum(row.state != "closed" for row in mine),
        open_alarms=sum(row.open_alarms for row in mine),
        worst_grade=min((row.worst_grade for row in mine if row.worst_grade), default=None),
        usual=usual.middle if usual else None,
    )
