"""Who may say who is told of alarms, and see it: in her scope, audited, and nowhere a secret."""

import threading
from contextlib import contextmanager

import pytest

from clock import real_now
from dashboard.access import Viewer
from dashboard.actions import ActionRefused
from dashboard.queries.recipients import deliveries, recipients
from dashboard.recipient_actions import MOST_OF_A_PLACE, Named, add_recipient, ask_for_test, end_recipient
from models.alarm_steps import Cause, Place, raise_alarm
from models.base import MINUTE
from models.database import read_only, transaction
from tests.browser.seeded import NOON
from tests.dashboard.town import COMMUNITY, ELSEWHERE, OTHER_STREET, SAME_STREET, SITE, STREET

PEOPLE = {
    "admin": Viewer("root", "admin", ""),
    "district": Viewer("chen", "district", ""),
    "street": Viewer("liu", "street", f"street:{STREET}"),
    "other": Viewer("wu", "street", f"street:{OTHER_STREET}"),
    "community": Viewer("zhao", "community", f"community:{COMMUNITY}"),
    "manager": Viewer("wang", "site", f"site:{SITE}"),
    "auditor": Viewer("audit", "auditor", ""),
    "wall": Viewer("wall", "wall", ""),
}
SITE_DUTY, STREET_DUTY, DISTRICT_DUTY = 0, 2, 3
AT = 1_795_400_000_000_000


def named(level=STREET_DUTY, scope=f"street:{STREET}", channel="email", address="duty@street.cn"):
    return Named(level, scope, channel, address)


def add(town, who, said):
    return add_recipient(town.engine, PEOPLE[who], said, NOON, AT)


def outcome(deed, *given):
    try:
        deed(*given)
    except ActionRefused as refused:
        return str(refused)
    return "done"


def seen(town, who):
    with read_only(town.engine) as connection:
        return [(row.scope, row.level, row.address) for row in recipients(connection, PEOPLE[who])]


@pytest.fixture(scope="module")
def town(file_town):
    return file_town


@pytest.mark.parametrize(
    ("who", "said", "expected"),
    [
        ("admin", named(address="a@x.cn"), "done"),
        ("district", named(DISTRICT_DUTY, ""), "done"),
        ("street", named(address="b@x.cn"), "done"),
        ("street", named(SITE_DUTY, f"site:{SITE}", "wecom", "robot-1"), "done"),
        ("street", named(SITE_DUTY, f"site:{SITE}", "wecom", "robot-1"), "same"),
        ("street", named(DISTRICT_DUTY), "403"),
        ("street", named(scope=f"street:{OTHER_STREET}"), "404"),
        ("street", named(scope=f"site:{ELSEWHERE}"), "404"),
        ("street", named(scope=""), "404"),
        ("community", named(scope=f"site:{SITE}"), "403"),
        ("manager", named(scope=f"site:{SITE}"), "403"),
        ("auditor", named(), "403"),
        ("wall", named(), "403"),
        ("district", named(scope="street:1"), "404"),
        ("district", named(scope="site:d-999"), "404"),
        ("district", named(scope="site:"), "404"),
        ("district", named(scope="community:c-01"), "404"),
        ("district", named(level=4), "code"),
        ("district", named(level=-1), "code"),
        ("district", named(channel="sms"), "code"),
        ("district", named(address="duty"), "address"),
        ("district", named(channel="feishu", address="../key"), "address"),
    ],
)
def test_who_may_name_whom(town, who, said, expected):
    assert outcome(add, town, who, said) == expected


def test_a_street_neither_sees_nor_ends_nor_tests_what_is_another_s(own_town):
    town = own_town()
    whole = add(town, "district", named(DISTRICT_DUTY, "", address="district@x.cn"))
    mine = add(town, "street", named())
    site = add(town, "district", named(SITE_DUTY, f"site:{SAME_STREET}", address="site@x.cn"))
    above = add(town, "district", named(DISTRICT_DUTY, address="above@x.cn"))
    assert len(seen(town, "district")) == 4
    assert seen(town, "street") == [
        (f"site:{SAME_STREET}", SITE_DUTY, "site@x.cn"),
        (f"street:{STREET}", STREET_DUTY, "duty@street.cn"),
        (f"street:{STREET}", DISTRICT_DUTY, "above@x.cn"),
    ]
    assert seen(town, "other") == []
    for deed in (end_recipient, ask_for_test):
        for who, number, why in (
            ("other", mine, "404"),
            ("street", whole, "404"),
            ("street", above, "403"),
            ("manager", site, "403"),
            ("auditor", mine, "403"),
            ("street", 999, "404"),
        ):
            assert outcome(deed, town.engine, PEOPLE[who], number, AT) == why, (deed.__name__, who, number)
    assert outcome(end_recipient, town.engine, PEOPLE["street"], site, AT) == "done"
    assert outcome(end_recipient, town.engine, PEOPLE["street"], site, AT) == "404"
    assert len(seen(town, "street")) == 2


