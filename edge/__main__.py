"""python -m edge agent | publish | broker | places | simulate: wiring only."""

import argparse
import contextlib
import logging
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from io import BufferedReader
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import config
import logs
from clock import Clock
from config import Config, ConfigError
from contract import is_site
from edge import broker
from edge.agent import Agent
from edge.simulator import commands
from edge.sources import Folder, VendorTopic, read_stream
from edge.spool import CannotWrite, OutboxRefused

STATUS_EVERY_S = 10.0


def main(argv: list[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments, config.load()))
    except (ConfigError, OutboxRefused, broker.BrokerRefused) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"cannot go on: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m edge", description=__doc__)
    subcommands = parser.add_subparsers(required=True, metavar="command")
    agent = subcommands.add_parser("agent", help="take a site's events and see them safely to the platform")
    agent.add_argument("--site", required=True, type=_site, help="the site's code")
    agent.add_argument("--outbox", type=Path, help="file of the outbox (default: edge.outbox)")
    agent.add_argument(
        "--folder", type=Path, help="watch this folder for files of newline-delimited events, moved in whole"
    )
    agent.add_argument("--no-stdin", action="store_true", help="do not read events from standard input")
    agent.add_argument(
        "--vendor-broker",
        type=_broker,
        default="mqtt://127.0.0.1:1883",
        help="mqtt://user:password@host:port of the local broker that devices publish to",
    )
    agent.add_argument(
        "--vendor", action="append", default=[], type=_pair, metavar="DEVICE=TOPIC", help="a device's topic there"
    )
    agent.set_defaults(run=_agent)
    publish = subcommands.add_parser(
        "publish", help="send events from standard input and wait for their acknowledgement"
    )
    publish.add_argument("site", type=_site)
    publish.add_argument("event", nargs="*", help="JSON; none: one a line from standard input")
    publish.add_argument("--outbox", type=Path, help="file of the outbox (default: one that lasts as long as the wait)")
    publish.add_argument(
        "--wait", type=float, default=15.0, metavar="SECONDS", help="how long to wait for the platform"
    )
    publish.set_defaults(run=_publish)
    serve = subcommands.add_parser("broker", help="the embedded broker, for trying out")
    serve.set_defaults(run=lambda _arguments, cfg: broker.run(cfg))
    commands.add(subcommands)
    return parser


def _site(text: str) -> str:
    if not is_site(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no site's code: 2 to 32 of a-z 0-9 -")
    return text


def _pair(text: str) -> tuple[str, str]:
    device, _, topic = text.partition("=")
    if not is_site(device) or not topic:
        raise argparse.ArgumentTypeError(f"{text!r} is not DEVICE=TOPIC, with a device of 2 to 32 of a-z 0-9 -")
    return device, topic


def _broker(text: str) -> str:
    with contextlib.suppress(ValueError):  # a port that is none
        parts = urlsplit(text)
        if parts.scheme == "mqtt" and parts.hostname and parts.port != 0:
            return text
    raise argparse.ArgumentTypeError(f"{text!r} is not mqtt://host:port")


def _stopping() -> threading.Event:
    """Set by SIGINT and SIGTERM; installed by ourselves, as a shell may have started us with SIGINT ignored."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    return stop


def _agent(arguments: argparse.Namespace, cfg: Config) -> int:
    logs.begin("agent")
    stop, failed = _stopping(), threading.Event()
    agent = Agent(cfg, arguments.outbox or Path(cfg.edge.outbox), Clock(cfg.clock.offset_s), [arguments.site])
    vendors = [
        VendorTopic(agent, arguments.site, arguments.vendor_broker, device, topic) for device, topic in arguments.vendor
    ]
    folder = Folder(agent, arguments.site, arguments.folder) if arguments.folder else None
    agent.start()
    for vendor in vendors:
        vendor.start()
    if not arguments.no_stdin:
        threading.Thread(target=_listen, args=(agent, arguments.site, stop, failed), name="stdin", daemon=True).start()
    _watch(agent, folder, stop)
    for vendor in vendors:
        vendor.stop()
    agent.stop()
    return int(failed.is_set())


def _listen(agent: Agent, site: str, stop: threading.Event, failed: threading.Event) -> None:
    """Read standard input; a process that no longer can must not go on looking healthy."""
    try:
        read_stream(agent, site, cast(BufferedReader, sys.stdin.buffer), stop.is_set)
    except Exception:
        if not stop.is_set():
            logging.getLogger(__name__).exception("standard input can no longer be kept; stopping")
            failed.set()
            stop.set()


def _watch(agent: Agent, folder: Folder | None, stop: threading.Event) -> None:
    say_at = 0.0
    while not stop.wait(0.25):
        now_s = time.monotonic()
        with contextlib.suppress(CannotWrite):  # the sources say it; the next heartbeat comes by itself
            agent.heartbeat(now_s)
        if folder:
            folder.look(now_s)
        if now_s >= say_at:
            say_at = now_s + STATUS_EVERY_S
            _say(agent)


def _say(agent: Agent) -> None:
    """To a person one line, to a log collector the same in its own form."""
    if sys.stderr.isatty():
        print(agent.status_line(), file=sys.stderr, flush=True)
    else:
        logging.getLogger("edge.agent").info(agent.status_line(), extra={"waiting": agent.waiting()})


def _publish(arguments: argparse.Namespace, cfg: Config) -> int:
    logs.begin("publish", logging.WARNING)
    stop = _stopping()
    with tempfile.TemporaryDirectory(prefix="eldercare-publish-") as folder:
        outbox = arguments.outbox or Path(folder) / "outbox.db"
        # It comes and goes beside the site's agent, so it does not say whether the site's line is up.
        agent = Agent(cfg, outbox, Clock(cfg.clock.offset_s), [arguments.site], says_status=False)
        lines = [event.encode() for event in arguments.event] or [line for line in sys.stdin.buffer if line.strip()]
        refused = agent.put_lines(arguments.site, lines)
        agent.start()
        _wait_until(lambda: stop.is_set() or agent.waiting() == 0, arguments.wait)
        waiting = agent.waiting()
        print(f"{max(0, len(lines) - refused - waiting)} acknowledged, {waiting} waiting, {refused} refused")
        agent.stop()
    return int(bool(waiting or refused))


def _wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    return condition()


if __name__ == "__main__":
    sys.exit(main())
