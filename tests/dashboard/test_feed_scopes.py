"""Nothing from outside a viewer's scope reaches her stream: no frame, no byte of one, and no waking."""

import pytest

import dashboard.live as live
from dashboard.access import Viewer
from tests.browser.seeded import NOON
from tests.dashboard.streaming import DISTRICT, SITE_EYE, STREET_EYE, WALL_EYE, look
from tests.dashboard.town import ELSEWHERE, SAME_STREET, SITE, STREET, Town, apart


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