def test_the_audit_knows_who_and_no_address(own_town):
    town = own_town()
    number = add(town, "street", named(channel="wecom", address="robot-1"))
    ask_for_test(town.engine, PEOPLE["district"], number, AT)
    end_recipient(town.engine, PEOPLE["street"], number, AT)
    told = town.rows("select author, what, subject, said from audit_entry where what like 'recipient.%' order by id")
    subject, said = f"recipient/{number}", f'{{"channel": "wecom", "level": 2, "scope": "street:{STREET}"}}'
    assert told == [
        ("liu", "recipient.add", subject, said),
        ("chen", "recipient.test", subject, said),
        ("liu", "recipient.end", subject, said),
    ]


def test_a_test_cannot_be_asked_for_in_a_row_and_a_place_has_only_so_many(own_town):
    town = own_town()
    numbers = [add(town, "district", named(address=f"a{n}@x.cn")) for n in range(MOST_OF_A_PLACE)]
    assert outcome(add, town, "district", named()) == "count"
    ask_for_test(town.engine, PEOPLE["district"], numbers[0], AT)
    assert outcome(ask_for_test, town.engine, PEOPLE["district"], numbers[0], AT + 1) == "often"
    assert outcome(ask_for_test, town.engine, PEOPLE["district"], numbers[0], AT + MINUTE) == "done"


def test_the_log_is_read_in_scope_and_names_no_other_s_mailbox(own_town):
    town = own_town()
    whole = add(town, "district", named(DISTRICT_DUTY, "", address="district@x.cn"))
    mine = add(town, "street", named())
    site = town.rows("select id from site where code = ?", SITE)[0][0]
    with transaction(town.engine) as connection:
        raise_alarm(connection, Cause(Place(site), "OFFLINE", "told"), NOON, {})
    step = town.rows("select max(id) from transition")[0][0]
    for line in (f"email#{whole}", f"email#{mine}", "wecom"):
        town.write(
            "insert into delivery (transition_id, channel, state, tries, detail) values (?, ?, 'sent', 1, 'taken')",
            (step, line),
        )

    def log(who):
        with read_only(town.engine) as connection:
            return [(row.channel, row.address) for row in deliveries(connection, PEOPLE[who])]

    assert log("district") == [
        ("wecom", None),
        (f"email#{mine}", "duty@street.cn"),
        (f"email#{whole}", "district@x.cn"),
    ]
    assert log("street") == [("wecom", None), (f"email#{mine}", "duty@street.cn"), (f"email#{whole}", None)]
    assert log("other") == []
    told = town.person("street").get("/export/deliveries.csv")
    assert told.text.count("\r\n") == 4
    assert "district@x.cn" not in told.text
    listed = [town.person(who).get("/export/recipients.csv").text for who in ("street", "district")]
    assert ["duty@street.cn" in text for text in listed] == [True, True]
    assert ["district@x.cn" in text for text in listed] == [False, True]
    for path in ("deliveries", "recipients"):
        assert town.person("auditor").get(f"/export/{path}.csv").status_code == 403


@contextmanager
def clock_process(town):
    """Answers tests beside this one, as the clock process does."""
    stop = threading.Event()

    def run():
        while not stop.wait(0.05):
            town.write(
                "update recipient set test_state = 'failed', test_detail = 'answered code 19021' where test_state = 'waiting'"
            )

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_the_forms_and_a_test_that_waits_for_its_answer(own_town):
    town = own_town()
    person = town.person("street")
    token = {"x-csrftoken": person.cookies["_csrf_token"]}

    def post(path, body):
        return person.post(path, json=body, headers=token)

    said = {"level": 2, "scope": f"street:{STREET}", "channel": "feishu", "address": "robot-1"}
    assert person.post("/act/recipients", json=said).status_code == 403
    assert [post("/act/recipients", said | more).status_code for more in ({"address": "a/b"}, {"extra": 1})] == [
        400,
        400,
    ]
    number = post("/act/recipients", said).json()["number"]
    assert post("/act/recipients", said).status_code == 409
    answered = {"state": "failed", "detail": "answered code 19021"}
    with clock_process(town):
        assert answered.items() <= post(f"/act/recipients/{number}/test", {}).json().items()
    assert post(f"/act/recipients/{number}/test", {}).status_code == 429
    assert post(f"/act/recipients/{number}/end", {}).status_code == 200
    assert [post(f"/act/recipients/{one}/end", {}).status_code for one in (number, 0, 2**40)] == [404] * 3
    assert town.rows("select ended_at from recipient")[0][0] > real_now() - MINUTE
