"""Asks the rules about the sites that need it, and writes what follows: at most once a second, in a transaction of its own.

A site is looked at because something came that could matter, or because its deadline is due. The deadlines stand in
`watch` and are moved only when they are reached, so a message costs the hot path nothing; what is lost with the process
is found again by the deadlines.
"""

import json
import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, fields
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, delete, func, insert, select, update

from config import Config
from ingest.areas import AreasRemembered, crowded, heads_of
from ingest.folds import Fresh
from ingest.folds.sites import Said
from ingest.hearing import Ears
from ingest.own import judge_ourselves, take_leap
from ingest.rules import RULES
from ingest.rules.lasting import Hearing, Raise, Resolve, verdict
from ingest.rules.situation import Limits, Reading, Situation
from ingest.situations import situations
from ingest.storms import calm_storms, collapse
from models.alarm import Alarm, Watch
from models.alarm_steps import Cause, Place, clear_alarm, holding, raise_alarm, reopen_alarm, worsen_alarm
from models.base import MINUTE, Instant
from models.calendar import exceptions_of
from models.change import Change
from models.database import read_only, transaction
from models.deadlines import deadlines_of
from models.observed import BED_OCCUPIED
from models.place import Capacity, Site

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
SITES_A_LOOK = 50
"""Of those that are due and of those that are eager; so that a look stays short beside the batches."""
LOOK_SOON_S = 0.25
"""The others wait so long."""
LOOK_AGAIN: Instant = 15 * MINUTE
"""A site is looked at so often whatever happens: a rule whose limits were changed is found out."""
_NEXT_LOOK = (
    update(Watch)
    .where(Watch.site_id == bindparam("site"))
    .values(due_at=bindparam("due"), brewing=bindparam("kept"), unreported=bindparam("mute"))
)
_EAGER = frozenset(("site.opened", "site.closed"))


