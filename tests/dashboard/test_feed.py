"""The feed: one snapshot, then what changed; nothing from outside the scope; it ends when it must and says when it cannot know."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable

import pytest

import dashboard.beats as beats
import dashboard.live as live
from clock import real_now
from dashboard.access import Viewer, disable_account, revoke_key
from dashboard.picture import EMPTY, place_of
from models.base import MINUTE
from tests.browser.seeded import CLOSED, LATE, NEW, NOON, SILENT
from tests.dashboard.town import ELSEWHERE, SAME_STREET, SITE, STREET, Town, apart

DISTRICT = Viewer("d", "district", "")
STREET_EYE = Viewer("s", "street", f"street:{STREET}")
WALL_EYE = Viewer("w", "wall", "")
SITE_EYE = Viewer("m", "site", f"site:{SITE}")


async def always() -> bool:
    return True


class Stream:
    """One open stream, read as a browser would."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self.pieces = pieces

    async def next(self, seconds: float = 20) -> tuple[str, dict]:
        """(event, data) of the next message; ('end', {}) when it is over."""
        while True:
            try:
                piece = await asyncio.wait_for(anext(self.pieces), seconds)
            except StopAsyncIteration:
                return "end", {}
            lines = dict(line.split(": ", 1) for line in piece.decode().strip().split("\n"))
            if "data" in lines:
                return lines.get("event", "message"), json.loads(lines["data"])


def streaming(
    town: Town, *steps: Callable, view: str = "overview", viewer: Viewer = DISTRICT
) -> list[tuple[str, dict]]:
    """The first message, and the next after each step."""

    async def run() -> list[tuple[str, dict]]:
        stream = Stream(town.feed.stream(view, viewer, always))
        heard = [await stream.next()]
        for step in steps:
            step()
            heard.append(await stream.next())
        await stream.pieces.aclose()  # type: ignore[attr-defined]
        return heard

    return apart(run())


def look(town: Town) -> None:
    """One look between two full seconds."""
    now = time.monotonic()
    town.feed._reader.seconds_at = town.feed._reader.today_at = now
    newer = town.feed._look()
    if newer is not None:
        town.feed._publish(newer)


def codes(frame: dict) -> list[str]:
    return [row["site"] for row in frame["sites"]]


# -- snapshot and changes -----------------------------------------------------------------------------------------------


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


def test_at_most_five_frames_leave_in_a_second(own_town):
    town = own_town(ELDERCARE_WEB_FEED_EVERY_MS="10")

    async def run() -> float:
        reader = asyncio.create_task(town.feed.run())
        stream = Stream(town.feed.stream("overview", DISTRICT, always))
        assert (await stream.next())[0] == "snapshot"
        began = time.monotonic()
        for n in range(5):
            town.happens(SITE, "occupancy.count", count=n, method="staff")
            await stream.next()
        reader.cancel()
        return time.monotonic() - began

    assert apart(run()) >= 4 * 0.2


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


# -- sums and states ----------------------------------------------------------------------------------------------------


def test_the_district_is_the_sum_of_its_streets_and_of_the_sites_that_report(town):
    (_, frame) = streaming(town)[0]
    reporting = [row for row in frame["sites"] if row["state"] in ("live", "late")]
    assert frame["tiles"][0]["value"] == sum(row["people"] for row in reporting)
    assert frame["tiles"][0]["value"] == sum(street["people"] or 0 for street in frame["streets"])
    assert sum(dict(frame["tiles"][0]["parts"]).values()) == frame["tiles"][0]["value"]
    strip = frame["strip"]
    assert strip["sites_reporting"] == strip["live"] + strip["late"] == len(reporting)
    assert strip["sites_total"] == strip["sites_reporting"] + strip["silent"] + strip["new"] == 23
    assert (strip["closed"], strip["silent"], strip["new"], strip["late"]) == (1, 1, 1, 1)
    assert {row["site"]: row["state"] for row in frame["sites"]}[SILENT] == "silent"


