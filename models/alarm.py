"""Alarms, from whatever raised them to whoever closes them: one row per cause, and one row for every step it takes.

Two lives meet in a row. Whether the cause is there (`holds`) is a fold of the site's events, or a rule's judgement; what
people do about it (`state`) are their own steps, which no event overwrites while the cause stays.
"""

from dataclasses import dataclass

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import STRICT, Base, Big, Flag, Number, Small, Words


@dataclass(frozen=True)
class AlarmType:
    name_zh: str
    name_en: str
    grade: int
    closes_itself: bool = True
    """False: once raised, only a person closes it, whatever the site says afterwards."""


ALARM_TYPES = {
    "SOS": AlarmType("一键呼叫", "Call for help", 1, closes_itself=False),
    "FALL": AlarmType("跌倒", "Fall", 1, closes_itself=False),
    "FIRE": AlarmType("烟感/燃气", "Smoke or gas", 1, closes_itself=False),
    "WANDER": AlarmType("走失/越界", "Wandering", 1),
    "VITAL": AlarmType("体征异常", "Vital signs", 2),
    "BEDEXIT": AlarmType("离床超时", "Out of bed", 2),
    "INACT": AlarmType("长时间无活动", "No activity", 2),
    "OVERCAP": AlarmType("超员", "Over capacity", 2),
    "NEARCAP": AlarmType("接近满员", "Nearly full", 3),
    "OFFLINE": AlarmType("站点无声", "Site silent", 2),
    "NOTOPEN": AlarmType("应开未开", "Not opened", 3),
    "STUCK": AlarmType("计数卡死", "Counter stuck", 3),
    "LATE": AlarmType("服务超时未到", "Service late", 3),
    "OVERRUN": AlarmType("服务超时未签退", "Service overrun", 3),
    "MEALSHORT": AlarmType("供餐中断", "Meals interrupted", 3),
    "STAFFLOW": AlarmType("护理员不足", "Too few carers", 3),
    "INCID": AlarmType("九防事件", "Incident", 2, closes_itself=False),
    "LOWBAT": AlarmType("电量低", "Low battery", 4),
    "CERT": AlarmType("证书将到期", "Certificate expiring", 4),
    "CLOCK": AlarmType("时钟不准", "Clock wrong", 4),
    "OWN": AlarmType("平台自身中断", "Our own system interrupted", 2),
}
"""A code that is not here is kept, shown as unlisted, and graded 3."""

UNLISTED = AlarmType("", "", 3)


def type_of(code: str) -> AlarmType:
    return ALARM_TYPES.get(code, UNLISTED)


def grade_of(code: str) -> int:
    return type_of(code).grade


class Alarm(Base):
    """`raised_key` and `cleared_key` are JSON [at, seq, id] of a site's last raise and last clear; None: a rule raised it."""

    __tablename__ = "alarm"
    __table_args__ = (
        UniqueConstraint("site_id", "ref"),
        # The promise of one: whoever raises the same cause a second time, at the same moment or not, writes nothing.
        Index(
            "ux_alarm_cause", "cause", unique=True, sqlite_where=text("holds = 1"), postgresql_where=text("holds = 1")
        ),
        Index(None, "open", "grade"),
        Index(
            "ix_alarm_due_at",
            "due_at",
            sqlite_where=text("due_at is not null"),
            postgresql_where=text("due_at is not null"),
        ),
        Index(
            "ix_alarm_unsettled",
            "site_id",
            sqlite_where=text("settled_at is null"),
            postgresql_where=text("settled_at is null"),
        ),
        Index(None, "opened_at"),
        # Every site's day and availability ask when we ourselves did not listen.
        Index("ix_alarm_own", "raised_at", sqlite_where=text("type = 'OWN'"), postgresql_where=text("type = 'OWN'")),
        # Whom it is about goes with the years.
        Index(
            "ix_alarm_named",
            "opened_at",
            sqlite_where=text("person is not null"),
            postgresql_where=text("person is not null"),
        ),
        # How many an alarm speaks for is asked of every row of the desk.
        Index(
            "ix_alarm_parent_id",
            "parent_id",
            sqlite_where=text("parent_id is not null"),
            postgresql_where=text("parent_id is not null"),
        ),
        STRICT,
    )
    id: Mapped[Number]
    site_id: Mapped[int | None]
    """None: about a whole street, or about ourselves."""
    street: Mapped[Words | None]
    """Of an alarm that stands for many sites of one street."""
    ref: Mapped[Words | None]
    """The site's own reference; None: a rule raised it."""
    cause: Mapped[Words]
    """Place, code and subject in one text; a row whose cause is still there is the only one of its cause."""
    type: Mapped[Words]
    subject: Mapped[Words]
    """What inside the place it is about: an area, a device; '' the place itself."""
    grade: Mapped[int]
    area: Mapped[Words | None]
    person: Mapped[Words | None]
    numbers: Mapped[Words]
    """JSON of the numbers that its sentence shows: people and capacity, how many services."""
    holds: Mapped[Flag]
    """1: the cause is there."""
    open: Mapped[Flag]
    """1: the cause is there and nobody has said that it is dealt with."""
    late: Mapped[Flag]
    """1: it came too old to page anybody."""
    times: Mapped[int]
    """How often it was raised; more than one is a cause that comes and goes."""
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("alarm.id"))
    """The one alarm that speaks for this one."""
    raised_key: Mapped[Words | None]
    cleared_key: Mapped[Words | None]
    raised_at: Mapped[Big | None]
    cleared_at: Mapped[Big | None]
    received_at: Mapped[Big]
    opened_at: Mapped[Big]
    """When we knew: limits and response times count from here."""
    state: Mapped[Words]
    """raised, notified, acknowledged, assigned, on_site, resolved, closed, false."""
    level: Mapped[Small]
    """Who has been called: 0 the site's duty, 1 its manager, 2 the street, 3 the district."""
    due_at: Mapped[Big | None]
    """When the next thing must happen by itself; None: nothing will."""
    post: Mapped[Words | None]
    """To whom it is assigned."""
    acknowledged_at: Mapped[Big | None]
    settled_at: Mapped[Big | None]
    """When it was closed, or found false."""


