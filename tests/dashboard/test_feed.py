"""The feed: one snapshot, then what changed; never too many frames; it goes on when the database has been away."""

import asyncio
import time

import pytest

from dashboard.picture import EMPTY, place_of
from models.base import MINUTE
from tests.browser.seeded import CLOSED, LATE, NEW, NOON
from tests.dashboard.streaming import DISTRICT, Stream, always, codes, look, streaming
from tests.dashboard.town import ELSEWHERE, SITE, STREET, Town, apart


def test_a_stream_begins_with_everything_and_goes_on_with_what_changed(own_town):
    town = own_town()

    def arrive() -> None:
        town.happens(SITE, "occupancy.count", count=31, method="staff")
        look(town)

    (kind, whole), (then, change) = streaming(town, arrive)
    assert (kind, len(whole["sites"])) == ("snapshot", 24)
    assert (then, codes(change), change["sites"][0]["people"]) == ("message", [SITE], 31)
    assert change["tiles"][0]["value"] == sum(row["people"] or 0 for row in change["streets"])


def test_who_is_slow_gets_one_frame_with_all_that_happened(own_town):
    town = own_town()

    def much() -> None:
        for n, site in enumerate((SITE, ELSEWHERE, SITE)):
            town.happens(site, "occupancy.count", count=n, method="staff")
            look(town)

    _, (_, merged) = streaming(town, much)
    assert {row["site"]: row["people"] for row in merged["sites"]} == {SITE: 2, ELSEWHERE: 1}


@pytest.mark.parametrize(("streams", "apart_s"), [(1, 0.2), (50, 0.5)])
def test_a_stream_gets_at_most_five_frames_a_second_and_fewer_where_many_share_what_may_be_sent(
    own_town, streams, apart_s
):
    town = own_town(ELDERCARE_WEB_FEED_EVERY_MS="10", ELDERCARE_WEB_FRAMES_SENT_PER_S_MAX="100")

    async def run() -> float:
        beside = [asyncio.create_task(reads_on(town)) for _ in range(streams - 1)]
        stream = Stream(town.feed.stream("overview", DISTRICT, always))
        assert (await stream.next())[0] == "snapshot"
        while town.feed.streams < streams:
            await asyncio.sleep(0.01)
        reader = asyncio.create_task(town.feed.run())
        began = time.monotonic()
        for n in range(6):
            town.happens(SITE, "occupancy.count", count=n, method="staff")
            await stream.next()
        for task in (reader, *beside):
            task.cancel()
        return time.monotonic() - began

    # One of them may come before its turn.
    assert apart(run()) >= 4 * apart_s


async def reads_on(town: Town) -> None:
    async for _ in town.feed.stream("overview", DISTRICT, always):
        pass


def test_a_stream_that_comes_back_gets_a_snapshot_again(own_town):
    town = own_town()
    assert [streaming(town)[0][0] for _ in range(2)] == ["snapshot", "snapshot"]


@pytest.mark.parametrize(
    ("view", "key"), [("map", "sites"), ("alarms", "alarms"), (f"street:{STREET}", "sites"), (f"site:{SITE}", "site")]
)
def test_every_view_of_the_contract_has_its_frame(town, view, key):
    ((kind, frame),) = streaming(town, view=view)
    assert (kind, key in frame, frame["as_of"]) == ("snapshot", True, NOON)


def test_the_map_has_a_pin_for_each_site_and_the_alarms_the_call_for_help(town):
    (_, frame), (_, alarms) = streaming(town, view="map")[0], streaming(town, view="alarms")[0]
    assert {pin["site"]: pin["lat"] for pin in frame["sites"]}[SITE] == pytest.approx(22.62)
    assert [alarm["type"] for alarm in alarms["alarms"] if alarm["grade"] == 1] == ["SOS"]
    assert {"OFFLINE", "OVERCAP", "NOTOPEN", "LATE", "LOWBAT"} <= {alarm["type"] for alarm in alarms["alarms"]}


def test_just_after_the_start_a_site_is_not_said_to_be_missing(own_town):
    town = own_town()
    picture, town.feed.picture = town.feed.picture, EMPTY

    async def run() -> bool:
        waiting = asyncio.create_task(town.feed.has_read(10))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        town.feed._publish(picture)
        return await waiting

    assert apart(run())
    town.feed.picture = EMPTY
    assert not apart(town.feed.has_read(0.05))


def test_the_reader_goes_on_when_the_database_comes_back(own_town):
    town = own_town(ELDERCARE_WEB_FEED_EVERY_MS="10")
    good, broken = town.feed._look, [2]

    def shaky():
        if broken[0]:
            broken[0] -= 1
            raise OSError("away")
        return good()

    async def run() -> None:
        town.feed._look = shaky
        reader = asyncio.create_task(town.feed.run())
        stream = Stream(town.feed.stream("overview", DISTRICT, always))
        await stream.next()
        town.clock.at += MINUTE
        while (await stream.next())[1]["as_of"] != town.clock.at:
            pass
        reader.cancel()

    apart(run())
    assert {LATE, NEW, CLOSED} <= {place.site for place in town.feed.picture.facts.values()}


def test_what_a_day_adds_up_to_comes_with_the_picture_after_and_a_database_that_fails_once_loses_none_of_it(own_town):
    town = own_town()
    reader = town.feed._reader

    def lunches() -> int:
        picture = town.feed.picture
        return picture.today.sites[place_of(picture, SITE, DISTRICT).id].tallies["meal.served.lunch.dine_in"]

    before = lunches()
    town.happens(SITE, "meal.served", meal="lunch", mode="dine_in")
    look(town)
    reader.today_at = 0.0
    reader.sum_up(town.feed.picture, [])
    good, town.feed._reader._rowed = reader._rowed, lambda *_: 1 / 0
    town.happens(ELSEWHERE, "occupancy.flow", **{"in": 1, "out": 0})
    with pytest.raises(ZeroDivisionError):
        town.feed._look()
    reader._rowed = good
    assert lunches() == before
    look(town)
    assert lunches() == before + 1
