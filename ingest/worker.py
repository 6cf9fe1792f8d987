"""The worker's loop: fill a batch, commit it, acknowledge it. Knows which failures to wait out and which to set aside."""

import gc
import logging
import os
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, Engine

from clock import Clock
from config import Config
from contract import Accepted, Reason, Refused
from ingest.acks import Acks
from ingest.inbox import FromInbox, answer, waiting
from ingest.intake import Batch, Taken
from ingest.judge import Judge
from ingest.listener import FromBroker, Listener
from ingest.lock import UNASKED, Guard
from ingest.own import forget_beyond, judge_ourselves
from ingest.reading import Item, Message, read_surely, set_aside, whole
from ingest.registry import Registry
from ingest.rules.lasting import Hearing
from ingest.store.choice import store_for
from models.database import is_transient, read_only, transaction
from models.deadlines import deadlines_of
from models.event_days import make_day, missing_days

log = logging.getLogger(__name__)

_INBOX_EVERY_S = 0.05
_SAY_EVERY_S = 1.0
_INBOX_ROWS = 200
_EVENT_OCTETS = 1000
"""Memory of a decoded event beside its bytes, measured."""


_OBJECTS_BETWEEN_LOOKS = 100_000
"""A batch makes thousands of objects that are gone with it and none that refer to each other in a circle: to look for
circles after every 700, as Python does of itself, cost a tenth of the worker's processor time."""


class _Undone(Exception):
    """Only tried."""


Whole = tuple[Message, list[Item]]
"""A message and its elements."""


@dataclass
class Held:
    """What has arrived and is not committed yet."""

    messages: deque[Whole] = field(default_factory=deque)
    events: int = 0
    octets: int = 0
    """Of memory, about."""
    first_at: float = 0.0

    def add(self, message: Message) -> None:
        if not self.messages:
            self.first_at = time.monotonic()
        items = read_surely(message)
        self.messages.append((message, items))
        self.events += len(items)
        self.octets += _octets(message, items)

    def front(self, events: int) -> list[Whole]:
        """The oldest messages, until they hold so many events."""
        chosen: list[Whole] = []
        for whole_ in self.messages:
            if events <= 0:
                break
            chosen.append(whole_)
            events -= len(whole_[1])
        return chosen

    def drop(self, messages: Sequence[Whole]) -> None:
        """Those of `front` are dealt with."""
        for message, items in messages:
            self.messages.popleft()
            self.events -= len(items)
            self.octets -= _octets(message, items)

    def drop_the_brokers(self) -> None:
        """The connection is gone: the broker brings these again, and their numbers now mean others."""
        kept = [message for message, _ in self.messages if isinstance(message.origin, FromInbox)]
        self.messages, self.events, self.octets = deque(), 0, 0
        for message in kept:
            self.add(message)

    def last_inbox_row(self) -> int:
        return max(
            (message.origin.row for message, _ in self.messages if isinstance(message.origin, FromInbox)), default=0
        )


def _octets(message: Message, items: Sequence[Item]) -> int:
    return len(message.payload) + _EVENT_OCTETS * len(items)


