"""Ended days become summaries: every site's, once; and again, as the next version, when something came late.

The ledger holds a row for each day that is done for all sites whose day ends then: at midnight, or at the hour that their
kind has (`models.day_begin`). `touched_day` holds one for each site-day that changed since.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import msgspec
from sqlalchemy import BindParameter, Connection, bindparam, delete, exists, func, insert, or_, select

from ingest.jobs.add_up_hours import to_do_again
from ingest.jobs.add_up_months import restated
from ingest.jobs.endings import SUMMARISE, Ending, ended, of_day
from ingest.jobs.lanes import in_lanes
from ingest.jobs.occasion import Counts, Occasion, day_rules, enter, forgotten_before, is_done
from models.base import HOUR, MINUTE, Instant, big
from models.civil_day import AT_MIDNIGHT, day_bounds, day_of
from models.database import read_only, transaction
from models.day import DaySummary, SiteDay, TouchedDay
from models.day_begin import begins_by_site, minutes_of, start_of, turns_known
from models.day_reading import facts_of
from models.day_versions import changes, why
from models.guest_day import keep_guests
from models.hours import HourSum
from models.hours_read import hours_of_day, keep_hours
from models.own_gap import known_until
from models.place import Site
from models.site_day import is_corrected_since, parsed, read_days

JOB = SUMMARISE
BITE = 20
"""Site-days worked out from one snapshot and written in one transaction; the worker waits for the writing alone."""

QUIET = 5 * MINUTE
"""So long a site-day is left alone after its last touch: a backlog that still comes in would make a version at each wake."""
PATIENCE = 60 * MINUTE
"""A day that is never quiet is restated so long after its first touch all the same."""

_GRACE: int = 10 * MINUTE
"""After a day's end: what an ordinary line still brings need not become a second version."""

_IN_SITES: BindParameter[Any] = bindparam("sites", expanding=True)
_VERSIONS = (
    select(SiteDay.site_id, func.max(SiteDay.version))
    .where(SiteDay.site_id.in_(_IN_SITES), SiteDay.day == bindparam("of"))
    .group_by(SiteDay.site_id)
)
_TOUCHES = select(TouchedDay.site_id, TouchedDay.touched_at).where(
    TouchedDay.site_id.in_(_IN_SITES), TouchedDay.day == bindparam("of")
)
_DONE = delete(TouchedDay).where(
    TouchedDay.site_id == bindparam("site"),
    TouchedDay.day == bindparam("of"),
    TouchedDay.touched_at == bindparam("at", type_=big),
)

SiteDays = list[tuple[int, date]]
SiteDayKey = tuple[int, str]


@dataclass(frozen=True)
class Worked:
    """A summary and what stood in the tables when it was worked out; it may be written only on top of just that."""

    site_id: int
    day: str
    version: int
    """The last one; 0 before the first."""
    touched_at: Instant | None
    summary: str
    differs: bool
    changes: str
    why: str
    hours: list[HourSum]
    came: frozenset[int]
    """Hashes of the cards that came in."""
    bounds: tuple[Instant, Instant]

    @property
    def key(self) -> SiteDayKey:
        return self.site_id, self.day

    def is_upon(self, version: int, touched_at: Instant | None) -> bool:
        """Whether the tables still stand as they did then; of a day's first version it is enough that there is none."""
        return version == self.version and (not version or touched_at == self.touched_at)

    def row(self, now: Instant) -> dict[str, Any]:
        made = {"version": self.version + 1, "made_at": now, "summary": self.summary}
        return {"site_id": self.site_id, "day": self.day, "changes": self.changes, "why": self.why} | made


def summarise_days(occasion: Occasion) -> Counts:
    """Counts `site_days` looked at, `versions` written, `days` finished for all sites that end it at the same time;
    `too_old` are left as they were."""
    counts = {"site_days": 0, "versions": 0, "days": 0}
    if occasion.day and _is_too_old(occasion, occasion.day):
        return counts | {"too_old": 1}
    for ending in _known(occasion, _due(occasion)):
        if _summarise_sites(occasion, ending, counts):
            counts["days"] += 1
    if not occasion.day:
        _restate(occasion, counts)
    return counts


