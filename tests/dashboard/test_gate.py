"""Nobody gets in who should not, by any address, method, header or body, and everything that leaves is dressed for it."""

import json
import logging

import pytest
from fastapi.routing import APIRoute

from dashboard.gate import BODY_MOST, CSRF_COOKIE
from tests.dashboard.declared import ROUTES
from tests.dashboard.town import SITE, Town, apart

OTHERWISE = {
    ("GET", "/healthz"): 200,
    ("HEAD", "/healthz"): 200,
    ("GET", "/login"): 200,
    ("POST", "/login"): 403,
    ("GET", "/login/code"): 303,
    ("GET", "/login/provider"): 404,
    ("GET", "/login/provider/back"): 404,
    ("POST", "/login/code"): 303,
    ("GET", "/enter/{token}"): 410,
    ("POST", "/enter/{token}"): 410,
    ("GET", "/docs"): 303,
    ("GET", "/docs/openapi.json"): 303,
    ("GET", "/public/v1/sites"): 200,
    ("GET", "/wall"): 200,
    ("POST", "/wall/pair"): 200,
    ("POST", "/wall/claim"): 200,
    ("GET", "/act/walls"): 303,
}
"""All else is 401: a key or a session is needed."""
STRANGERS = {route: OTHERWISE.get(route, 401) for route in ROUTES}
"""What each route says to somebody with nothing, far away behind a proxy. A route that is not here fails the test."""

FLASK_OPEN = ("/assets/<path:filename>",)
FAR = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}


def routes(town: Town) -> set[tuple[str, str]]:
    found = set()
    pending = list(town.shell.routes)
    for route in pending:
        if isinstance(route, APIRoute):
            found |= {(method, route.path) for method in route.methods}
        elif hasattr(route, "routes") and route.routes:
            pending += route.routes
        elif hasattr(route, "path"):
            found |= {(method, route.path) for method in (route.methods or ()) if method != "HEAD"}
        else:  # an included router, by whatever name the framework gives it
            pending += [one for one in vars(route).values() if hasattr(one, "routes")]
    return found


def filled(path: str) -> str:
    named = {
        "{token}": "x" * 43,
        "{site}": SITE,
        "{day}": "2026-11-23",
        "{number}": "1",
        "{person}": "tok-nobody-1",
        "{alarm}": "1",
        "{move}": "close",
        "{what}": "devices",
        "{name}": "2026-11-22.csv",
    }
    for name, value in named.items():
        path = path.replace(name, value)
    return path


def test_every_route_says_what_it_gives_to_a_stranger(town):
    assert (routes(town), set(OTHERWISE) - set(ROUTES)) == (set(STRANGERS), set())


@pytest.mark.parametrize(("method", "path"), STRANGERS, ids=lambda part: part)
def test_a_stranger_gets_nothing_but_what_is_meant_for_everybody(town, method, path):
    answer = town.client().ask(method, filled(path), headers=FAR)
    assert answer.status_code == STRANGERS[method, path], answer.text


def flask_rules(town: Town) -> list:
    import dash

    return list(dash.get_app().server.url_map.iter_rules())


def test_no_address_of_the_pages_answers_a_stranger(town):
    for rule in flask_rules(town):
        if str(rule) in FLASK_OPEN:
            continue
        address = str(rule).replace("<string:package_name>/<path:fingerprinted_path>", "dash/deps/x.js")
        address = address.replace("<path:path>", "sites").replace("<path:filename>", "x.js")
        for method in rule.methods - {"OPTIONS"}:
            answer = town.client().ask(method, address)
            assert answer.status_code in (303, 401), f"{method} {address}: {answer.status_code}"


@pytest.mark.parametrize(
    "path",
    [
        "/public/v1/nothing", "/public/sites", "/public/v1/../../sites", "//sites", "/enter/a/b", "/login/x", "/healthz/x",
        "/assets", "/assets/../sites", "/assets/%2e%2e/sites", "/assets/..%2f..%2fconfig.yaml", "/enter/", "/export/x",
        "/api/v1/", "/api", "/API/v1/live", "/live/x", "/metrics/x", "/_dash-layout", "/%61pi/v1/live", "/public/v1/%2e%2e/sites",
    ],
)  # fmt: skip
def test_no_crooked_address_leads_past_the_gate(town, path):
    answer = town.client().get(path, headers=FAR)
    assert answer.status_code in (303, 401, 404), answer.text[:200]
    assert "_dash-config" not in answer.text


