"""python -m edge agent | publish | broker | places | simulate: wiring only."""

import argparse
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import config
import logs
from clock import Clock
from config import Config, ConfigError
from edge import broker
from edge.agent import Agent
from edge.simulator import commands
from edge.sources import Folder, VendorTopic, read_stream

STATUS_EVERY_S = 10.0


def main(argv: list[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments, config.load()))
    except (ConfigError, broker.BrokerRefused) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"cannot go on: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m edge", description=__doc__)
    subcommands = parser.add_subparsers(required=True, metavar="command")
    agent = subcommands.add_parser("agent", help="take a site's events and see them safely to the platform")
    agent.add_argument("--site", required=True, help="the site's code")
    agent.add_argument("--outbox", type=Path, help="file of the outbox (default: edge.outbox)")
    agent.add_argument("--folder", type=Path, help="watch this folder for files of newline-delimited events")
    agent.add_argument("--no-stdin", action="store_true", help="do not read events from standard input")
    agent.add_argument("--vendor-broker", help="mqtt://host:port of the local broker that devices publish to")
    agent.add_argument("--vendor", action="append", default=[], metavar="DEVICE=TOPIC", help="a device's topic there")
    agent.set_defaults(run=_agent)
    publish = subcommands.add_parser(
        "publish", help="send events from standard input and wait for their acknowledgement"
    )
    publish.add_argument("site")
    publish.add_argument("event", nargs="*", help="JSON; none: one a line from standard input")
    publish.add_argument("--outbox", type=Path, help="file of the outbox (default: edge.outbox)")
    publish.add_argument(
        "--wait", type=float, default=15.0, metavar="SECONDS", help="how long to wait for the platform"
    )
    publish.set_defaults(run=_publish)
    serve = subcommands.add_parser("broker", help="the embedded broker, for trying out")
    serve.set_defaults(run=lambda _arguments, cfg: broker.run(cfg))
    commands.add(subcommands)
    return parser


def _stopping() -> threading.Event:
    """Set by SIGINT and SIGTERM; installed by ourselves, as a shell may have started us with SIGINT ignored."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    return stop


def _agent(arguments: argparse.Namespace, cfg: Config) -> int:
    logs.begin("agent")
    stop = _stopping()
    agent = Agent(cfg, arguments.outbox or Path(cfg.edge.outbox), Clock(cfg.clock.offset_s), [arguments.site])
    vendors = [_vendor(agent, arguments, pair) for pair in arguments.vendor]
    folder = Folder(agent, arguments.site, arguments.folder) if arguments.folder else None
    agent.start()
    for vendor in vendors:
        vendor.start()
    if not arguments.no_stdin:
        reader = threading.Thread(
            target=read_stream, args=(agent, arguments.site, sys.stdin.buffer, stop.is_set), name="stdin", daemon=True
        )
        reader.start()
    _watch(agent, folder, stop)
    for vendor in vendors:
        vendor.stop()
    agent.stop()
    return 0


def _vendor(agent: Agent, arguments: argparse.Namespace, pair: str) -> VendorTopic:
    device, _, topic = pair.partition("=")
    return VendorTopic(agent, arguments.site, arguments.vendor_broker or "mqtt://127.0.0.1:1883", device, topic)


def _watch(agent: Agent, folder: Folder | None, stop: threading.Event) -> None:
    say_at = 0.0
    while not stop.wait(0.25):
        now_s = time.monotonic()
        agent.heartbeat(now_s)
        if folder:
            folder.look(now_s)
        if now_s >= say_at:
            say_at = now_s + STATUS_EVERY_S
            print(agent.status_line(), file=sys.stderr, flush=True)


def _publish(arguments: argparse.Namespace, cfg: Config) -> int:
    logs.begin("publish", logging.WARNING)
    agent = Agent(cfg, arguments.outbox or Path(cfg.edge.outbox), Clock(cfg.clock.offset_s), [arguments.site])
    lines = [event.encode() for event in arguments.event] or [line for line in sys.stdin.buffer if line.strip()]
    refused = sum(agent.put_line(arguments.site, line) for line in lines)
    agent.start()
    done = _wait_until(lambda: agent.waiting() == 0, arguments.wait)
    print(f"{len(lines) - refused - agent.waiting()} acknowledged, {agent.waiting()} waiting, {refused} refused")
    agent.stop()
    return 0 if done and not refused else 1


def _wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    return condition()


if __name__ == "__main__":
    sys.exit(main())