def test_a_site_goes_late_and_silent_by_the_clock_alone_and_keeps_its_number(own_town):
    town = own_town()
    people = streaming(town, view=f"site:{SITE}")[0][1]["site"]["people"]
    for minutes, state in ((4, "late"), (16, "silent")):
        town.clock.at = NOON + minutes * MINUTE
        town.look()
        row = {row["site"]: row for row in streaming(town)[0][1]["sites"]}[SITE]
        assert (row["state"], row["people"]) == (state, people)
    frame = streaming(town)[0][1]
    assert (frame["strip"]["sites_reporting"], frame["tiles"][0]["value"]) == (0, None)


def test_a_door_shut_by_hand_takes_a_site_out_of_both_numbers(own_town):
    town = own_town()
    before = streaming(town)[0][1]["strip"]
    town.happens(SITE, "site.closed")
    town.look()
    after = streaming(town)[0][1]["strip"]
    assert after["sites_total"] == before["sites_total"] - 1
    assert after["sites_reporting"] == before["sites_reporting"] - 1


# -- scopes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("viewer", "view", "known"),
    [
        (DISTRICT, "overview", True), (DISTRICT, f"site:{ELSEWHERE}", True), (DISTRICT, "site:d-999", False),
        (STREET_EYE, f"street:{STREET}", True), (STREET_EYE, "street:440309003", False), (STREET_EYE, f"site:{ELSEWHERE}", False),
        (STREET_EYE, f"site:{SAME_STREET}", True), (SITE_EYE, f"site:{SAME_STREET}", False), (SITE_EYE, "alarms", True),
        (DISTRICT, "", False), (DISTRICT, "wall", True), (DISTRICT, "overview:x", False), (DISTRICT, "site:", False),
        (DISTRICT, "street:", False), (DISTRICT, "community:c-01", False),
        (WALL_EYE, "wall", True), (WALL_EYE, "overview", False), (WALL_EYE, f"site:{SITE}", False),
    ],
)  # fmt: skip
def test_a_view_exists_for_who_may_see_something_in_it(town, viewer, view, known):
    assert town.feed.knows(view, viewer) is known


def test_a_view_of_somebody_else_answers_like_one_that_is_not_there(town):
    answers = [
        town.client().get(f"/live?view={view}", headers=town.bearer("site"))
        for view in (f"site:{ELSEWHERE}", "site:d-999", "street:440309003", "nonsense", "site:%00")
    ]
    assert {(a.status_code, a.content) for a in answers} == {(404, answers[0].content)}


VIEWS = ("overview", "map", "alarms", f"street:{STREET}", f"site:{SITE}")


def frames(town: Town, viewer: Viewer) -> dict[str, bytes]:
    views = [view for view in VIEWS if town.feed.knows(view, viewer)]

    async def run() -> dict[str, bytes]:
        return {view: await town.feed._frame(view, viewer, 0) for view in views}

    return apart(run())


@pytest.mark.parametrize("viewer", [STREET_EYE, SITE_EYE], ids=lambda v: v.role)
def test_what_happens_outside_a_scope_changes_no_byte_inside(own_town, viewer):
    town = own_town()
    for view in VIEWS:
        town.feed.watched[live._scope_of(view, viewer)] += 1
    town.look()
    before = frames(town, viewer)
    assert '"just_now":[{' in before["overview"].decode()
    for n in range(30):
        town.happens(ELSEWHERE, "occupancy.flow", NOON - n, **{"in": 3, "out": 1})
    town.happens(ELSEWHERE, "alarm.raised", alarm="a", type="FALL")
    town.happens(ELSEWHERE, "service.planned", service="s", type="BA.ST", due_at="2026-11-23T02:00:00Z")
    town.happens("d-001", "bed.moved", person="tok-111111", move="admit")
    town.say(ELSEWHERE, b"{")
    town.look()
    assert frames(town, viewer) == before


def test_who_comes_first_is_not_told_that_nothing_happened(own_town):
    town = own_town()
    town.happens(SITE, "occupancy.count", count=5)
    town.look()
    assert '"just_now":null' in frames(town, STREET_EYE)["overview"].decode()
    town.feed.watched[STREET_EYE.scope] += 1
    look(town)
    assert '"just_now":[{' in frames(town, STREET_EYE)["overview"].decode()


