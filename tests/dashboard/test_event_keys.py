"""Where a page looks for events: days that are not asked for are not looked through, and a wrong clock hides none."""

import json
import re
from datetime import timedelta

from sqlalchemy import event as sql_event

from contract import format_instant
from dashboard.queries.happenings import happenings
from dashboard.queries.ledgers import ledgers
from dashboard.queries.quality import said_lately
from edge.ulid import ulid
from models.base import HOUR, MINUTE, SECOND
from models.civil_day import day_bounds, day_of
from models.database import read_only, transaction
from models.event_days import make_day
from tests.browser.seeded import NOON
from tests.dashboard.streaming import DISTRICT
from tests.dashboard.town import SITE, Town

DAYS = 20


def came(town: Town, made_at: int, people: int, at: int = NOON - MINUTE) -> None:
    """Of a device whose clock said `made_at` when it made the id."""
    said = {"id": ulid(made_at), "kind": "occupancy.flow", "at": format_instant(at), "in": people, "out": 0}
    assert town.say(SITE, json.dumps(said).encode()) == ["stored"]


def place(town: Town):
    return next(one for one in town.look().picture.facts.values() if one.site == SITE)


def test_a_number_and_its_ledger_add_up_though_a_clock_was_wrong_as_an_id_was_made(own_town):
    """The last one comes late within its five minutes, which are then folded anew from the raw events."""
    town = own_town()
    start = day_bounds(day_of(NOON, "Asia/Shanghai"), "Asia/Shanghai")[0]

    def told() -> dict[str, tuple[int | None, ...]]:
        with read_only(town.engine) as connection:
            made = ledgers(connection, place(town).id, place(town).count_by, start)
        return {one.area: (one.signed, one.recomputed) for one in made}

    before = told()
    for days, people in ((0, 3), (9, 5), (-400, 7)):
        came(town, NOON + days * 24 * HOUR, people)
    came(town, NOON, 9, NOON - MINUTE - SECOND)
    after = told()
    grown = [tuple(new - old for new, old in zip(after[area], before[area], strict=True)) for area in before]
    assert (24, 24) in grown


def test_other_days_are_not_looked_through(own_town):
    town = own_town()
    if town.engine.dialect.name != "postgresql":
        return
    with transaction(town.engine) as connection:
        for back in range(-2, DAYS):
            make_day(connection, day_of(NOON, "UTC") - timedelta(days=back))
    came(town, NOON, 1)
    site, asked = place(town), []
    sql_event.listen(town.engine, "before_cursor_execute", lambda _c, _cur, sql, said, *_: asked.append((sql, said)))
    start = day_bounds(day_of(NOON, "Asia/Shanghai"), "Asia/Shanghai")[0]
    with read_only(town.engine) as connection:
        happenings(connection, {site.id: site}, NOON, 8, {site.id})
        ledgers(connection, site.id, site.count_by, start)
        said_lately(connection, DISTRICT, SITE, NOON)
        of_events = [one for one in asked if re.search(r"FROM event\b", one[0])]
        assert len(of_events) >= 3
        for sql, said in of_events:
            plan = "\n".join(row[0] for row in connection.exec_driver_sql("explain " + sql, said))
            days = set(re.findall(r"\bevent_(\d{8})\b", plan))
            assert 1 <= len(days) <= 4, plan
