"""What waits because nobody has told what it is: sites that nobody registered, devices that no table reads."""

from collections import Counter
from typing import Any

from sqlalchemy import Connection, select

import contract
from contract import Accepted, is_site, parse_topic
from dashboard.access import Viewer
from dashboard.quality_rows import RejectedRow, UnknownDevice, UnknownSite, VendorMessage
from dashboard.queries.places import PlaceFacts, places
from dashboard.queries.quality import newest_waiting, rejected_of
from models.base import Instant
from models.binding import MENDED_BY_BINDING, Binding, device_of
from models.event import Rejected
from models.place import Site

SITES_SHOWN = 200
WRAPPED_READ = 500
"""Wrapped messages are opened to tell their device; a flood of them is told by its newest."""
LAST = 10


def unknown_sites(connection: Connection, viewer: Viewer) -> list[UnknownSite]:
    """Newest first; only for who sees the whole district, as such a site is in nobody's scope."""
    if viewer.scope:
        return []
    newest = newest_waiting()
    wanted = select(newest).where(newest.c.reason == "unknown_site").order_by(newest.c.last_at.desc())
    rows: Counter[str] = Counter()
    times: Counter[str] = Counter()
    last: dict[str, Instant] = {}
    branches: dict[str, set[str]] = {}
    for row in connection.execute(wanted):
        rows[row.site] += 1
        times[row.site] += row.times
        last.setdefault(row.site, row.last_at)
        parsed = parse_topic(row.topic)
        branches.setdefault(row.site, set()).add(parsed.branch if parsed else "")
    return [
        UnknownSite(s, rows[s], times[s], last[s], tuple(sorted(branches[s] - {""}))) for s in list(last)[:SITES_SHOWN]
    ]


def unknown_site_messages(connection: Connection, viewer: Viewer, site: str) -> list[RejectedRow]:
    return [] if viewer.scope else rejected_of(connection, viewer, site, "unknown_site", LAST)


def unknown_devices(connection: Connection, viewer: Viewer, now: Instant) -> list[UnknownDevice]:
    """Newest first, of the viewer's sites."""
    known = {place.site: place for place in places(connection, viewer, now)}
    found: dict[tuple[str, str], tuple[int, Instant]] = {}
    for site, device, last_at in _waiting(connection):
        if site in known and device is not None:
            rows, last = found.get((site, device), (0, last_at))
            found[site, device] = rows + 1, max(last, last_at)
    tables = _tables(connection)
    made = [_device(known[site], device, *told, tables.get((site, device))) for (site, device), told in found.items()]
    return sorted(made, key=lambda one: -one.last_at)


def _waiting(connection: Connection) -> list[tuple[str, str | None, Instant]]:
    newest = newest_waiting()
    rows = connection.execute(select(newest).where(newest.c.reason.in_(MENDED_BY_BINDING))).all()
    wrapped = [row.id for row in rows if not _is_raw(row.topic)][:WRAPPED_READ]
    opened = select(Rejected.id, Rejected.bytes).where(Rejected.id.in_(wrapped))
    content = {row.id: row.bytes for row in connection.execute(opened)}
    told = [(row, content.get(row.id, b"")) for row in rows]
    return [(row.site, device_of(row.topic, bytes_), row.last_at) for row, bytes_ in told]


def _is_raw(topic: str) -> bool:
    parsed = parse_topic(topic)
    return parsed is not None and parsed.branch == "raw"


def _tables(connection: Connection) -> dict[tuple[str, str], str]:
    """The newest binding of each device."""
    wanted = select(Site.code, Binding.device, Binding.table_name).join(Site, Site.id == Binding.site_id)
    return {(r.code, r.device): r.table_name for r in connection.execute(wanted.order_by(Binding.valid_from))}


def _device(place: PlaceFacts, device: str, rows: int, last_at: Instant, table: str | None) -> UnknownDevice:
    return UnknownDevice(place.site, place.name_zh, place.name_en, device, rows, last_at, table)


def last_messages(
    connection: Connection, viewer: Viewer, site: str, device: str, now: Instant, most: int = LAST
) -> list[VendorMessage]:
    """The device's newest that wait, in the order in which they were heard; empty for a site that is not the viewer's."""
    if not (is_site(site) and is_site(device) and places(connection, viewer, now, site)):
        return []
    wanted = (
        select(Rejected.id, Rejected.topic, Rejected.bytes, Rejected.received_at)
        .where(Rejected.site == site, Rejected.reason.in_(MENDED_BY_BINDING), Rejected.replayed_at.is_(None))
        .order_by(Rejected.id.desc())
        .limit(WRAPPED_READ)
    )
    found = [_message(row) for row in connection.execute(wanted) if device_of(row.topic, row.bytes) == device]
    return sorted((one for one in found[:most] if one), key=lambda one: (one.heard_at, one.id))


def device_rows(connection: Connection, viewer: Viewer, site: str, device: str) -> list[RejectedRow]:
    """The same messages as they were kept, newest first: for whoever may look, and not bind."""
    rows = rejected_of(connection, viewer, site, most=WRAPPED_READ)
    waiting = [row for row in rows if row.reason in MENDED_BY_BINDING]
    return [row for row in waiting if device_of(row.topic, row.content or b"") == device][:LAST]


def _message(row: Any) -> VendorMessage | None:
    """The device's own topic and bytes, whether they came raw or wrapped."""
    parsed = parse_topic(row.topic)
    if parsed is not None and parsed.branch == "raw":
        return VendorMessage(row.id, parsed.rest or "", row.bytes, row.received_at)
    read = contract.read_message(row.bytes, parsed.site) if parsed else []
    if len(read) != 1 or not isinstance(read[0], Accepted) or contract.kind_of(read[0].event) != "vendor.message":
        return None
    event: Any = read[0].event
    return VendorMessage(row.id, event.topic, event.octets(), contract.effective_time(event.at, row.received_at)[0])
