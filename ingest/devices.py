"""`python -m ingest devices list | waiting | tables`: what is bound, what waits for a binding, and what there is to bind to."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Connection, select

from clock import Clock
from config import Config
from contract import format_instant
from ingest.vendors.shelf import shelf
from ingest.vendors.tables import Table
from models.base import Instant
from models.binding import ALWAYS, Binding, device_of
from models.database import check_schema, engine_for, read_only
from models.device import Device
from models.event import Rejected
from models.place import Site

_BUSY_TIMEOUT_S = 30.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="action", dest="action")
    for name, sentence in (("list", "devices that are bound"), ("waiting", "devices whose messages no binding reads")):
        action = actions.add_parser(name, help=sentence)
        action.add_argument("--site", help="of this site only")
    actions.add_parser("tables", help="the tables and their choices")


def run(arguments: argparse.Namespace, cfg: Config) -> int:
    """A line a device, or a few lines a table."""
    if arguments.action == "tables":
        sys.stdout.writelines(f"{line}\n" for line in _tables())
        return 0
    engine = engine_for(cfg.database.url, _BUSY_TIMEOUT_S, cfg.database.cache_mib)
    check_schema(engine)
    with read_only(engine) as connection:
        now = Clock(cfg.clock.offset_s).now()
        lines = (
            _bound(connection, arguments.site, now)
            if arguments.action == "list"
            else _waiting(connection, arguments.site)
        )
        sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


def _tables() -> Iterator[str]:
    found = shelf()
    for table in found.tables.values():
        yield f"{table.name}  {table.title}"
        yield from _params(table)
    for name, why in found.refused.items():
        yield f"{name}  REFUSED: {why}"


def _params(table: Table) -> Iterator[str]:
    for param in table.params.values():
        choices = " | ".join(map(str, param.one_of)) or type(param.default).__name__
        state = "needed" if param.needed else f"default {json.dumps(param.default)}"
        yield f"    {param.name}: {choices} ({state}): {param.about}"


def _bound(connection: Connection, site: str | None, now: Instant) -> Iterator[str]:
    wanted = (
        select(Site.code, Binding, Device.heard_at)
        .join(Site, Site.id == Binding.site_id)
        .outerjoin(Device, (Device.site_id == Binding.site_id) & (Device.code == Binding.device))
        .order_by(Site.code, Binding.device, Binding.valid_from)
    )
    if site:
        wanted = wanted.where(Site.code == site)
    for row in connection.execute(wanted):
        since = "always" if row.valid_from == ALWAYS else format_instant(row.valid_from)
        heard = "never heard" if row.heard_at is None else f"heard {max(0, now - row.heard_at) // 1_000_000} s ago"
        yield f"{row.code}/{row.device}  {row.table_name} {row.params} area {row.area or 'main'}, since {since}, {heard}"


def _waiting(connection: Connection, site: str | None) -> Iterator[str]:
    wanted = select(Rejected.site, Rejected.topic, Rejected.bytes).where(
        Rejected.reason == "unknown_device", Rejected.replayed_at.is_(None)
    )
    if site:
        wanted = wanted.where(Rejected.site == site)
    found = Counter((row.site, device_of(row.topic, row.bytes) or "?") for row in connection.execute(wanted))
    for (code, device), messages in sorted(found.items()):
        yield f"{code}/{device}  {messages:,} messages wait: `python -m ingest bind {code} {device} TABLE`"
