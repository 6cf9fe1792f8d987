"""The rows of data quality as all viewers share them: read once for everybody, and good for as long as a page shows them."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from dashboard.access import Viewer
from dashboard.picture import Picture
from dashboard.picture_known import caught_up
from dashboard.quality_rows import Drift, QualityRow
from dashboard.queries.availability import available, last_day_heard
from dashboard.queries.drift import drift
from dashboard.queries.live import Rules
from dashboard.queries.places import seen_by
from dashboard.queries.quality import covered, quality
from dashboard.rows import Available
from models.base import Instant
from models.change import registry_number
from models.civil_day import day_of
from models.place import Site
from models.quality_grade import Limits

FRESH_S = 10.0
"""The page asks again as often."""
EVERYBODY = Viewer("feed", "admin", "")
SHARING = ("", "street")
"""Who answers for a community or a site has so few that reading all the others' for her would be the dearer way."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the row of a site that is shown."""

    hours: tuple[int, ...]
    """Of each of the last 24 hours, the newest last, how many of its twelve slots were heard."""
    available: Available | None
    drift: Drift | None


class QualityShared:
    """One for the life of the process, for any number of threads."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._lock, self._now_s = threading.Lock(), now_s
        self._read_at, self._registry = float("-inf"), -1
        self._rows: list[QualityRow] = []
        self._beside: dict[int, tuple[float, Beside]] = {}

    def rows(
        self,
        connection: Connection,
        viewer: Viewer,
        now: Instant,
        rules: Rules,
        limits: Limits,
        picture: Picture | None,
    ) -> list[QualityRow]:
        """As `quality` gives them, of up to ten seconds ago; whose they are is decided now."""
        if viewer.scope.partition(":")[0] not in SHARING:
            return quality(connection, viewer, now, rules, limits)
        with self._lock:
            registry = registry_number(connection)
            if self._now_s() - self._read_at >= FRESH_S or registry != self._registry:
                known = caught_up(connection, picture, EVERYBODY, now, rules) if picture else None
                self._rows = quality(connection, EVERYBODY, now, rules, limits, known)
                self._read_at, self._registry = self._now_s(), registry
            rows = self._rows
        if not viewer.scope:
            return list(rows)
        hers = set(connection.execute(select(Site.code).where(seen_by(viewer))).scalars())
        return [row for row in rows if row.site in hers]

    def beside(
        self, connection: Connection, shown: Mapping[int, str], now: Instant, rules: Rules
    ) -> Mapping[str, Beside]:
        """By site's code; `shown` are the viewer's own, by number."""
        with self._lock:
            fresh = self._now_s() - FRESH_S
            self._beside = {id_: kept for id_, kept in self._beside.items() if kept[0] > fresh}
            missing = [id_ for id_ in shown if id_ not in self._beside]
            self._beside |= {id_: (self._now_s(), one) for id_, one in beside(connection, missing, now, rules).items()}
            return {code: self._beside[id_][1] for id_, code in shown.items()}


def beside(connection: Connection, sites: list[int], now: Instant, rules: Rules) -> dict[int, Beside]:
    """By site number; the slots of the last day are read once for all that rests on them."""
    if not sites:
        return {}
    heard = last_day_heard(connection, sites, now, rules)
    up = available(connection, sites, now, rules, heard)
    drifted = drift(connection, sites, day_of(now, rules.zone))
    return {id_: Beside(covered(heard.get(id_, ()), now), up.get(id_), drifted.get(id_)) for id_ in sites}
