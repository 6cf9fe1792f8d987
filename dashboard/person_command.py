"""python -m dashboard person load | export | erase: names that a site keeps, and what one person may ask for."""

import argparse
import json
import sys
from pathlib import Path

from sqlalchemy import Engine

from clock import real_now
from dashboard.access import COMMAND, Viewer
from dashboard.actions import ActionRefused
from dashboard.person_rights import NoReason
from dashboard.person_rights import export as exported
from dashboard.persons import WrongLines, enter, entries_of
from models.erasing import NobodyThere, erase, erased_file
from models.person import PURPOSES
from models.sealing import seal_of


def add_commands(person: argparse.ArgumentParser) -> None:
    commands = person.add_subparsers(required=True, metavar="command")
    load = commands.add_parser(
        "load", help="keep the names of a site's persons, sealed: a CSV of person, name, contact"
    )
    load.add_argument("site")
    load.add_argument("file", type=Path)
    load.set_defaults(deed=_load)
    export = commands.add_parser("export", help="print all that is kept of one person, as JSON")
    export.add_argument("site")
    export.add_argument("person", help="the token that the site sends")
    export.add_argument("--purpose", required=True, choices=[*PURPOSES], help="what for; it is kept with the deed")
    export.add_argument("--reason", required=True, help="in a few words, without her name or a number")
    export.set_defaults(deed=_export)
    away = commands.add_parser(
        "erase", help="erase one person: name, contact, and every trace of the token; counts stay"
    )
    away.add_argument("site")
    away.add_argument("person", help="the token that the site sends")
    away.set_defaults(deed=_erase)


def run(arguments: argparse.Namespace, engine: Engine, key_file: str) -> int:
    try:
        sys.stdout.write(f"{arguments.deed(arguments, engine, key_file)}\n")
    except (NobodyThere, NoReason, WrongLines, OSError, UnicodeError) as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    return 0


def _load(arguments: argparse.Namespace, engine: Engine, key_file: str) -> str:
    entries = entries_of(arguments.file.read_text(encoding="utf-8-sig"))
    operator = Viewer(COMMAND.name, "site", f"site:{arguments.site}")
    try:
        count = enter(engine, operator, seal_of(key_file), arguments.site, entries, real_now(), real_now())
    except ActionRefused as refusal:
        raise NobodyThere(f"the registry has no site {arguments.site}") from refusal
    return f"{count} names kept for {arguments.site}, sealed; delete {arguments.file}"


def _export(arguments: argparse.Namespace, engine: Engine, key_file: str) -> str:
    why = (arguments.purpose, arguments.reason)
    told = exported(engine, seal_of(key_file), arguments.site, arguments.person, why, real_now())
    return json.dumps(told, ensure_ascii=False, indent=1, default=str)


def _erase(arguments: argparse.Namespace, engine: Engine, key_file: str) -> str:
    counts = erase(engine, key_file, arguments.site, arguments.person, real_now())
    told = ", ".join(f"{name} {n}" for name, n in counts.items() if n) or "nothing that was not gone before"
    return (
        f"erased: {told}; backups from before still hold it until they go. Keep {erased_file(key_file)}: by it she goes "
        "again where one of them is restored"
    )
