"""What the pages of data quality and quarantine need, for the viewer of the running request, from one picture each."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from contract import is_site
from dashboard.access import Viewer
from dashboard.guarded import house, viewer
from dashboard.parts.quality_table import SHOWN
from dashboard.quality_filter import Filter, chosen
from dashboard.quality_rows import (
    Drift,
    OwnHealth,
    QualityRow,
    RejectedRow,
    Said,
    UnknownDevice,
    UnknownSite,
    VendorMessage,
)
from dashboard.queries.own_health import own_health
from dashboard.queries.places import StreetFacts, places, streets
from dashboard.queries.quality import rejected_of, said_lately
from dashboard.queries.quarantine import (
    device_rows,
    last_messages,
    unknown_devices,
    unknown_site_messages,
    unknown_sites,
)
from dashboard.queries.streams import integrity
from dashboard.rows import Available, StreamRow
from dashboard.vendor_tables import best_fit
from models.base import Instant
from models.database import read_only
from models.place import Site

_SITES = select(Site.id, Site.code).where(Site.code.in_(bindparam("codes", expanding=True)))


@dataclass(frozen=True, slots=True)
class OneSite:
    site: str
    name_zh: str
    name_en: str
    said: tuple[Said, ...]
    streams: tuple[StreamRow, ...]
    rejected: tuple[RejectedRow, ...]


@dataclass(frozen=True, slots=True)
class QualityPage:
    now: Instant
    zone: str
    own: OwnHealth | None
    every: tuple[QualityRow, ...]
    rows: tuple[QualityRow, ...]
    hours: dict[str, tuple[int, ...]]
    available: dict[str, Available]
    drift: dict[str, Drift]
    """Like `hours` of the rows that are shown; a site that nobody counted at is not there."""
    streets: tuple[StreetFacts, ...]
    site: OneSite | None
    may_mend: bool


@dataclass(frozen=True, slots=True)
class QuarantinePage:
    zone: str
    sites: tuple[UnknownSite, ...]
    devices: tuple[UnknownDevice, ...]
    unknown: str
    unknown_rows: tuple[RejectedRow, ...]
    device: UnknownDevice | None
    messages: tuple[VendorMessage, ...]
    device_rows: tuple[RejectedRow, ...]
    fits: dict[str, int]
    sees_all: bool
    may_mend: bool


def quality_page(asked: Filter, site: str) -> QualityPage | None:
    """None for a role that does not see it."""
    here, who = house(), viewer()
    if not who.may("quality.read"):
        return None
    now = here.clock.now()
    with read_only(here.engine) as connection:
        every = here.quality.rows(connection, who, now, here.rules, here.limits, here.picture())
        rows = chosen(every, asked)
        beside = here.quality.beside(connection, _numbers(connection, rows[:SHOWN]), now, here.rules)
        return QualityPage(
            now=now,
            zone=here.rules.zone,
            own=own_health(connection, who, now),
            every=tuple(every),
            rows=tuple(rows),
            hours={site: one.hours for site, one in beside.items()},
            available={site: one.available for site, one in beside.items() if one.available},
            drift={site: one.drift for site, one in beside.items() if one.drift},
            streets=tuple(streets(connection)),
            site=_one(connection, who, site, now),
            may_mend=who.may("device.bind"),
        )


def _numbers(connection: Connection, rows: Sequence[QualityRow]) -> dict[int, str]:
    found = connection.execute(_SITES, {"codes": [row.site for row in rows]})
    return {row.id: row.code for row in found}


def _one(connection: Connection, who: Viewer, site: str, now: Instant) -> OneSite | None:
    """A site that is not there and one that is not hers look the same."""
    found = places(connection, who, now, site) if is_site(site) else []
    if not found:
        return None
    return OneSite(
        site=site,
        name_zh=found[0].name_zh,
        name_en=found[0].name_en,
        said=tuple(said_lately(connection, who, site, now)),
        streams=tuple(integrity(connection, who, site)),
        rejected=tuple(rejected_of(connection, who, site)),
    )


def quarantine_page(unknown: str, site: str, device: str) -> QuarantinePage | None:
    here, who = house(), viewer()
    if not who.may("quality.read"):
        return None
    now = here.clock.now()
    with read_only(here.engine) as connection:
        devices = unknown_devices(connection, who, now)
        sites = unknown_sites(connection, who)
        known = unknown if any(one.site == unknown for one in sites) else ""
        rows = unknown_site_messages(connection, who, known) if known else []
        messages = last_messages(connection, who, site, device, now)
        found = next((one for one in devices if (one.site, one.device) == (site, device)), None)
        kept = device_rows(connection, who, site, device) if found else []
    mends = who.may("device.bind")
    fits = best_fit(messages, site=site, device=device, zone=here.rules.zone) if found and mends else {}
    return QuarantinePage(
        zone=here.rules.zone,
        sites=tuple(sites),
        devices=tuple(devices),
        unknown=known,
        unknown_rows=tuple(rows),
        device=found,
        messages=tuple(messages) if found else (),
        device_rows=tuple(kept),
        fits=fits,
        sees_all=not who.scope,
        may_mend=mends,
    )