@dataclass
class Judge:
    """`eager`: something came that may matter, the longest waiting first.

    `counting`: only a head count, looked into before the rules are asked.
    """

    cfg: Config
    engine: Engine
    limits: Limits = field(init=False)
    eager: dict[int, None] = field(default_factory=dict)
    counting: set[int] = field(default_factory=set)
    attentive: set[int] = field(default_factory=set)
    """Sites where something brews or holds: there everything that comes may be what ends it."""
    areas: AreasRemembered = field(default_factory=AreasRemembered)
    ears: Ears = field(init=False)
    _registry: int = -1
    _capacity_at: Instant | None = None
    """When the next capacity begins to hold."""
    _looked_at: float = 0.0
    _left_some: bool = False

    def __post_init__(self) -> None:
        self.limits = limits_of(self.cfg)
        self.ears = Ears(self.cfg.clock.jump_s, self.cfg.alarms.hearing_settle_s, self.cfg.clock.jump_gap_h_max)
        self.exceptions = exceptions_of(self.cfg.time.days_file)

    # -- in the worker's hot path ---------------------------------------------------------------------------------------

    def note(self, fresh: Iterable[Fresh], said: Iterable[Said] = ()) -> None:
        """Remember whom the batch touched; reads nothing."""
        self.eager |= dict.fromkeys({one.site_id for one in said} & self.attentive)
        for new in fresh:
            site = new.row.site_id
            if site in self.attentive or new.kind in _EAGER or new.kind.startswith("service."):
                self.eager.setdefault(site)
            elif new.row.a is not None:
                self.counting.add(site)
            elif (new.kind == "device.status" and self._tells(new.event)) or _leaves_bed(new):
                self.eager.setdefault(site)

    def _tells(self, status: Any) -> bool:
        low = status.battery_pct is not None and status.battery_pct < self.limits.lowbat_pct
        return bool(low) or abs(status.clock_offset_ms or 0) > self.limits.clock_off_s * 1000

    # -- once a second --------------------------------------------------------------------------------------------------

    def is_time(self, now_s: float) -> bool:
        # A gap of ours is told at once: a day that ended in it is not summed up before.
        return self.ears.has_news or now_s >= self._looked_at + (LOOK_SOON_S if self._left_some else LOOK_EVERY_S)

    def look(self, now: Instant, now_s: float) -> int:
        """How many sites were judged."""
        self._looked_at = now_s
        hearing = Hearing(self.ears.since, self.cfg.alarms.hearing_settle_s, self.ears.jumps)
        with read_only(self.engine) as connection:
            registry = connection.execute(select(Change.n).where(Change.name == "registry")).scalar() or 0
            news = registry != self._registry or (self._capacity_at is not None and now >= self._capacity_at)
            if news:
                self._registered(connection, now)
            chosen = self._chosen(connection, now)
        if not chosen and not news and self.ears.lost_at is None and self.ears.known_to is None:
            return 0
        with transaction(self.engine) as connection:
            judge_ourselves(
                connection, now, hearing, self.ears.lost_at, self.cfg.alarms, deadlines_of(self.cfg.deadlines)
            )
            if self.ears.known_to is not None and hearing.since is not None:
                take_leap(connection, self.ears.known_to, now)
            if news:
                self._watch_all(connection, now)
            self._judge(connection, chosen, now, hearing)
        self._registry = registry
        self.ears.spoken_of()
        self.eager = {site: None for site in self.eager if site not in chosen}
        return len(chosen)

    def _registered(self, connection: Connection, now: Instant) -> None:
        self.areas.forget()
        later = select(func.min(Capacity.valid_from)).where(Capacity.valid_from > now)
        self._capacity_at = connection.execute(later).scalar()
        held = select(Alarm.site_id).where(Alarm.holds == 1, Alarm.ref.is_(None), Alarm.site_id.is_not(None))
        self.attentive = {id_ for id_ in connection.execute(held).scalars() if id_ is not None}

    def _watch_all(self, connection: Connection, now: Instant) -> None:
        """New sites get a deadline, and all are looked at: hours and capacities may have changed."""
        known = set(connection.execute(select(Watch.site_id)).scalars())
        sites = set(connection.execute(select(Site.id)).scalars())
        if sites - known:
            rows = [{"site_id": id_, "due_at": now, "brewing": "{}"} for id_ in sorted(sites - known)]
            connection.execute(insert(Watch), rows)
        if known - sites:
            connection.execute(delete(Watch).where(Watch.site_id.not_in(select(Site.id))))
        connection.execute(update(Watch).where(Watch.due_at > now).values(due_at=now))

    def _chosen(self, connection: Connection, now: Instant) -> set[int]:
        counting, self.counting = self.counting, set()
        if counting:
            self.eager |= dict.fromkeys(sorted(self._crowded(connection, counting, now) - self.eager.keys()))
        due = select(Watch.site_id).where(Watch.due_at <= now).order_by(Watch.due_at).limit(SITES_A_LOOK)
        chosen = set(connection.execute(due).scalars())
        self._left_some = len(chosen) == SITES_A_LOOK or len(self.eager) > SITES_A_LOOK
        return chosen | set(islice(self.eager, SITES_A_LOOK))

    def _crowded(self, connection: Connection, sites: Collection[int], now: Instant) -> set[int]:
        """Those of them that the rules of capacity could mind."""
        known, full = self.areas.of(connection, sites, now), min(self.limits.nearcap_pct, self.limits.overcap_pct)
        return crowded(known, heads_of(connection, known, sites), sites, full)

    def _judge(self, connection: Connection, chosen: Collection[int], now: Instant, hearing: Hearing) -> None:
        found = situations(connection, chosen, now, self.limits, self.cfg.time.zone, self.exceptions)
        held = holding(connection, sorted(found))
        brewing = _brewing(connection, sorted(found))
        raised: list[Cause] = []
        watches = []
        for id_, site in found.items():
            judged = judge_site(site, held.get(id_, {}), brewing.get(id_, {}), self.limits, now, hearing)
            self._apply(connection, judged, now, raised)
            due_at = min(judged.due_at, now + LOOK_AGAIN)
            kept, mute = json.dumps(judged.brewing), json.dumps(judged.unreported)
            watches.append({"site": id_, "due": due_at, "kept": kept, "mute": mute})
            if judged.brewing or judged.holds:
                self.attentive.add(id_)
            else:
                self.attentive.discard(id_)
        self._open(connection, raised, now)
        calm_storms(connection, now)
        if watches:
            connection.execute(_NEXT_LOOK, watches)

    def _apply(self, connection: Connection, judged: "Judged", now: Instant, raised: list[Cause]) -> None:
        raised += judged.raises
        for alarm in judged.resolves:
            clear_alarm(connection, alarm, now)
        for alarm, grade, numbers in judged.changes:
            worsen_alarm(connection, alarm, grade, now)
            connection.execute(update(Alarm).where(Alarm.id == alarm).values(numbers=json.dumps(numbers)))

    def _open(self, connection: Connection, raised: list[Cause], now: Instant) -> None:
        within = self.cfg.alarms.reopen_within_min * MINUTE
        settings = self.cfg.alarms.storm_sites, self.cfg.alarms.storm_within_min * MINUTE
        deadlines = deadlines_of(self.cfg.deadlines)
        parents = collapse(connection, raised, now, *settings, within, deadlines)
        for cause in raised:
            parent = parents.get((cause.place.site_id, cause.type))
            if reopen_alarm(connection, cause, now, within, deadlines, parent=parent) is None:
                raise_alarm(connection, cause, now, deadlines, parent=parent)


