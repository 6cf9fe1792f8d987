"""What is done for elders: the catalogue, and one row per service folded from its events in any order.

Of a plan the latest counts, of a start the first, of an end the last; what is impossible in the real order is a flag.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from models.base import MINUTE, STRICT, Base, Big, Flag, Instant, Number, Words


@dataclass(frozen=True)
class ServiceType:
    """`expected_min` is how long it usually takes, `credible_min` the least that can be true; None: not timed."""

    name_zh: str
    name_en: str
    unit: str
    expected_min: int | None
    credible_min: int | None


CATALOGUE = {
    "ML.DI": ServiceType("助餐-堂食", "Meal, dine-in", "meal", 30, None),
    "ML.PU": ServiceType("助餐-自取", "Meal, pick-up", "meal", None, None),
    "ML.DL": ServiceType("助餐-送餐上门", "Meal delivery", "meal", 10, None),
    "ML.CK": ServiceType("上门做餐", "Cooking at home", "visit", 60, 40),
    "BA.HM": ServiceType("助浴-上门", "Bath at home", "visit", 60, 35),
    "BA.ST": ServiceType("助浴-站点", "Bath at site", "visit", 45, 25),
    "CL.HM": ServiceType("助洁-居室清洁", "Home cleaning", "hour", 60, 40),
    "CL.LA": ServiceType("助洁-洗涤", "Laundry", "item", None, None),
    "CL.PC": ServiceType("个人清洁", "Personal cleaning", "visit", 30, 15),
    "MO.ES": ServiceType("助行-陪同外出", "Escort outing", "hour", 60, 30),
    "MD.AC": ServiceType("助医-陪诊", "Escort to clinic", "visit", 180, 60),
    "MD.RX": ServiceType("助医-代取药", "Medication pick-up", "visit", 30, 10),
    "HL.MN": ServiceType("健康监测", "Health monitoring", "visit", 15, 5),
    "HL.ED": ServiceType("健康讲座", "Health education", "person", 60, None),
    "EM.RS": ServiceType("助急-紧急救援", "Emergency response", "event", None, None),
    "DC.LV": ServiceType("生活照料", "Daily living care", "hour", 60, 40),
    "NC.BS": ServiceType("基础照护", "Basic nursing care", "visit", 60, 35),
    "RH.TR": ServiceType("康复训练", "Rehabilitation", "session", 45, 25),
    "PS.CO": ServiceType("精神慰藉", "Emotional support", "visit", 45, 20),
    "CR.RC": ServiceType("文体娱乐", "Recreation, culture", "person", 90, None),
    "DY.FD": ServiceType("日间托养全天", "Day care, full day", "day", 480, 240),
    "DY.HD": ServiceType("日间托养半天", "Day care, half day", "day", 240, 120),
    "RS.ST": ServiceType("短期托养", "Short stay", "night", 1440, None),
    "LT.ST": ServiceType("长期入住", "Long stay", "bed-day", 1440, None),
    "VC.HM": ServiceType("探访关爱-上门", "Care visit", "visit", 20, 8),
    "VC.PH": ServiceType("探访关爱-电话", "Care call", "visit", 5, 1),
    "AG.ER": ServiceType("委托代办", "Errands", "visit", 45, 15),
    "AD.HM": ServiceType("适老化改造", "Home adaptation", "project", None, None),
    "AS.AB": ServiceType("能力评估", "Ability assessment", "visit", 60, 30),
}
"""A code that is not here is kept and shown as unlisted."""


class Service(Base):
    """One service. The five events that won stand in it as they came; the rest follows from them."""

    __tablename__ = "service"
    __table_args__ = (
        UniqueConstraint("site_id", "ref"),
        # All that the page of services counts by, so that today is added up from the index alone.
        Index("ix_service_due", "state", "due_at", "site_id", "type", "started_at", "minutes", "planned"),
        Index(None, "site_id", "due_at"),
        *(
            Index(f"ix_service_{name}", name, sqlite_where=text(there), postgresql_where=text(there))
            for name, there in (
                ("started_at", "started_at is not null"),
                ("completed_at", "completed_at is not null"),
                ("placed_at", "placed_at is not null"),
                ("named_at", "named_at is not null"),
            )
        ),
        STRICT,
    )
    id: Mapped[Number]
    site_id: Mapped[int]
    ref: Mapped[Words]
    plan: Mapped[Words | None]
    """JSON [[at, seq, id], {fields}] of the winning event; likewise the next four."""
    start: Mapped[Words | None]
    finish: Mapped[Words | None]
    cancel: Mapped[Words | None]
    confirm: Mapped[Words | None]
    type: Mapped[Words | None]
    state: Mapped[Words]
    """planned, running, done, confirmed, cancelled."""
    due_at: Mapped[Big | None]
    """When it should start; without a plan, when it did."""
    minutes: Mapped[int | None]
    started_at: Mapped[Big | None]
    completed_at: Mapped[Big | None]
    planned: Mapped[Flag]
    """1: a plan of it has come, and the elder has not called it off."""
    flags: Mapped[Words]
    """Comma-separated: unplanned, end_before_start, not_started, done_and_cancelled, too_short."""
    placed_at: Mapped[Big | None]
    """The first moment of which the row holds a position; None: of none."""
    named_at: Mapped[Big | None]
    """The last moment of which the row tells, while it names a person or a worker; None: it names nobody."""


Key = tuple[Instant, int, str]
Won = tuple[Key, dict[str, object]]

SLOT_OF_KIND = {
    "service.planned": "plan",
    "service.started": "start",
    "service.completed": "finish",
    "service.cancelled": "cancel",
    "service.confirmed": "confirm",
}
FIRST_WINS = frozenset(("start",))


def winner(which: str, held: Won | None, new: Won) -> Won:
    """The event that counts of two of the same kind."""
    if held is None:
        return new
    first, last = sorted((held, new), key=lambda won: (won[0][0], won[0][1], won[0][2].encode()))
    return first if which in FIRST_WINS else last


@dataclass(frozen=True)
class ServiceFacts:
    type: str | None
    state: str
    due_at: Instant | None
    minutes: int | None
    started_at: Instant | None
    completed_at: Instant | None
    flags: tuple[str, ...]


def service_facts(won: dict[str, Won]) -> ServiceFacts:
    """What the winning events say together."""
    plan, start, finish = won.get("plan"), won.get("start"), won.get("finish")
    type_ = next((w[1]["type"] for w in (plan, start, finish) if w and w[1].get("type")), None)
    started_at = start[0][0] if start else None
    due = plan[1].get("due_at") if plan else started_at
    minutes = plan[1].get("minutes") if plan else None
    return ServiceFacts(
        type=str(type_) if type_ else None,
        state=_state_of(won),
        due_at=due if isinstance(due, int) else None,
        minutes=minutes if isinstance(minutes, int) else _expected_minutes(type_),
        started_at=started_at,
        completed_at=finish[0][0] if finish else None,
        flags=tuple(_flags_of(won, type_)),
    )


def placed_at(won: Mapping[str, Won]) -> Instant | None:
    """`place` is [lat, lon, accuracy_m, mock]; the first two are None once they are forgotten."""
    found = [key[0] for key, said in won.values() if (said.get("place") or [None])[0] is not None]  # type: ignore[index]
    return min(found, default=None)


def named_at(won: Mapping[str, Won]) -> Instant | None:
    """A plan tells of the time for which it is."""
    if not any(said.get("person") or said.get("worker") for _, said in won.values()):
        return None
    due = won["plan"][1].get("due_at") if "plan" in won else None
    return max([key[0] for key, _ in won.values()] + ([due] if isinstance(due, int) else []))


def _expected_minutes(type_: object) -> int | None:
    listed = CATALOGUE.get(str(type_))
    return listed.expected_min if listed else None


def _state_of(won: dict[str, Won]) -> str:
    if "finish" in won:
        return "confirmed" if "confirm" in won else "done"
    if "cancel" in won:
        return "cancelled"
    return "running" if "start" in won else "planned"


def is_planned(won: dict[str, Won]) -> bool:
    """What the provider or the system calls off stays in the plan: only the elder's own choice is nobody's failure."""
    off = _state_of(won) == "cancelled" and won["cancel"][1].get("by", "system") == "elder"
    return "plan" in won and not off


def _flags_of(won: dict[str, Won], type_: object) -> list[str]:
    start, finish = won.get("start"), won.get("finish")
    listed = CATALOGUE.get(str(type_))
    least = (listed.credible_min or 0) * MINUTE if listed else 0
    lasted = finish[0][0] - start[0][0] if start and finish else None
    checks = {
        "unplanned": "plan" not in won,
        "not_started": finish is not None and start is None and least > 0,
        "end_before_start": lasted is not None and lasted < 0,
        "done_and_cancelled": finish is not None and "cancel" in won,
        "too_short": lasted is not None and 0 <= lasted < least,
    }
    return [name for name, hit in checks.items() if hit]