# -- who may what -------------------------------------------------------------------------------------------------------

PEOPLE = {"admin", "district", "street", "community", "site", "provider", "auditor", "ops"}
EVERYBODY = PEOPLE | {"wall"}
MAY = {
    ("GET", "/api/v1/live"): EVERYBODY,
    ("GET", "/api/v1/sites"): PEOPLE,
    ("GET", f"/api/v1/sites/{SITE}"): PEOPLE,
    ("GET", f"/api/v1/sites/{SITE}/history"): PEOPLE,
    ("GET", f"/api/v1/sites/{SITE}/days/2026-11-23"): PEOPLE,
    ("GET", "/api/v1/services?state=open"): PEOPLE,
    ("GET", "/api/v1/alarms?state=open"): PEOPLE,
    ("GET", "/api/v1/rejected"): {"admin", "district", "ops", "street", "site"},
    ("GET", "/api/v1/integrity"): {"admin", "district", "ops", "street", "site"},
    ("POST", "/api/v1/rejected/999/replay"): {"admin", "ops"},
    ("GET", "/metrics"): EVERYBODY,
}


@pytest.mark.parametrize(("method", "path"), MAY, ids=lambda part: part)
def test_each_role_may_what_the_contract_says_and_no_more(town, method, path):
    for role in sorted(EVERYBODY):
        status = town.client().ask(method, path, headers=town.bearer(role) | FAR).status_code
        assert (status != 403) == (role in MAY[method, path]), f"{role}: {status}"
        assert status in (200, 403, 404), f"{role}: {status}"


@pytest.mark.parametrize("role", sorted(EVERYBODY - {"admin", "site"}))
def test_only_sites_and_administrators_send_events(town, role):
    answer = town.client().post(f"/api/v1/sites/{SITE}/events", content=b"{}", headers=town.bearer(role))
    assert answer.status_code == 403


# -- keys and cookies ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/v1/live", "/api/v1/openapi.json", "/api/v1/docs", "/metrics"])
def test_a_session_opens_no_api(town, path):
    assert town.person("admin").get(path, headers=FAR | {"x-forwarded-proto": "http"}).status_code == 401


@pytest.mark.parametrize(
    "path", ["/", "/map", "/sites", f"/sites/{SITE}", "/_dash-layout", "/_dash-dependencies", "/docs"]
)
def test_a_key_opens_no_page(town, path):
    assert town.client().get(path, headers=town.bearer("admin")).status_code in (303, 401)


@pytest.mark.parametrize("path", ["/live/", "/live/x", "/export/", "/export/x", "/api/v1/nothing", "/metrics/x"])
def test_a_key_finds_no_page_behind_an_address_for_programs(town, path):
    answer = town.client().get(path, headers=town.bearer("admin"))
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("name", ["key", "api_key", "token", "access_token"])
def test_a_key_in_the_address_is_no_key(town, name):
    answer = town.client().get(f"/api/v1/live?{name}={town.key('admin')}")
    assert answer.status_code == 401
    assert "never stands in an address" in answer.json()["title"]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic x", "Bearer wrong", "bearer \xff", "Bearer a b"])
def test_what_is_no_key_is_refused_and_says_how(town, header):
    answer = town.client().get("/api/v1/live", headers={"authorization": header.encode("latin-1")})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_a_revoked_key_is_worthless_at_once(own_town):
    from dashboard.access import add_key, revoke_key

    town = own_town()
    key = {"authorization": f"Bearer {add_key(town.engine, 'meter', 'ops', '', 1)}"}
    assert town.client().get("/api/v1/live", headers=key).status_code == 200
    assert revoke_key(town.engine, "meter", 2) == 1
    assert town.client().get("/api/v1/live", headers=key).status_code == 401


