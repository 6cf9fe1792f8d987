"""When sites fell silent and came back, and what people noted: the alarms of silence, read as a history."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, or_, select

from dashboard.access import Viewer
from dashboard.queries.desk import may_see
from models.alarm import Alarm, Transition
from models.base import Instant
from models.place import Site, Street

SILENCES = ("OFFLINE", "NOTOPEN", "OWN")


@dataclass(frozen=True, slots=True)
class Outage:
    """Of a site; of many sites of a street at once (`site` None); or of ourselves (`street` None too)."""

    alarm: int
    type: str
    site: str | None
    street: str | None
    name_zh: str
    name_en: str
    began_at: Instant
    """Since when nothing was heard."""
    ended_at: Instant | None
    """None: it lasts."""
    times: int
    """How often it came back within the half hour in which it stays one alarm."""
    notes: tuple[tuple[str, str], ...]
    """(code, author) of each remark, result and review, in order."""


def outages(connection: Connection, viewer: Viewer, since: Instant, site: str, most: int) -> list[Outage]:
    """Those that began in the time since, the latest first; without `site`, not what stands behind a storm.

    Of one site with our own beside them, for who sees those: they are why nothing came from it either.
    """
    wanted = (
        select(
            Alarm.id, Alarm.type, Alarm.raised_at, Alarm.opened_at, Alarm.cleared_at, Alarm.times,
            Site.code, Site.street, Site.name_zh, Site.name_en,
            Alarm.street.label("of_street"), Street.name_zh.label("street_zh"), Street.name_en.label("street_en"),
        )
        .outerjoin(Site, Site.id == Alarm.site_id)
        .outerjoin(Street, Street.code == Alarm.street)
        .where(may_see(viewer), Alarm.type.in_(SILENCES), Alarm.opened_at >= since)
        .order_by(Alarm.opened_at.desc(), Alarm.id.desc())
        .limit(most)
    )  # fmt: skip
    of_site = or_(Site.code == site, Alarm.type == "OWN")
    found = connection.execute(wanted.where(of_site if site else Alarm.parent_id.is_(None))).all()
    notes = _notes(connection, [row.id for row in found])
    return [
        Outage(
            alarm=r.id, type=r.type, site=r.code, street=r.street or r.of_street,
            name_zh=r.name_zh or r.street_zh or "", name_en=r.name_en or r.street_en or "",
            began_at=r.raised_at if r.raised_at is not None else r.opened_at, ended_at=r.cleared_at, times=r.times,
            notes=tuple(notes.get(r.id, ())),
        )
        for r in found
    ]  # fmt: skip


def _notes(connection: Connection, alarms: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    found = connection.execute(
        select(Transition.alarm_id, Transition.code, Transition.author)
        .where(Transition.alarm_id.in_(alarms), Transition.code.is_not(None))
        .order_by(Transition.id)
    )
    notes: dict[int, list[tuple[str, str]]] = {}
    for row in found:
        notes.setdefault(row.alarm_id, []).append((row.code, row.author))
    return notes