class Transition(Base):
    """One step of one alarm. Only ever added; those with `tell` 1 wait to be told to people."""

    __tablename__ = "transition"
    __table_args__ = (
        Index(None, "alarm_id"),
        Index("ix_transition_tell", "tell", sqlite_where=text("tell = 1"), postgresql_where=text("tell = 1")),
        STRICT,
    )
    id: Mapped[Number]
    alarm_id: Mapped[int] = mapped_column(ForeignKey("alarm.id"))
    at: Mapped[Big]
    real_at: Mapped[Big | None]
    """By the wall clock, of a person's step: the product's own time may be shifted."""
    step: Mapped[Words]
    """A state, or reopened, cleared, worsened, escalated, merged, commented."""
    state: Mapped[Words]
    """The alarm's state afterwards."""
    author: Mapped[Words]
    """An account; 'site' for what came over the wire, '' for what the platform did by itself."""
    code: Mapped[Words | None]
    """The result, the reason or the remark, from its catalogue."""
    post: Mapped[Words | None]
    account: Mapped[Words | None]
    """JSON of what was said when an incident was closed."""
    level: Mapped[Small]
    tell: Mapped[Small]
    """0 nobody is told, 1 waits to be told, 2 handed to the channels."""


class Delivery(Base):
    """The log of what was told: one row per step and channel, so nothing is told twice."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("transition_id", "channel"),
        Index(
            "ix_delivery_next_at",
            "next_at",
            sqlite_where=text("next_at is not null"),
            postgresql_where=text("next_at is not null"),
        ),
        STRICT,
    )
    id: Mapped[Number]
    transition_id: Mapped[int] = mapped_column(ForeignKey("transition.id"))
    channel: Mapped[Words]
    state: Mapped[Words]
    """waiting, sending, sent, failed (given up), unknown (its sender died while sending)."""
    tries: Mapped[int]
    next_at: Mapped[Big | None]
    """When it is tried next; None: never again."""
    claimed_at: Mapped[Big | None]
    sent_at: Mapped[Big | None]
    detail: Mapped[Words]
    """Why the last try failed, or what the other side answered."""


class Watch(Base):
    """When a site must be looked at again although nothing comes, and what has been brewing there since when."""

    __tablename__ = "watch"
    __table_args__ = (Index(None, "due_at"), STRICT)
    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    due_at: Mapped[Big]
    brewing: Mapped[Words]
    """JSON {"CODE/subject": since}."""
    unreported: Mapped[Words] = mapped_column(server_default="[]")
    """JSON of the codes whose rules have nothing to read at this site."""


class Maintenance(Base):
    """A stretch of time in which a site or a street is worked on, or kept quiet: alarms open there, and call nobody."""

    __tablename__ = "maintenance"
    __table_args__ = (Index(None, "until"), STRICT)
    id: Mapped[Number]
    site_id: Mapped[int | None]
    street: Mapped[Words | None]
    kind: Mapped[Words] = mapped_column(server_default="maintenance")
    """`maintenance` holds back all but the urgent, `quiet` only the grades that the quiet hours hold back."""
    since: Mapped[Big]
    until: Mapped[Big]
    reason: Mapped[Words]
    author: Mapped[Words]
    made_at: Mapped[Big]
