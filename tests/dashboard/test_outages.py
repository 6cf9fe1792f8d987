"""When sites were silent, as a list with what people found: each sees her own, whether in a storm or alone."""

import pytest

from dashboard.access import Viewer
from dashboard.outage_reading import read_outages
from dashboard.parts.outage_card import outage_card
from dashboard.rules import rules_of
from dashboard.words import Speech
from models.alarm_life import Move
from models.alarm_steps import Asked, Cause, Place, clear_alarm, join_alarm, move_alarm, raise_alarm
from models.base import HOUR, MINUTE
from models.database import read_only, transaction
from models.place import Site
from tests.browser.seeded import NOON
from tests.dashboard.town import ELSEWHERE, SAME_STREET, SITE, STREET

SILENT_TOO = ("d-006", "d-009")
"""In the seeded district itself."""
PEOPLE = {
    "district": Viewer("chen", "district", ""),
    "street": Viewer("liu", "street", f"street:{STREET}"),
    "manager": Viewer("wang", "site", f"site:{SITE}"),
    "auditor": Viewer("audit", "auditor", ""),
}


@pytest.fixture(scope="module")
def town(file_town):
    with transaction(file_town.engine) as connection:
        number = {row.code: row.id for row in connection.execute(Site.__table__.select())}

        def silent(code, hours_ago, type_="OFFLINE"):
            place = Place(number[code]) if code else Place()
            cause = Cause(place, type_, f"ago-{hours_ago}", since=NOON - hours_ago * HOUR)
            return raise_alarm(connection, cause, NOON - hours_ago * HOUR + 15 * MINUTE, {})

        noted = silent(SITE, 50)
        for move, code in ((Move.COMMENT, "called"), (Move.RESOLVE, "repaired")):
            move_alarm(connection, noted, Asked(move, "wang", code), NOON - 49 * HOUR, NOON, {})
        clear_alarm(connection, noted, NOON - 48 * HOUR)
        clear_alarm(connection, silent(SITE, 24 * 40, "NOTOPEN"), NOON - 24 * 40 * HOUR + 30 * HOUR)
        silent(ELSEWHERE, 3)
        silent(None, 5, "OWN")
        storm = raise_alarm(connection, Cause(Place(street=STREET), "OFFLINE", since=NOON - 2 * HOUR), NOON - HOUR, {})
        for code in (SITE, SAME_STREET):
            join_alarm(connection, silent(code, 2), storm, NOON - HOUR)
    return file_town


def listed(town, who, site="", days="30"):
    with read_only(town.engine) as connection:
        found = read_outages(connection, PEOPLE[who], site, days, NOON, rules_of(town.cfg))
    return None if found is None else [
        (one.type, one.site or one.street, (NOON - one.began_at) / HOUR) for one in found.rows if one.site not in SILENT_TOO
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("who", "site", "days", "expected"),
    [
        ("district", "", "30", [("OFFLINE", STREET, 2), ("OFFLINE", ELSEWHERE, 3), ("OWN", None, 5), ("OFFLINE", SITE, 50)]),
        ("street", "", "30", [("OFFLINE", STREET, 2), ("OFFLINE", SITE, 50)]),
        # Whoever answers for one site sees it in the storm, which is not hers to see.
        ("manager", SITE, "", [("OFFLINE", SITE, 2), ("OFFLINE", SITE, 50)]),
        ("auditor", SITE, "90", [("OFFLINE", SITE, 2), ("OFFLINE", SITE, 50), ("NOTOPEN", SITE, 960)]),
        # Our own outages are why nothing came from a site, for who sees them.
        ("district", SITE, "30", [("OFFLINE", SITE, 2), ("OWN", None, 5), ("OFFLINE", SITE, 50)]),
        ("manager", ELSEWHERE, "30", None),
        ("manager", "d-999", "30", None),
        ("manager", "' or 1", "30", None),
        ("district", "", "31", None),
    ],
)  # fmt: skip
def test_each_sees_the_outages_of_her_own(town, who, site, days, expected):
    assert listed(town, who, site, days) == expected


def shown(town, language, site=SITE, who="manager"):
    with read_only(town.engine) as connection:
        found = read_outages(connection, PEOPLE[who], site, "90", NOON, rules_of(town.cfg))
    return str(outage_card(Speech(language), found))


def test_an_outage_tells_how_long_it_lasted_and_what_people_found(town):
    told = shown(town, "en")
    assert "Called the site (wang), Repaired (wang)" in told
    assert "2 h 0 min" in told
    assert "1 d 6 h" in told
    assert "still out" in told
    assert "已电话联系（wang），已修复（wang）" in shown(town, "zh")
    assert "This platform" in shown(town, "en", "", "district")


def test_the_file_holds_what_the_page_shows(town):
    text = town.client().get(f"/export/outages.csv?site={SITE}&days=90", headers=town.bearer("site")).text
    heads, *rows = [line.split(",") for line in text.lstrip("\ufeff").splitlines()]
    assert [dict(zip(heads, row, strict=True))["notes"] for row in rows] == ["", "called:wang repaired:wang", ""]
    assert [row[heads.index("ended_at")] == "" for row in rows] == [True, False, False]
    assert town.client().get("/export/outages.csv?days=7", headers=town.bearer("site")).status_code == 404