def test_what_happens_elsewhere_wakes_nobody(own_town):
    town = own_town()

    async def run() -> list[bool]:
        sent = town.feed.picture.version
        town.happens(ELSEWHERE, "occupancy.count", count=5)
        look(town)
        return [
            town.feed._is_news(live._scope_of(view, viewer), sent)
            for view, viewer in (
                ("overview", DISTRICT), (f"site:{ELSEWHERE}", DISTRICT), (f"site:{SITE}", DISTRICT), ("overview", STREET_EYE),
                (f"street:{STREET}", DISTRICT), (f"street:{STREET}", SITE_EYE),
            )
        ]  # fmt: skip

    assert apart(run()) == [True, True, False, False, False, False]


# -- the registry -------------------------------------------------------------------------------------------------------


def test_a_site_that_moves_to_another_street_leaves_the_old_one_s_screens(own_town):
    town = own_town()

    def move() -> None:
        town.write("update site set street = '440309001' where code = ?", (SAME_STREET,))
        town.write("update change set n = n + 1 where name = 'registry'")
        look(town)

    (_, before), (kind, after) = streaming(town, move, viewer=STREET_EYE)
    assert SAME_STREET in codes(before)
    assert (kind, SAME_STREET in codes(after), SITE in codes(after)) == ("snapshot", False, True)


def test_the_page_of_a_site_that_left_the_scope_ends(own_town):
    town = own_town()

    def move() -> None:
        town.write("update site set street = '440309001' where code = ?", (SAME_STREET,))
        town.write("update change set n = n + 1 where name = 'registry'")
        look(town)

    assert streaming(town, move, view=f"site:{SAME_STREET}", viewer=STREET_EYE)[1][0] == "end"


def test_a_new_site_is_on_the_screen_without_a_restart(own_town):
    town = own_town()
    town.write(
        "insert into site (code, name_zh, name_en, kind, street, count_by, created_at)"
        " values ('e-001', '新', 'New', 'CST', ?, 'counter', 0)",
        (STREET,),
    )
    town.write("update change set n = n + 1 where name = 'registry'")
    look(town)
    assert "e-001" in codes(streaming(town)[0][1])


def test_a_capacity_that_begins_later_begins_by_itself(own_town):
    town = own_town()
    town.write("insert into capacity (site_id, area, valid_from, persons) values (2, '', ?, 77)", (NOON + MINUTE,))
    town.write("update change set n = n + 1 where name = 'registry'")
    town.look()
    assert {r["site"]: r["capacity"] for r in streaming(town)[0][1]["sites"]}[SITE] == 40
    town.clock.at += 2 * MINUTE
    town.look()
    assert {r["site"]: r["capacity"] for r in streaming(town)[0][1]["sites"]}[SITE] == 77


# -- beats and ends -----------------------------------------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(beats, "BEAT_S", 0.3)
    monkeypatch.setattr(live, "PULSE_S", 0.1)


def test_beats_come_between_frames_and_stop_when_the_database_does_not_answer(own_town, quick):
    town = own_town()

    async def run() -> tuple[list[str], list[str]]:
        stream = Stream(town.feed.stream("overview", DISTRICT, always))
        heard = [(await stream.next())[0] for _ in range(3)]
        town.feed._reader.good_at = time.monotonic() - live.ALIVE_S - 1
        try:
            await stream.next(1.5)
        except TimeoutError:
            return heard, []
        return heard, ["something"]

    assert apart(run()) == (["snapshot", "beat", "beat"], [])


def test_a_stream_of_many_frames_has_beats_and_is_checked_too(own_town, quick):
    town, asked = own_town(), []

    async def allowed() -> bool:
        asked.append(1)
        return True

    async def run() -> list[str]:
        stream = Stream(town.feed.stream("overview", DISTRICT, allowed))
        heard = []
        for n in range(6):
            town.happens(SITE, "occupancy.count", count=n, method="staff")
            look(town)
            heard.append((await stream.next())[0])
            await asyncio.sleep(0.1)
        return heard

    assert "beat" in apart(run())
    assert asked


