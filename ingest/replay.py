"""`python -m ingest replay`: recorded messages, captures and rejected rows go through the intake again, by the inbox.

What was kept before is a duplicate and counts once, so a replay can be repeated. `--now` moves the times of the recorded
events so that the newest happens now, and keeps their ids: it is for a recording in an empty database, where yesterday's
files should look like today. Where the events are kept already, a moved one with a ULID or UUIDv7 is a conflict.
"""

import argparse
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine, func, insert, select

from clock import Clock
from config import Config
from contract import is_site, raw_topic
from ingest.progress import told
from ingest.recording import Recorded, RecordingRefused, check_records, moved, newest, read_records
from ingest.vendors.decoding import CAPTURE
from models.base import SECOND, Instant
from models.change import Worker
from models.database import check_schema, engine_for, read_only, transaction
from models.event import Rejected
from models.inbox import Inbox

BITE = 1000
AHEAD = 20
"""Bites that may wait in the inbox at once: a large recording must not fill the disk a second time."""

_WORKER_GONE: Instant = 15 * SECOND
_POLL_S = 0.2


class Waiting(NamedTuple):
    """Something to put: where a rejected row is mended, its number."""

    topic: str
    payload: bytes
    rejected_id: int | None = None


class NoWorker(Exception):
    """Nobody drains the inbox; the message says since when."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="records, a line each; or a capture (any bytes)"
    )
    parser.add_argument("--site", help="where a capture belongs; with --rejected: only this site's rows")
    parser.add_argument("--device", help="which device a capture is from")
    parser.add_argument("--topic", help="the device's own topic, for a capture; default: as its .meta.json says")
    parser.add_argument("--now", action="store_true", help="move the recorded events so that the newest happens now")
    parser.add_argument("--rejected", action="store_true", help="replay rejected rows instead of files")
    parser.add_argument("--reason", help="with --rejected: only rows with this reason")


def run(arguments: argparse.Namespace, cfg: Config) -> int:
    """0 when every message has its outcome; 1 when no worker answers, 2 when the question makes no sense."""
    fault = _fault(arguments)
    if fault:
        sys.stderr.write(f"{fault}\n")
        return 2
    engine = engine_for(cfg.database.url, 30.0, cfg.database.cache_mib)
    check_schema(engine)
    clock = Clock(cfg.clock.offset_s)
    try:
        outcomes = replay(engine, _wanted(engine, arguments, clock.now()), clock)
    except (RecordingRefused, OSError) as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    except NoWorker as absence:
        sys.stderr.write(f"{absence}\n")
        return 1
    sys.stdout.write(f"{_sentence(outcomes)}\n")
    return 0


def _fault(arguments: argparse.Namespace) -> str | None:
    if arguments.rejected:
        return (
            "--rejected takes no files, --device, --topic or --now"
            if arguments.files or arguments.device or arguments.now or arguments.topic
            else None
        )
    if not arguments.files:
        return "give at least one FILE, or --rejected"
    if arguments.reason:
        return "--reason goes with --rejected"
    if bool(arguments.site) != bool(arguments.device):
        return "a capture needs both --site and --device"
    if arguments.site and not (is_site(arguments.site) and is_site(arguments.device)):
        return "--site and --device are 2 to 32 of a-z 0-9 -, not beginning with -"
    return (
        "--now moves the events of records; a capture has none of its own" if arguments.site and arguments.now else None
    )


def _wanted(engine: Engine, arguments: argparse.Namespace, now: Instant) -> Iterator[Waiting]:
    if arguments.rejected:
        return _rejected(engine, arguments.site, arguments.reason)
    if arguments.site:
        return iter([_capture(arguments.site, arguments.device, arguments.topic, path) for path in arguments.files])
    for path in arguments.files:
        check_records(path)
    return (Waiting(*record) for record in _recorded(arguments.files, now if arguments.now else None))


def _capture(site: str, device: str, topic: str | None, path: Path) -> Waiting:
    """A capture's own topic: as given, else as a `.meta.json` beside it says, else unknown."""
    return Waiting(raw_topic(site, device, topic or _topic_beside(path) or CAPTURE), path.read_bytes())


