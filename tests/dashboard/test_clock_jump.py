"""The server's clock is set ahead: one thing waits for us, and no site falls silent before it could be heard again."""

from dashboard.access import Viewer
from dashboard.frames.overview import overview_frame
from dashboard.frames.wall import wall_frame
from dashboard.queries.quality import quality
from models.base import HOUR, MINUTE, SECOND
from models.database import read_only
from tests.browser.seeded import SILENT
from tests.dashboard.town import SITE


def seen(town):
    frame = overview_frame(town.look().picture, "", 0)
    return {row.site: row for row in frame.sites}, [need.what for need in frame.needs], frame


def jump(town, by):
    town.clock.at += by
    town.clock.slipped += by


def test_a_jump_is_one_need_and_silences_nobody(own_town):
    town = own_town()
    before, needs, _ = seen(town)
    assert "JUMP" not in needs
    jump(town, 2 * HOUR)
    rows, needs, frame = seen(town)
    assert {site: row.state for site, row in rows.items()} == {site: row.state for site, row in before.items()}
    ages = {site: town.clock.at - row.heard_at for site, row in rows.items() if row.heard_at}
    assert ages[SITE] < MINUTE < 15 * MINUTE < ages[SILENT]
    assert [(need.numbers, need.site, need.since) for need in frame.needs if need.what == "JUMP"] == [
        ((120,), None, town.clock.at)
    ]
    assert ("JUMP", (120,)) in [(one.kind, one.numbers) for one in wall_frame(town.feed.picture, "", 0).waiting]
    with read_only(town.engine) as connection:
        here = town.shell.state.house
        told = quality(connection, Viewer("d", "district", ""), town.clock.at, here.rules, here.limits)
    assert {row.site: row.state for row in told} == {site: row.state for site, row in before.items()}


def test_after_a_while_a_site_is_judged_by_what_came(own_town):
    town = own_town()
    before, *_ = seen(town)
    jump(town, 2 * HOUR)
    seen(town)
    town.clock.at += 4 * MINUTE
    town.happens(SITE, "device.status", device="door-1", online=True)
    rows, needs, _ = seen(town)
    live = next(site for site, row in before.items() if row.state == "live" and site != SITE)
    assert (rows[SITE].state, rows[live].state, "JUMP" in needs) == ("live", "late", True)
    town.clock.at += MINUTE
    rows, needs, _ = seen(town)
    assert (rows[SITE].state, rows[live].state, "JUMP" in needs) == ("live", "silent", False)


def test_time_that_nobody_looked_is_no_jump(own_town):
    town = own_town()
    seen(town)
    town.clock.at += 20 * MINUTE
    rows, needs, _ = seen(town)
    assert rows[SITE].state == "silent"
    assert "JUMP" not in needs


def test_a_step_within_the_limit_is_none(own_town):
    town = own_town()
    seen(town)
    jump(town, 30 * SECOND)
    assert "JUMP" not in seen(town)[1]
