"""The gear at a site. A device that a registered site names in its own events registers itself, marked new."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import STRICT, Base, Big, Flag, Number, Words


class Device(Base):
    __tablename__ = "device"
    __table_args__ = (UniqueConstraint("site_id", "code"), STRICT | {"postgresql_with": {"fillfactor": 70}})
    id: Mapped[Number]
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    code: Mapped[Words]
    new: Mapped[Flag]
    """1 until somebody has looked at it."""
    since: Mapped[Big]
    heard_at: Mapped[Big | None]
    status_at: Mapped[Big | None]
    """Effective time of the `device.status` that the columns below come from; an older one changes nothing."""
    online: Mapped[Flag | None]
    battery_pct: Mapped[int | None]
    clock_offset_ms: Mapped[Big | None]
    queued: Mapped[Big | None]
    firmware: Mapped[Words | None]
