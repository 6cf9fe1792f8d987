"""The alarms desk: what is not settled, each alarm's history, and how soon people answer."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, exists, false, func, or_, select
from sqlalchemy.orm import aliased

from dashboard.access import Viewer
from dashboard.alarm_rows import AlarmStep, DeskAlarm, ResponseTimes
from dashboard.queries.places import seen_by
from models.alarm import Alarm, Delivery, Transition
from models.alarm_life import UNSEEN, State, moves_from
from models.alarm_steps import numbers_of
from models.base import SECOND, Instant, big
from models.escalation import LEVELS
from models.incident import read
from models.permission import posts_of
from models.place import Site, Street
from models.response import CALLED

DESK_ROWS = 500
HISTORY_ROWS = 200
GRADES = (1, 2, 3, 4)
EYES_KEPT = 256
TAKEN = ("acknowledged", "on_site", "resolved")
"""The steps by which somebody has made an alarm her own; a remark is none."""
SHOWN = (
    "id", "type", "subject", "area", "grade", "numbers", "holds", "open", "late", "times", "raised_at", "opened_at",
    "cleared_at", "state", "level", "due_at", "post", "parent_id",
)  # fmt: skip


def desk(connection: Connection, viewer: Viewer, most: int = DESK_ROWS) -> list[DeskAlarm]:
    """Not settled, worst first, then by the clock it shows, but what came too late to call anybody behind what calls.

    A member of a larger alarm that she sees stands behind it and not here.
    """
    return _desk_rows(connection, _open(*_eyes(viewer)), {"most": most})


def hers(connection: Connection, viewer: Viewer, most: int = DESK_ROWS) -> list[DeskAlarm]:
    """Those of the desk that wait for the viewer herself, in its order."""
    return _desk_rows(connection, _hers(*_eyes(viewer)), {"most": most, "name": viewer.name})


def settled(connection: Connection, viewer: Viewer, since: Instant, most: int = HISTORY_ROWS) -> list[DeskAlarm]:
    """Closed or found false since then, the latest first."""
    return _desk_rows(connection, _settled(*_eyes(viewer)), {"since": since, "most": most})


def members(connection: Connection, viewer: Viewer, parent: int) -> list[DeskAlarm]:
    """The alarms for which another one speaks, oldest first."""
    return _desk_rows(connection, _members(*_eyes(viewer)), {"parent": parent})


def one(connection: Connection, viewer: Viewer, alarm: int) -> DeskAlarm | None:
    """None for an alarm that is not there or not the viewer's: the two look the same."""
    found = _desk_rows(connection, _one(*_eyes(viewer)), {"alarm": alarm})
    return found[0] if found else None


def history(connection: Connection, viewer: Viewer, alarm: int) -> list[AlarmStep]:
    """Every step of an alarm in order; empty where the viewer sees no such alarm."""
    if one(connection, viewer, alarm) is None:
        return []
    told: dict[int, list[str]] = {}
    sent = (
        select(Delivery.transition_id, Delivery.channel)
        .join(Transition, Transition.id == Delivery.transition_id)
        .where(Transition.alarm_id == alarm, Delivery.state == "sent")
    )
    for row in connection.execute(sent.order_by(Delivery.channel)):
        kind, kinds = row.channel.partition("#")[0], told.setdefault(row.transition_id, [])
        if kind not in kinds:
            kinds.append(kind)
    steps = connection.execute(select(Transition).where(Transition.alarm_id == alarm).order_by(Transition.id))
    return [
        AlarmStep(
            r.at,
            r.real_at,
            r.step,
            r.state,
            r.author,
            r.code,
            r.post,
            r.level,
            tuple(told.get(r.id, ())),
            read(r.account) if r.account else None,
        )
        for r in steps
    ]


# Each pair of eyes asks the same many times a minute, and to build a statement costs more than to ask it.


def _eyes(viewer: Viewer) -> tuple[str, str]:
    """What decides which alarms she sees."""
    return viewer.scope, viewer.role


@lru_cache(EYES_KEPT)
def _open(scope: str, role: str) -> Any:
    wanted = _visible(scope, role).where(Alarm.settled_at.is_(None), *_alone(scope))
    began = func.coalesce(Alarm.raised_at, Alarm.opened_at)
    return wanted.order_by(Alarm.grade, Alarm.late, began, Alarm.id).limit(bindparam("most"))


def _alone(scope: str) -> list[ColumnElement[bool]]:
    """Who does not see the alarm of a whole street has no other that speaks for her site's."""
    return [] if scope.startswith(("site:", "community:")) else [Alarm.parent_id.is_(None)]


