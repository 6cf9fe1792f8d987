"""Tells people what waits to be told: each step once by each channel or recipient, claimed by a conditional update, tried again
with growing pauses. `python -m ingest notify --test CHANNEL` sends a message that says it is a test.
"""

import argparse
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, Engine, and_, func, insert, select, update
from sqlalchemy.orm import aliased

import logs
from clock import Clock, real_now
from config import Config, ConfigError
from ingest.channels import CHANNELS, Way
from ingest.channels.message import Channel, Message, NotKnown, NotTold, is_over
from ingest.recipients import Ended, channel_of
from models.alarm import ALARM_TYPES, Alarm, Delivery, Transition
from models.alarm_life import SETTLED, UNSEEN, State
from models.alarm_steps import note
from models.base import MINUTE, SECOND, Instant
from models.calm import MAINTENANCE, QUIET, calm_till
from models.civil_day import wall_clock
from models.database import read_only, transaction
from models.escalation import URGENT, Settings, calm_until
from models.place import Site, Street
from models.recipient import listed, nearest

log = logging.getLogger(__name__)

BITE = 50
OF_PEOPLE = ("OVERCAP", "NEARCAP")
"""Kinds whose numbers are how many people and how many may be there; of others they may be what one person's body does."""
CLAIM: Instant = 5 * MINUTE
"""Longer than any channel takes: a claim that is older was left behind by a process that died."""
WAITING, SENDING, SENT, FAILED, UNKNOWN = "waiting", "sending", "sent", "failed", "unknown"


def open_channels(cfg: Config) -> dict[str, Channel]:
    """Those that the configuration gives an address. One whose secret cannot be read says so whenever it should tell."""
    opened = {way.name: _opened(way, cfg) for way in CHANNELS}
    return {name: channel for name, channel in opened.items() if channel is not None}


def _opened(way: Way, cfg: Config) -> Channel | None:
    """A call for help goes by the ways that are whole, whatever is wrong with another's file."""
    try:
        return way.open(cfg.notify)
    except ConfigError as error:
        why = str(error)

    def tell(_message: Message, _real_at: int) -> str:
        raise NotTold(why)

    return tell


# -- from the history to the channels ---------------------------------------------------------------------------------------


def hand_over(connection: Connection, channels: list[str], now: Instant, real_at: Instant, settings: Settings) -> int:
    """Steps that wait become one delivery for each recipient of their level and place, else for each of `channels`.

    Returns how many steps. What may wait for the morning, waits.
    """
    handed, known = 0, listed(connection)
    for row in connection.execute(_told_next(now)).all():
        if calm_until(row.grade, row.maintained_until, row.hushed_until, now, settings) is not None:
            continue
        mine = update(Transition).where(Transition.id == row.id, Transition.tell == 1).values(tell=2)
        if connection.execute(mine).rowcount != 1 or not _is_news(row):
            continue
        handed += 1
        hers = [one.line for one in nearest(known, row.level, row.site, row.of_street)]
        for channel in hers or channels:
            fresh = {"transition_id": row.id, "channel": channel, "state": WAITING, "tries": 0, "next_at": real_at,
                     "detail": ""}  # fmt: skip
            connection.execute(insert(Delivery).values(**fresh))
    return handed


def _is_news(row: Any) -> bool:
    """Whether anybody still needs to hear: what is urgent always, the rest while it lasts and nobody has dealt with it.

    What the site took back and nobody has seen lasts: all else is closed when its cause goes.
    """
    lasts = row.holds or row.state in UNSEEN
    return bool(row.grade <= URGENT or (lasts and row.state not in (*SETTLED, State.RESOLVED)))


def _told_next(now: Instant) -> Any:
    return (
        select(
            Transition.id, Transition.level, Alarm.grade, Alarm.holds, Alarm.state,
            Site.code.label("site"), func.coalesce(Site.street, Alarm.street).label("of_street"),
            calm_till(MAINTENANCE, now).label("maintained_until"), calm_till(QUIET, now).label("hushed_until"),
        )
        .join(Alarm, Alarm.id == Transition.alarm_id)
        .outerjoin(Site, Site.id == Alarm.site_id)
        .where(Transition.tell == 1)
        .order_by(Alarm.grade, Transition.id)
        .limit(BITE * 4)
    )  # fmt: skip


