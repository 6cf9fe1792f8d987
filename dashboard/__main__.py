"""python -m dashboard run | account | apikey: wiring only."""

import argparse
import socket
import sys

import uvicorn

import config
import logs
from clock import Clock, real_now
from config import Config, ConfigError
from dashboard.access import ROLES, AccountRefused, add_account, add_key, make_link, revoke_key
from models.database import DatabaseRefused, check_schema, engine_for


def main(argv: list[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments, config.load()))
    except (ConfigError, DatabaseRefused, AccountRefused) as refusal:
        print(refusal, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dashboard", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    commands.add_parser("run", help="serve the pages, the live streams and the API").set_defaults(run=_run)
    _account_commands(commands.add_parser("account", help="who may sign in"))
    _key_commands(commands.add_parser("apikey", help="which programs may ask"))
    return parser


def _account_commands(account: argparse.ArgumentParser) -> None:
    commands = account.add_subparsers(required=True, metavar="command")
    add = commands.add_parser("add", help="make an account")
    _named(add)
    add.set_defaults(run=_add_account)
    link = commands.add_parser("link", help="print a one-time sign-in link")
    link.add_argument("name")
    link.set_defaults(run=_link)


def _key_commands(apikey: argparse.ArgumentParser) -> None:
    commands = apikey.add_subparsers(required=True, metavar="command")
    add = commands.add_parser("add", help="make a key and print it once, alone on standard output")
    _named(add)
    add.set_defaults(run=_add_key)
    revoke = commands.add_parser("revoke", help="make a key worthless at once")
    revoke.add_argument("name")
    revoke.set_defaults(run=_revoke)


def _named(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name")
    parser.add_argument("--role", required=True, help=", ".join(ROLES))
    parser.add_argument("--scope", default="", help="a street, community or site code; none: the whole district")


def _add_account(arguments: argparse.Namespace, cfg: Config) -> int:
    engine = engine_for(cfg.database.url)
    check_schema(engine)
    add_account(engine, arguments.name, arguments.role, arguments.scope, real_now())
    print(f"account {arguments.name} made; sign in with: python -m dashboard account link {arguments.name}")
    return 0


def _link(arguments: argparse.Namespace, cfg: Config) -> int:
    engine = engine_for(cfg.database.url)
    check_schema(engine)
    token = make_link(engine, arguments.name, real_now(), cfg.web.link_minutes)
    print(f"http://{cfg.web.host}:{cfg.web.port}/enter/{token}")
    return 0


def _add_key(arguments: argparse.Namespace, cfg: Config) -> int:
    engine = engine_for(cfg.database.url)
    check_schema(engine)
    print(add_key(engine, arguments.name, arguments.role, arguments.scope, real_now()))
    return 0


def _revoke(arguments: argparse.Namespace, cfg: Config) -> int:
    engine = engine_for(cfg.database.url)
    check_schema(engine)
    count = revoke_key(engine, arguments.name, real_now())
    print(f"{count} keys revoked")
    return 0 if count else 1


def _run(_arguments: argparse.Namespace, cfg: Config) -> int:
    logs.begin("web")
    engine = engine_for(cfg.database.url, cfg.database.busy_timeout_s, cfg.database.cache_mib)
    check_schema(engine)
    if not _is_free(cfg.web.host, cfg.web.port):
        print(f"port {cfg.web.port} on {cfg.web.host} is taken: set web.port or ELDERCARE_WEB_PORT", file=sys.stderr)
        return 1
    from dashboard.web import create_web

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