@lru_cache(EYES_KEPT)
def _hers(scope: str, role: str) -> Any:
    """Given to her post; else taken by herself, called up to her post and seen by nobody, or due for her review."""
    eyes, posts = Viewer("", role, scope), posts_of(role)
    levels = [level for level, post in enumerate(LEVELS) if post in posts]
    took = exists().where(
        Transition.alarm_id == Alarm.id,
        Transition.author == bindparam("name"),
        Transition.step.in_(TAKEN),
        Transition.at >= Alarm.opened_at,
    )
    rules = [Alarm.post.in_(posts), and_(Alarm.post.is_(None), took)]
    if levels:
        rules.append(and_(Alarm.post.is_(None), Alarm.state.in_(UNSEEN), Alarm.level >= min(levels)))
    if eyes.may("alarm.mend"):
        rules.append(and_(Alarm.site_id.is_(None), Alarm.street.is_(None), Alarm.state.in_(UNSEEN)))
        return _open(scope, role).where(or_(*rules))
    return _open(scope, role).where(or_(and_(Alarm.state != State.RESOLVED, or_(*rules)), _to_review(eyes, posts)))


def _to_review(eyes: Viewer, posts: Sequence[str]) -> ColumnElement[bool]:
    """What a site has dealt with is looked at by its street; by the district only what had to be called up to it."""
    if not eyes.may("alarm.review"):
        return false()
    called = Alarm.level >= (0 if "street_duty" in posts else LEVELS.index("district_duty"))
    return and_(Alarm.state == State.RESOLVED, or_(called, Alarm.post.in_(posts)))


@lru_cache(EYES_KEPT)
def _settled(scope: str, role: str) -> Select[Any]:
    wanted = _visible(scope, role).where(Alarm.settled_at >= bindparam("since", type_=big))
    return wanted.order_by(Alarm.settled_at.desc(), Alarm.id.desc()).limit(bindparam("most"))


@lru_cache(EYES_KEPT)
def _members(scope: str, role: str) -> Select[Any]:
    wanted = _visible(scope, role).where(Alarm.parent_id == bindparam("parent"))
    return wanted.order_by(Alarm.opened_at, Alarm.id).limit(DESK_ROWS)


@lru_cache(EYES_KEPT)
def _one(scope: str, role: str) -> Select[Any]:
    return _visible(scope, role).where(Alarm.id == bindparam("alarm"))


def _visible(scope: str, role: str) -> Select[Any]:
    member = aliased(Alarm)
    counted = select(func.count()).where(member.parent_id == Alarm.id).scalar_subquery()
    return (
        select(
            *(getattr(Alarm, name) for name in SHOWN),
            Site.code.label("site"),
            func.coalesce(Site.name_zh, Street.name_zh, "").label("name_zh"),
            func.coalesce(Site.name_en, Street.name_en, "").label("name_en"),
            func.coalesce(Site.street, Alarm.street).label("of_street"),
            counted.label("members"),
        )
        .outerjoin(Site, Site.id == Alarm.site_id)
        .outerjoin(Street, Street.code == Alarm.street)
        .where(may_see(Viewer("", role, scope)))
    )


def may_see(viewer: Viewer) -> ColumnElement[bool]:
    """Alarms of the viewer's sites, of her whole street, and, for some, about ourselves."""
    kind, _, code = viewer.scope.partition(":")
    of_sites = and_(Alarm.site_id.is_not(None), seen_by(viewer))
    of_street = and_(Alarm.site_id.is_(None), Alarm.street.is_not(None))
    if kind == "street":
        return or_(of_sites, and_(of_street, Alarm.street == code))
    if kind:
        return of_sites
    ours = and_(Alarm.site_id.is_(None), Alarm.street.is_(None))
    return or_(of_sites, of_street, ours) if viewer.may("platform.read") else or_(of_sites, of_street)


def _desk_rows(connection: Connection, wanted: Select[Any], said: dict[str, Any]) -> list[DeskAlarm]:
    found = connection.execute(wanted, said).all()
    last = _last_steps(connection, [row.id for row in found])
    return [_desk_row(row, *last.get(row.id, ("", row.opened_at))) for row in found]


_NEWEST = (
    select(func.max(Transition.id))
    .where(Transition.alarm_id.in_(bindparam("alarms", expanding=True)))
    .group_by(Transition.alarm_id)
)
_LAST_STEPS = select(Transition.alarm_id, Transition.author, Transition.at).where(Transition.id.in_(_NEWEST))


