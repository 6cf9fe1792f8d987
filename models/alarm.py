"""Alarms as the sites raise and clear them: one row per (site, reference), folded in any order."""

from dataclasses import dataclass

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import STRICT, Base, Big, Flag, Number, Words


@dataclass(frozen=True)
class AlarmType:
    """`ack_within_s` is how soon somebody must say that she has seen it; None: no limit."""

    name_zh: str
    name_en: str
    grade: int
    ack_within_s: int | None
    fix_within_s: int | None


ALARM_TYPES = {
    "SOS": AlarmType("一键呼叫", "Call for help", 1, 60, 180),
    "FALL": AlarmType("跌倒", "Fall", 1, 60, 180),
    "FIRE": AlarmType("烟感/燃气", "Smoke or gas", 1, 60, 180),
    "WANDER": AlarmType("走失/越界", "Wandering", 1, 120, 600),
    "VITAL": AlarmType("体征异常", "Vital signs", 2, 300, 1800),
    "BEDEXIT": AlarmType("离床超时", "Out of bed", 2, 300, 600),
    "INACT": AlarmType("长时间无活动", "No activity", 2, 600, 1800),
    "OVERCAP": AlarmType("超员", "Over capacity", 2, 600, 1800),
    "NEARCAP": AlarmType("接近满员", "Nearly full", 3, None, None),
    "OFFLINE": AlarmType("站点无声", "Site silent", 2, 900, 14400),
    "NOTOPEN": AlarmType("应开未开", "Not opened", 3, 1800, None),
    "STUCK": AlarmType("计数卡死", "Counter stuck", 3, None, 86400),
    "LATE": AlarmType("服务超时未到", "Service late", 3, 1800, None),
    "OVERRUN": AlarmType("服务超时未签退", "Service overrun", 3, None, None),
    "MEALSHORT": AlarmType("供餐中断", "Meals interrupted", 3, 900, None),
    "STAFFLOW": AlarmType("护理员不足", "Too few carers", 3, 3600, None),
    "INCID": AlarmType("九防事件", "Incident", 2, 600, None),
    "LOWBAT": AlarmType("电量低", "Low battery", 4, None, 604800),
    "CERT": AlarmType("证书将到期", "Certificate expiring", 4, None, 604800),
    "CLOCK": AlarmType("时钟不准", "Clock wrong", 4, None, 604800),
}
"""A code that is not here is kept, shown as unlisted, and graded 3."""

UNLISTED_GRADE = 3


def grade_of(type_: str) -> int:
    listed = ALARM_TYPES.get(type_)
    return listed.grade if listed else UNLISTED_GRADE


class Alarm(Base):
    """`raised_key` and `cleared_key` are JSON [at, seq, id] of the last raise and the last clear; open while the raise is later."""

    __tablename__ = "alarm"
    __table_args__ = (UniqueConstraint("site_id", "ref"), Index(None, "open", "grade"), STRICT)
    id: Mapped[Number]
    site_id: Mapped[int]
    ref: Mapped[Words]
    type: Mapped[Words]
    grade: Mapped[int]
    area: Mapped[Words | None]
    person: Mapped[Words | None]
    open: Mapped[Flag]
    late: Mapped[Flag]
    """1: it came too old to page anybody."""
    raised_key: Mapped[Words | None]
    cleared_key: Mapped[Words | None]
    raised_at: Mapped[Big | None]
    cleared_at: Mapped[Big | None]
    received_at: Mapped[Big]
