"""`python -m ingest bind SITE DEVICE TABLE`: which vendor table reads a device; what waited for it is replayed."""

import argparse
import sys

from sqlalchemy import select

from clock import Clock, real_now
from config import Config
from contract import is_site, parse_instant
from ingest.vendors.expressions import TableRefused
from ingest.vendors.shelf import shelf
from ingest.vendors.tables import AREA, given_params
from models.audit import audit_command
from models.base import Instant
from models.binding import ALWAYS, bind
from models.database import check_schema, engine_for, transaction
from models.place import Site

_BUSY_TIMEOUT_S = 30.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("site", metavar="SITE")
    parser.add_argument("device", metavar="DEVICE", help="its code, as it stands in the topic")
    parser.add_argument("table", metavar="TABLE", help="`python -m ingest devices tables` prints them")
    parser.add_argument("--param", action="append", default=[], metavar="NAME=VALUE", help="a choice of the table")
    parser.add_argument("--area", help="where it hangs; default: the site's main area")
    parser.add_argument(
        "--from",
        dest="valid_from",
        metavar="TIME",
        help="always, or RFC 3339; default: always for a first binding, now for a later one",
    )


def run(arguments: argparse.Namespace, cfg: Config) -> int:
    """0 bound; 1 with what is wrong on standard error."""
    try:
        params, valid_from = _checked(arguments)
    except (TableRefused, ValueError) as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    engine = engine_for(cfg.database.url, _BUSY_TIMEOUT_S, cfg.database.cache_mib)
    check_schema(engine)
    now = Clock(cfg.clock.offset_s).now()
    with transaction(engine) as connection:
        site_id = connection.execute(select(Site.id).where(Site.code == arguments.site)).scalar()
        if site_id is None:
            sys.stderr.write(f"no site {arguments.site}: register it with `python -m ingest places load`\n")
            return 1
        waiting = bind(
            connection, site_id, arguments.device, arguments.table, params, arguments.area, valid_from, now
        )  # fmt: skip
        chosen = {"table": arguments.table, "params": params, "area": arguments.area}
        audit_command(connection, real_now(), "device.bind", f"{arguments.site}/{arguments.device}", chosen)
    sys.stdout.write(
        f"{arguments.site}/{arguments.device} is read by {arguments.table}; quarantined messages to be replayed: {waiting:,}\n"
    )
    return 0


def _checked(arguments: argparse.Namespace) -> tuple[dict[str, str], Instant | None]:
    if not is_site(arguments.device):
        raise ValueError(f"{arguments.device!r} is no device's code: 2 to 32 of a-z 0-9 -")
    if arguments.area is not None and not AREA.fullmatch(arguments.area):
        raise ValueError(f"{arguments.area!r} is no area's code: 1 to 32 of a-z 0-9 -")
    params = {}
    for pair in arguments.param:
        name, sign, value = pair.partition("=")
        if not sign:
            raise ValueError(f"--param {pair!r} is not NAME=VALUE")
        params[name] = value
    given_params(shelf().table(arguments.table), params)
    return params, ALWAYS if arguments.valid_from == "always" else arguments.valid_from and parse_instant(
        arguments.valid_from
    )