def _last_steps(connection: Connection, alarms: Sequence[int]) -> dict[int, tuple[str, Instant]]:
    found = connection.execute(_LAST_STEPS, {"alarms": alarms}) if alarms else ()
    return {row.alarm_id: (row.author, row.at) for row in found}


def _desk_row(r: Any, last_author: str, last_at: Instant) -> DeskAlarm:
    return DeskAlarm(
        id=r.id, site=r.site, name_zh=r.name_zh, name_en=r.name_en, street=r.of_street, type=r.type, subject=r.subject,
        area=r.area, grade=r.grade, numbers=numbers_of(r.numbers), holds=bool(r.holds), open=bool(r.open),
        late=bool(r.late), times=r.times, raised_at=r.raised_at, opened_at=r.opened_at, cleared_at=r.cleared_at,
        state=r.state, level=r.level, due_at=r.due_at, post=r.post, members=r.members, parent=r.parent_id,
        moves=tuple(str(move) for move in moves_from(r.state)), last_author=last_author, last_at=last_at,
    )  # fmt: skip


# -- how soon people answer -----------------------------------------------------------------------------------------------


def response_times(
    connection: Connection, viewer: Viewer, since: Instant, until: Instant, *, by_site: bool = False
) -> list[ResponseTimes]:
    """Of the alarms that opened in [since, until) and called somebody: by street, or by site."""
    groups: dict[tuple[str, str | None], list[Any]] = {}
    for row in _answered(connection, viewer, since, until):
        groups.setdefault((row.street, row.code if by_site else None), []).append(row)
    return [
        _times(*place, 0, rows)
        for place, rows in sorted(groups.items(), key=lambda item: (item[0][0], item[0][1] or ""))
    ]


def scope_times(connection: Connection, viewer: Viewer, since: Instant, until: Instant) -> ResponseTimes:
    """The same of everything that the viewer sees, as one row with `street` ''."""
    return _times("", None, 0, _answered(connection, viewer, since, until))


def desk_times(connection: Connection, viewer: Viewer, since: Instant, until: Instant) -> list[ResponseTimes]:
    """The same for each choice of the desk's filters: everything that she sees (`street` '') and each street, by grade."""
    rows = _answered(connection, viewer, since, until)
    of: dict[tuple[str, int], list[Any]] = defaultdict(list)
    for row in rows:
        for place in ("", row.street):
            for grade in (0, row.grade):
                of[place, grade].append(row)
    places = ["", *sorted({row.street for row in rows})]
    return [_times(place, None, grade, of[place, grade]) for place in places for grade in (0, *GRADES)]


def _answered(connection: Connection, viewer: Viewer, since: Instant, until: Instant) -> Sequence[Any]:
    return connection.execute(_called(viewer.scope), {"since": since, "until": until}).all()


@lru_cache(EYES_KEPT)
def _called(scope: str) -> Any:
    opened = Alarm.opened_at >= bindparam("since", type_=big), Alarm.opened_at < bindparam("until", type_=big)
    return (
        select(
            Alarm.opened_at, Alarm.acknowledged_at, Alarm.settled_at, Alarm.state, Alarm.grade, Site.street, Site.code
        )
        .join(Site, Site.id == Alarm.site_id)
        .where(*opened, CALLED)
        .where(seen_by(Viewer("", "", scope)))
    )


def _times(street: str, site: str | None, grade: int, rows: Sequence[Any]) -> ResponseTimes:
    seen = _seconds((row.opened_at, row.acknowledged_at) for row in rows)
    closed = _seconds((row.opened_at, row.settled_at) for row in rows)
    return ResponseTimes(
        street=street, site=site, grade=grade, alarms=len(rows), acknowledged=len(seen), ack_p50_s=_share(seen, 50),
        ack_p90_s=_share(seen, 90), closed=len(closed), close_p50_s=_share(closed, 50), close_p90_s=_share(closed, 90),
        false=sum(row.state == "false" for row in rows),
    )  # fmt: skip


def _seconds(spans: Iterable[tuple[Instant, Instant | None]]) -> list[int]:
    return sorted(max(0, end - start) // SECOND for start, end in spans if end is not None)


def _share(ordered: Sequence[int], per_cent: int) -> int | None:
    """The nearest rank: a value that really was, so that few alarms do not make up times."""
    return ordered[-(-len(ordered) * per_cent // 100) - 1] if ordered else None
