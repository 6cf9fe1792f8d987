"""A registry file, CSV or GeoJSON, becomes checked rows; or a list of everything that is wrong with it. Touches no database."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from models.base import Instant
from models.datum import wgs84_of
from models.place_columns import COLUMNS, NEEDED, Named
from models.sheet_cell import as_meant

SAY_EVERY = 100_000
"""Rows between two lines of progress."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Place:
    """One site. `capacity` and `count_by` are by area, '' for the whole site; `valid_from` None is now."""

    line: int
    site: str
    name_zh: str
    name_en: str
    kind: str
    street: Named
    community: Named | None
    lat: float | None
    lon: float | None
    capacity: dict[str, int]
    count_by: dict[str, str]
    areas: tuple[str, ...]
    devices: tuple[str, ...]
    open_hours: str
    address: str | None
    phone: str | None
    valid_from: date | Instant | None


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is wrong. `line` counts from 1; in GeoJSON it is the feature."""

    line: int
    column: str
    value: str
    allowed: str
    unit: str = "line"
    why: str = ""
    """A key of the screens' words where `column` does not say it all."""

    def __str__(self) -> str:
        shown = self.value if len(self.value) <= 80 else self.value[:79] + "…"
        return f"{self.unit} {self.line}: {self.column} is {shown!r}; allowed: {self.allowed}"


class FileRefused(Exception):
    """The file is wrong; `wrong` holds all of it and nothing was written."""

    def __init__(self, wrong: list[Wrong]) -> None:
        super().__init__("\n".join(map(str, wrong)))
        self.wrong = wrong


@dataclass(frozen=True, slots=True)
class PlacesFile:
    """`columns` are those that the file has: what it does not have is left as it is known."""

    columns: frozenset[str]
    places: list[Place]


@dataclass
class _Reading:
    """What is found on the way through a file."""

    unit: str = "line"
    wrong: list[Wrong] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)

    def refuse(self, line: int, column: str, value: object, allowed: str, why: str = "") -> None:
        self.wrong.append(Wrong(line, column, str(value), allowed, self.unit, why))

    def add(self, line: int, cells: dict[str, str]) -> None:
        values = self._values(line, cells)
        if values is None:
            return
        first = self.lines.setdefault(values["site"], line)
        if first != line:
            said = f"each site once; {self.unit} {first} has it already"
            self.refuse(line, "site", values["site"], said, "twice")
            return
        self.places.append(_place(line, values))

    def _values(self, line: int, cells: dict[str, str]) -> dict[str, Any] | None:
        """The typed values; None when any is wrong."""
        before = len(self.wrong)
        values: dict[str, Any] = {}
        for name, column in COLUMNS.items():
            text = cells.get(name, "").strip()
            try:
                values[name] = column.read(text) if text else column.empty
            except ValueError:
                self.refuse(line, name, text, column.allowed)
        for name in NEEDED:
            if values.get(name, "") is None:
                self.refuse(line, name, "", COLUMNS[name].allowed, "needed")
        self._check_pairs(line, values)
        return values if len(self.wrong) == before else None

    def _check_pairs(self, line: int, values: dict[str, Any]) -> None:
        if values.get("name_zh") == "" and values.get("name_en") == "":
            self.refuse(line, "name_zh", "", COLUMNS["name_zh"].allowed, "needed")
        for one, other in (("lat", "lon"), ("lon", "lat")):
            if values.get(one, 0) is None and values.get(other) is not None:
                self.refuse(line, one, "", COLUMNS[one].allowed, "needed")


def _place(line: int, values: dict[str, Any]) -> Place:
    datum = values.pop("datum")
    place = Place(line=line, **values)
    place = replace(place, name_zh=place.name_zh or place.name_en, name_en=place.name_en or place.name_zh)
    if datum == "gcj02" and place.lat is not None and place.lon is not None:
        lat, lon = wgs84_of(place.lat, place.lon)
        place = replace(place, lat=round(lat, 7), lon=round(lon, 7))
    return place


def read_places(content: bytes, say: Say = lambda _line: None, say_every: int = SAY_EVERY) -> PlacesFile:
    """Check the whole file; after every `say_every` rows of CSV it is told how far it is.

    Raises FileRefused with everything that is wrong.
    """
    reading = _Reading()
    text = _decoded(content, reading)
    is_json = text.lstrip().startswith("{")
    columns = _read_geojson(text, reading) if is_json else _read_csv(text, reading, say, say_every)
    _check_names(reading)
    if reading.wrong:
        raise FileRefused(sorted(reading.wrong, key=lambda wrong: wrong.line))
    return PlacesFile(columns, reading.places)


def read_place(cells: dict[str, str]) -> PlacesFile:
    """One site as a form gives it; what is no column is left out by the caller.

    Raises FileRefused with everything that is wrong.
    """
    reading = _Reading()
    reading.add(1, cells)
    if reading.wrong:
        raise FileRefused(reading.wrong)
    return PlacesFile(frozenset(cells), reading.places)


