"""Every address, page, view and callback, asked by every role about her own and about somebody else's: nothing leaks."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import dash
import httpx
import pytest
from fastapi.routing import APIRoute
from sqlalchemy import true

import dashboard.acts.recipient
import dashboard.queries.places
from clock import real_now
from dashboard.access import Came, Viewer, begin_session, hashed
from dashboard.gate import CSRF_COOKIE
from dashboard.live import FRAMES
from dashboard.queries import own_health
from dashboard.queries.accounts import session_key
from dashboard.rates import Rates
from models.database import transaction
from models.permission import HELD_BY, ROLES
from tests.browser import addresses
from tests.browser.addresses import ADDRESSES
from tests.dashboard.conftest import Seeded
from tests.dashboard.court import (
    CANARY,
    FAR,
    LOOKERS,
    NO_SUBJECTS,
    YESTERDAY,
    Court,
    Looker,
    Subjects,
    body_of,
    filled,
    names_a_subject,
)
from tests.dashboard.declared import CALLBACKS, OPEN, PAGES, PEOPLE, ROUTES, VIEWS, WHOLE
from tests.dashboard.test_gate import routes
from tests.dashboard.town import ELSEWHERE, SITE, apart, worker

NARROW = [looker for looker in LOOKERS if looker.foreign]
ASKED = [(method, path) for (method, path), door in ROUTES.items() if door is not OPEN and path != "/logout"]
FORGED = (
    "/export/sites.csv?street={street}", "/export/sites.csv?q={site}", "/export/alarms.csv?street={street}",
    "/export/services.csv?street={street}", "/export/plan.csv?street={street}",
    "/export/quality.csv?street={street}", "/export/quality.csv?q={site}",
    "/export/sites/{site}/curve.csv", "/export/sites/{site}/alarms.csv", "/export/sites/{site}/services.csv",
    "/export/sites/{site}/ledger.csv", "/export/outages.csv?site={site}&days=365",
    "/export/days/{site}/2026-11-23.xlsx", "/live?view=site:{site}", "/live?view=street:{street}",
    *(f"/live?view={view}:{{{code}}}" for view in (*FRAMES, "services") for code in ("site", "street")),
    "/export/reports/{site}/2026-11.csv", "/export/reports/2026-11.csv?street={street}",
    "/export/history.csv?of=site:{site}", "/export/history.csv?of=street:{street}&with=before",
    "/api/v1/rejected?site={site}", "/api/v1/integrity?site={site}", "/api/v1/sites/{site}/history?step=1h",
    "/api/v1/sites/{site}/days/2026-11-23",
)  # fmt: skip
"""Questions and choices that a page of hers would never ask."""
FORGED_PAGES = (
    ("/sites/{site}", ""), ("/alarms/{alarm}", ""), ("/days/{site}/2026-11-23", ""), ("/days/{site}/2026-11-22", "?version=1"),
    ("/persons/{site}", ""), ("/registry/{site}", ""), ("/reports/{site}/2026-11", ""), ("/district/2026-11", "?street={street}"),
    ("/history", "?of=site:{site}"), ("/history", "?with=street:{street}"),
    ("/quality", "?site={site}"), ("/quality", "?street={street}"), ("/quarantine", "?site={site}&device=door-east"),
    ("/quarantine", "?unknown={site}"), ("/services", "?street={street}"), ("/sites", "?street={street}"),
    ("/outages", "?site={site}&days=365"),
)  # fmt: skip


@pytest.fixture(scope="module")
def court(seeded: Seeded) -> Iterator[Court]:
    """On one engine: what a scope is to each database has a test of its own."""
    with (
        seeded.town("sqlite", ELDERCARE_WEB_ACTS_PER_MIN="100000") as town,
        pytest.MonkeyPatch.context() as patch,
        worker(town),
    ):
        patch.setattr(dashboard.acts.recipient, "TEST_WAIT_S", 0.0)  # nobody sends test messages here
        patch.setattr(
            own_health, "_disk", lambda _connection: (10**10, 10**11)
        )  # others write to this disk between two looks
        patch.setattr(
            town.gate, "_refusals", Rates(1)
        )  # thousands are refused here; what is written of it is looked at elsewhere
        made = Court(town)
        made.screen("", "the wall of all")
        made.screen(f"street:{made.of[SITE].street}", "the wall of a street")
        town.look()
        yield made


def is_refused(answer: httpx.Response) -> bool:
    return answer.status_code in (401, 403) or answer.headers.get("location") == "/login"


# -- everything is declared ---------------------------------------------------------------------------------------------


def test_every_route_has_a_declared_permission(court):
    assert routes(court.town) == set(ROUTES)


def test_every_page_has_a_declared_permission(court):
    assert {page["path_template"] or page["path"] for page in dash.page_registry.values()} == set(PAGES)


def test_every_page_has_an_address_at_which_it_is_photographed_and_judged(court):
    """A new page is added to `tests.browser.addresses`, and judged in both languages where that says."""
    assert {page["path_template"] or page["path"] for page in dash.page_registry.values()} == set(ADDRESSES)
    browser = Path(addresses.__file__).parent
    for template, one in ADDRESSES.items():
        pattern = re.sub(r"<[a-z]+>", "[^/]+", template)
        assert template == "/not-found-404" or re.fullmatch(pattern, one.path.partition("?")[0]), one
        judging = (browser / f"{one.judged_by}.py").read_text(encoding="utf-8")
        assert "judge" in judging or "serious" in judging
        assert one.path.split("/")[1].partition("?")[0] in judging, one


def test_every_callback_has_a_declared_permission(court):
    listed = court.by_session(LOOKERS[0], "GET", "/_dash-dependencies").json()
    assert {one["output"] for one in listed} == set(CALLBACKS) == set(dash.get_app().callback_map)


def test_every_view_of_the_stream_has_a_declared_permission():
    assert set(FRAMES) | {"services"} == {view for view in VIEWS if ":" not in view}


def test_every_role_asks():
    assert {looker.role for looker in LOOKERS} == set(ROLES)


# -- routes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path"), ASKED, ids=lambda part: part)
def test_each_role_is_let_in_where_it_is_declared_and_sees_nothing_of_others(court, method, path):
    door, mine = ROUTES[method, path], court.of[SITE]
    for looker in LOOKERS:
        given = (looker, method, filled(path, mine), body_of(path, mine))
        for ask, roles in ((court.by_session, door.people), (court.by_key, door.keys)):
            answer = ask(*given)
            told = f"{looker.named} {ask.__name__}: {answer.status_code}"
            is_let_in = looker.role in roles and (looker.is_wide or not door.wide) and not (door.whole and looker.scope)
            assert is_refused(answer) != is_let_in, told
            assert answer.status_code < 500, told
            assert not court.leaks(looker, answer.text), told


@pytest.mark.parametrize(("method", "path"), [(m, p) for m, p in ASKED if names_a_subject(p)], ids=lambda part: part)
def test_what_is_somebody_else_s_answers_like_what_is_not_there(court, method, path):
    for looker in NARROW:
        for ask in (court.by_session, court.by_key):
            check_alike(looker, court, lambda about, ask=ask, looker=looker: ask(
                looker, method, filled(path, about), body_of(path, about)
            ))  # fmt: skip


@pytest.mark.parametrize("address", FORGED)
def test_a_forged_question_gets_nothing_of_others(court, address):
    for looker in NARROW:
        for ask in (court.by_session, court.by_key):
            check_alike(looker, court, lambda about, ask=ask, looker=looker: ask(
                looker, "GET", put_in(address, about)
            ))  # fmt: skip


def check_alike(looker: Looker, court: Court, ask) -> None:
    """Status, type and body are the same to the byte, apart from what was asked for."""
    theirs, nobodys = court.foreign(looker), NO_SUBJECTS
    one, other = ask(theirs), ask(nobodys)
    assert anonymous(one, theirs) == anonymous(other, nobodys), looker.named


def anonymous(answer: httpx.Response, about: Subjects) -> tuple:
    word = re.compile(
        rf"(?<!\w)(?:{about.site}|{about.street}|(?<=desk:){about.alarm}|(?<=alarms/){about.alarm})(?![\w-])"
    )
    told = {name: answer.headers.get(name, "") for name in ("content-type", "content-disposition", "location")}
    told["content-disposition"] = re.sub(
        r"\([^)]*Z\)", "", told["content-disposition"]
    )  # the minute may be another one
    body = answer.content if answer.headers.get("content-type", "").endswith("sheet") else word.sub("#", answer.text)
    return answer.status_code, word.sub("#", json.dumps(told)), body


def put_in(text: str, about: Subjects) -> str:
    return text.format(site=about.site, street=about.street, alarm=about.alarm)


# -- walls --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path"), ASKED, ids=lambda part: part)
def test_the_key_of_a_screen_opens_the_wall_alone(court, method, path):
    if path == "/wall/live":
        return  # never ends; the wall's own tests hear it
    answer = court.by_screen("the wall of a street", method, filled(path, court.of[SITE]))
    assert is_refused(answer) != ROUTES[method, path].screens, answer.status_code
    assert not court.leaks(next(one for one in LOOKERS if one.role == "wall" and one.scope), answer.text)


# -- pages and callbacks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_each_page_is_there_for_its_roles_and_shows_nothing_of_others(court, path):
    mine = court.of[SITE]
    address = path.replace("<site>", mine.site).replace("<alarm>", mine.alarm).replace("<day>", YESTERDAY)
    address = address.replace("<period>", "2026-11")
    for looker in LOOKERS:
        answer = court.page(looker, address)
        if looker.role == "wall":
            assert answer.status_code == 403
            continue
        is_there = answer.text != court.page(looker, "/no-such-page").text
        assert is_there == (looker.role in PAGES[path] and not (path in WHOLE and looker.scope)), looker.named
        assert answer.status_code == 200
        assert not court.leaks(looker, answer.text), looker.named


@pytest.mark.parametrize(("path", "search"), FORGED_PAGES, ids=str)
def test_a_page_about_something_of_others_is_like_one_about_nothing(court, path, search):
    for looker in NARROW:
        check_alike(looker, court, lambda about, looker=looker: court.page(
            looker, put_in(path, about), put_in(search, about)
        ))  # fmt: skip


QUALITY = "quality-body.children"


def again(court: Court, looker: Looker, search: str) -> httpx.Response:
    place = {"id": "_pages_location", "property": "search", "value": search}
    tick = {"id": "quality-tick", "property": "n_intervals", "value": 3}
    return court.callback(looker, QUALITY, [tick], [place])


def test_a_callback_is_there_for_its_roles_and_shows_nothing_of_others(court):
    for looker in LOOKERS:
        answer = again(court, looker, "")
        if looker.role == "wall":
            assert answer.status_code == 403
        elif looker.role not in CALLBACKS[QUALITY]:
            assert answer.json() == {"multi": True, "response": {}}, looker.named
        else:
            assert "quality-body" in answer.json()["response"], looker.named
            assert not court.leaks(looker, answer.text), looker.named


@pytest.mark.parametrize("search", ["?site={site}", "?street={street}", "?q={site}", "?site={site}&grade=C"])
def test_a_callback_believes_no_input(court, search):
    """Inputs and states come from a browser and may name anything."""
    for looker in NARROW:
        check_alike(looker, court, lambda about, looker=looker: again(court, looker, put_in(search, about)))


@pytest.mark.parametrize(
    "output",
    [
        '{"index":"d-008","type":"site"}.children', '{"index":["ALL"],"type":"site"}.children', "site-d-008.children",
        "..quality-body.children...x.children..", "_pages_dummy.children", "quality-body.data", "__import__.children",
        '{"type":"quality-body"}.children', "quality-body.children@1", "..quality-body.children..",
    ],
)  # fmt: skip
def test_an_output_that_nobody_declared_gives_nothing(court, output):
    for looker in LOOKERS:
        for state in ([], [{"id": {"type": "site", "index": "d-008"}, "property": "value", "value": "d-008"}]):
            tick = {"id": {"type": "site", "index": "d-008"}, "property": "n_clicks", "value": 1}
            person = court.people[looker]
            body = {"output": output, "outputs": {"id": "quality-body", "property": "children"}, "inputs": [tick]}
            body |= {"state": state, "changedPropIds": ["x.y"]}
            answer = person.post(
                "/_dash-update-component", json=body, headers={"x-csrftoken": person.cookies[CSRF_COOKIE]}
            )
            assert answer.status_code in (400, 403), f"{looker.named}: {answer.status_code}"
            assert not court.leaks(looker, answer.text)


# -- streams ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_is_there_for_its_roles_and_tells_nothing_of_others(court, view):
    town, mine = court.town, court.of[SITE]
    named = view.replace("CODE", mine.street).replace("ID", mine.site).replace("ALARM", mine.alarm)
    for looker in LOOKERS:
        viewer = seen_as(looker)
        knows = town.feed.knows(named, viewer)
        assert knows == (looker.role in VIEWS[view]), looker.named
        if knows:
            frame = apart(town.feed._frame(named, viewer, 0))
            assert frame is not None, looker.named
            assert not court.leaks(looker, frame.decode()), looker.named


@pytest.mark.parametrize("view", ["street:{street}", "site:{site}", "desk:{alarm}"])
def test_a_view_of_others_is_like_one_of_nothing(court, view):
    for looker in NARROW:
        told = []
        for about in (court.foreign(looker), NO_SUBJECTS):
            known = court.town.feed.knows(put_in(view, about), seen_as(looker))
            frame = apart(court.town.feed._frame(put_in(view, about), seen_as(looker), 0)) if known else b""
            told.append((known, frame))
        assert told[0] == told[1], looker.named
        assert not court.leaks(looker, str(told[0][1])), looker.named


def seen_as(looker: Looker) -> Viewer:
    return Viewer("x", looker.role, looker.scope)


@pytest.mark.parametrize("cookie", ["session", "wall", "__Host-session", "_csrf_token"])
def test_no_secret_opens_another_s_door(court, cookie):
    """A key is no session, a session no wall's key, a wall's key no session, and none of them a key."""
    someone = court.people[LOOKERS[0]]
    session, csrf = someone.cookies["session"], someone.cookies[CSRF_COOKIE]
    key = court.keys[LOOKERS[0]]["authorization"].removeprefix("Bearer ")
    secrets = {
        "session": session,
        "csrf": csrf,
        "key": key,
        "wall": court.secrets["the wall of all"],
        "forged": "x" * 43,
    }
    own = {"session": "session", "wall": "wall"}
    for name, secret in secrets.items():
        for path in ("/", "/live?view=nothing", "/wall/beside", "/api/v1/live", "/export/sites.csv"):
            by_cookie = court.town.client().get(path, headers=FAR | {"cookie": f"{cookie}={secret}"})
            assert is_refused(by_cookie) or own.get(cookie) == name, f"{path} {name}"
            by_bearer = court.town.client().get(path, headers={"authorization": f"Bearer {secret}"})
            assert is_refused(by_bearer) or name == "key", f"{path} {name}"


def test_what_is_one_s_own_answers_to_her_alone(court):
    """Her letters and her sessions; and whoever may, does with an account, a key and a name what the matrix sees refused."""
    site, mine = next(one for one in LOOKERS if one.role == "site"), court.of[SITE]
    letter = court.by_session(site, "POST", "/act/letters", body_of("/act/letters", mine)).json()["number"]
    name = court.town.rows("select name from account where name like 'site-%'")[0][0]
    number = court.town.rows("select id from account where name = ?", name)[0][0]
    with transaction(court.town.engine) as connection:
        session = session_key(hashed(begin_session(connection, number, Came(), real_now())))
    hers = (f"/act/letters/{letter}/test", f"/act/letters/{letter}/end", f"/act/account/sessions/{session}/end")
    for path in hers:
        others = {one.role: court.by_session(one, "POST", path).status_code for one in LOOKERS if one != site}
        assert set(others.values()) <= {403, 404}, path
        assert court.by_session(site, "POST", path).status_code == 200, path
    boss, theirs = LOOKERS[0], court.of[ELSEWHERE]
    reveal = "/act/persons/{site}/{person}/reveal"
    told = court.by_session(site, "POST", filled(reveal, mine), body_of(reveal, mine))
    assert told.json()["name"] == f"王 {CANARY}-{SITE}"
    for path in ("accounts/{0.account}/end-sessions", "keys/{0.api_key}/revoke"):
        assert court.by_session(boss, "POST", f"/act/{path.format(theirs)}").status_code == 200, path


def test_the_canaries_are_where_they_should_be(court):
    """Whoever sees everything sees them: otherwise nothing above would mean anything."""
    boss = LOOKERS[0]
    for path in (
        "/export/alarms.csv",
        "/export/rejected.csv?site=d-003",
        "/export/deliveries.csv",
        "/export/sites/d-003/devices.csv",
    ):
        answer = court.by_session(boss, "GET", path)
        assert path == "/export/deliveries.csv" or f"{CANARY}-d-003" in answer.text or "d-003" in answer.text, path
    assert f"{CANARY}-d-003" in court.page(boss, "/recipients").text
    assert f"{CANARY}-d-003" in court.by_session(boss, "GET", "/act/walls").text
    street = next(one for one in LOOKERS if one.role == "street")
    assert not court.leaks(street, court.page(street, "/recipients").text)
    assert NO_SUBJECTS.site not in court.page(boss, "/sites").text


# -- the matrix bites ---------------------------------------------------------------------------------------------------


def scope_is_forgotten(patch: pytest.MonkeyPatch, _court: Court) -> None:
    patch.setattr(dashboard.queries.places, "seen_by", lambda _viewer: true())


def streams_forget_the_scope(patch: pytest.MonkeyPatch, _court: Court) -> None:
    patch.setattr(Viewer, "sees", lambda *_: True)


def everybody_may(permission: str):
    return lambda patch, _court: patch.setitem(HELD_BY, permission, PEOPLE)


def a_route_is_new(patch: pytest.MonkeyPatch, court: Court) -> None:
    router = court.town.shell.router
    patch.setattr(router, "routes", [*router.routes, APIRoute("/export/planted.csv", lambda: "")])


def something_is_new(kept, name: str, planted: object):
    return lambda patch, _court: patch.setitem(kept(), name, planted)


FAULTS = {
    "a call that forgets the scope": (
        scope_is_forgotten,
        lambda court: test_what_is_somebody_else_s_answers_like_what_is_not_there(
            court, "GET", "/api/v1/sites/{site}/history"
        ),
    ),
    "a form that forgets the scope": (
        scope_is_forgotten,
        lambda court: test_what_is_somebody_else_s_answers_like_what_is_not_there(
            court, "POST", "/act/persons/{site}/{person}/reveal"
        ),
    ),
    "a list that forgets the scope": (
        scope_is_forgotten,
        lambda court: test_each_role_is_let_in_where_it_is_declared_and_sees_nothing_of_others(
            court, "GET", "/export/quality.csv"
        ),
    ),
    "a page that forgets the scope": (
        scope_is_forgotten,
        lambda court: test_a_page_about_something_of_others_is_like_one_about_nothing(court, "/sites/{site}", ""),
    ),
    "a callback that believes its input": (
        scope_is_forgotten,
        lambda court: test_a_callback_believes_no_input(court, "?site={site}"),
    ),
    "a stream that forgets the scope": (
        streams_forget_the_scope,
        lambda court: test_a_view_of_others_is_like_one_of_nothing(court, "site:{site}"),
    ),
    "a route that asks for no permission": (
        everybody_may("registry.manage"),
        lambda court: test_each_role_is_let_in_where_it_is_declared_and_sees_nothing_of_others(
            court, "GET", "/export/registry.csv"
        ),
    ),
    "a page that asks for no permission": (
        everybody_may("audit.read"),
        lambda court: test_each_page_is_there_for_its_roles_and_shows_nothing_of_others(court, "/audit"),
    ),
    "a callback that asks for no permission": (
        everybody_may("quality.read"),
        lambda court: test_a_callback_is_there_for_its_roles_and_shows_nothing_of_others(court),
    ),
    "a route that nobody declared": (a_route_is_new, lambda court: test_every_route_has_a_declared_permission(court)),
    "a page that nobody declared": (
        something_is_new(lambda: dash.page_registry, "planted", {"path": "/planted", "path_template": None}),
        lambda court: test_every_page_has_a_declared_permission(court),
    ),
    "a callback that nobody declared": (
        something_is_new(lambda: dash.get_app().callback_map, "planted.children", {}),
        lambda court: test_every_callback_has_a_declared_permission(court),
    ),
    "a stream that nobody declared": (
        something_is_new(lambda: FRAMES, "planted", None),
        lambda _court: test_every_view_of_the_stream_has_a_declared_permission(),
    ),
}
"""What could go wrong, and the sentence above that must then be false."""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(court, fault):
    plant, sentence = FAULTS[fault]
    with pytest.MonkeyPatch.context() as patch:
        plant(patch, court)
        with pytest.raises(AssertionError):
            sentence(court)