class Worker:
    """Everything but the wiring of `python -m ingest run`."""

    def __init__(self, cfg: Config, engine: Engine, clock: Clock, guard: Guard = UNASKED) -> None:
        self.cfg, self.engine, self.clock, self.guard = cfg, engine, clock, guard
        self.held = Held()
        self.registry = Registry()
        self.acks = Acks(cfg.ingest.ack_every_ms)
        self.judge = Judge(cfg, engine)
        self.stopping = False
        self.paused = False
        self._guard_in_doubt = False
        self._trouble: str | None = None
        self._retry_at, self._back_off_s = 0.0, cfg.ingest.back_off_ms / 1000
        self._inbox_at = 0.0
        self._said_at = 0.0
        self._commit_at: int | None = None
        self._row_subscription: str | None = None
        self._lags: deque[tuple[float, float, int]] = deque()
        self.listener = Listener(cfg.broker, clock, self.held.add, self._start_row())
        self.listener.dropped_line = self.held.drop_the_brokers

    # -- the loop -------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Until `stopping`; then commit what is held, acknowledge it, and leave."""
        gc.set_threshold(_OBJECTS_BETWEEN_LOOKS)
        while not self.stopping:
            self.turn()
        self.commit_held()
        self._send_acks(everything=True)
        self.listener.hang_up()
        self._say(time.monotonic(), leaving=True)

    def turn(self) -> None:
        """One round: listen, drain the inbox, commit when it is time, say how we are."""
        now_s = time.monotonic()
        hears = self.listener.subscribed and not self._waiting_for_database(now_s)
        self.judge.ears.note(hears, self.clock.now(), now_s)
        if not self.paused and self.listener.wants_line(now_s) and self._unsay_subscription():
            self.listener.connect(now_s)
        if self._waiting_for_database(now_s):
            self._wait_out()
        else:
            self.listener.listen(self._patience(now_s), self._is_full)
            self._drain_inbox(time.monotonic())
            if self._is_time(time.monotonic()):
                self.commit_held()
            self._judge(time.monotonic())
        self._send_acks()
        self._say(time.monotonic())

    def _patience(self, now_s: float) -> float:
        """Seconds until the batch must be committed, or until the inbox is looked at."""
        if not self.held.messages:
            return _INBOX_EVERY_S
        return max(0.0, min(self.held.first_at + self.cfg.ingest.batch_ms / 1000 - now_s, _INBOX_EVERY_S))

    def _is_full(self) -> bool:
        return self.held.events >= self.cfg.ingest.batch_events

    def _is_time(self, now_s: float) -> bool:
        if not self.held.messages:
            return False
        return self._is_full() or now_s >= self.held.first_at + self.cfg.ingest.batch_ms / 1000

    # -- when the database does not answer ------------------------------------------------------------------------------

    def _waiting_for_database(self, now_s: float) -> bool:
        return now_s < self._retry_at

    def _wait_out(self) -> None:
        """Keep the session alive and take in a bounded amount; beyond it hang up and leave the rest at the broker."""
        most = self.cfg.ingest.unacked_mib_max * 1_048_576
        if self.held.octets < most:
            self.listener.listen(0.02, lambda: self.held.octets >= most)
        elif not self.paused:
            log.warning("hanging up until the database answers", extra={"held_bytes": self.held.octets})
            self.paused = True
            self.listener.hang_up()
        else:
            time.sleep(0.02)

    def _back_off(self, error: BaseException) -> None:
        self._trouble = f"the database does not take the batch: {error.__cause__ or error}".splitlines()[0]
        log.warning(self._trouble, extra={"held": self.held.events, "next_try_s": round(self._back_off_s, 2)})
        self._guard_in_doubt = True
        self._retry_at = time.monotonic() + self._back_off_s
        self._back_off_s = min(self._back_off_s * 2, self.cfg.ingest.back_off_ms_max / 1000)

    def _answered(self) -> None:
        self._trouble, self._back_off_s, self.paused = None, self.cfg.ingest.back_off_ms / 1000, False

    # -- commit, then acknowledge ---------------------------------------------------------------------------------------

    def commit_held(self) -> None:
        """Commit the oldest batch and acknowledge exactly its messages; keep it when trying again can help."""
        batch = self.held.front(self.cfg.ingest.batch_events)
        if not batch:
            return
        try:
            self._stay_the_only_one()
            self.commit_surely(batch)
        except Exception as error:
            if not is_transient(error):
                raise
            self._back_off(error)
            return
        self._answered()
        self._note_lag(batch)
        self.held.drop(batch)
        for message, _ in batch:
            if isinstance(message.origin, FromBroker):
                self.listener.acknowledge(message.origin)

    def _stay_the_only_one(self) -> None:
        """The database was away: whatever made us the only worker may be gone with it."""
        if self._guard_in_doubt:
            self.guard.keep()
            self._guard_in_doubt = False

    def commit_surely(self, batch: Sequence[Whole]) -> None:
        """Commit; if the data itself is at fault, halve until the bad message stands alone, and set its bad elements aside."""
        try:
            self._commit([item for _, items in batch for item in items])
        except Exception as error:
            self.registry.forget()
            if is_transient(error):
                raise
            log.exception("a batch could not be kept", extra={"messages": len(batch)})
            if len(batch) == 1:
                self._commit(self._sound(batch[0][1]))
                return
            middle = len(batch) // 2
            self.commit_surely(batch[:middle])
            self.commit_surely(batch[middle:])

    def _sound(self, items: list[Item]) -> list[Item]:
        """A message's elements, without those that cannot be kept; found by trying, so that its answer stays whole."""
        try:
            self._try(items)
        except Exception as error:
            if is_transient(error):
                raise
            if len(items) == 1:
                return [_aside(items[0], error)]
            middle = len(items) // 2
            return self._sound(items[:middle]) + self._sound(items[middle:])
        return items

    def _try(self, items: Sequence[Item]) -> None:
        """Take in and undo; raises what stands in the way."""
        try:
            with suppress(_Undone), transaction(self.engine) as connection:
                self._take_in(connection, items, self.clock.now())
                raise _Undone
        finally:
            self.registry.forget()

    def _commit(self, items: Sequence[Item]) -> None:
        now = self.clock.now()
        with transaction(self.engine) as connection:
            taken = self._take_in(connection, items, now)
        self.acks.note(taken.accounts, taken.hurry)
        self.judge.note(taken.fresh, taken.said)
        self._commit_at = now

    def _take_in(self, connection: Connection, items: Sequence[Item], now: int) -> Taken:
        store = store_for(connection)
        taken = Batch(store, self.registry, self.cfg, list(items), now).take_in()
        answer(store, items, taken.verdicts, now)
        return taken

    def _send_acks(self, everything: bool = False) -> None:
        if not self.listener.connected:
            return  # They keep: what is committed stays so.
        for topic, payload in self.acks.due(float("inf") if everything else time.monotonic()):
            self.listener.publish(topic, payload)

    # -- the inbox ------------------------------------------------------------------------------------------------------

    def _drain_inbox(self, now_s: float) -> None:
        """Look for what staff, the API or a replay have put; it joins the batch that is being filled."""
        if now_s < self._inbox_at or self._is_full():
            return
        self._inbox_at = now_s + _INBOX_EVERY_S
        try:
            with read_only(self.engine) as connection:
                found = waiting(connection, self.held.last_inbox_row(), _INBOX_ROWS)
        except Exception as error:
            if not is_transient(error):
                raise
            self._back_off(error)
            return
        for message in found:
            if self._is_full():
                break  # Large rows: the rest is read again.
            self.held.add(message)
        if len(found) == _INBOX_ROWS:
            self._inbox_at = 0.0

    # -- alarms by rules ------------------------------------------------------------------------------------------------

    def _judge(self, now_s: float) -> None:
        """Once a second, behind the batches; a rule at fault must not keep what the sites say from being kept."""
        if not self.judge.is_time(now_s):
            return
        try:
            self.judge.look(self.clock.now(), now_s)
        except Exception as error:
            if is_transient(error):
                self._back_off(error)
            else:
                log.exception("the rules could not be asked; the next second again")

    # -- what the worker says of itself ---------------------------------------------------------------------------------

    def _start_row(self) -> str | None:
        """Make or take over the worker's row; returns the subscription that the last one had."""
        now = self.clock.now()
        with transaction(self.engine) as connection:
            for day in missing_days(connection, now, back_days=1):
                make_day(connection, day)
            store = store_for(connection)
            found = store.rows("select subscription, seen_at from worker where id = 1", ())
            store.write(
                "insert into worker (id, pid, started_at, seen_at, subscribed, connected, waiting) values (1, ?, ?, ?, 0, 0, 0)"
                " on conflict (id) do update set pid = excluded.pid, started_at = excluded.started_at,"
                " seen_at = excluded.seen_at, subscribed = 0, connected = 0, waiting = 0, trouble = null, subscription = null,"
                " dropped = null",
                [(os.getpid(), now, now)],
            )
            self.judge.ears.lost_at = lost_at = found[0][1] if found else now
            # In the same transaction: the row no longer tells since when nobody listened.
            deaf = Hearing(None, self.cfg.alarms.hearing_settle_s)
            forget_beyond(connection, now)
            judge_ourselves(connection, now, deaf, lost_at, self.cfg.alarms, deadlines_of(self.cfg.deadlines))
        return str(found[0][0]) if found and found[0][0] else None

    def _unsay_subscription(self) -> bool:
        """Before a line is asked for, the row says nothing of a subscription; False: the database does not take it.

        Asking makes a session where the broker has none. Were we killed before the answer, the next worker would find
        a session and a record, ask for nothing, and hear nothing.
        """
        if self._row_subscription is None:
            return True
        try:
            with transaction(self.engine) as connection:
                store_for(connection).write("update worker set subscription = null where id = ?", [(1,)])
        except Exception as error:
            if not is_transient(error):
                raise
            self._back_off(error)
            return False
        self._row_subscription = None
        return True

    def _say(self, now_s: float, leaving: bool = False) -> None:
        """Each second one row: health and the screens read it, and trust nothing older than fifteen seconds."""
        if not leaving and (now_s < self._said_at + _SAY_EVERY_S or self._waiting_for_database(now_s)):
            return
        self._said_at = now_s
        subscribed = self.listener.subscribed and not leaving
        connected = self.listener.connected and not leaving
        trouble = self._trouble or self.listener.trouble
        recorded = self.listener.recorded
        row = (
            self.clock.now(), self._commit_at, int(subscribed), recorded, int(connected),
            len(self.held.messages), self._lag_p95_ms(now_s), trouble, self.listener.dropped,
        )  # fmt: skip
        try:
            self.guard.keep()
            with transaction(self.engine) as connection:
                store_for(connection).write(
                    "update worker set seen_at = ?, commit_at = coalesce(?, commit_at), subscribed = ?, subscription = ?,"
                    " connected = ?, waiting = ?, lag_p95_ms = ?, trouble = ?, dropped = ? where id = 1",
                    [row],
                )
            self._row_subscription = recorded
            if self.paused or not self.held.messages:
                self._answered()
        except Exception as error:
            if not is_transient(error):
                raise
            self._back_off(error)

    def _note_lag(self, batch: Sequence[Whole]) -> None:
        now, now_s = self.clock.now(), time.monotonic()
        received = [message.received_at for message, _ in batch if isinstance(message.origin, FromBroker)]
        events = sum(len(items) for _, items in batch)
        if received:
            self._lags.append((now_s, (now - min(received)) / 1000, events))
        log.debug("committed", extra={"events": events, "messages": len(batch)})

    def _lag_p95_ms(self, now_s: float) -> int | None:
        """Of the last minute's commits, weighted by their events: the oldest message's wait."""
        while self._lags and self._lags[0][0] < now_s - 60:
            self._lags.popleft()
        ordered = sorted((lag, events) for _, lag, events in self._lags)
        left = 0.95 * sum(events for _, events in ordered)
        for lag, events in ordered:
            left -= events
            if left <= 0:
                return max(0, round(lag))
        return None


def _aside(item: Item, error: BaseException) -> Item:
    """An element that our own database or code cannot keep as an event; its bytes and the cause are kept instead."""
    detail = f"could not be kept: {type(error).__name__}"
    if isinstance(item.element, Accepted):
        return Item(item.message, item.site, set_aside(item.element, Reason.bad_value, detail))
    if isinstance(item.element, Refused):
        return Item(item.message, item.site, replace(item.element, detail=detail))
    return Item(item.message, item.site, whole(item.message.payload, Reason.bad_value, detail))
