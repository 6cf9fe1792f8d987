"""A screen is let in by an officer who reads its code, holds a key that opens nothing else, and is dark as soon as she says so."""

import asyncio
import json

import pytest

from clock import real_now
from dashboard import walls
from dashboard.access import Viewer
from dashboard.gate import SECURE_WALL_COOKIE, WALL_COOKIE
from dashboard.walls import ASKED_MOST, WRONG_MOST, WallRefused, approve, ask, fetch_key, revoke, wall_of
from models.audit import looked_through
from models.base import MINUTE
from models.database import read_only
from tests.dashboard.test_gate import PEOPLE, STRANGERS, filled
from tests.dashboard.town import OTHER_STREET, STREET, Town, apart

DUTY = Viewer("chen", "district", "")
MINZHI = Viewer("li", "street", f"street:{STREET}")
SCREEN = "192.0.2.9"


def refusal(deed, *arguments) -> str:
    with pytest.raises(WallRefused) as refused:
        deed(*arguments)
    return str(refused.value)


def asks(screen) -> str:
    """A screen without a key opens the page and shows a code."""
    assert 'class="wall pair"' in screen.get("/wall").text
    return screen.post("/wall/pair").json()["code"]


def officer_says(person, path: str, body: dict) -> object:
    return person.post(path, json=body, headers={"x-csrftoken": person.cookies["_csrf_token"]})


def hung(town: Town, scope: str = "") -> object:
    """A screen that an officer has let in."""
    screen = town.client()
    code = asks(screen)
    number = approve(town.engine, DUTY, code, "指挥中心", scope, real_now())
    assert screen.post("/wall/claim").json() == {"state": "paired"}
    screen.number = number
    return screen


# -- the way in ---------------------------------------------------------------------------------------------------------


def test_a_screen_shows_a_code_an_officer_reads_it_and_the_screen_is_a_wall(own_town):
    town = own_town()
    screen, officer = town.client(), town.person("district")
    code = asks(screen)
    assert (len(code), code.isdigit()) == (8, True)
    assert screen.post("/wall/claim").json() == {"state": "waiting"}
    assert screen.get("/wall/beside").status_code == 401
    said = {"code": f"{code[:4]} {code[4:]}", "name": " 指挥中心 ", "scope": ""}
    assert officer_says(officer, "/act/walls", said).json() == {"done": True}
    claimed = screen.post("/wall/claim")
    assert claimed.json() == {"state": "paired"}
    assert 'class="wall show"' in screen.get("/wall").text
    assert screen.get("/wall/beside").status_code == 200
    (row,) = officer.get("/act/walls").json()["walls"]
    assert (row["name"], row["scope"], row["approved_by"].split("-")[0]) == ("指挥中心", "", "district")
    assert row["seen_at"] is not None
    (entry,) = town.rows(
        "select what, subject, said from audit_entry where what not like 'session.%' and author <> 'command'"
    )
    assert entry[:2] == ("wall.approve", f"wall/{row['id']}")
    assert json.loads(entry[2]) == {"name": "指挥中心", "scope": ""}


def test_the_key_lies_in_a_cookie_out_of_reach_of_scripts_and_only_its_hash_in_the_database(own_town):
    town = own_town()
    screen = hung(town)
    key = screen.cookies[WALL_COOKIE]
    (cookie,) = [c for c in screen.get("/wall").headers.get_list("set-cookie") if c.startswith("wall=")]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert len(key) >= 43
    with read_only(town.engine) as connection:
        kept = [
            str(row)
            for t in ("wall", "wall_pairing", "audit_entry")
            for row in connection.exec_driver_sql(f"select * from {t}")
        ]
    assert kept
    assert not any(key in row for row in kept)
    secure = town.client("https://127.0.0.1")
    secure.post("/wall/pair")
    assert secure.cookies["__Host-wall_claim"]
    assert SECURE_WALL_COOKIE.startswith("__Host-")


def test_a_code_is_good_once_and_a_key_is_given_once(own_town):
    engine = own_town().engine
    claim, code = ask(engine, SCREEN, real_now(), 10)
    approve(engine, DUTY, code, "a", "", real_now())
    assert refusal(approve, engine, DUTY, code, "b", "", real_now()) == "code"
    (state, key), again = fetch_key(engine, claim, real_now()), fetch_key(engine, claim, real_now())
    assert (state, again) == ("paired", ("over", None))
    assert wall_of(engine, key) is not None


