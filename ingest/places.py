"""`python -m ingest places load|export|import FILE`: the registry of sites, and all that was set up, as files.

Works with no worker, broker or secret; only the replay of what was quarantined for a new site goes through the inbox.
"""

import argparse
import sys
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import StatementError

from clock import Clock, real_now
from config import Config
from models.audit import audit_command
from models.base import Instant
from models.configuration import ConfigurationRefused, exported, imported, read_configuration
from models.database import DatabaseRefused, check_schema, engine_for, is_transient, read_only, transaction
from models.day_begin import DayBegins
from models.place_file import FileRefused, Say, read_places
from models.place_load import Report, load_places
from models.place_plan import Plan

_BUSY_TIMEOUT_S = 30.0
_AT_MIDNIGHT: DayBegins = MappingProxyType({})


def load(
    engine: Engine,
    path: Path,
    now: Instant,
    dry_run: bool = False,
    zone: str = "Asia/Shanghai",
    say: Say = lambda _line: None,
    day_begins: DayBegins = _AT_MIDNIGHT,
) -> Report:
    """Register the file's sites.

    `zone` is that of dates in `valid_from`; `day_begins` says when the days of new sites begin.
    Raises FileRefused with every wrong line; then nothing is written.
    """

    def also(connection: Connection, made: Plan) -> None:
        said = {"file": path.name, "created": len(made.created), "updated": len(made.updated)}
        audit_command(connection, real_now(), "registry.load", "registry", said)

    file = read_places(path.read_bytes(), say)
    return load_places(engine, file, now, zone, day_begins, dry_run=dry_run, also=also, say=say)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="action", dest="action")
    loading = actions.add_parser("load", help="register or update the sites of a CSV or GeoJSON file")
    loading.add_argument("file", type=Path, metavar="FILE")
    loading.add_argument("--dry-run", action="store_true", help="check and count, write nothing")
    for action, sentence in (
        ("export", "write places, areas, devices, bindings, what holds since when and recipients into one file"),
        ("import", "take such a file: what is in it is made as it says, what is not in it stays"),
    ):
        actions.add_parser(action, help=sentence).add_argument("file", type=Path, metavar="FILE")


def run(arguments: argparse.Namespace, cfg: Config) -> int:
    """0 done; 1 with what is wrong on standard error."""
    engine = engine_for(cfg.database.url, _BUSY_TIMEOUT_S, cfg.database.cache_mib)
    check_schema(engine)
    now = Clock(cfg.clock.offset_s).now()
    if arguments.action != "load":
        return _export(engine, arguments.file) if arguments.action == "export" else _import(engine, arguments.file, now)
    return _load(engine, arguments, now, cfg)


def _export(engine: Engine, path: Path) -> int:
    with read_only(engine) as connection:
        content = exported(connection)
    path.touch(mode=0o600)
    path.write_bytes(content + b"\n")
    sys.stdout.write(f"{path}: {len(content):,} bytes\n")
    return 0


def _import(engine: Engine, path: Path, now: Instant) -> int:
    try:
        said = read_configuration(path.read_bytes())
        with transaction(engine) as connection:
            waiting = imported(connection, said, now)
            kept = {"file": path.name, "sites": len(said.sites), "recipients": len(said.recipients)}
            audit_command(connection, real_now(), "registry.import", "registry", kept)
    except (ConfigurationRefused, StatementError) as refusal:
        if is_transient(refusal):
            raise DatabaseRefused(f"the database did not take it, nothing was written: {refusal}") from refusal
        why = str(getattr(refusal, "orig", None) or refusal).splitlines()[0]
        sys.stderr.write(f"{path}: {why}; nothing was written\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{path}: cannot be read ({error.strerror})\n")
        return 1
    sys.stdout.write(f"sites: {len(said.sites):,} imported; quarantined messages to be replayed: {waiting:,}\n")
    return 0


def _load(engine: Engine, arguments: argparse.Namespace, now: Instant, cfg: Config) -> int:
    try:
        report = load(engine, arguments.file, now, arguments.dry_run, cfg.time.zone, _say, cfg.time.begins)
    except FileRefused as refusal:
        sys.stderr.write(f"{refusal}\n{arguments.file}: {len(refusal.wrong):,} wrong, nothing was written\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{arguments.file}: cannot be read ({error.strerror})\n")
        return 1
    except Exception as error:
        if is_transient(error):
            raise DatabaseRefused(
                f"the database did not take the registry, nothing was written: {error.__cause__}"
            ) from error
        raise
    for warning in report.warnings:
        _say(f"warning: {warning.text}")
    if arguments.dry_run:
        sys.stdout.writelines(f"{line}\n" for line in told(report))
    sys.stdout.write(f"{report}\n")
    return 0


def told(report: Report) -> list[str]:
    """What would be made and changed, a site a line."""
    made = [f"would create {site}" for site in report.made.created]
    return made + [f"would change {site}: {', '.join(columns)}" for site, columns in report.made.updated.items()]


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