def _is_too_old(occasion: Occasion, day: date) -> bool:
    """A day that was summed up and whose raw events may be gone: what is left of them says less, and not something newer."""
    with read_only(occasion.engine) as connection:
        gone_before = forgotten_before(connection)
    due = occasion.now - (occasion.cfg.ingest.keep_raw_days + 1) * 24 * HOUR
    return day_bounds(day, occasion.cfg.time.zone)[0] < max(gone_before, due)


def first_day_needed(occasion: Occasion) -> date:
    """The first day whose raw events a summary may still read: not summed up yet, or touched since it was."""
    due = [ending.day for ending in _due(occasion)]
    with read_only(occasion.engine) as connection:
        touched = connection.execute(select(func.min(TouchedDay.day))).scalar()
    return min([occasion.today, *due, *([date.fromisoformat(touched)] if touched else [])])


def _due(occasion: Occasion) -> list[Ending]:
    """In order. A person may ask for any day again; the clock takes those that have ended and are not in the ledger."""
    with read_only(occasion.engine) as connection:
        return of_day(connection, occasion.day) if occasion.day else ended(connection, occasion, _GRACE)


def _known(occasion: Occasion, endings: list[Ending]) -> list[Ending]:
    """Without those of which we do not know yet when we ourselves listened: they would blame the sites for it."""
    with read_only(occasion.engine) as connection:
        until = None if occasion.day else known_until(connection)
    return [one for one in endings if until is None or one.end(occasion.cfg.time.zone) <= until]


def _summarise_sites(occasion: Occasion, ending: Ending, counts: Counts) -> bool:
    """Every site that stood by its day's end; then the day is entered in the ledger. False: told to stop, or done before."""
    with read_only(occasion.engine) as connection:
        if is_done(connection, occasion, JOB, ending.period):
            return False
        sites = _without_summary(connection, occasion, ending)
    bites = [[(site, ending.day) for site in sites[first : first + BITE]] for first in range(0, len(sites), BITE)]
    done = in_lanes(occasion.engine, lambda bite: _bitten(occasion, bite), bites)
    for bite in done:
        _add(counts, bite or {})
    if None in done:
        return False
    with transaction(occasion.engine) as connection:
        enter(connection, occasion, JOB, ending.period, counts)
    return True


def _bitten(occasion: Occasion, bite: SiteDays) -> Counts | None:
    """None: the job was told to stop before this one began."""
    if occasion.is_stopping():
        return None
    with read_only(occasion.engine) as connection:
        worked = work_out(connection, occasion, bite)
    with transaction(occasion.engine) as connection:
        done = keep(connection, occasion, worked)
    occasion.breathe()
    return done


def _add(counts: Counts, done: Counts) -> None:
    for name, number in done.items():
        counts[name] += number


def _without_summary(connection: Connection, occasion: Occasion, ending: Ending) -> list[int]:
    """The sites; one that a killed run has done already is left out, unless a person asks for the day again.

    One that had closed for good has no more days; what still comes of it touches its day.
    """
    day, zone, turns = ending.day, occasion.cfg.time.zone, turns_known(connection)
    stood = or_(Site.ended_from.is_(None), Site.ended_from > start_of(Site.id, day, zone, turns))
    wanted = select(Site.id).where(Site.created_at < ending.end(zone), stood)
    if turns:
        wanted = wanted.where(minutes_of(Site.id, day + timedelta(days=1)) == ending.minutes)
    if not occasion.day:
        wanted = wanted.where(~exists().where(SiteDay.site_id == Site.id, SiteDay.day == day.isoformat()))
    return list(connection.execute(wanted.order_by(Site.id)).scalars())


def _restate(occasion: Occasion, counts: Counts) -> None:
    """Site-days that changed after their end; each once a run, so that a backlog still coming in is not chased."""
    with read_only(occasion.engine) as connection:
        touched, old = _touched(connection, occasion)
    if old:
        with transaction(occasion.engine) as connection:
            connection.execute(delete(TouchedDay).where(TouchedDay.day.in_(old)))
        counts["too_old"] = len(old)
    for first in range(0, len(touched), BITE):
        _add(counts, _bitten(occasion, touched[first : first + BITE]) or {})