def test_a_code_that_is_over_lets_nobody_in(own_town):
    engine = own_town().engine
    made_at = real_now() - 11 * MINUTE
    claim, code = ask(engine, SCREEN, made_at, 10)
    assert refusal(approve, engine, DUTY, code, "a", "", real_now()) == "code"
    late, read = ask(engine, SCREEN, made_at, 10)
    approve(engine, DUTY, read, "a", "", made_at + 9 * MINUTE)
    assert [fetch_key(engine, one, real_now()) for one in (claim, late, "never")] == [("over", None)] * 3


def test_who_reads_the_code_off_the_screen_does_not_get_the_screen_s_key(own_town):
    town = own_town()
    screen, thief = town.client(), town.client()
    code = asks(screen)
    asks(thief)
    approve(town.engine, DUTY, code, "a", "", real_now())
    assert thief.post("/wall/claim").json() == {"state": "waiting"}
    assert screen.post("/wall/claim").json() == {"state": "paired"}


def test_nobody_asks_for_very_many_codes_and_nobody_guesses_them(own_town):
    engine, now = own_town().engine, real_now()
    for _ in range(ASKED_MOST):
        ask(engine, SCREEN, now, 10)
    assert refusal(ask, engine, SCREEN, now, 10) == "often"
    _, code = ask(engine, "192.0.2.10", now, 10)
    ask(engine, SCREEN, now + 11 * MINUTE, 10)
    for _ in range(WRONG_MOST):
        assert refusal(approve, engine, DUTY, "00000000", "a", "", now) == "code"
    assert refusal(approve, engine, DUTY, code, "a", "", now) == "often"
    approve(engine, Viewer("wu", "admin", ""), code, "a", "", now)
    with read_only(engine) as connection:
        assert looked_through(connection).is_whole


def test_too_many_codes_are_said_as_such(own_town):
    town = own_town()
    answers = [town.client().post("/wall/pair") for _ in range(ASKED_MOST + 1)]
    assert [a.status_code for a in answers] == [200] * ASKED_MOST + [429]


# -- who may ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted(PEOPLE))
def test_only_officers_let_walls_in_and_see_their_list(town, role):
    person = town.person(role)
    allowed = role in ("admin", "district", "street")
    assert person.get("/act/walls").status_code == (200 if allowed else 403)
    said = officer_says(person, "/act/walls", {"code": "00000000", "name": "a"})
    assert said.status_code == (400 if allowed else 403)
    assert officer_says(person, "/act/walls/999/revoke", {}).status_code == (404 if allowed else 403)


