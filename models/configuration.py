"""All that somebody has set up, as one file that imports back the same: places, gear, what holds since when, recipients.

Passwords are not in it: at another installation everybody gets another one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from contract import format_instant, is_site, parse_instant
from models.base import Base, Instant
from models.binding import Binding
from models.change import registry_changed
from models.civil_day import rule_fault
from models.day_begin import DayBegin, is_day_begin
from models.device import Device
from models.place import Area, Capacity, Community, CountBy, OpeningHours, Site, SiteKind, SiteTerm, Street, Succession
from models.place_load import replay_strangers
from models.recipient import CHANNEL_NAMES, Recipient, is_address

FORMAT = "eldercare configuration 1"

Row = dict[str, Any]

_NAMES = ("code", "name_zh", "name_en")
_SITE = (
    *_NAMES,
    "kind",
    "street",
    "community",
    "lat",
    "lon",
    "address",
    "phone",
    "count_by",
    "created_at",
    "ended_from",
)
_INSTANTS = frozenset(("valid_from", "made_at", "created_at", "ended_from", "since"))


class _Part(NamedTuple):
    """What a site has several of; `key` tells them apart within it."""

    table: type[Base]
    key: tuple[str, ...]
    rest: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return self.key + self.rest


_PARTS = {
    "areas": _Part(Area, ("code",), ("count_by",)),
    "capacity": _Part(Capacity, ("area", "valid_from"), ("persons",)),
    "opening_hours": _Part(OpeningHours, ("valid_from",), ("rule",)),
    "terms": _Part(SiteTerm, ("valid_from",), ("name_zh", "name_en", "street", "community")),
    "day_begins": _Part(DayBegin, ("from_day",), ("minutes",)),
    "devices": _Part(Device, ("code",), ("new", "since")),
    "bindings": _Part(Binding, ("device", "valid_from"), ("table_name", "params", "area", "made_at", "author")),
}
_NEW_ALONE = "day_begins"
"""Days of a site that is there already keep their bounds. A file from before there were any has none."""
_KEPT = ("areas", "devices")
"""Rows of these carry what happened, so they are added and changed and never taken away; the others are as the file has them."""
_RECIPIENT = ("level", "scope", "channel", "address", "made_by", "made_at")


class Configuration(msgspec.Struct, forbid_unknown_fields=True):
    """`sites` hold their parts under the names of `_PARTS`, and `successors` as code and `valid_from`."""

    format: str
    streets: list[Row]
    communities: list[Row]
    sites: list[Row]
    recipients: list[Row]


class ConfigurationRefused(Exception):
    """Where in the file something is wrong, and what is allowed; nothing was written."""


def exported(connection: Connection) -> bytes:
    """JSON with a line for each row of a list, so that two of them can be compared."""
    sites = connection.execute(select(Site).order_by(Site.code)).all()
    parts = {name: _by_site(connection, part) for name, part in _PARTS.items()}
    codes = {row.id: row.code for row in sites}
    successors: dict[int, list[Row]] = defaultdict(list)
    for row in connection.execute(select(Succession).order_by(Succession.successor_id)):
        successors[row.site_id].append({"site": codes[row.successor_id], "valid_from": format_instant(row.valid_from)})
    live = select(Recipient).where(Recipient.ended_at.is_(None)).order_by(Recipient.id)
    said = Configuration(
        FORMAT,
        [_said(row, _NAMES) for row in connection.execute(select(Street).order_by(Street.code))],
        [_said(row, (*_NAMES, "street")) for row in connection.execute(select(Community).order_by(Community.code))],
        [
            _said(row, _SITE)
            | {name: found.get(row.id, []) for name, found in parts.items()}
            | {"successors": successors[row.id]}
            for row in sites
        ],
        [_said(row, _RECIPIENT) for row in connection.execute(live)],
    )
    return msgspec.json.format(msgspec.json.encode(said), indent=1)


def _by_site(connection: Connection, part: _Part) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    mapped: Any = part.table
    order = [getattr(mapped, name) for name in part.key]
    for row in connection.execute(select(mapped).order_by(mapped.site_id, *order)):
        found[row.site_id].append(_said(row, part.columns))
    return found


def _said(row: Any, columns: Iterable[str]) -> Row:
    told = {name: getattr(row, name) for name in columns}
    return {name: format_instant(v) if name in _INSTANTS and v is not None else v for name, v in told.items()}


def read_configuration(content: bytes) -> Configuration:
    """Raises ConfigurationRefused for what is no such file, or could not have been exported."""
    try:
        said = msgspec.json.decode(content, type=Configuration)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigurationRefused(f"not a configuration: {error}") from error
    if said.format != FORMAT:
        raise ConfigurationRefused(f"format is {said.format!r}; known: {FORMAT!r}")
    _shaped("streets", said.streets, _NAMES)
    _shaped("communities", said.communities, (*_NAMES, "street"))
    for one in said.sites:
        one.setdefault(_NEW_ALONE, [])
    _shaped("sites", said.sites, (*_SITE, *_PARTS, "successors"))
    _shaped("recipients", said.recipients, _RECIPIENT)
    for one in said.sites:
        for name, part in _PARTS.items():
            _shaped(f"sites[{one['code']}].{name}", one[name], part.columns)
        _shaped(f"sites[{one['code']}].successors", one["successors"], ("site", "valid_from"))
    _check(said)
    return said


def _shaped(where: str, rows: Any, columns: tuple[str, ...]) -> None:
    """Exactly these columns in each row; texts of instants become instants."""
    if not isinstance(rows, list):
        raise ConfigurationRefused(f"{where} is no list")
    for number, row in enumerate(rows):
        if not isinstance(row, dict) or row.keys() != set(columns):
            raise ConfigurationRefused(f"{where}[{number}]: exactly {', '.join(columns)}")
        for name in _INSTANTS & row.keys():
            try:
                row[name] = None if row[name] is None else int(parse_instant(row[name]))
            except (ValueError, TypeError) as error:
                raise ConfigurationRefused(f"{where}[{number}].{name}: {row[name]!r} is no time") from error


def _check(said: Configuration) -> None:
    """What the registry would refuse too."""
    streets = {row["code"] for row in said.streets}
    sites = {row["code"] for row in said.sites}
    for one in said.sites:
        faults = {
            "code": not isinstance(one["code"], str) or not is_site(one["code"]),
            "kind": one["kind"] not in tuple(SiteKind),
            "count_by": one["count_by"] not in tuple(CountBy),
            "street": not {one["street"], *(term["street"] for term in one["terms"])} <= streets,
            "day_begins": not all(is_day_begin(row["from_day"], row["minutes"]) for row in one["day_begins"]),
            "opening_hours": any(rule_fault(row["rule"]) for row in one["opening_hours"]),
            "successors": not {row["site"] for row in one["successors"]} <= sites - {one["code"]},
        }
        if wrong := [name for name, is_so in faults.items() if is_so]:
            raise ConfigurationRefused(f"sites[{one['code']}].{wrong[0]}: cannot be")
    for one in said.recipients:
        if one["channel"] not in CHANNEL_NAMES or not is_address(one["channel"], str(one["address"])):
            raise ConfigurationRefused(f"recipients: {one['channel']} {one['address']} cannot be")


def imported(connection: Connection, said: Configuration, now: Instant) -> int:
    """Write it, inside the caller's transaction; what is not in it stays. Returns how many quarantined messages wait now."""
    _put(connection, Street, said.streets, ("code",))
    _put(connection, Community, said.communities, ("code",))
    known = set(connection.execute(select(Site.code)).scalars())
    _put(connection, Site, [{name: row[name] for name in _SITE} for row in said.sites], ("code",))
    numbers: dict[str, int] = {row.code: row.id for row in connection.execute(select(Site.id, Site.code))}
    for one in said.sites:
        _put_parts(connection, numbers[one["code"]], one, is_new=one["code"] not in known)
        connection.execute(delete(Succession).where(Succession.site_id == numbers[one["code"]]))
    links = [
        {"site_id": numbers[one["code"]], "successor_id": numbers[row["site"]], "valid_from": row["valid_from"]}
        for one in said.sites
        for row in one["successors"]
    ]
    if links:
        connection.execute(insert(Succession), links)
    _put_recipients(connection, said.recipients)
    registry_changed(connection)
    return replay_strangers(connection, [row["code"] for row in said.sites if row["code"] not in known], now)


