"""The frames of services: what runs and is late by scope, and the questions that the numbers raise."""

import time
from dataclasses import replace

import msgspec
from sqlalchemy import Connection, Engine

from clock import Clock
from dashboard.access import Viewer
from dashboard.frames.strip import strip_of
from dashboard.picture import Picture, known_of, sites_of
from dashboard.picture_reader import EVERYBODY
from dashboard.queries.live import Rules
from dashboard.queries.services_now import ask, services_now, situations
from dashboard.questions import Situation
from dashboard.service_rows import Question, ServicesFrame
from dashboard.shared_frames import SharedFrames
from models.database import read_only

EVERY_S = 0.4
QUESTIONS_EVERY_S = 10.0


class ServicesFeed:
    """Read for all streams of a scope together. Call `frame` in a thread."""

    def __init__(self, engine: Engine, clock: Clock, rules: Rules) -> None:
        self._engine, self._clock, self._rules = engine, clock, rules
        self._frames: SharedFrames[bytes] = SharedFrames(EVERY_S)
        self._situations: tuple[float, list[Situation]] = (float("-inf"), [])
        self._asked: dict[str, tuple[Question, ...]] = {}

    def rest_s(self, scope: str, version: int) -> float:
        """As `SharedFrames` has it."""
        return self._frames.rest_s(scope, version)

    def frame(self, picture: Picture, scope: str) -> bytes:
        """Of now, or of some tenths of a second ago."""
        return self._frames.get(scope, picture.version, lambda: msgspec.json.encode(self._read(picture, scope)))

    def forget(self) -> None:
        self._frames.clear()

    def _read(self, picture: Picture, scope: str) -> ServicesFrame:
        """Places, heads and sums are those of the picture; before there is one, those of the database."""
        viewer, now = Viewer("feed", "", scope), self._clock.now()
        with read_only(self._engine) as connection:
            if not picture.version:
                return services_now(connection, viewer, now, self._rules)
            asked = self._questions(connection, picture, scope)
            frame = services_now(connection, viewer, now, self._rules, known_of(picture, scope), asked)
        return replace(frame, open_alarms=strip_of(picture, scope).alarms)

    def _questions(self, connection: Connection, picture: Picture, scope: str) -> tuple[Question, ...]:
        """What they are asked of walks all sites, so it is read once for all scopes, and for some seconds."""
        now = self._clock.now()
        if time.monotonic() - self._situations[0] >= QUESTIONS_EVERY_S:
            everything = known_of(picture, "")
            read = situations(connection, EVERYBODY, everything, now, self._rules)
            self._situations, self._asked = (time.monotonic(), read), {}
        if scope not in self._asked:
            mine = {picture.facts[id_].site for id_ in sites_of(picture, scope)}
            self._asked[scope] = ask((one for one in self._situations[1] if one.site in mine), now)
        return self._asked[scope]
