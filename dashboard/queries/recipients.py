"""Who is told at which level of whose alarms, and the log of what was told; each in the viewer's scope."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, and_, cast, literal, or_, select, true

from dashboard.access import Viewer
from dashboard.queries.desk import may_see
from dashboard.queries.places import seen_by
from dashboard.recipient_rows import DeliveryRow, RecipientRow
from models.alarm import Alarm, Delivery, Transition
from models.place import Site
from models.recipient import Recipient

LOG_MOST = 100


def hers(viewer: Viewer) -> ColumnElement[bool]:
    """Of her street and its sites; those of the whole district are seen by those who answer for it."""
    if not viewer.scope:
        return true()
    sites = select(literal("site:").concat(Site.code)).where(seen_by(viewer))
    return or_(Recipient.scope == viewer.scope, Recipient.scope.in_(sites))


def recipients(connection: Connection, viewer: Viewer) -> tuple[RecipientRow, ...]:
    """All that have not ended, by level and place."""
    wanted: Any = (
        select(
            Recipient.id, Recipient.level, Recipient.scope, Recipient.channel, Recipient.address, Recipient.made_by,
            Recipient.made_at, Recipient.test_state, Recipient.test_at, Recipient.test_detail,
        )
        .where(Recipient.ended_at.is_(None), hers(viewer))
        .order_by(Recipient.level, Recipient.scope, Recipient.id)
    )  # fmt: skip
    return tuple(RecipientRow(*row) for row in connection.execute(wanted))


def deliveries(connection: Connection, viewer: Viewer, most: int = LOG_MOST) -> tuple[DeliveryRow, ...]:
    """The latest first."""
    line = Recipient.channel.concat("#").concat(cast(Recipient.id, Text))
    wanted: Any = (
        select(
            Transition.at, Transition.alarm_id, Transition.step, Transition.level, Delivery.channel, Recipient.address,
            Delivery.state, Delivery.tries, Delivery.sent_at, Delivery.detail,
        )
        .join(Transition, Transition.id == Delivery.transition_id)
        .join(Alarm, Alarm.id == Transition.alarm_id)
        .outerjoin(Site, Site.id == Alarm.site_id)
        .outerjoin(Recipient, and_(line == Delivery.channel, hers(viewer)))
        .where(may_see(viewer))
        .order_by(Delivery.id.desc())
        .limit(most)
    )  # fmt: skip
    return tuple(DeliveryRow(*row) for row in connection.execute(wanted))