# -- requests from elsewhere --------------------------------------------------------------------------------------------

CALLBACK = {"output": "x.children", "outputs": {"id": "x", "property": "children"}, "inputs": [], "changedPropIds": []}


def posted(person, path="/_dash-update-component", **headers):
    return person.post(path, json=CALLBACK, headers={"x-csrftoken": person.cookies.get(CSRF_COOKIE, "")} | headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"x-csrftoken": ""},
        {"x-csrftoken": "guessed"},
        {"x-csrftoken": "\xff\xfe".encode("latin-1")},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://["},
    ],
)
def test_a_page_of_another_site_can_make_nobody_act(town, headers):
    assert posted(town.person(), **headers).status_code == 403


def test_one_s_own_page_can(town):
    person = town.person()
    assert posted(person, **{"sec-fetch-site": "same-origin"}).status_code not in (401, 403)
    assert posted(person, origin="http://127.0.0.1").status_code not in (401, 403)


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}])
def test_nobody_is_signed_in_from_another_site(town, headers):
    assert town.client().post("/enter/" + "x" * 43, headers=headers).status_code == 403


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"1", b"null", b"{", b"\xff", b"[" * 5000, b'{"output": 1}', b'{"output": "a.b", "inputs": {}}',
     b'{"output": "a.b"}', b'{"output": "a.b", "inputs": [], "changedPropIds": 3}',
     b'{"output": "unknown.children", "inputs": [], "changedPropIds": []}',
     b'{"output": "..a.b...c.d..", "outputs": 7, "inputs": [{}], "changedPropIds": []}'],
)  # fmt: skip
def test_a_callback_s_body_that_is_none_is_the_sender_s_fault(town, body):
    person = town.person()
    headers = {"x-csrftoken": person.cookies[CSRF_COOKIE], "content-type": "application/json"}
    assert person.post("/_dash-update-component", content=body, headers=headers).status_code == 400


# -- bodies -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/v1/sites/d-002/events", "/_dash-update-component", "/enter/x", "/logout"])
def test_a_body_that_nobody_may_send_is_refused(town, path):
    answer = town.client().post(path, content=b"x" * (BODY_MOST + 1), headers=town.bearer("admin"))
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


def told_to(gate, scope: dict, *messages: dict) -> list[dict]:
    """What the application sends for this scope when it receives these messages."""
    heard, waiting = [], list(messages)

    async def receive() -> dict:
        return waiting.pop(0) if waiting else {"type": f"{scope['type']}.disconnect"}

    async def send(message: dict) -> None:
        heard.append(message)

    apart(gate(scope, receive, send))
    return heard


def scope_of(town: Town, method: str, path: str, **headers: str) -> dict:
    named = [(name.encode(), value.encode()) for name, value in headers.items()]
    given = {"raw_path": path.encode(), "query_string": b"", "headers": named, "http_version": "1.1", "root_path": ""}
    return {"type": "http", "method": method, "path": path, "client": ("127.0.0.1", 1), "scheme": "http", **given}


def test_a_body_that_breaks_off_is_kept_nowhere(own_town):
    town = own_town()
    scope = scope_of(town, "POST", f"/api/v1/sites/{SITE}/events", **town.bearer("site"))
    heard = told_to(town.gate, scope, {"type": "http.request", "body": b'{"id": "x"', "more_body": True})
    assert heard[0]["status"] == 400
    assert town.rows("select count(*) from inbox") == [(0,)]


def test_websockets_are_closed(town):
    scope = {"type": "websocket", "path": "/", "headers": [], "client": ("127.0.0.1", 1)}
    assert told_to(town.gate, scope, {"type": "websocket.connect"}) == [{"type": "websocket.close", "code": 1008}]


# -- plain http ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", "/map", "/login", "/api/v1/live", "/assets/app.css", "/public/v1/sites", "/healthz"]
)
def test_plain_http_is_for_this_machine_only(town, path):
    assert town.client(client=("192.0.2.7", 1)).get(path).status_code == 403
    assert town.client("https://eldercare.example", ("192.0.2.7", 1)).get(path).status_code != 403