@pytest.mark.parametrize(
    ("viewer", "name", "scope", "why"),
    [
        (DUTY, "a", "street:999", "scope"), (DUTY, "a", "site:d-001", "scope"), (DUTY, "a", "street:", "scope"),
        (MINZHI, "a", "", "scope"), (MINZHI, "a", f"street:{OTHER_STREET}", "scope"),
        (DUTY, " ", "", "name"), (DUTY, "x" * 41, "", "name"), (DUTY, "a\nb", "", "name"),
        (Viewer("w", "wall", ""), "a", "", "403"), (Viewer("o", "ops", ""), "a", "", "403"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_leaves_the_code_good(own_town, viewer, name, scope, why):
    engine = own_town().engine
    claim, code = ask(engine, SCREEN, real_now(), 10)
    assert refusal(approve, engine, viewer, code, name, scope, real_now()) == why
    assert fetch_key(engine, claim, real_now()) == ("waiting", None)


def test_a_street_s_officer_sees_and_revokes_the_walls_of_her_street_alone(own_town):
    town = own_town()
    ours, all_ = hung(town, f"street:{STREET}"), hung(town)
    officer = town.person("street")
    listed = officer.get("/act/walls").json()
    assert [row["id"] for row in listed["walls"]] == [ours.number]
    assert ([row["code"] for row in listed["streets"]], listed["whole"]) == ([STREET], False)
    assert officer_says(officer, f"/act/walls/{all_.number}/revoke", {}).status_code == 404
    assert officer_says(officer, f"/act/walls/{ours.number}/revoke", {}).status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"code": 1}', b'{"code": "1", "name": "a", "role": "admin"}'])
def test_a_form_that_is_none_is_the_sender_s_fault(town, body):
    person = town.person("district")
    said = person.post("/act/walls", content=body, headers={"x-csrftoken": person.cookies["_csrf_token"]})
    assert said.status_code == 400


@pytest.mark.parametrize("number", ["x", "-1", "9" * 12, "%00", "1.0"])
def test_a_number_that_is_none_is_no_wall(town, number):
    assert officer_says(town.person("district"), f"/act/walls/{number}/revoke", {}).status_code == 404


# -- what the key opens, and its end ------------------------------------------------------------------------------------


def test_a_wall_s_key_opens_nothing_but_the_wall(own_town):
    town = own_town()
    screen = hung(town)
    for method, path in STRANGERS:
        if path.startswith("/wall"):
            continue
        if STRANGERS[method, path] in (401, 303):
            answer = screen.ask(method, filled(path), headers={"x-forwarded-for": "203.0.113.9"})
            assert answer.status_code in (401, 303), f"{method} {path}: {answer.status_code}"
    for path in ("/", "/walls", "/alarms", "/_dash-layout", "/wall/x", "/wall/live/x"):
        assert screen.get(path).status_code in (303, 401, 404)


@pytest.mark.parametrize(
    "path", ["/", "/alarms", "/walls", "/act/walls", "/live?view=overview", "/export/services.csv"]
)
def test_somebody_of_the_role_wall_sees_no_page_of_people(town, path):
    assert town.person("wall").get(path).status_code in (403, 404)
    assert town.client().get(path, headers=town.bearer("wall")).status_code in (303, 401, 403, 404)


def pieces(town: Town, screen, most: int, then) -> list[bytes]:
    """What a wall's stream sends; `then` happens after the first piece that holds data."""

    async def run() -> list[bytes]:
        heard: list[bytes] = []
        over = asyncio.Event()

        async def receive() -> dict:
            await over.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict) -> None:
            if message.get("body"):
                heard.append(message["body"])
                if len(heard) == 2:
                    await asyncio.to_thread(then)
                await asyncio.sleep(0.2)  # as far apart as the feed's own pictures
                town.look()
                if len(heard) >= most:
                    over.set()

        cookie = f"{WALL_COOKIE}={screen.cookies[WALL_COOKIE]}".encode()
        scope = {
            "type": "http", "method": "GET", "path": "/wall/live", "raw_path": b"/wall/live", "query_string": b"", "root_path": "",
            "headers": [(b"cookie", cookie)], "client": ("127.0.0.1", 1), "scheme": "http", "http_version": "1.1",
        }  # fmt: skip
        await asyncio.wait_for(town.gate(scope, receive, send), 60)
        return heard

    return apart(run())


def test_a_revoked_wall_s_stream_ends_within_seconds_and_its_page_asks_anew(own_town):
    town = own_town()
    screen = hung(town)
    heard = pieces(town, screen, 200, lambda: revoke(town.engine, DUTY, screen.number, real_now()))
    assert 2 <= len(heard) < 20
    assert b"event: snapshot" in heard[1]
    assert [screen.get("/wall/live").status_code, screen.get("/wall/beside").status_code] == [401, 401]
    assert 'class="wall pair"' in screen.get("/wall").text
    assert [row[0] for row in town.rows("select what from audit_entry where what like 'wall.%' order by id")] == [
        "wall.approve",
        "wall.revoke",
    ]
    assert refusal(revoke, town.engine, DUTY, screen.number, real_now()) == "404"


def test_a_wall_that_is_let_in_and_revoked_before_it_fetched_its_key_stays_out(own_town):
    engine = own_town().engine
    claim, code = ask(engine, SCREEN, real_now(), 10)
    revoke(engine, DUTY, approve(engine, DUTY, code, "a", "", real_now()), real_now())
    assert fetch_key(engine, claim, real_now()) == ("over", None)


def test_a_wall_s_stream_outlives_a_database_that_does_not_answer(own_town):
    town = own_town()
    screen = hung(town)
    heard = pieces(town, screen, 9, lambda: town.write("alter table wall rename to elsewhere"))
    assert len(heard) >= 9


def test_when_a_wall_was_last_seen_is_written_once_a_minute(own_town):
    town = own_town()
    number, now = hung(town).number, real_now()
    for ago, written in ((2 * MINUTE, True), (MINUTE // 2, False)):
        town.write("update wall set seen_at = ?", (now - ago,))
        wall = walls.PairedWall(number, "", now - ago)
        walls.saw(town.engine, wall, now)
        assert (town.rows("select seen_at from wall") == [(now,)]) is written