def _touched(connection: Connection, occasion: Occasion) -> tuple[SiteDays, set[str]]:
    """Those that have been left alone for a while, or have waited long enough; and days whose raw events are gone."""
    zone = occasion.cfg.time.zone
    ended_by = occasion.now - _GRACE
    quiet, waited = TouchedDay.touched_at <= occasion.now - QUIET, TouchedDay.since <= occasion.now - PATIENCE
    rows = connection.execute(
        select(TouchedDay.site_id, TouchedDay.day)
        .where(TouchedDay.day < day_of(ended_by, zone).isoformat(), or_(quiet, waited))
        .order_by(TouchedDay.day, TouchedDay.site_id)
    )
    waiting = [(site_id, date.fromisoformat(day)) for site_id, day in rows]
    begins = begins_by_site(connection)
    waiting = [(site, day) for site, day in waiting if day < day_of(ended_by, zone, begins.get(site, AT_MIDNIGHT))]
    gone_before = forgotten_before(connection)
    old = {day for day in {day for _, day in waiting} if day_bounds(day, zone)[0] < gone_before}
    return [one for one in waiting if one[1] not in old], {day.isoformat() for day in old}


def work_out(connection: Connection, occasion: Occasion, site_days: SiteDays) -> list[Worked]:
    """All of the arithmetic, on a snapshot that holds up nobody."""
    worked, rules, zone = [], day_rules(occasion.cfg), occasion.cfg.time.zone
    stands = _stands(connection, site_days)
    for day, sites in _by_day(site_days).items():
        for site_id, read in read_days(connection, sites, day, zone, rules).items():
            version, touched_at = stands[site_id, day.isoformat()]
            last, made_at = _last(connection, site_id, day.isoformat(), version) if version else (None, 0)
            corrected = last is not None and is_corrected_since(connection, site_id, day, made_at)
            worked.append(
                Worked(
                    site_id=site_id,
                    day=day.isoformat(),
                    version=version,
                    touched_at=touched_at,
                    summary=msgspec.json.encode(read.summary).decode(),
                    differs=last is None or facts_of(last) != facts_of(read.summary),
                    changes=msgspec.json.encode(changes(last, read.summary)).decode(),
                    why=why(last, read.summary, corrected),
                    hours=hours_of_day(read),
                    came=read.came,
                    bounds=read.bounds,
                )
            )
    return worked


def _by_day(site_days: SiteDays) -> dict[date, list[int]]:
    found: dict[date, list[int]] = defaultdict(list)
    for site_id, day in site_days:
        found[day].append(site_id)
    return found


def _stands(connection: Connection, site_days: SiteDays) -> dict[SiteDayKey, tuple[int, Instant | None]]:
    """The last version's number, and when the site-day was last touched since it was summed up."""
    found: dict[SiteDayKey, tuple[int, Instant | None]] = {}
    for day, sites in _by_day(site_days).items():
        asked = {"sites": sites, "of": day.isoformat()}
        versions: dict[int, int] = dict(connection.execute(_VERSIONS, asked).all())
        touches: dict[int, Instant] = dict(connection.execute(_TOUCHES, asked).all())
        found |= {(site, day.isoformat()): (versions.get(site, 0), touches.get(site)) for site in sites}
    return found


def _last(connection: Connection, site_id: int, day: str, version: int) -> tuple[DaySummary | None, Instant]:
    """The last version and when it was made."""
    wanted = select(SiteDay.summary, SiteDay.made_at).where(
        SiteDay.site_id == site_id, SiteDay.day == day, SiteDay.version == version
    )
    found = connection.execute(wanted).first()
    return (parsed(found.summary), found.made_at) if found else (None, 0)


def keep(connection: Connection, occasion: Occasion, worked: list[Worked]) -> Counts:
    """One statement for each table. What another run was faster with, or more came in for meanwhile, is left: such a day
    is still marked touched if need be."""
    for bounds in {one.bounds for one in worked}:
        to_do_again(connection, bounds, occasion.cfg.time.zone)
    stands = _stands(connection, [(one.site_id, date.fromisoformat(one.day)) for one in worked])
    good = [one for one in worked if one.is_upon(*stands[one.key])]
    new = [one for one in good if one.differs]
    if new:
        connection.execute(insert(SiteDay), [one.row(occasion.now) for one in new])
        restated(connection, [one.key for one in new])
    if good:
        keep_hours(connection, [(one.site_id, one.bounds, one.hours) for one in good])
        keep_guests(connection, {one.key: one.came for one in good})
    touched = [one for one in good if one.touched_at is not None]
    if touched:
        connection.execute(_DONE, [{"site": one.site_id, "of": one.day, "at": one.touched_at} for one in touched])
    return {"site_days": len(good), "versions": len(new)}
