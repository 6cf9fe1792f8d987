"""A registry that changes is on the screens by itself: sites that move or are new, a capacity that begins."""

from models.base import MINUTE
from tests.browser.seeded import NOON
from tests.dashboard.streaming import STREET_EYE, codes, look, streaming
from tests.dashboard.town import SAME_STREET, SITE, STREET


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
