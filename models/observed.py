"""What rules need of meals and sensors and no other table keeps: when a meal was last handed out, what a sensor last said."""

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import CLUSTERED, HOT, Base, Big, Real

BED_OCCUPIED, MOTION, CERTIFICATE_DAYS = "bed_occupied", "motion", "cert_days_left"
WATCHED_METRICS = frozenset((BED_OCCUPIED, MOTION, CERTIFICATE_DAYS))
"""Metrics of `observation` that a rule reads; the others are history only."""


class Serving(Base):
    """The last time that a site handed out a meal of this name. No row: the site reports no meals."""

    __tablename__ = "serving"
    __table_args__ = CLUSTERED
    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    meal: Mapped[str] = mapped_column(Text, primary_key=True)
    last_at: Mapped[Big]


class Observed(Base):
    """The newest value of a device's metric, by effective time; an older one that comes late changes only `active_at`."""

    __tablename__ = "observed"
    __table_args__ = HOT
    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    device_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    metric: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[Real]
    at: Mapped[Big]
    since: Mapped[Big]
    """From when it has been zero, or not zero, as it is now."""
    active_at: Mapped[Big | None]
    """When it was last not zero."""
    area_id: Mapped[int | None]