def test_plain_http_is_allowed_where_the_operator_says_so(own_town):
    town = own_town(ELDERCARE_WEB_ALLOW_PLAIN_HTTP="true")
    assert town.client(client=("192.0.2.7", 1)).get("/login").status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1"])
def test_every_loopback_address_is_this_machine(town, host):
    assert town.client(client=(host, 1)).get("/login").status_code == 200


@pytest.mark.parametrize("host", ["testclient", "localhost", "", "127.0.0.1.example", "::ffff:192.0.2.1"])
def test_what_only_looks_like_this_machine_is_not(town, host):
    assert town.client(client=(host, 1)).get("/login").status_code == 403


# -- what leaves --------------------------------------------------------------------------------------------------------

HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


def answers(town: Town) -> dict[int, object]:
    """One answer of every status that there is."""
    stranger, person, key = town.client(), town.person(), town.bearer("site")
    found = [
        stranger.get("/login"), stranger.get("/"), stranger.get("/api/v1/live"), posted(person, origin="http://evil"),
        stranger.get("/api/v1/nothing", headers=key), stranger.ask("DELETE", "/api/v1/live", headers=key),
        stranger.get("/enter/old"), stranger.post("/enter/x", content=b"x" * (BODY_MOST + 1)),
        stranger.get(f"/api/v1/sites/{SITE}/history?step=7m", headers=key), person.get("/assets/nothing.css"),
        stranger.post("/api/v1/rejected/1/replay", headers=key), person.get("/"), person.get("/public/nothing"),
    ]  # fmt: skip
    return {answer.status_code: answer for answer in found}


def test_every_status_leaves_with_the_security_headers(town):
    found = answers(town)
    assert set(found) >= {200, 303, 400, 401, 403, 404, 405, 410, 413}
    for status, answer in found.items():
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, status
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "'unsafe-eval'" not in policy
        assert "'unsafe-inline'" not in policy.split("style-src")[0]
        assert "server" not in answer.headers


def test_only_files_and_public_answers_may_be_kept_by_a_cache(town):
    for status, answer in answers(town).items():
        assert "/assets/" in str(answer.url) or answer.headers["cache-control"] == "no-store", status
    assert "strict-transport-security" not in town.client().get("/login").headers
    assert "strict-transport-security" in town.client("https://127.0.0.1").get("/login").headers


def test_what_breaks_inside_still_leaves_dressed_and_says_nothing(own_town, monkeypatch, caplog):
    town = own_town()

    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError("secret inside")

    key = town.bearer("admin")
    monkeypatch.setattr(town.shell.state, "public", None)
    with caplog.at_level(logging.CRITICAL):
        answer = town.client().get("/public/v1/sites")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.headers["x-content-type-options"] == "nosniff"
    monkeypatch.setattr(town.gate, "_app", break_down)
    answer = town.client().get("/api/v1/live", headers=key)
    assert (answer.status_code, answer.json()["title"]) == (500, "failed; the log says why")
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_database_that_does_not_answer_is_said_and_lets_nobody_in(own_town):
    town = own_town()
    key = town.bearer("admin")
    town.write("alter table api_key rename to elsewhere")
    answer = town.client().get("/api/v1/live", headers=key)
    assert (answer.status_code, answer.json()["title"]) == (503, "the database does not answer")


def test_a_one_time_link_stands_in_no_log(town, caplog):
    with caplog.at_level(logging.DEBUG):
        town.client().post("/enter/very-secret-token", headers={"origin": "https://evil.example"})
    assert "refused" in caplog.messages
    ours = [vars(record) for record in caplog.records if record.name.startswith("dashboard")]
    assert "very-secret" not in json.dumps(ours, default=str)


def test_no_cookie_writes_into_a_page(town):
    client = town.client()
    for path in ("/login", "/enter/x", "/nope"):
        answer = client.get(path, headers={"cookie": 'theme="\\"><script>alert(1)</script>"; lang="><b>"'})
        assert "<script>alert" not in answer.text
        assert "<b>" not in answer.text
