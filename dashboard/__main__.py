"""python -m dashboard run | account | apikey | sheet: wiring only."""

import argparse
import gc
import socket
import sys

import uvicorn
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

import config
import contract
import logs
from clock import Clock, real_now
from config import Config, ConfigError
from dashboard.access import (
    AccountRefused,
    accounts,
    add_account,
    add_key,
    checked,
    disable_account,
    is_scope_known,
    keys,
    make_link,
    revoke_key,
)
from dashboard.paper import NoPaper
from dashboard.people_actions import reset_factor_by_command
from dashboard.person_command import add_commands
from dashboard.person_command import run as run_person
from models.audit import check_chain
from models.database import DatabaseRefused, check_schema, engine_for
from models.permission import ROLES
from models.rekeying import prepare, rekey

OBJECTS_BETWEEN_LOOKS = 100_000
"""Each picture makes thousands of rows that refer to each other in no circle; to look for circles after every 700, as
Python does of itself, walks all that the feed holds of a large district."""


def main(argv: list[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments, config.load()))
    except (ConfigError, DatabaseRefused, AccountRefused, NoPaper) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except DBAPIError as error:
        print(
            f"the database does not take it: {error.orig}; is another program writing for long? try again",
            file=sys.stderr,
        )
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dashboard", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    commands.add_parser("run", help="serve the pages, the live streams and the API").set_defaults(run=_run)
    _account_commands(commands.add_parser("account", help="who may sign in"))
    _key_commands(commands.add_parser("apikey", help="which programs may ask"))
    add_commands(commands.add_parser("person", help="names that sites keep; what one person may ask for"))
    commands.choices["person"].set_defaults(run=_person)
    verify = commands.add_parser("audit", help="what was done by whom")
    deeds = verify.add_subparsers(required=True, metavar="command")
    deeds.add_parser("verify", help="look through the chain of deeds; exit 1 where it is broken").set_defaults(
        run=_verify
    )
    anew = commands.add_parser("rekey", help="seal whatever is sealed with a new key, while everything runs")
    anew.add_argument("--prepare", action="store_true", help="only make the next key, to be copied to other machines")
    anew.set_defaults(run=_rekey)
    sheet = commands.add_parser("sheet", help="a site's day as a PDF or, by the file's name, as one HTML document")
    sheet.add_argument("site")
    sheet.add_argument("day", help="such as 2026-11-22")
    sheet.add_argument("file", help="SOMETHING.pdf or SOMETHING.html")
    sheet.add_argument("--language", choices=["zh", "en"], help="the installation's where nothing is said")
    sheet.set_defaults(run=_sheet)
    return parser


def _account_commands(account: argparse.ArgumentParser) -> None:
    commands = account.add_subparsers(required=True, metavar="command")
    add = commands.add_parser("add", help="make an account")
    _named(add)
    add.set_defaults(run=_add_account)
    link = commands.add_parser("link", help="print a one-time sign-in link")
    link.add_argument("name")
    link.set_defaults(run=_link)
    disable = commands.add_parser("disable", help="let an account in no more; its sessions end at once")
    disable.add_argument("name")
    disable.set_defaults(run=_disable)
    reset = commands.add_parser(
        "reset-factor", help="a phone is lost: take the second factor away; sessions end at once"
    )
    reset.add_argument("name")
    reset.set_defaults(run=_reset_factor)
    commands.add_parser("list", help="print every account, its role and its scope").set_defaults(run=_list_accounts)
    calibrate = commands.add_parser("calibrate", help="measure what a check of a password may cost on this machine")
    calibrate.set_defaults(run=_calibrate)


def _key_commands(apikey: argparse.ArgumentParser) -> None:
    commands = apikey.add_subparsers(required=True, metavar="command")
    add = commands.add_parser("add", help="make a key and print it once, alone on standard output")
    _named(add)
    add.set_defaults(run=_add_key)
    revoke = commands.add_parser("revoke", help="make a key worthless at once")
    revoke.add_argument("name")
    revoke.set_defaults(run=_revoke)
    commands.add_parser("list", help="print every good key's name, role and scope").set_defaults(run=_list_keys)