def open_stream(town: Town, headers: dict[str, str], then: Callable[[], None]) -> list[str]:
    """Open /live through the gate, do something after the snapshot, and read until the stream ends."""
    texts: list[str] = []

    async def run() -> None:
        done, asked = asyncio.Event(), asyncio.Event()

        async def receive() -> dict:
            if not asked.is_set():
                asked.set()
                return {"type": "http.request", "body": b"", "more_body": False}
            await done.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict) -> None:
            texts.append(message.get("body", b"").decode() or str(message.get("status", "")))
            if "event: snapshot" in texts[-1]:
                await asyncio.to_thread(then)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                done.set()

        named = [(name.encode(), value.encode()) for name, value in headers.items()]
        scope = {
            "type": "http", "method": "GET", "path": "/live", "raw_path": b"/live", "query_string": b"", "headers": named,
            "client": ("127.0.0.1", 1), "scheme": "http", "http_version": "1.1", "root_path": "",
        }  # fmt: skip
        await asyncio.wait_for(town.gate(scope, receive, send), 20)

    town.look()
    apart(run())
    return texts


def cookies(person) -> dict[str, str]:
    return {"cookie": "; ".join(f"{name}={value}" for name, value in person.cookies.items())}


def signs_out(town: Town, person) -> None:
    person.post("/logout", headers={"x-csrftoken": person.cookies["_csrf_token"]})


def test_a_stream_ends_when_its_session_or_key_does(own_town, quick):
    town = own_town()
    person, other, narrowed = town.person(), town.person("admin"), town.person("auditor")
    ends = [
        (cookies(person), lambda: signs_out(town, person)),
        (
            cookies(other),
            lambda: disable_account(
                town.engine, town.rows("select name from account where role = 'admin'")[0][0], real_now()
            ),
        ),
        (cookies(narrowed), lambda: town.write("update account set scope = 'site:d-002' where role = 'auditor'")),
        (town.bearer("ops"), lambda: revoke_key(town.engine, "ops None", real_now())),
    ]
    for headers, end in ends:
        texts = open_stream(town, headers, end)
        assert texts[0] == "200"
        assert "event: snapshot" in "".join(texts)
        assert "event: beat" not in "".join(texts)


def test_a_stream_ends_after_its_time_and_asks_the_browser_to_come_back(own_town):
    town = own_town(ELDERCARE_WEB_STREAM_MINUTES="0.05")

    async def run() -> list[bytes]:
        return [piece async for piece in town.feed.stream("overview", DISTRICT, always)]

    pieces = apart(run())
    assert pieces[0].startswith(b"retry: ")
    assert town.feed.streams == 0


def test_a_check_that_the_database_does_not_answer_ends_no_stream(own_town, quick):
    town = own_town()

    async def broken() -> bool:
        raise OSError("away")

    async def run() -> list[str]:
        stream = Stream(town.feed.stream("overview", DISTRICT, broken))
        return [(await stream.next())[0] for _ in range(2)]

    assert apart(run()) == ["snapshot", "beat"]


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


def test_a_call_that_the_site_takes_back_waits_until_somebody_has_looked(own_town):
    town = own_town()

    def waiting(scope: str = "") -> tuple[list[str], int]:
        frame = json.loads(town.look().whole("overview", scope, 0))
        here = [need["what"] for need in frame["needs"] if need["site"] == SITE and "SOS" in need["what"]]
        return here, frame["strip"]["alarms"][0]

    before = waiting()[1]
    town.happens(SITE, "alarm.raised", alarm="a-1", type="SOS")
    assert waiting() == (["SOS"], before + 1)
    town.happens(SITE, "alarm.cleared", NOON + 1, alarm="a-1", type="SOS")
    assert waiting() == (["GONE.SOS"], before + 1)
    assert waiting(f"site:{ELSEWHERE}")[0] == []
    town.write("update alarm set state = 'acknowledged' where ref = 'a-1'")
    assert waiting() == ([], before + 1)
    town.write("update alarm set state = 'closed', settled_at = raised_at where ref = 'a-1'")
    assert waiting() == ([], before)
