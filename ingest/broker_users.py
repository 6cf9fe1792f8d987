"""`python -m ingest broker-user add|rotate|revoke|list`: passwords for sites and their devices, shown once.

They reach Mosquitto with the next `broker-files` and a reload of the broker.
"""

import argparse
import sys

from sqlalchemy import Connection, select

from clock import real_now
from config import Config
from models import broker_user
from models.audit import audit_command
from models.base import Instant
from models.broker_user import BrokerUser, is_user, let_in, site_of
from models.civil_day import wall_clock
from models.database import check_schema, engine_for, read_only, transaction
from models.place import Site


class UserRefused(Exception):
    """A user that cannot be; the message says what is allowed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(required=True, metavar="verb", dest="verb")
    for verb, sentence in (
        ("add", "make a user and print its password once, alone on standard output"),
        ("rotate", "give a user another password and print it once"),
        ("revoke", "leave a user out of the next files"),
    ):
        verbs.add_parser(verb, help=sentence).add_argument("name", help="SITE, or SITE.NAME for a device of its own")
    verbs.add_parser("list", help="who there is")


def run(arguments: argparse.Namespace, cfg: Config) -> int:
    engine = engine_for(cfg.database.url)
    check_schema(engine)
    if arguments.verb == "list":
        with read_only(engine) as connection:
            sys.stdout.writelines(f"{line}\n" for line in _lines(connection, cfg.time.zone))
        return 0
    try:
        with transaction(engine) as connection:
            said = VERBS[arguments.verb](connection, arguments.name, real_now())
            what = "credential.revoke" if arguments.verb == "revoke" else "credential.give"
            audit_command(connection, real_now(), what, arguments.name, {"verb": arguments.verb})
    except UserRefused as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    sys.stdout.write(f"{said}\n")
    return 0


def add(connection: Connection, name: str, now: Instant) -> str:
    """The password of a new user. Raises UserRefused for a name that is taken, malformed, or of no registered site."""
    site = site_of(name)
    if site is None:
        raise UserRefused(f"{name!r} is no user: SITE or SITE.NAME, of a-z 0-9 -, and not beginning with eldercare-")
    if connection.execute(select(Site.id).where(Site.code == site)).first() is None:
        raise UserRefused(f"no site {site}: register it first with `python -m ingest places load FILE`")
    if is_user(connection, name):
        raise UserRefused(f"user {name} exists already; another password: `python -m ingest broker-user rotate {name}`")
    return let_in(connection, name, now)


def rotate(connection: Connection, name: str, now: Instant) -> str:
    """Another password; a revoked user is let in again."""
    _needed(connection, name)
    return let_in(connection, name, now)


def revoke(connection: Connection, name: str, now: Instant) -> str:
    _needed(connection, name)
    broker_user.revoke(connection, name, now)
    return f"{name} is left out of the next files: `python -m ingest broker-files DIR`, then reload the broker"


VERBS = {"add": add, "rotate": rotate, "revoke": revoke}


def _needed(connection: Connection, name: str) -> None:
    if not is_user(connection, name):
        raise UserRefused(f"no user {name}: make it with `python -m ingest broker-user add {name}`")


def _lines(connection: Connection, zone: str) -> list[str]:
    rows = connection.execute(select(BrokerUser.name, BrokerUser.made_at, BrokerUser.revoked_at).order_by("name"))
    return [
        f"{row.name:<40} made {wall_clock(row.made_at, zone)}"
        + (f", revoked {wall_clock(row.revoked_at, zone)}" if row.revoked_at else "")
        for row in rows
    ]
