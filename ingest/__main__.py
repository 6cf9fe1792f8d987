"""python -m ingest run | clock | migrate | … and what stands in ELSEWHERE: wiring."""

import argparse
import logging
import signal
import sys
from importlib import import_module
from pathlib import Path

import config
import logs
from clock import Clock, real_now
from config import Config, ConfigError
from ingest.lock import AnotherWorker, only_worker
from ingest.progress import told
from models.database import DatabaseRefused, check_schema, engine_for, migrate, newest_revision
from models.secret_key import check_mode

ELSEWHERE = {
    "clock": ("ingest.scheduler", "do what is due because time passed: summaries, retention"),
    "doctor": ("ingest.doctor", "check versions, database and broker; say what to do"),
    "replay": ("ingest.replay", "put recorded messages through the intake again"),
    "bind": ("ingest.bind", "say which vendor table reads a device; what waited for it is replayed"),
    "devices": ("ingest.devices", "list bound devices, those that wait for a binding, and the tables"),
    "rehearse": ("ingest.rehearse", "say what other limits would have rung in the last days"),
    "places": ("ingest.places", "load the registry of sites"),
    "notify": ("ingest.notify", "send a test message by one channel"),
    "job": ("ingest.jobs.now", "do one job now"),
    "backup": ("ingest.backup", "write the whole database into one file, while everything runs"),
    "restore": ("ingest.restore", "make the database from such a file"),
    "broker-user": ("ingest.broker_users", "make, renew and revoke the passwords of sites at the broker"),
    "broker-files": ("ingest.broker_files", "write Mosquitto's password and ACL files from the database"),
}
"""Each module has `add_arguments(parser)` and `run(args, cfg) -> exit status`; imported only when it is asked for."""


def main(argv: list[str] | None = None) -> int:
    given = sys.argv[1:] if argv is None else argv
    arguments = _parser(given[0] if given else "").parse_args(given)
    try:
        cfg = config.load()
        return int(arguments.run(arguments, cfg))
    except (ConfigError, DatabaseRefused, AnotherWorker) as refusal:
        print(refusal, file=sys.stderr)
        return 1


def _parser(chosen: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ingest", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    run = commands.add_parser("run", help="listen to the broker and keep what comes")
    run.set_defaults(run=_run)
    commands.add_parser("migrate", help="bring the database to this program's schema").set_defaults(run=_migrate)
    for name, (module, sentence) in ELSEWHERE.items():
        command = commands.add_parser(name, help=sentence)
        if name == chosen:
            import_module(module).add_arguments(command)
            command.set_defaults(run=import_module(module).run)
    return parser


def _migrate(_arguments: argparse.Namespace, cfg: Config) -> int:
    from models.erasing import erase_again

    engine = engine_for(cfg.database.url)
    with told("migrating", lambda: f"to revision {newest_revision()}"):
        migrate(engine)
    print(f"database at revision {newest_revision()}")
    # An older backup that was just restored still knows whoever was erased since.
    if count := erase_again(engine, cfg.database.seal_key_file, real_now()):
        print(f"{count} who had been erased since were erased again")
    return 0


def _run(_arguments: argparse.Namespace, cfg: Config) -> int:
    from ingest.worker import Worker  # the other commands start sooner without it

    logs.begin("ingest")
    # A worker that waits longer for a silent server than this would lose its line to the broker as well.
    patience_s = min(cfg.database.answer_timeout_s, cfg.broker.keepalive_s / 2)
    engine = engine_for(cfg.database.url, cfg.database.busy_timeout_s, cfg.database.cache_mib, patience_s)
    check_schema(engine)
    check_mode(Path(cfg.ingest.token_key_file))
    with only_worker(cfg.database.url, cfg.ingest.lock_wait_s) as guard:
        worker = Worker(cfg, engine, Clock(cfg.clock.offset_s), guard)

        def stop(_signal: int, _frame: object) -> None:
            worker.stopping = True

        # Installed by ourselves: a shell may have started us with SIGINT ignored.
        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGTERM, stop)
        logging.getLogger(__name__).info("worker started", extra={"broker": f"{cfg.broker.host}:{cfg.broker.port}"})
        worker.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
