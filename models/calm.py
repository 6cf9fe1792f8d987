"""Stretches of time that staff keep calm: in maintenance only the urgent calls anybody, in quiet hours what may wait, waits.

Alarms open and are recorded as always; only calling is put off, to the end of the stretch.
"""

from sqlalchemy import Connection, ScalarSelect, and_, func, or_, select, update

from models.alarm import Alarm, Maintenance
from models.alarm_life import SETTLED, Code
from models.base import Instant
from models.place import Site

MAINTENANCE, QUIET = "maintenance", "quiet"
CALM_KINDS = {
    MAINTENANCE: Code("维护", "Maintenance"),
    QUIET: Code("免打扰", "Quiet hours"),
}
CALM_REASONS = {
    "repair": Code("设备检修", "Repairs of devices"),
    "power": Code("停电", "Power cut"),
    "network": Code("网络调整", "Network works"),
    "building": Code("装修或搬迁", "Building works, moving"),
    "drill": Code("演练", "A drill"),
    "event": Code("活动", "An event"),
    "holiday": Code("放假", "Holidays"),
}


def calm_till(kind: str, now: Instant) -> ScalarSelect[Instant]:
    """The end of the stretches of a kind that an alarm's place is in now; for a query over `Alarm` outer joined to `Site`."""
    street = func.coalesce(Site.street, Alarm.street)
    here = or_(
        Maintenance.site_id == Alarm.site_id,
        and_(Maintenance.site_id.is_(None), Maintenance.street == street),
    )
    holds = and_(Maintenance.kind == kind, Maintenance.since <= now, Maintenance.until > now)
    return select(func.max(Maintenance.until)).where(holds, here).scalar_subquery()


def end_early(connection: Connection, window: int, now: Instant) -> Instant | None:
    """End a stretch now, and look again at the alarms that it had put off; None when it was over already."""
    found = connection.execute(
        select(Maintenance).where(Maintenance.id == window, Maintenance.until > now)
    ).first()  # fmt: skip
    if found is None:
        return None
    ended = {"until": now, "since": min(found.since, now)}
    connection.execute(update(Maintenance).where(Maintenance.id == window).values(**ended))
    put_off = and_(Alarm.due_at == found.until, Alarm.state.not_in(SETTLED))
    connection.execute(update(Alarm).where(put_off).values(due_at=now))
    return int(found.until)
