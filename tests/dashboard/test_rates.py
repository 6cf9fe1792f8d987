"""Signing in, fetching files and calling the API have their measure; looking has none, however many look from one address."""

import pytest

import dashboard.rates
from dashboard.gate import CSRF_COOKIE
from dashboard.rates import Rates, network_of
from tests.dashboard.town import SITE


def test_so_many_at_once_and_as_many_again_over_a_minute():
    rates = Rates(6)
    assert [rates.wait_s("li", 0) for _ in range(7)] == [0] * 6 + [10]
    assert rates.wait_s("li", 4) == 6
    assert rates.wait_s("li", 10) == 0
    assert rates.wait_s("li", 10) == 10
    assert [rates.wait_s("li", 1000) for _ in range(7)] == [0] * 6 + [10]


def test_one_who_asks_too_often_keeps_nobody_else_from_asking():
    rates = Rates(1)
    assert [rates.wait_s(who, 0) for who in ("li", "li", "wang")] == [0, 60, 0]


def test_whoever_comes_from_everywhere_fills_no_memory(monkeypatch):
    monkeypatch.setattr(dashboard.rates, "REMEMBERED", 100)
    rates = Rates(1)
    for n in range(1000):
        rates.wait_s(f"10.0.{n // 256}.{n % 256}", 0)
    assert len(rates) == 100
    assert rates.wait_s("10.0.3.231", 0) == 60


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        ("x" * 500, "x" * 64),
    ],
)
def test_an_owner_of_many_addresses_is_one(client, network):
    assert network_of(client) == network


def test_guessing_at_the_door_is_slowed_down_and_says_for_how_long(own_town):
    town = own_town(ELDERCARE_WEB_SIGN_INS_PER_MIN="3")
    guesser, other = town.client(), town.client(client=("127.0.0.2", 1))
    assert [guesser.post(f"/enter/guess-{n}").status_code for n in range(4)] == [410, 410, 410, 429]
    refused = guesser.post("/enter/another")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["content-type"].startswith("text/html")
    assert refused.headers["x-frame-options"] == "DENY"
    assert other.post("/enter/guess").status_code == 410
    assert guesser.get("/login").status_code == 200


def test_files_are_measured_by_account_and_calls_by_key(own_town):
    town = own_town(ELDERCARE_WEB_EXPORTS_PER_MIN="2", ELDERCARE_WEB_CALLS_PER_MIN="2")
    li, wang = town.person(), town.person("street")
    assert [li.get("/export/streets.csv").status_code for _ in range(3)] == [200, 200, 429]
    assert wang.get("/export/streets.csv").status_code == 200
    site, ops = town.bearer("site"), town.bearer("ops")
    assert [town.client().get(f"/api/v1/sites/{SITE}", headers=site).status_code for _ in range(3)] == [200, 200, 429]
    answer = town.client().get("/api/v1/live", headers=site)
    assert (answer.status_code, answer.headers["content-type"]) == (429, "application/problem+json")
    assert int(answer.headers["retry-after"]) >= 1
    assert town.client().get("/api/v1/live", headers=ops).status_code == 200


def test_forms_are_measured_by_account(own_town):
    town = own_town(ELDERCARE_WEB_ACTS_PER_MIN="2")
    li, wang = town.person("street"), town.person("street")
    statuses = [post(one, "/act/letters/7/end").status_code for one in (li, li, li, wang)]
    assert statuses == [404, 404, 429, 404]
    assert li.get("/").status_code == 200


def post(person, path: str):
    return person.post(path, headers={"x-csrftoken": person.cookies[CSRF_COOKIE]})


def test_hundreds_who_look_from_one_address_are_not_slowed_down(own_town):
    town = own_town(
        ELDERCARE_WEB_SIGN_INS_PER_MIN="1", ELDERCARE_WEB_EXPORTS_PER_MIN="1", ELDERCARE_WEB_CALLS_PER_MIN="1"
    )
    person = town.person()
    for path in ("/", "/assets/app.css", "/public/v1/sites", "/healthz", "/login"):
        assert {person.get(path).status_code for _ in range(40)} == {200}, path