def _leaves_bed(new: Fresh) -> bool:
    return new.kind == "observation" and new.event.metric == BED_OCCUPIED and new.event.value == 0


@dataclass
class Judged:
    """What the rules say of one site."""

    raises: list[Cause] = field(default_factory=list)
    resolves: list[int] = field(default_factory=list)
    changes: list[tuple[int, int, tuple[int, ...]]] = field(default_factory=list)
    brewing: dict[str, Instant] = field(default_factory=dict)
    unreported: list[str] = field(default_factory=list)
    """Codes of the rules that had nothing to read."""
    holds: bool = False
    due_at: Instant = 2**62


def judge_site(
    site: Situation,
    held: dict[tuple[str, str], Any],
    brewing: dict[str, Instant],
    limits: Limits,
    now: Instant,
    hearing: Hearing,
) -> Judged:
    """Pure; `held` are the rows of rules' alarms that are there, by (code, subject)."""
    if site.has_ended:
        return Judged(resolves=[row.id for row in held.values()])
    judged, seen = Judged(), set()
    for rule in RULES:
        readings = tuple(rule.read(site, limits, now))
        if not readings:
            judged.unreported.append(rule.code)
        for reading in readings:
            key = rule.code, reading.subject
            seen.add(key)
            _decide(judged, site, key, reading, held.get(key), brewing, now, hearing)
    judged.resolves += [row.id for key, row in held.items() if key not in seen]
    return judged


def _decide(
    judged: Judged,
    site: Situation,
    key: tuple[str, str],
    reading: Reading,
    row: Any,
    brewing: dict[str, Instant],
    now: Instant,
    hearing: Hearing,
) -> None:
    name = "/".join(key)
    found = verdict(reading, row is not None, brewing.get(name), now, hearing)
    if isinstance(found.decision, Raise):
        place = Place(site.site_id)
        judged.raises.append(Cause(place, *key, found.decision.since, reading.grade, reading.numbers, reading.area))
    elif isinstance(found.decision, Resolve):
        judged.resolves.append(row.id)
    elif row is not None:
        _follow(judged, row, reading)
    # What the situation itself dates needs no memory.
    if found.brewing is not None and (reading.since is None or row is not None):
        judged.brewing[name] = found.brewing
    judged.holds = judged.holds or row is not None or isinstance(found.decision, Raise)
    judged.due_at = min(judged.due_at, found.due_at or judged.due_at)


def _follow(judged: Judged, row: Any, reading: Reading) -> None:
    """The numbers of an alarm that goes on; its grade only ever grows, so that it cannot flicker."""
    grade = min(row.grade, reading.grade or row.grade)
    if grade != row.grade or json.dumps(reading.numbers) != row.numbers:
        judged.changes.append((row.id, grade, reading.numbers))


def _brewing(connection: Connection, sites: Collection[int]) -> dict[int, dict[str, Instant]]:
    found = connection.execute(select(Watch.site_id, Watch.brewing).where(Watch.site_id.in_(sites)))
    return {row.site_id: json.loads(row.brewing) for row in found}


def limits_of(cfg: Config) -> Limits:
    """The keys of the section `alarms` that rules read bear the same names."""
    own = {part.name: getattr(cfg.alarms, part.name) for part in fields(Limits) if part.name != "silent_after_s"}
    return Limits(silent_after_s=cfg.states.silent_after_s, **own)
