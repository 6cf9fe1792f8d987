"""The streets of a scope, each summed over its sites that report."""

from dashboard.columns import Row
from dashboard.compared import usual_of
from dashboard.expected import Expected
from dashboard.part import Part
from dashboard.picture import Picture, part_of
from dashboard.queries.places import StreetFacts
from dashboard.rows import StreetRow
from models.usual import Figure


def streets_of(picture: Picture, scope: str) -> tuple[StreetRow, ...]:
    part = part_of(picture, scope)
    parts = [(street, part.street(street.code)) for street in picture.streets]
    return tuple(_street(street, one, picture.expected, scope) for street, one in parts if len(one.at))


def _street(street: StreetFacts, part: Part, expected: Expected, scope: str) -> StreetRow:
    # Who sees less than the street must not read from it what is usual at the others.
    within = scope if scope.startswith(("community:", "site:")) else f"street:{street.code}"
    usual = usual_of(expected.scopes.get((within, Figure.PEOPLE)), part.usual(Figure.PEOPLE), part.reports)
    counted, grades = part.counted, part.of(Row.WORST)
    return StreetRow(
        code=street.code,
        name_zh=street.name_zh,
        name_en=street.name_en,
        people=part.total(Row.PEOPLE, counted) if counted.any() else None,
        capacity=part.total(Row.CAPACITY, counted) or None,
        sites_reporting=int(part.reports.sum()),
        sites_total=int(part.expected.sum()),
        open_alarms=part.total(Row.ALARMS),
        worst_grade=int(grades[grades > 0].min()) if grades.any() else None,
        usual=usual.middle if usual else None,
    )
