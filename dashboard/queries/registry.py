"""The registry as its pages show it: the viewer's sites with who may speak for them, and all that is said of one."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from contract import is_site
from dashboard.access import Viewer
from dashboard.queries.kin import kin
from dashboard.queries.places import PlaceFacts, places
from dashboard.registry_rows import RegistryRow, RegistrySite, TermRow, UserRow
from models.base import Instant
from models.broker_user import BrokerUser
from models.device import Device
from models.occupancy import SiteState
from models.place import Area, Capacity, CountBy, OpeningHours
from models.site_life import terms_of


def registry_list(connection: Connection, viewer: Viewer, now: Instant) -> tuple[RegistryRow, ...]:
    """In the order of their codes."""
    heard = {row.site_id: row.heard_at for row in connection.execute(select(SiteState.site_id, SiteState.heard_at))}
    counted = select(Device.site_id, func.count()).group_by(Device.site_id)
    devices = {row[0]: row[1] for row in connection.execute(counted)}
    users: dict[str, int] = {}
    for name in connection.execute(select(BrokerUser.name).where(BrokerUser.revoked_at.is_(None))).scalars():
        code = name.partition(".")[0]
        users[code] = users.get(code, 0) + 1
    return tuple(
        RegistryRow(
            one.site, one.name_zh, one.name_en, one.kind, one.street, users.get(one.site, 0), devices.get(one.id, 0),
            heard.get(one.id), one.ended_from,
        )
        for one in places(connection, viewer, now)
    )  # fmt: skip


def registry_site(connection: Connection, viewer: Viewer, site: str, now: Instant) -> RegistrySite | None:
    """None for a site that is not there or not the viewer's."""
    found = places(connection, viewer, now, site) if is_site(site) else []
    if not found:
        return None
    (place,) = found
    heard_at = connection.execute(select(SiteState.heard_at).where(SiteState.site_id == place.id)).scalar()
    devices = {
        row.code: row.heard_at
        for row in connection.execute(select(Device.code, Device.heard_at).where(Device.site_id == place.id))
    }
    areas = connection.execute(
        select(Area.code, Area.count_by).where(Area.site_id == place.id).order_by(Area.code)
    ).all()
    return RegistrySite(
        cells=cells_of(place, areas, sorted(devices)),
        name_zh=place.name_zh,
        name_en=place.name_en,
        heard_at=heard_at,
        users=_users(connection, site, heard_at, devices),
        devices=tuple(sorted(devices)),
        terms=_terms(connection, place.id),
        kin=kin(connection, viewer, place.id, place.ended_from),
    )


def registry_lines(connection: Connection, viewer: Viewer, now: Instant) -> list[dict[str, str]]:
    """A line of a registry file for each of the viewer's sites; those that are closed for good have none."""
    devices: dict[int, list[str]] = {}
    for row in connection.execute(select(Device.site_id, Device.code).order_by(Device.code)):
        devices.setdefault(row.site_id, []).append(row.code)
    areas: dict[int, list[Any]] = {}
    for area in connection.execute(select(Area.site_id, Area.code, Area.count_by).order_by(Area.code)):
        areas.setdefault(area.site_id, []).append(area)
    standing = [one for one in places(connection, viewer, now) if one.ended_from is None]
    return [cells_of(one, areas.get(one.id, []), devices.get(one.id, [])) for one in standing]


def cells_of(place: PlaceFacts, areas: Sequence[Any], devices: Iterable[str]) -> dict[str, str]:
    """The line that a registry file would have for this site."""
    own = {row.code: row.count_by for row in areas if row.count_by}
    default = "" if place.count_by == CountBy.COUNTER else place.count_by
    return {
        "site": place.site,
        "name_zh": place.name_zh,
        "name_en": place.name_en,
        "kind": place.kind,
        "street": place.street,
        "community": place.community or "",
        "lat": "" if place.lat is None else repr(place.lat),
        "lon": "" if place.lon is None else repr(place.lon),
        "capacity": _by_area(place.capacity),
        "count_by": _by_area(own) or default,
        "areas": ";".join(row.code for row in areas),
        "devices": ";".join(devices),
        "open_hours": place.hours,
        "address": place.address or "",
        "phone": place.phone or "",
    }


def _by_area(values: Mapping[str, object]) -> str:
    if "" in values:
        return str(values[""])
    return ";".join(f"{area}:{value}" for area, value in sorted(values.items()))


def _users(
    connection: Connection, site: str, heard_at: Instant | None, devices: Mapping[str, Instant | None]
) -> tuple[UserRow, ...]:
    mine = (BrokerUser.name == site) | BrokerUser.name.startswith(f"{site}.", autoescape=True)
    rows = connection.execute(select(BrokerUser).where(mine).order_by(BrokerUser.name))
    return tuple(
        UserRow(
            row.name, device or None, row.made_at, row.revoked_at, *_heard(row.revoked_at, device, heard_at, devices)
        )
        for row in rows
        for device in [row.name.partition(".")[2]]
    )


def _heard(
    revoked_at: Instant | None, device: str, heard_at: Instant | None, devices: Mapping[str, Instant | None]
) -> tuple[str, Instant | None]:
    """Whose last message it is, and when that was."""
    if device and device not in devices:
        return "unheard", None
    of, at = ("device", devices[device]) if device else ("site", heard_at)
    return (of, at) if revoked_at is None or at is None or at <= revoked_at else ("revoked", revoked_at)


def _terms(connection: Connection, site_id: int) -> tuple[TermRow, ...]:
    """The latest first; what came with the registration is left out where it never changed."""
    found: list[TermRow] = []
    for table, what in ((Capacity, "capacity"), (OpeningHours, "open_hours")):
        rows = connection.execute(select(table).where(table.site_id == site_id).order_by(table.valid_from))
        for row in rows:
            value = row.rule if what == "open_hours" else f"{row.area + ': ' if row.area else ''}{row.persons}"
            found.append(TermRow(row.valid_from, what, value))
    for term in terms_of(connection, site_id):
        found.append(TermRow(term.since, "name", " / ".join(filter(None, (term.name_zh, term.name_en)))))
        found.append(TermRow(term.since, "street", " / ".join(filter(None, (term.street, term.community)))))
    return tuple(sorted(found, key=lambda row: -row.since))
