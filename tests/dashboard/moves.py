"""What people do about alarms, by the deadlines of the configuration as it is delivered."""

from sqlalchemy import Engine

import config
from dashboard import actions
from dashboard.access import Viewer
from dashboard.actions import Outcome
from models.alarm_life import Move
from models.alarm_steps import Asked
from models.base import Instant
from models.deadlines import deadlines_of

DEADLINES = deadlines_of(config.load(environ={}).deadlines)


def act(engine: Engine, viewer: Viewer, alarm: int, asked: Asked, now: Instant, real_now: Instant) -> Outcome:
    return actions.act(engine, viewer, alarm, asked, now, real_now, DEADLINES)


def acknowledge(engine: Engine, viewer: Viewer, alarm: int, now: Instant, real_now: Instant) -> Outcome:
    return act(engine, viewer, alarm, Asked(Move.ACKNOWLEDGE, viewer.name), now, real_now)


def assign(engine: Engine, viewer: Viewer, alarm: int, post: str, now: Instant, real_now: Instant) -> Outcome:
    """`post` is one of `POSTS`: a duty, not a person."""
    return act(engine, viewer, alarm, Asked(Move.ASSIGN, viewer.name, post=post), now, real_now)


def on_site(engine: Engine, viewer: Viewer, alarm: int, now: Instant, real_now: Instant) -> Outcome:
    return act(engine, viewer, alarm, Asked(Move.ON_SITE, viewer.name), now, real_now)


def resolve(engine: Engine, viewer: Viewer, alarm: int, result: str, now: Instant, real_now: Instant) -> Outcome:
    return act(engine, viewer, alarm, Asked(Move.RESOLVE, viewer.name, result), now, real_now)


def close(engine: Engine, viewer: Viewer, alarm: int, review: str, now: Instant, real_now: Instant) -> Outcome:
    return act(engine, viewer, alarm, Asked(Move.CLOSE, viewer.name, review), now, real_now)


def call_false(engine: Engine, viewer: Viewer, alarm: int, reason: str, now: Instant, real_now: Instant) -> Outcome:
    return act(engine, viewer, alarm, Asked(Move.FALSE, viewer.name, reason), now, real_now)


def reopen(engine: Engine, viewer: Viewer, alarm: int, reason: str, now: Instant, real_now: Instant) -> Outcome:
    return act(engine, viewer, alarm, Asked(Move.REOPEN, viewer.name, reason), now, real_now)


def comment(engine: Engine, viewer: Viewer, alarm: int, remark: str, now: Instant, real_now: Instant) -> Outcome:
    return act(engine, viewer, alarm, Asked(Move.COMMENT, viewer.name, remark), now, real_now)
