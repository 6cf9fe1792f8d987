"""Whoever looks at one site: a change of it is told at once, a change elsewhere is none of hers."""

import asyncio
import logging
import time

import pytest

import dashboard.site_watch as site_watch
from dashboard.picture import place_of
from tests.dashboard.streaming import DISTRICT, SITE_EYE, Stream, always
from tests.dashboard.town import ELSEWHERE, SITE, Town, apart


def opened(town: Town, site: str = SITE) -> Stream:
    return Stream(town.feed.stream(f"site:{site}", DISTRICT, always))


def counted(town: Town, people: int, site: str = SITE) -> None:
    """The higher the number, the later: two counts of one moment would stand in the order of their ids."""
    town.happens(site, "occupancy.count", town.clock.at - 1000 + people, count=people, method="staff")


def test_a_change_is_told_without_a_new_picture(own_town):
    town = own_town()

    async def run() -> list[int]:
        stream, version = opened(town), town.feed.picture.version
        heard = [await stream.next()]
        for people in (31, 32):
            counted(town, people)
            heard.append(await stream.next(5))
        assert town.feed.picture.version == version
        await stream.pieces.aclose()
        return [frame["site"]["people"] for _, frame in heard[1:]]

    assert apart(run()) == [31, 32]


def test_all_who_look_at_it_are_told_and_nobody_else(own_town):
    town = own_town()

    async def run() -> tuple[list[int], bool]:
        here, there = [opened(town), opened(town)], opened(town, ELSEWHERE)
        for stream in (*here, there):
            await stream.next()
        counted(town, 33)
        told = [(await stream.next(5))[1]["site"]["people"] for stream in here]
        try:
            await there.next(0.3)
        except TimeoutError:
            return told, True
        return told, False

    assert apart(run()) == ([33, 33], True)


def test_what_comes_between_the_first_look_and_the_first_frame_is_in_it(own_town, monkeypatch):
    town = own_town()
    looked = site_watch.SiteWatch._look

    def look(watch: site_watch.SiteWatch) -> set[int]:
        first = watch._change is None
        changed = looked(watch)
        if first:
            counted(town, 34)
        return changed

    monkeypatch.setattr(site_watch.SiteWatch, "_look", look)

    async def run() -> int:
        return (await opened(town).next())[1]["site"]["people"]

    assert apart(run()) == 34


def test_a_busy_site_has_five_frames_a_second_and_the_last_word_is_the_newest(own_town):
    town = own_town()

    async def run() -> tuple[int, int]:
        stream, frames, people = opened(town), 0, 0
        await stream.next()
        writing = asyncio.create_task(asyncio.to_thread(count_up))
        ends = time.monotonic() + 1.0
        while time.monotonic() < ends:
            people = (await stream.next(5))[1]["site"]["people"]
            frames += time.monotonic() < ends
        await writing
        while people < 140:
            people = (await stream.next(5))[1]["site"]["people"]
        return frames, people

    def count_up() -> None:
        began = time.monotonic()
        for people in range(101, 141):
            counted(town, people)
            time.sleep(max(0.0, began + (people - 100) * 0.04 - time.monotonic()))

    frames, people = apart(run())
    assert people == 140
    assert 1 <= frames <= 5


def test_a_database_that_does_not_answer_ends_no_stream(own_town, monkeypatch, caplog):
    town = own_town()
    monkeypatch.setattr(site_watch, "TROUBLED_S", 0.01)
    looked, failed = site_watch.SiteWatch._look, []

    def look(watch: site_watch.SiteWatch) -> set[int]:
        if watch._change is not None and len(failed) < 3:
            failed.append(watch)
            raise OSError("gone")
        return looked(watch)

    monkeypatch.setattr(site_watch.SiteWatch, "_look", look)

    async def run() -> int:
        stream = opened(town)
        await stream.next()
        counted(town, 35)
        return (await stream.next(5))[1]["site"]["people"]

    with caplog.at_level(logging.WARNING):
        assert apart(run()) == 35
    assert len(failed) == 3
    assert "watched sites could not be looked at" in caplog.text


def test_nobody_looks_while_nobody_watches(own_town):
    town = own_town()

    async def run() -> tuple[bool, bool]:
        stream = opened(town)
        await stream.next()
        during = town.feed._sites._looking.done()
        await stream.pieces.aclose()
        await asyncio.wait_for(town.feed._sites._looking, 5)
        assert not town.feed._sites._bells
        again = opened(town)
        assert (await again.next())[0] == "snapshot"
        return during, town.feed._sites._looking.done()

    assert apart(run()) == (False, False)


@pytest.mark.parametrize("eye", [DISTRICT, SITE_EYE], ids=lambda eye: eye.role)
def test_the_frame_of_a_change_is_read_anew_though_the_picture_is_the_same(own_town, eye):
    town = own_town()
    place = place_of(town.feed.picture, SITE, eye)

    async def run() -> tuple[bytes | None, bytes | None]:
        async with town.feed._sites.watching(place.id):
            before = town.feed.site(SITE, eye)
            counted(town, 36)
            town.feed._sites._moves[place.id] += 1
            return before, town.feed.site(SITE, eye)

    before, after = apart(run())
    assert before is not None
    assert after is not None
    assert before != after


def test_a_full_second_does_not_stand_before_a_change(own_town, monkeypatch):
    """Five frames a second are all there are: one that tells nothing but the time comes only after a quiet while."""
    town = own_town()
    monkeypatch.setattr(site_watch, "FRESH_S", 0.5)

    async def run() -> list[str]:
        stream, heard = opened(town), []
        await stream.next()
        for wait in (0.0, 0.6):
            await asyncio.sleep(wait)
            town.clock.at += 1_000_000
            town.look()
            waiting = asyncio.ensure_future(stream.next())
            done, _ = await asyncio.wait([waiting], timeout=0.3)
            heard.append("told" if done else "nothing")
            waiting.cancel()
            if not done:
                stream = opened(town)
                await stream.next()
        return heard

    assert apart(run()) == ["nothing", "told"]