# -- from the channels to the people ----------------------------------------------------------------------------------------


def send_due(
    engine: Engine, channels: dict[str, Channel], cfg: Config, now: Instant, clock: Callable[[], Instant]
) -> dict[str, int]:
    """Send what is due, worst first; a kind of channel that fails is left alone until the next run. `clock` is the real one."""
    counts = {SENT: 0, "again": 0, FAILED: 0, UNKNOWN: _give_up_claims(engine, clock())}
    tired: set[str] = set()
    for due in list(_due(engine, clock())):
        kind = due.channel.partition("#")[0]
        if kind in tired:
            continue
        with transaction(engine) as connection:
            mine = claim(connection, due.id, clock())
        if not mine:
            continue
        outcome = _send(engine, channels, due, cfg, now, clock)
        counts[outcome] += 1
        if outcome != SENT:
            tired.add(kind)
    return counts


def _due(engine: Engine, real_at: Instant) -> Iterator[Any]:
    wanted = (
        select(Delivery.id, Delivery.channel, Delivery.transition_id, Delivery.tries)
        .join(Transition, Transition.id == Delivery.transition_id)
        .join(Alarm, Alarm.id == Transition.alarm_id)
        .where(Delivery.state == WAITING, Delivery.next_at <= real_at)
        .order_by(Alarm.grade, Delivery.id)
        .limit(BITE)
    )
    with read_only(engine) as connection:
        yield from connection.execute(wanted).all()


def claim(connection: Connection, delivery: int, real_at: Instant) -> bool:
    """Whether this process sends it: of several at once one."""
    taken = connection.execute(
        update(Delivery)
        .where(Delivery.id == delivery, Delivery.state == WAITING, Delivery.next_at <= real_at)
        .values(state=SENDING, tries=Delivery.tries + 1, claimed_at=real_at, next_at=real_at + CLAIM)
    )
    return taken.rowcount == 1


def _give_up_claims(engine: Engine, real_at: Instant) -> int:
    """Whether those were told nobody can know; telling them again could tell them twice."""
    left = and_(Delivery.state == SENDING, Delivery.next_at <= real_at)
    with read_only(engine) as connection:
        if connection.execute(select(Delivery.id).where(left).limit(1)).first() is None:
            return 0
    with transaction(engine) as connection:
        return connection.execute(update(Delivery).where(left).values(state=UNKNOWN, next_at=None)).rowcount


def _send(
    engine: Engine, channels: dict[str, Channel], due: Any, cfg: Config, now: Instant, clock: Callable[[], Instant]
) -> str:
    with read_only(engine) as connection:
        message = message_of(connection, due.transition_id, cfg.time.zone, now)
        channel = channels.get(due.channel) or channel_of(connection, due.channel, cfg)
    try:
        if channel is None:
            raise NotTold("the channel has no address any more")
        answer = channel(message, clock())
    except NotTold as error:
        return _not_told(engine, due, error, cfg, clock())
    with transaction(engine) as connection:
        done = {"state": SENT, "sent_at": clock(), "next_at": None, "detail": answer}
        connection.execute(update(Delivery).where(Delivery.id == due.id, Delivery.state == SENDING).values(**done))
        _notified(connection, message.number, now)
    log.info("told", extra={"channel": due.channel, "alarm": message.number, "tries": due.tries + 1})
    return SENT


