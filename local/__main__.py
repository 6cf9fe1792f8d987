"""python -m local: broker, database, worker, clock, web and a simulated district, until Ctrl-C."""

import argparse
import json
import os
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import config
from clock import real_now
from config import Config, ConfigError
from local.children import Children, Log, wait_until
from local.morning import offset_s, read_rules

VAR = Path("var")
NAMES = ("broker", "ingest", "clock", "web", "simulator", "local")


class CannotStart(Exception):
    """Why the system does not start, and what to change."""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("--sites", default="121", metavar="N", help="sites of the simulated district (121)")
    parser.add_argument("--history-weeks", default="8", metavar="N", help="weeks of its past to load (8)")
    arguments = parser.parse_args(argv)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    log = Log(sys.stdout, max(map(len, NAMES)))
    try:
        environ = _environment()
        cfg = config.load(environ=environ)
        _check_ports(cfg)
        _prepare(environ, log, arguments.sites)
    except (ConfigError, CannotStart) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    children = Children(log, environ)
    try:
        simulate = ("simulate", "--sites", arguments.sites, "--history-weeks", arguments.history_weeks)
        return _run(cfg, environ, children, log, stop, simulate)
    finally:
        log.line("local", "stopping")
        children.stop()
        log.line("local", "stopped; the data stays in var/")


def _environment() -> dict[str, str]:
    """What the children are told: a broker with a password of its own, a clock, and that the data is invented."""
    VAR.mkdir(exist_ok=True)
    environ = dict(os.environ)
    cfg = config.load(environ=environ)
    if "ELDERCARE_BROKER_URL" not in environ:
        environ["ELDERCARE_BROKER_URL"] = _with_password(cfg)
    if "ELDERCARE_BROKER_FILES" not in environ:
        environ["ELDERCARE_BROKER_FILES"] = str(VAR / "broker-users")
        (VAR / "broker-users").mkdir(exist_ok=True)
    environ.setdefault("ELDERCARE_WEB_SIMULATED", "true")
    if "ELDERCARE_CLOCK_OFFSET_S" not in environ:
        environ["ELDERCARE_CLOCK_OFFSET_S"] = str(_clock_offset(cfg))
    _note_for_shells({name: value for name, value in environ.items() if name.startswith("ELDERCARE_")})
    environ |= {"PYTHONUNBUFFERED": "1", "LOGS": "readable"}
    return environ


def _note_for_shells(told: dict[str, str]) -> None:
    """`. var/environment` in another shell makes commands speak to the running system, with its clock and passwords."""
    path = VAR / "environment"
    path.touch(mode=0o600)
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in sorted(told.items())]
    path.write_text("".join(lines), encoding="utf-8")


def _with_password(cfg: Config) -> str:
    """broker.url with a generated user and password, kept where only the owner reads."""
    kept = VAR / "broker-password"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(24), encoding="utf-8")
    return f"mqtt://eldercare:{kept.read_text(encoding='utf-8')}@{cfg.broker.host}:{cfg.broker.port}"


def _clock_offset(cfg: Config) -> int:
    """The morning of the simulated day, kept over restarts."""
    kept = VAR / "clock.json"
    before = json.loads(kept.read_text(encoding="utf-8"))["offset_s"] if kept.exists() else None
    days = Path(cfg.time.days_file)
    rules = read_rules(days.read_text(encoding="utf-8")) if days.is_file() else {}
    real = datetime.fromtimestamp(real_now() / 1_000_000, UTC).astimezone(ZoneInfo(cfg.time.zone))
    offset = offset_s(real, before, rules)
    kept.write_text(json.dumps({"offset_s": offset}), encoding="utf-8")
    return offset


def _check_ports(cfg: Config) -> None:
    for host, port, what, key in (
        (cfg.web.host, cfg.web.port, "the pages", "ELDERCARE_WEB_PORT=8051"),
        (cfg.broker.host, cfg.broker.port, "the broker", "ELDERCARE_BROKER_URL=mqtt://eldercare:secret@127.0.0.1:1884"),
    ):
        if not _is_free(host, port):
            raise CannotStart(f"port {port} on {host}, for {what}, is taken: choose another one, e.g. {key} make run")


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind((host, port))
        except OSError:
            return False
    return True


def _is_listening(host: str, port: int) -> bool:
    with socket.socket() as s:
        s.settimeout(0.3)
        return s.connect_ex((host, port)) == 0


def _prepare(environ: dict[str, str], log: Log, sites: str) -> None:
    """Schema, registry and the first account: each is made once and left alone afterwards."""
    _command(environ, log, "ingest", "migrate")
    places = VAR / "places.csv"
    with places.open("w", encoding="utf-8") as out:
        done = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", "edge", "places", "--sites", sites], env=environ, stdout=out, check=False
        )
    if done.returncode:
        raise CannotStart("the simulated registry could not be made")
    _command(environ, log, "ingest", "places", "load", str(places))
    _command(environ, log, "dashboard", "account", "add", "admin", "--role", "admin", may_fail=True)


def _command(environ: dict[str, str], log: Log, *arguments: str, may_fail: bool = False) -> str:
    done = subprocess.run(  # noqa: S603 - our own modules
        [sys.executable, "-m", *arguments], env=environ, capture_output=True, text=True, check=False
    )
    if done.returncode and not may_fail:
        raise CannotStart(f"{' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
    if done.returncode == 0 and arguments[0] == "ingest":
        log.line("local", done.stdout.strip())
    return done.stdout.strip()


def _run(
    cfg: Config,
    environ: dict[str, str],
    children: Children,
    log: Log,
    stop: threading.Event,
    simulate: tuple[str, ...],
) -> int:
    children.start("broker", "edge", "broker")
    if not wait_until(lambda: _is_listening(cfg.broker.host, cfg.broker.port), 20, stop.is_set):
        log.line("local", "the broker did not start")
        return 0 if stop.is_set() else 1
    children.start("ingest", "ingest", "run")
    children.start("clock", "ingest", "clock")
    children.start("web", "dashboard", "run")
    base = f"http://{cfg.web.host}:{cfg.web.port}"
    # Subscribed before anybody speaks: a broker without our session keeps nothing for us.
    if not wait_until(lambda: _is_healthy(base), 40, stop.is_set):
        log.line("local", "the system did not become healthy; its lines above say why")
        return 0 if stop.is_set() else 1
    children.start("simulator", "edge", *simulate)
    _print_link(environ, log)
    while not stop.wait(0.5):
        dying = children.mind()
        if dying is not None:
            log.line("local", f"{dying.name} keeps ending; its last lines: {' / '.join(dying.last_lines)}")
            return 1
    return 0


def _is_healthy(base: str) -> bool:
    try:
        with urllib.request.urlopen(f"{base}/healthz", timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _print_link(environ: dict[str, str], log: Log) -> None:
    link = _command(environ, log, "dashboard", "account", "link", "admin")
    time.sleep(0.3)
    log.line("local", "simulated data: a working day in an invented district")
    log.line("local", f"Open: {link}")
    log.line("local", "(the link signs in once; another one: make link)")


if __name__ == "__main__":
    sys.exit(main())
