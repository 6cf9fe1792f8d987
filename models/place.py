"""Where elders are looked after: streets, communities, sites and the areas inside them.

Capacity, opening hours, names and streets are effective-dated: a change leaves the past as it was.
"""

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import CLUSTERED, STRICT, Base, Big, Number, Real, Words, big


class SiteKind(StrEnum):
    """What a site is to the trade; the words of the screens stand under `kind.CODE`."""

    INST = "INST"
    STC = "STC"
    CST = "CST"
    NSP = "NSP"
    DCC = "DCC"
    MEAL = "MEAL"
    MPT = "MPT"
    HCO = "HCO"
    HUB = "HUB"


class CountBy(StrEnum):
    """Which of an area's two tracks is its number, where both are known: see `models.occupancy.presence`."""

    COUNTER = "counter"
    PERSONS = "persons"


class Street(Base):
    __tablename__ = "street"
    __table_args__ = CLUSTERED
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name_zh: Mapped[Words]
    name_en: Mapped[Words]


class Community(Base):
    __tablename__ = "community"
    __table_args__ = CLUSTERED
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    street: Mapped[str] = mapped_column(Text, ForeignKey("street.code"))
    name_zh: Mapped[Words]
    name_en: Mapped[Words]


class Site(Base):
    __tablename__ = "site"
    __table_args__ = (UniqueConstraint("code"), Index(None, "street"), STRICT)
    id: Mapped[Number]
    code: Mapped[Words]
    """What stands in the topic; `[a-z0-9][a-z0-9-]{1,31}`."""
    name_zh: Mapped[Words]
    name_en: Mapped[Words]
    kind: Mapped[Words]
    street: Mapped[str] = mapped_column(Text, ForeignKey("street.code"))
    community: Mapped[Words | None]
    lat: Mapped[Real | None]
    lon: Mapped[Real | None]
    """WGS-84 degrees."""
    address: Mapped[Words | None]
    phone: Mapped[Words | None]
    count_by: Mapped[Words] = mapped_column(default=CountBy.COUNTER)
    created_at: Mapped[Big]
    ended_from: Mapped[Big | None]
    """Closed for good since then; its hours say closed from that moment on, and its history stays."""


class Area(Base):
    """A place inside a site. The worker adds one when an event names it; the registry may have named it before."""

    __tablename__ = "area"
    __table_args__ = (UniqueConstraint("site_id", "code"), STRICT)
    id: Mapped[Number]
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    code: Mapped[Words]
    count_by: Mapped[Words | None]
    """None: as its site."""


class SiteTerm(Base):
    """What a site was called and where it belonged from `valid_from` on. A site without a row was always as it is now."""

    __tablename__ = "site_term"
    __table_args__ = CLUSTERED
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    valid_from: Mapped[int] = mapped_column(big, primary_key=True, autoincrement=False)
    name_zh: Mapped[Words]
    name_en: Mapped[Words]
    street: Mapped[Words]
    community: Mapped[Words | None]


class Succession(Base):
    """A site that closed and one that goes on with its work: two that name the same one merged, one that names two split."""

    __tablename__ = "succession"
    __table_args__ = CLUSTERED
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    successor_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    valid_from: Mapped[Big]


class Capacity(Base):
    """Persons at one time from `valid_from` on; `area` '' is the whole site."""

    __tablename__ = "capacity"
    __table_args__ = CLUSTERED
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    area: Mapped[str] = mapped_column(Text, primary_key=True)
    valid_from: Mapped[int] = mapped_column(big, primary_key=True, autoincrement=False)
    persons: Mapped[int]


class OpeningHours(Base):
    """OpenStreetMap `opening_hours` from `valid_from` on; '' is always open."""

    __tablename__ = "opening_hours"
    __table_args__ = CLUSTERED
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    valid_from: Mapped[int] = mapped_column(big, primary_key=True, autoincrement=False)
    rule: Mapped[Words]