def _not_told(engine: Engine, due: Any, error: NotTold, cfg: Config, real_at: Instant) -> str:
    tries, why = due.tries + 1, str(error)
    over = isinstance(error, Ended) or is_over(error, tries, cfg.notify.tries_max)
    pause_s = min(cfg.notify.retry_after_s * 2 ** (tries - 1), cfg.notify.retry_after_s_max)
    given_up = UNKNOWN if isinstance(error, NotKnown) else FAILED
    state, next_at = (given_up, None) if over else (WAITING, real_at + int(pause_s * SECOND))
    log.warning("not told", extra={"channel": due.channel, "tries": tries, "why": why, "given_up": over})
    with transaction(engine) as connection:
        changed = {"state": state, "next_at": next_at, "detail": why}
        connection.execute(update(Delivery).where(Delivery.id == due.id, Delivery.state == SENDING).values(**changed))
    return given_up if over else "again"


def _notified(connection: Connection, alarm: int, now: Instant) -> None:
    told = connection.execute(
        update(Alarm).where(Alarm.id == alarm, Alarm.state == State.RAISED).values(state=State.NOTIFIED)
    )
    if told.rowcount == 1:
        note(connection, alarm, now, State.NOTIFIED, State.NOTIFIED)


def message_of(connection: Connection, transition: int, zone: str, now: Instant) -> Message:
    own_street, member = func.coalesce(Site.street, Alarm.street), aliased(Alarm)
    members = select(func.count()).where(member.parent_id == Alarm.id, member.holds == 1).scalar_subquery()
    row = connection.execute(
        select(
            members.label("members"), Transition.id, Transition.step, Transition.level, Alarm.id.label("number"),
            Alarm.type, Alarm.grade, Alarm.numbers, Alarm.raised_at, Alarm.opened_at, Site.code, Site.name_zh, Site.name_en,
            Street.name_zh.label("street_zh"), Street.name_en.label("street_en"),
        )
        .join(Alarm, Alarm.id == Transition.alarm_id)
        .outerjoin(Site, Site.id == Alarm.site_id)
        .outerjoin(Street, Street.code == own_street)
        .where(Transition.id == transition)
    ).one()  # fmt: skip
    listed = ALARM_TYPES.get(row.type)
    numbers: list[int] = json.loads(row.numbers) if row.type in OF_PEOPLE else []
    people, capacity = numbers if len(numbers) == 2 else (None, None)
    return Message(
        key=f"alarm-{row.number}-{row.id}", number=row.number, step=row.step, site=row.code or "",
        name_zh=row.name_zh or "", name_en=row.name_en or "", street_zh=row.street_zh or "",
        street_en=row.street_en or "", type=row.type, type_zh=listed.name_zh if listed else "",
        type_en=listed.name_en if listed else "", grade=row.grade, level=row.level,
        since=wall_clock(row.raised_at or row.opened_at, zone), at=wall_clock(now, zone), members=row.members,
        people=people, capacity=capacity,
    )  # fmt: skip


# -- by hand ----------------------------------------------------------------------------------------------------------------


def add_arguments(parser: argparse.ArgumentParser) -> None:
    names = [way.name for way in CHANNELS]
    parser.add_argument("--test", required=True, choices=names, metavar="CHANNEL", help=", ".join(names))


def run(arguments: argparse.Namespace, cfg: Config) -> int:
    logs.begin("notify", logging.WARNING)
    channel = open_channels(cfg).get(arguments.test)
    if channel is None:
        sys.stderr.write(f"{arguments.test} has no address: set its keys of the section notify\n")
        return 1
    try:
        answer = channel(message_for_test(cfg), real_now())
    except NotTold as error:
        sys.stderr.write(f"{arguments.test}: {error}\n")
        return 1
    sys.stdout.write(f"{arguments.test}: {answer}\n")
    return 0


def message_for_test(cfg: Config, level: int = 0) -> Message:
    at = wall_clock(Clock(cfg.clock.offset_s).now(), cfg.time.zone)
    listed = ALARM_TYPES["OWN"]
    return Message(
        key=f"test-{real_now()}", number=0, step="test", site="", name_zh="", name_en="", street_zh="", street_en="",
        type="TEST", type_zh="测试", type_en="Test", grade=listed.grade, level=level, since=at, at=at,
    )  # fmt: skip