def _named(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name")
    parser.add_argument("--role", required=True, help=", ".join(ROLES))
    parser.add_argument("--scope", default="", help="a street, community or site code; none: the whole district")


def _engine(cfg: Config) -> Engine:
    engine = engine_for(cfg.database.url)
    check_schema(engine)
    return engine


def _warn_of_unknown(engine: Engine, role: str, scope: str) -> None:
    """A key may be made before its site is loaded, but a typo would see nothing for ever."""
    scope = checked(role, scope)[1]
    if not is_scope_known(engine, scope):
        print(
            f"note: the registry has no {scope.replace(':', ' ')} yet; until it does, nothing is seen", file=sys.stderr
        )


def _add_account(arguments: argparse.Namespace, cfg: Config) -> int:
    engine = _engine(cfg)
    add_account(engine, arguments.name, arguments.role, arguments.scope, real_now())
    _warn_of_unknown(engine, arguments.role, arguments.scope)
    print(f"account {arguments.name} made; sign in with: python -m dashboard account link {arguments.name}")
    return 0


def _link(arguments: argparse.Namespace, cfg: Config) -> int:
    token = make_link(_engine(cfg), arguments.name, real_now(), cfg.web.link_minutes)
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(cfg.web.host, cfg.web.host)  # noqa: S104
    print(f"http://{host}:{cfg.web.port}/enter/{token}")
    return 0


def _disable(arguments: argparse.Namespace, cfg: Config) -> int:
    disable_account(_engine(cfg), arguments.name, real_now())
    print(f"account {arguments.name} disabled")
    return 0


def _reset_factor(arguments: argparse.Namespace, cfg: Config) -> int:
    reset_factor_by_command(_engine(cfg), arguments.name, real_now())
    print(
        f"the second factor of {arguments.name} is gone; sign in with: python -m dashboard account link {arguments.name}"
    )
    return 0


def _list_accounts(_arguments: argparse.Namespace, cfg: Config) -> int:
    for name, role, scope, is_good in accounts(_engine(cfg)):
        print(f"{name}\t{role}\t{scope or 'whole district'}\t{'' if is_good else 'disabled'}".rstrip())
    return 0


def _calibrate(_arguments: argparse.Namespace, _cfg: Config) -> int:
    """The dearest setting within reach of a person's patience, as lines for config.yaml."""
    from dashboard.calibrating import calibrated

    for line in calibrated():
        print(line)
    return 0


def _add_key(arguments: argparse.Namespace, cfg: Config) -> int:
    engine = _engine(cfg)
    key = add_key(engine, arguments.name, arguments.role, arguments.scope, real_now())
    _warn_of_unknown(engine, arguments.role, arguments.scope)
    print(key)
    return 0


def _revoke(arguments: argparse.Namespace, cfg: Config) -> int:
    count = revoke_key(_engine(cfg), arguments.name, real_now())
    if not count:
        print(f"no good key {arguments.name}; `python -m dashboard apikey list` shows all", file=sys.stderr)
        return 1
    print(f"{count} keys revoked")
    return 0


def _list_keys(_arguments: argparse.Namespace, cfg: Config) -> int:
    for name, role, scope, made_at in keys(_engine(cfg)):
        print(f"{name}\t{role}\t{scope or 'whole district'}\tmade {contract.format_instant(made_at)}")
    return 0


def _person(arguments: argparse.Namespace, cfg: Config) -> int:
    return run_person(arguments, _engine(cfg), cfg.database.seal_key_file)


def _rekey(arguments: argparse.Namespace, cfg: Config) -> int:
    key_file = cfg.database.seal_key_file
    if arguments.prepare:
        print(
            f"{prepare(key_file)} is the next key: copy it beside {key_file} on every machine, then run `rekey` on each"
        )
        return 0
    done = rekey(_engine(cfg), key_file, real_now())
    begun = "the key is a new one" if done.is_new else "the key was changed before; what was left of that is done"
    print(f"{begun}: {done.names} names and {done.factors} second factors sealed anew")
    if done.strange:
        print(f"{done.strange} texts are opened by no key that lies here; was one written meanwhile?", file=sys.stderr)
        return 1
    print(
        f"nothing needs {key_file}.old here any more: keep it with the backups from before, and away from this machine"
    )
    return 0


def _verify(_arguments: argparse.Namespace, cfg: Config) -> int:
    found = check_chain(_engine(cfg), real_now())
    if found.broken is not None:
        print(
            f"entry {found.broken} does not follow from entry {found.upto}: it was changed, or one was taken out",
            file=sys.stderr,
        )
    if found.cut is not None:
        print(
            f"the chain ends at entry {found.upto} and reached to entry {found.cut} when it was last looked through: "
            "its end was taken away",
            file=sys.stderr,
        )
    if not found.is_whole:
        return 1
    print(f"verified to entry {found.upto}: nothing was changed, nothing taken out")
    print(
        f"its seal is {found.hash.hex() if found.hash else 'none'}; note it elsewhere, and nobody can write it anew unseen"
    )
    return 0


def _sheet(arguments: argparse.Namespace, cfg: Config) -> int:
    from dashboard.sheet_command import sheet

    print(sheet(_engine(cfg), cfg, arguments.site, arguments.day, arguments.file, arguments.language))
    return 0


def _run(_arguments: argparse.Namespace, cfg: Config) -> int:
    logs.begin("web")
    engine = engine_for(
        cfg.database.url, cfg.database.busy_timeout_s, cfg.database.cache_mib, cfg.database.answer_timeout_s
    )
    check_schema(engine)
    if not _is_free(cfg.web.host, cfg.web.port):
        print(f"port {cfg.web.port} on {cfg.web.host} is taken: set web.port or ELDERCARE_WEB_PORT", file=sys.stderr)
        return 1
    from dashboard.web import create_web

    gc.set_threshold(OBJECTS_BETWEEN_LOOKS)
    web = create_web(cfg, engine, Clock(cfg.clock.offset_s))
    # uvicorn installs its own handlers for SIGINT and SIGTERM, also where a shell had them ignored.
    uvicorn.run(
        web,
        host=cfg.web.host,
        port=cfg.web.port,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=2,
        timeout_keep_alive=75,
    )
    return 0


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind((host, port))
        except OSError:
            return False
    return True


if __name__ == "__main__":
    sys.exit(main())
