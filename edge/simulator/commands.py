"""`places` and `simulate` of `python -m edge`."""

import argparse
import contextlib
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import contract
import logs
from clock import Clock
from config import Config
from edge.agent import Agent
from edge.simulator.mishaps import ALL
from edge.simulator.places import Place, places, write_csv
from edge.simulator.running import District, Plan, wire
from edge.simulator.stream import events_of, since_opening, todays_mishaps
from edge.spool import encoded

DEFAULT_SITES, DEFAULT_SEED = 121, 53
STATUS_EVERY_S = 60.0


def add(subparsers: Any) -> None:
    registry = subparsers.add_parser("places", help="print the simulated registry as CSV")
    _common(registry)
    registry.set_defaults(run=_places)
    simulate = subparsers.add_parser("simulate", help="be the district: send its events as time passes")
    _common(simulate)
    simulate.add_argument(
        "--speed",
        type=_speed,
        default=1.0,
        metavar="X",
        help="times as fast as the clock (default 1); faster runs ahead of the platform's clock, which flags it",
    )
    simulate.add_argument("--events", type=_whole(1), metavar="N", help="stop when the platform has so many")
    simulate.add_argument(
        "--history-weeks", type=_whole(0), default=8, metavar="N", help="weeks of coarse past to load beside it (8)"
    )
    simulate.add_argument(
        "--mishaps",
        type=_mishaps,
        default=frozenset(ALL),
        metavar="NAMES",
        help=f"comma-separated, or none (default: all): {', '.join(ALL)}",
    )
    simulate.add_argument("--outbox", type=Path, default=Path("var/simulator.db"), help="file of the outbox")
    simulate.add_argument("--dry-run", action="store_true", help="print today's events so far instead of sending them")
    simulate.add_argument(
        "--truth", action="store_true", help="print what goes wrong today, site by site, and send nothing"
    )
    simulate.add_argument("--out", type=Path, metavar="FILE", help="write today's events so far there instead")
    simulate.set_defaults(run=_simulate)


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sites", type=_whole(1), default=DEFAULT_SITES, metavar="N", help=f"how many ({DEFAULT_SITES})"
    )
    parser.add_argument(
        "--seed", type=int, default=DEFAULT_SEED, metavar="S", help=f"another seed is another district ({DEFAULT_SEED})"
    )


def _whole(least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least}")
        return int(text)

    return read


def _speed(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 < float(text) < 1e6:
            return float(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0 and below a million")


def _mishaps(text: str) -> frozenset[str]:
    names = frozenset(text.split(",")) - {"none", ""}
    if unknown := names - frozenset(ALL):
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}; known are none, {', '.join(ALL)}")
    return names


def _places(arguments: argparse.Namespace, _cfg: Config) -> int:
    write_csv(sys.stdout, arguments.sites, arguments.seed)
    return 0


def _simulate(arguments: argparse.Namespace, cfg: Config) -> int:
    logs.begin("simulator")
    everywhere = tuple(places(arguments.sites, arguments.seed))
    plan = Plan(
        everywhere,
        arguments.seed,
        cfg.time.zone,
        arguments.mishaps,
        arguments.speed,
        arguments.history_weeks,
        arguments.events,
    )
    clock = Clock(cfg.clock.offset_s)
    if arguments.truth:
        return _write_truth(sys.stdout, plan, clock.now())
    if arguments.out:
        with arguments.out.open("w", encoding="utf-8") as file:
            return _write_today(file, plan, clock.now())
    return (
        _write_today(sys.stdout, plan, clock.now()) if arguments.dry_run else _send(cfg, arguments.outbox, clock, plan)
    )


def _write_today(out: TextIO, plan: Plan, now: int) -> int:
    """Newline-delimited topic and payload since opening: what `python -m ingest replay` reads."""
    for place, event in islice(_today(plan, now), plan.events):
        line = {"topic": contract.events_topic(place.site), "payload": wire(event)}
        out.write(encoded(line).decode() + "\n")
    return 0


def _write_truth(out: TextIO, plan: Plan, now: int) -> int:
    """One line of JSON for each site that something happens to today: what a rule should find, and nothing else."""
    for place in plan.places:
        told = todays_mishaps(place, now, plan.seed, plan.zone, plan.mishaps)[0].told()
        if told:
            out.write(encoded({"site": place.site, "kind": place.kind, **told}).decode() + "\n")
    return 0


def _today(plan: Plan, now: int) -> Iterator[tuple[Place, dict[str, Any]]]:
    for place in plan.places:
        since = since_opening(place, now, plan.seed, plan.zone)
        for _, event in events_of(place, since, now, plan.seed, plan.zone, plan.mishaps):
            yield place, event


def _send(cfg: Config, outbox: Path, clock: Clock, plan: Plan) -> int:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    agent = Agent(cfg, outbox, clock, [place.site for place in plan.places])
    agent.start()
    district = District(cfg, agent, clock, plan, stop)
    talker = threading.Thread(target=_talk, args=(agent, district, stop), name="status", daemon=True)
    talker.start()
    district.run()
    _drain(agent, stop)
    agent.stop()
    return 0


def _talk(agent: Agent, district: District, stop: threading.Event) -> None:
    while not stop.wait(STATUS_EVERY_S):
        logging.getLogger(__name__).info(agent.status_line(), extra={"sent": district.sent})


def _drain(agent: Agent, stop: threading.Event) -> None:
    """A counted run ends when the platform has everything."""
    while agent.waiting() and not stop.is_set():
        time.sleep(0.05)
