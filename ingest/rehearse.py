"""`python -m ingest rehearse alarms.overcap_pct=95 …`: what other limits would have rung in the last days, before they hold.

Nothing is written: the rules are walked along what is kept, once with the limits that hold and once with those given.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, select

import config
from clock import Clock
from config import PREFIX, Config, ConfigError
from ingest.areas import AreasKnown, areas_known
from ingest.jobs.occasion import day_rules
from ingest.judge import limits_of
from ingest.progress import told
from ingest.rehearsal import REHEARSED, Kept, Planned, Run, rehearse
from ingest.rules.situation import Limits
from models.availability import HeardSlot, Span, opening_spans
from models.availability_read import opening_rules
from models.base import HOUR, MINUTE, Instant
from models.database import check_schema, engine_for, read_only
from models.event import SLOT_US
from models.occupancy import HeadCount, SiteSlot, Slot, SlotFold, stored
from models.place import Site
from models.service import Service

DAYS_MOST = 31
_DAY: Instant = 24 * HOUR


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "limits", nargs="+", metavar="KEY=VALUE", help="keys of config.yaml, such as alarms.overcap_pct=95"
    )
    parser.add_argument("--days", type=int, default=7, help=f"so many days up to now, at most {DAYS_MOST}")
    parser.add_argument("--site", default="", help="one site; else all")


def run(arguments: argparse.Namespace, cfg: Config) -> int:
    if not 1 <= arguments.days <= DAYS_MOST:
        raise ConfigError(f"--days: 1 to {DAYS_MOST}")
    other = _with(arguments.limits)
    engine = engine_for(cfg.database.url, cfg.database.busy_timeout_s, cfg.database.cache_mib)
    check_schema(engine)
    now = Clock(cfg.clock.offset_s).now()
    span = now - arguments.days * _DAY, now
    with read_only(engine) as connection:
        sites = _sites(connection, arguments.site)
        if not sites:
            raise ConfigError(f"{arguments.site or 'the registry'}: no such site")
        found: list[tuple[str, Counter[str], Counter[str]]] = []
        with told("rehearsing", lambda: f"{len(found)} of {len(sites)} sites"):
            for code, kept in _kept(connection, sites, span, cfg):
                found.append((code, _rung(kept, span, cfg), _rung(kept, span, other)))
    sys.stdout.write(_table(found, arguments.days))
    return 0


def _with(given: Sequence[str]) -> Config:
    """The configuration with these keys, checked as if they stood in the file. Raises ConfigError."""
    changed = {}
    for one in given:
        key, is_there, value = one.partition("=")
        section, _, name = key.partition(".")
        if not is_there or section not in ("alarms", "states"):
            raise ConfigError(f"{one}: expected a limit such as alarms.overcap_pct=95")
        changed[f"{PREFIX}{section.upper()}_{name.upper()}"] = value
    return config.load(environ=os.environ | changed)


def _rung(kept: Kept, span: Span, cfg: Config) -> Counter[str]:
    limits: Limits = limits_of(cfg)
    return rehearse(kept, span, limits, cfg.alarms.reopen_within_min * MINUTE)


def _sites(connection: Connection, code: str) -> list[tuple[int, str, Instant]]:
    wanted = select(Site.id, Site.code, Site.created_at).order_by(Site.code)
    found = connection.execute(wanted.where(Site.code == code) if code else wanted)
    return [(row.id, row.code, row.created_at) for row in found]


def _kept(
    connection: Connection, sites: Sequence[tuple[int, str, Instant]], span: Span, cfg: Config
) -> Iterator[tuple[str, Kept]]:
    exceptions = day_rules(cfg).exceptions
    for id_, code, created_at in sites:
        known = areas_known(connection, [id_], span[1])
        # A day before tells how it stood at the beginning.
        wide = max(span[0] - _DAY, created_at), span[1]
        rules = opening_rules(connection, [id_], span[1])
        slots, own = _slots(connection, known, id_, wide)
        planned, runs = _services(connection, id_, wide)
        yield (
            code,
            Kept(
                site_id=id_,
                registered_at=created_at,
                areas=known.by_site.get(id_, ()),
                whole=known.whole.get(id_),
                own=own,
                slots=slots,
                heard=_heard(connection, id_, wide),
                opened=tuple(opening_spans(rules.get(id_, ()), wide, cfg.time.zone, exceptions)),
                planned=planned,
                runs=runs,
            ),
        )


def _slots(
    connection: Connection, known: AreasKnown, site: int, span: Span
) -> tuple[dict[int, list[SlotFold]], frozenset[int]]:
    tracks = list(known.tracks([site]))
    columns = Slot.__table__.c
    wanted = (columns.track.in_(tracks), columns.slot >= span[0] // SLOT_US, columns.slot <= span[1] // SLOT_US)
    slots: dict[int, list[SlotFold]] = {}
    for row in connection.execute(select(*columns).where(*wanted).order_by(columns.track, columns.slot)):
        slots.setdefault(row.track, []).append(stored(row))
    own = connection.execute(select(HeadCount.track).where(HeadCount.track.in_(tracks), HeadCount.own == 1)).scalars()
    return slots, frozenset(own)


def _heard(connection: Connection, site: int, span: Span) -> list[HeardSlot]:
    c = SiteSlot.__table__.c
    wanted = (c.site_id == site, c.slot >= span[0] // SLOT_US, c.slot <= span[1] // SLOT_US)
    found = connection.execute(
        select(c.slot, c.minutes, c.events, c.timed, c.over_600s).where(*wanted).order_by(c.slot)
    )
    return [HeardSlot(*row) for row in found]


def _services(connection: Connection, site: int, span: Span) -> tuple[tuple[Planned, ...], tuple[Run, ...]]:
    """What was called off never waited: when that was is not kept apart from the event."""
    found = connection.execute(
        select(Service).where(Service.site_id == site, Service.due_at >= span[0], Service.due_at < span[1])
    )
    planned, runs = [], []
    for row in found:
        if row.state != "cancelled" and row.plan is not None:
            planned.append(Planned(row.due_at, row.started_at or row.completed_at))
        if row.started_at is not None and row.minutes is not None:
            runs.append(Run(row.started_at, row.completed_at, row.minutes))
    return tuple(planned), tuple(runs)


def _table(found: Sequence[tuple[str, Counter[str], Counter[str]]], days: int) -> str:
    lines = [f"alarms of {len(found)} sites in {days} days, looked at every five minutes", ""]
    lines.append(f"{'kind':<10}{'as it is':>10}{'at sites':>10}{'with this':>11}{'at sites':>10}  most often")
    for kind in REHEARSED:
        before = {code: rung[kind] for code, rung, _ in found if rung[kind]}
        after = Counter({code: rung[kind] for code, _, rung in found if rung[kind]})
        most = ", ".join(f"{code} {n}" for code, n in after.most_common(3))
        lines.append(
            f"{kind:<10}{sum(before.values()):>10,}{len(before):>10,}{after.total():>11,}{len(after):>10,}  {most}".rstrip()
        )
    lines += ["", "Other kinds hang on what is kept only as it is now, and are not rehearsed."]
    return "\n".join(lines) + "\n"
