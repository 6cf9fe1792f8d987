"""What stands beside a wall's stream: read at most every few seconds for all walls of one scope."""

import threading
import time
from dataclasses import replace

from dashboard.access import Viewer
from dashboard.figures.curve import Words, curve
from dashboard.guarded import House
from dashboard.queries.wall import ack_p50_s, wall_services
from dashboard.rows import CurvePoint, ScopeCurve
from dashboard.wall_rows import FEW, WallBeside
from dashboard.words import Speech
from models.base import MINUTE, Instant
from models.database import read_only

FRESH_S = 8.0
SIZES = {False: (330, 88), True: (480, 152)}
STEP_H = 4
"""Width and height of the curve beside the map, and where everything stands at once. Small, because it is drawn for a desk and
stands on the wall at more than twice the size, its letters too."""


class Beside:
    """By scope and language; the curve, which costs most, once a minute."""

    def __init__(self, house: House) -> None:
        self._house, self._lock = house, threading.Lock()
        self._made: dict[tuple[str, str, bool], tuple[float, WallBeside]] = {}
        self._curves: dict[str, tuple[Instant, ScopeCurve]] = {}

    def of(self, scope: str, language: str, wide: bool) -> WallBeside:
        with self._lock:
            made_at, made = self._made.get((scope, language, wide), (0.0, None))
            if made is None or time.monotonic() - made_at >= FRESH_S:
                made = self._read(scope, language, wide)
                self._made[scope, language, wide] = (time.monotonic(), made)
            return made

    def _read(self, scope: str, language: str, wide: bool) -> WallBeside:
        now, rules = self._house.clock.now(), self._house.rules
        with read_only(self._house.engine) as connection:
            slot, rows = self._curves.get(scope, (-1, None))
            if rows is None or slot != now // MINUTE:
                rows = self._house.curve_of(connection, Viewer("wall", "wall", scope), now)
                self._curves[scope] = (now // MINUTE, rows)
            services = wall_services(connection, scope, now, rules)
            return WallBeside(
                _drawn(rows, Speech(language), SIZES[wide]), services, ack_p50_s(connection, scope, now, rules)
            )


def _drawn(rows: ScopeCurve, say: Speech, size: tuple[int, int]) -> str:
    """The running end is the stream's: it writes the number as it may be said."""
    today = [_public(point) for point in rows.today]
    if not any(point.people is not None for point in today):
        return ""
    words, span = Words(say("curve.scope_label"), "", rows.zone), (rows.day_start, rows.day_end, rows.now)
    return curve(today, (), rows.usual, *span, None, words, width=size[0], height=size[1], step_h=STEP_H)


def _public(point: CurvePoint) -> CurvePoint:
    most = FEW - 1
    return (
        point if point.people is None or point.people >= FEW else replace(point, people=most, lowest=most, highest=most)
    )