def _topic_beside(path: Path) -> str | None:
    try:
        said = json.loads(path.with_suffix(".meta.json").read_bytes())["topic"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    # Prose in place of a topic stands in brackets; {names} stand for levels that the capture does not tell.
    return None if not isinstance(said, str) or said.startswith("(") else re.sub(r"[{}]", "", said) or None


def _recorded(files: list[Path], now: Instant | None) -> Iterator[Recorded]:
    last = None if now is None else newest((record for path in files for record in read_records(path)), now)
    for path in files:
        for record in read_records(path):
            yield record if now is None or last is None else moved(record, now - last)


def _rejected(engine: Engine, site: str | None, reason: str | None) -> Iterator[Waiting]:
    """Rows whose cause may be gone, oldest first; one that already waits in the inbox is not put again."""
    after = 0
    while True:
        wanted = select(Rejected.id, Rejected.topic, Rejected.bytes).where(
            Rejected.id > after, Rejected.replayable == 1, Rejected.replayed_at.is_(None)
        )
        if site:
            wanted = wanted.where(Rejected.site == site)
        if reason:
            wanted = wanted.where(Rejected.reason == reason)
        with read_only(engine) as connection:
            rows = connection.execute(wanted.order_by(Rejected.id).limit(BITE)).all()
            waiting = set(connection.execute(select(Inbox.rejected_id).where(Inbox.done_at.is_(None))).scalars())
        if not rows:
            return
        yield from (Waiting(row.topic, row.bytes, row.id) for row in rows if row.id not in waiting)
        after = rows[-1].id


def replay(engine: Engine, wanted: Iterable[Waiting], clock: Clock) -> Counter[str]:
    """Put everything into the inbox and wait; how many elements ended as what.

    Raises NoWorker when nobody answers; what was put stays there and is taken in when a worker starts.
    """
    outcomes: Counter[str] = Counter()
    ranges: list[tuple[int, int]] = []
    messages = iter(wanted)
    with told("replaying", lambda: f"{outcomes.total():,} answered"):
        while bite := list(islice(messages, BITE)):
            ranges.append(_put(engine, bite, clock.now()))
            if len(ranges) >= AHEAD:
                outcomes.update(_outcomes(engine, ranges.pop(0), clock))
        for numbers in ranges:
            outcomes.update(_outcomes(engine, numbers, clock))
    return outcomes


def _put(engine: Engine, bite: list[Waiting], now: Instant) -> tuple[int, int]:
    """The first and last row number: the transaction lets nobody in between."""
    with transaction(engine) as connection:
        rows = [
            {
                "put_at": now,
                "source": "replay",
                "site": _site(message.topic),
                "topic": message.topic,
                "payload": message.payload,
                "rejected_id": message.rejected_id,
            }
            for message in bite
        ]
        numbers = connection.execute(insert(Inbox).returning(Inbox.id), rows).scalars().all()
    return min(numbers), max(numbers)


def _site(topic: str) -> str:
    parts = topic.split("/")
    return parts[2] if len(parts) > 2 else ""


def _outcomes(engine: Engine, numbers: tuple[int, int], clock: Clock) -> Counter[str]:
    """Wait until every row of the range is answered."""
    mine = Inbox.id.between(*numbers)
    while True:
        with read_only(engine) as connection:
            left = connection.execute(select(func.count()).where(mine, Inbox.done_at.is_(None))).scalar_one()
            if not left:
                said = connection.execute(select(Inbox.outcome).where(mine)).scalars()
                return Counter(verdict for outcome in said for verdict in json.loads(outcome or "[]"))
            seen_at = connection.execute(select(Worker.seen_at).where(Worker.id == 1)).scalar()
        if seen_at is None or clock.now() - seen_at > _WORKER_GONE:
            raise NoWorker(_absence(left, seen_at, clock.now()))
        time.sleep(_POLL_S)


def _absence(left: int, seen_at: Instant | None, now: Instant) -> str:
    since = "none has ever run" if seen_at is None else f"the last was seen {(now - seen_at) // SECOND} s ago"
    return (
        f"no worker is running ({since}): {left:,} messages wait in the inbox and will be taken in "
        "when `python -m ingest run` starts"
    )


def _sentence(outcomes: Counter[str]) -> str:
    kept = [f"stored {outcomes.pop('stored', 0):,}", f"duplicate {outcomes.pop('duplicate', 0):,}"]
    if outcomes["said"]:
        kept.append(f"status {outcomes['said']:,}")
    del outcomes["said"]
    return ", ".join([*kept, *(f"{reason} {n:,}" for reason, n in sorted(outcomes.items()))])