def _put(connection: Connection, table: type[Base], rows: Iterable[Row], keys: tuple[str, ...]) -> None:
    """Change the row of this key, or add it."""
    mapped: Any = table
    for row in rows:
        mine = [getattr(mapped, key) == row[key] for key in keys]
        if not connection.execute(update(table).where(*mine).values(**row)).rowcount:
            connection.execute(insert(table).values(**row))


def _put_parts(connection: Connection, site_id: int, one: Mapping[str, Any], *, is_new: bool) -> None:
    for name, part in _PARTS.items():
        if name == _NEW_ALONE and not is_new:
            continue
        rows = [row | {"site_id": site_id} for row in one[name]]
        if name in _KEPT:
            _put(connection, part.table, rows, ("site_id", *part.key))
            continue
        mapped: Any = part.table
        connection.execute(delete(mapped).where(mapped.site_id == site_id))
        if rows:
            connection.execute(insert(mapped), rows)


def _put_recipients(connection: Connection, rows: Iterable[Row]) -> None:
    """One who is told already is not named a second time."""
    for row in rows:
        same = [getattr(Recipient, name) == row[name] for name in ("level", "scope", "channel", "address")]
        if connection.execute(select(Recipient.id).where(Recipient.ended_at.is_(None), *same)).first() is None:
            connection.execute(insert(Recipient).values(**row, test_state="", test_detail=""))