def _decoded(content: bytes, reading: _Reading) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = content[error.start : error.start + 1].hex()
        reading.refuse(line, "encoding", f"byte 0x{byte}", "UTF-8; save the file as `CSV UTF-8`")
        raise FileRefused(reading.wrong) from error


def _read_csv(text: str, reading: _Reading, say: Say, say_every: int) -> frozenset[str]:
    rows = _csv_rows(text, reading)
    header = [cell.strip() for cell in next(rows, (1, []))[1]]
    _check_columns(header, reading)
    if reading.wrong:
        return frozenset(header)
    for number, (line, cells) in enumerate(rows, 1):
        if len(cells) == len(header):
            reading.add(line, dict(zip(header, map(as_meant, cells), strict=True)))
        else:
            reading.refuse(line, "the row", f"{len(cells)} cells", f"{len(header)} cells, as the header has")
        if number % say_every == 0:
            say(f"checked {number:,} rows")
    return frozenset(header)


def _csv_rows(text: str, reading: _Reading) -> Iterator[tuple[int, list[str]]]:
    """(line on which the row begins, cells) of rows that are not empty."""
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = rows.line_num + 1
        try:
            cells = next(rows, None)
        except csv.Error as error:
            reading.refuse(line, "the row", str(error), 'CSV with commas, cells with commas or quotes inside "…"')
            return
        if cells is None:
            return
        if cells:
            yield line, cells


def _check_columns(names: list[str], reading: _Reading) -> None:
    for name in names:
        if name not in COLUMNS:
            reading.refuse(1, "a column", name, ", ".join(COLUMNS))
    for name in sorted({name for name in names if names.count(name) > 1}):
        reading.refuse(1, "a column", name, "each column once")
    missing = [name for name in NEEDED if name not in names]
    if not {"name_zh", "name_en"} & set(names):
        missing.append("name_zh or name_en")
    if missing:
        reading.refuse(1, "the header", ",".join(names), f"a header line with {', '.join(missing)} too")


def _read_geojson(text: str, reading: _Reading) -> frozenset[str]:
    reading.unit = "feature"
    columns: set[str] = {"lat", "lon"}
    for number, feature in enumerate(_features(text, reading), 1):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(properties, dict):
            reading.refuse(number, "properties", "missing", "an object with the columns of the registry")
            continue
        for name in properties.keys() - COLUMNS.keys():
            reading.refuse(number, "a property", name, ", ".join(COLUMNS))
        columns |= properties.keys()
        reading.add(number, _cells(number, properties, reading) | _point(number, feature, reading))
    return frozenset(columns)


def _features(text: str, reading: _Reading) -> list[Any]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        reading.refuse(1, "the file", str(error), "GeoJSON")
        return []
    features = said.get("features")
    if said.get("type") != "FeatureCollection" or not isinstance(features, list):
        reading.refuse(1, "the file", said.get("type"), "a FeatureCollection of points")
        return []
    return features


def _cells(number: int, properties: dict[str, Any], reading: _Reading) -> dict[str, str]:
    cells = {}
    for name, value in properties.items():
        if value is None or (isinstance(value, str | int | float) and not isinstance(value, bool)):
            cells[name] = "" if value is None else str(value)
        elif name in COLUMNS:
            reading.refuse(number, name, json.dumps(value, ensure_ascii=False), COLUMNS[name].allowed)
    return cells


def _point(number: int, feature: dict[str, Any], reading: _Reading) -> dict[str, str]:
    """Longitude comes first in GeoJSON. Without a geometry the properties may say where it is."""
    geometry = feature.get("geometry")
    if geometry is None:
        return {}
    given = geometry.get("coordinates") if isinstance(geometry, dict) and geometry.get("type") == "Point" else None
    if isinstance(given, list) and len(given) in (2, 3) and all(type(part) in (int, float) for part in given):
        return {"lon": repr(given[0]), "lat": repr(given[1])}
    reading.refuse(number, "geometry", json.dumps(geometry)[:200], "a Point with [longitude, latitude], or null")
    return {}


def _check_names(reading: _Reading) -> None:
    """A code means one thing throughout the file."""
    streets: dict[str, Named] = {}
    communities: dict[str, Named] = {}
    street_of: dict[str, str] = {}
    for place in reading.places:
        _check_one_name(place, "street", place.street, streets, reading)
        if place.community is None:
            continue
        _check_one_name(place, "community", place.community, communities, reading)
        street = street_of.setdefault(place.community.code, place.street.code)
        if street != place.street.code:
            said = f"one street for community {place.community.code}; before it was {street}"
            reading.refuse(place.line, "street", place.street.code, said, "one_meaning")


def _check_one_name(place: Place, column: str, named: Named, known: dict[str, Named], reading: _Reading) -> None:
    if named.name_zh is None:
        return
    first = known.setdefault(named.code, named)
    if first != named:
        said = f"one name for {named.code}; before it was {first.name_zh}/{first.name_en}"
        reading.refuse(place.line, column, f"{named.name_zh}/{named.name_en}", said, "one_meaning")
