"""Days by mail, from the wish to the mailbox: what she sees and no more, in the body and as a PDF, once whatever fails."""

import email
import json
from datetime import timedelta
from email.header import decode_header, make_header
from email.policy import default

import pytest
from sqlalchemy import delete, select, update

import config
from clock import real_now
from dashboard.access import Viewer, add_account
from dashboard.letter_desk import LetterRefused, Wish, send_test, subscribe, unsubscribe
from dashboard.letter_writing import write_letters
from dashboard.paper import NoPaper
from dashboard.parts.answer_words import answer_words
from dashboard.parts.letters_cards import letters_cards
from dashboard.queries.letters import letters_page
from dashboard.words import Speech
from ingest.jobs.occasion import Occasion
from ingest.jobs.order_letters import order_letters
from ingest.letters import CLAIM, send_letters
from models.account import Account
from models.audit import looked_through
from models.base import HOUR, MINUTE, SECOND
from models.civil_day import clock_on, wall_clock
from models.database import read_only, transaction
from models.day import SiteDay
from models.letter import Letter, LetterState
from tests.browser.lived import LIVED, YESTERDAY, ZONE
from tests.browser.seeded import NOON
from tests.dashboard.test_days import (
    ELSEWHERE,
    MANAGER,
    SHUT,
    closed_on_sundays,
    page,
    restated,
    signed,
    town,  # noqa: F401
    words_of,
)
from tests.ingest.standins import mail_server, robot

SEVEN = clock_on(YESTERDAY + timedelta(days=1), "07:00", ZONE)
TEN = clock_on(YESTERDAY + timedelta(days=1), "10:00", ZONE)
WISH = Wish("email", "li@centre.example", (LIVED,), "07:00", "zh")


@pytest.fixture
def post(town, tmp_path, monkeypatch):  # noqa: F811
    """Everything between a wish and a mailbox; the browser that prints is left out unless a test prints."""
    monkeypatch.setattr("dashboard.letter_writing.pdf_of", lambda document, _: b"%PDF-1.4 " + document.encode()[:20])
    for who in (MANAGER, ELSEWHERE):
        add_account(town.engine, who.name, who.role, who.scope, real_now())
    return Post(town, tmp_path)


class Post:
    def __init__(self, town, folder):  # noqa: F811
        self.town, self.folder, self.real, self.keys = town, folder, real_now(), {}

    def cfg(self):
        return config.load(environ=self.keys)

    def wishes(self, wish=WISH, viewer=MANAGER, domains=()):
        return subscribe(self.town.engine, viewer, wish, domains, TEN, self.real)

    def orders(self, now=SEVEN):
        return order_letters(Occasion(self.town.engine, self.cfg(), now, self.real))

    def writes(self, now=TEN):
        return write_letters(self.town.engine, self.cfg(), self.town.shell.state.house.rules, lambda: now)

    def sends(self):
        return send_letters(self.town.engine, self.cfg(), lambda: self.real)

    def letters(self):
        with read_only(self.town.engine) as connection:
            return connection.execute(select(Letter).order_by(Letter.id)).all()

    def by_mail(self, box):
        self.keys = {"ELDERCARE_NOTIFY_SMTP_HOST": "127.0.0.1", "ELDERCARE_NOTIFY_SMTP_PORT": str(box.port),
                     "ELDERCARE_NOTIFY_SMTP_SECURITY": "none"}  # fmt: skip


def opened(box, n=0):
    return email.message_from_string(box.letters[n][2], policy=default)


def test_a_manager_gets_yesterday_in_the_body_and_as_a_pdf_once(post):
    post.wishes()
    with mail_server() as box:
        post.by_mail(box)
        assert post.orders(SEVEN - MINUTE) == {}
        assert post.orders() == {"day": 1}
        assert (post.orders(), post.sends()) == ({}, {})
        assert (post.writes(), post.writes()) == (1, 0)
        assert (post.sends(), post.sends(), post.orders(TEN - MINUTE)) == ({"sent": 1}, {}, {})
        letter = opened(box)
    assert len(box.letters) == 1
    assert letter["To"] == WISH.address
    assert "日报" in str(make_header(decode_header(letter["Subject"])))
    body = letter.get_body(("plain",)).get_content()
    rows = page(post.town)
    assert f"到访 {rows.summary.visits.entries}" in body
    assert "今天请做" in body
    (attached,) = letter.iter_attachments()
    assert attached.get_content_type() == "application/pdf"
    assert attached.get_content().startswith(b"%PDF")
    (row,) = post.letters()
    assert (row.state, row.document, row.next_at) == (LetterState.SENT, None, None)


def test_who_has_not_signed_is_reminded_once_and_who_has_is_not(post):
    post.wishes()
    assert post.orders() == {"day": 1}
    assert (post.orders(TEN), post.orders(TEN + HOUR)) == ({"reminder": 1}, {})
    signed(post.town)
    post.writes()
    day, reminder = post.letters()
    assert day.state == LetterState.WRITTEN
    assert (reminder.state, reminder.detail) == (LetterState.FAILED, "signed meanwhile")
    assert "无须再发" in log_of(post, "zh")
    assert "未发出" not in log_of(post, "zh")


def test_a_reminder_names_the_site_and_the_hour(post):
    post.wishes()
    post.orders(TEN)
    post.writes()
    (reminder,) = [one for one in post.letters() if one.kind == "reminder"]
    assert "10:00" in reminder.body
    assert reminder.subject.startswith("请签发")
    assert reminder.document is None


def test_whose_site_was_closed_is_not_reminded(post):
    add_account(post.town.engine, SHUT.name, SHUT.role, SHUT.scope, real_now())
    post.wishes(Wish("email", "sun@centre.example", ("d-003",), "07:00", "zh"), SHUT)
    closed_on_sundays(post.town)
    assert (post.orders(), post.orders(TEN)) == ({"day": 1}, {})


def test_letters_of_missed_days_go_each_once_in_order_and_no_farther_back_than_a_week(post):
    post.wishes()
    assert post.orders() == {"day": 1}
    for later, ordered in ((4, 4), (4, 0), (40, 8)):
        post.real = real_now() + later * 24 * HOUR
        assert post.orders(SEVEN + later * 24 * HOUR + HOUR).get("day", 0) == ordered
    days = [*range(5), *range(33, 41)]
    assert [one.day for one in post.letters()] == [str(YESTERDAY + timedelta(days=n)) for n in days]


def test_a_day_that_ends_in_the_morning_is_no_letter_before_its_end(post):
    post.wishes()
    post.town.write(
        "delete from site_day where day = ? and site_id = (select id from site where code = ?)", (str(YESTERDAY), LIVED)
    )
    post.town.write(
        "insert into day_begin (site_id, from_day, minutes) select id, '0001-01-01', 540 from site where code = ?",
        (LIVED,),
    )
    waited = TEN  # nine, when its day ends, and the hour that a letter waits for the summary
    assert [post.orders(at) for at in (SEVEN, SEVEN + 90 * MINUTE, waited - MINUTE)] == [{}, {}, {}]
    assert post.orders(waited) == {"day": 1}


def test_who_signed_is_told_once_when_a_new_version_takes_the_place_of_it(post):
    post.wishes()
    signed(post.town)
    restated(post.town)
    assert post.orders(NOON + 10 * MINUTE) == {"day": 1, "superseded": 1}
    assert post.orders(NOON + 20 * MINUTE) == {}
    post.writes(NOON + 20 * MINUTE)
    (letter,) = [one for one in post.letters() if one.kind == "superseded"]
    assert letter.subject.startswith("已签日报有新版")
    assert "manager-li 签发的第 1 版已被第 2 版取代" in letter.body
    assert "36 → 37" in letter.body


def test_whose_account_is_disabled_gets_no_more_letters(post):
    post.wishes()
    post.town.write("update account set disabled = 1 where name = ?", (MANAGER.name,))
    assert post.orders() == {}
    post.town.write("update account set disabled = 0 where name = ?", (MANAGER.name,))
    assert post.orders() == {"day": 1}


def test_of_a_new_version_that_is_signed_by_then_nobody_is_told(post):
    post.wishes()
    signed(post.town)
    restated(post.town)
    assert post.orders(NOON + 10 * MINUTE) == {"day": 1, "superseded": 1}
    signed(post.town, version=2)
    post.writes(NOON + 20 * MINUTE)
    (letter,) = [one for one in post.letters() if one.kind == "superseded"]
    assert (letter.state, letter.detail) == (LetterState.FAILED, "signed meanwhile")


def test_a_letter_waits_for_the_night_s_work_but_not_for_ever(post):
    post.wishes(Wish("email", "wu@centre.example", ("d-002",), "07:00", "en"), ELSEWHERE)
    with transaction(post.town.engine) as connection:
        connection.execute(delete(SiteDay))
    assert post.orders(SEVEN) == {}
    assert post.orders(SEVEN + HOUR) == {"day": 1}


def test_a_mail_server_that_is_away_is_tried_again_with_growing_pauses_and_then_given_up(post):
    post.wishes()
    post.orders()
    post.writes()
    with mail_server() as box:
        post.by_mail(box)
        box.refuses = True
        outcomes = []
        for _ in range(post.cfg().notify.tries_max):
            outcomes.append(post.sends())
            assert post.sends() == {}
            post.real += 400 * SECOND
        assert outcomes == [{"again": 1}] * 5 + [{"failed": 1}]
    assert box.letters == []
    assert post.letters()[0].detail == "not taken: SMTPSenderRefused"


def log_of(post, language):
    with read_only(post.town.engine) as connection:
        rows = letters_page(connection, MANAGER, TEN)
    return words_of(letters_cards(Speech(language), rows, ZONE)[-1])


def test_the_log_says_in_her_language_why_a_letter_did_not_go_and_when_it_is_tried_again(post):
    post.wishes()
    post.orders()
    post.writes()
    assert "再试" not in log_of(post, "zh")
    with mail_server() as box:
        post.by_mail(box)
        box.refuses = True
        assert post.sends() == {"again": 1}
        at = wall_clock(post.letters()[0].next_at, ZONE)[5:]
        assert f"试 1 次；邮件服务器没有收下：发件地址被拒；{at} 再试" in log_of(post, "zh")
        box.refuses, post.real = False, post.real + 400 * SECOND
        assert post.sends() == {"sent": 1}
    told = log_of(post, "en")
    assert "tries: 2; taken" in told
    assert "again at" not in told


@pytest.mark.parametrize(
    ("detail", "zh", "en"),
    [
        (
            "not taken: SMTPRecipientsRefused",
            "邮件服务器没有收下：收件地址被拒",
            "The mail server did not take it: the address was refused",
        ),
        ("not reached: URLError", "连不上对方：网络不通", "Not reached: no connection"),
        (
            "given away, no answer: RemoteDisconnected",
            "已经交出，没有等到答复：RemoteDisconnected",
            "Given away, no answer: RemoteDisconnected",
        ),
        ("answered 502", "对方答复 502", "Answered 502"),
        (
            "answered errcode 93000: invalid webhook url",
            "对方没有收下（93000）：invalid webhook url",
            "Not taken (93000): invalid webhook url",
        ),
        ("errcode 0", "对方已收", "taken"),
        ("signed meanwhile", "其间已签发，不再提醒", "Signed meanwhile"),
        ("550 no such user {here}", "550 no such user {here}", "550 no such user {here}"),
        ("", "", ""),
    ],
)
def test_what_the_other_side_answered_is_said_in_the_readers_language(detail, zh, en):
    assert (answer_words(Speech("zh"), detail), answer_words(Speech("en"), detail)) == (zh, en)


@pytest.mark.parametrize("broken", ["webhook", "email"])
def test_a_way_that_does_not_answer_keeps_the_other_waiting_for_nothing(post, broken):
    post.wishes(Wish("webhook", "", (LIVED,), "07:00", "zh"))
    post.wishes()
    post.wishes(Wish("webhook", "", (LIVED,), "07:00", "en"))
    post.orders()
    post.writes()
    with mail_server() as box, robot() as other:
        post.by_mail(box)
        box.refuses = broken == "email"
        other.answers = [(503 if broken == "webhook" else 200, {})]
        (post.folder / "address").write_text(other.address)
        (post.folder / "address").chmod(0o600)
        post.keys["ELDERCARE_NOTIFY_WEBHOOK_ADDRESS_FILE"] = str(post.folder / "address")
        assert post.sends() == {"sent": 1 if broken == "webhook" else 2, "again": 1}
    assert (len(box.letters), len(other.taken)) == ((1, 1) if broken == "webhook" else (0, 2))


@pytest.mark.parametrize(("breaks", "outcome"), [("after_data", "unknown"), ("at_quit", "sent")])
def test_a_letter_that_the_mail_server_may_have_is_not_sent_again(post, breaks, outcome):
    post.wishes()
    post.orders()
    post.writes()
    with mail_server() as box:
        post.by_mail(box)
        box.breaks = breaks
        assert post.sends() == {outcome: 1}
        post.real += CLAIM + HOUR
        assert post.sends() == {}
    assert len(box.letters) == 1
    assert post.letters()[0].state == outcome


def test_a_letter_whose_sender_died_is_not_sent_again(post):
    post.wishes()
    post.orders()
    post.writes()
    with transaction(post.town.engine) as connection:
        connection.execute(update(Letter).values(state=LetterState.SENDING, next_at=post.real + CLAIM))
    post.real += CLAIM + SECOND
    with mail_server() as box:
        post.by_mail(box)
        assert post.sends() == {"unknown": 1}
    assert box.letters == []


def test_the_webhook_carries_the_same_signed_and_with_its_key(post, tmp_path):
    post.wishes(Wish("webhook", "", (LIVED,), "07:00", "en"))
    post.orders()
    post.writes()
    with robot() as other:
        (tmp_path / "address").write_text(other.address)
        (tmp_path / "secret").write_text("s-1")
        for name in ("address", "secret"):
            (tmp_path / name).chmod(0o600)
        post.keys = {"ELDERCARE_NOTIFY_WEBHOOK_ADDRESS_FILE": str(tmp_path / "address"),
                     "ELDERCARE_NOTIFY_WEBHOOK_SECRET_FILE": str(tmp_path / "secret")}  # fmt: skip
        assert post.sends() == {"sent": 1}
        (taken,) = other.taken
    headers = {name.lower(): value for name, value in taken["headers"].items()}
    assert headers["idempotency-key"] == taken["body"]["key"] == f"letter-{post.letters()[0].id}"
    assert headers["x-eldercare-signature"].startswith("sha256=")
    assert taken["body"]["sites"] == [LIVED]
    assert "daily report" in taken["body"]["subject"]


def test_the_district_s_letter_is_a_list(post):
    post.town.person("district")
    with read_only(post.town.engine) as connection:
        name = connection.execute(select(Account.name).where(Account.role == "district")).scalars().first()
    post.wishes(Wish("email", "d@district.example", (), "07:00", "en"), Viewer(name, "district", ""))
    post.orders(SEVEN + HOUR)
    post.writes()
    (letter,) = post.letters()
    assert "24 of 24 sites are summed up; 0 of the 24 that owe a signature have signed." in letter.body
    assert letter.document.startswith(b"%PDF")


def test_without_a_browser_the_letter_goes_and_says_so(post, monkeypatch):
    def none(*_):
        raise NoPaper("no Chromium")

    monkeypatch.setattr("dashboard.letter_writing.pdf_of", none)
    post.wishes()
    post.orders()
    post.writes()
    (letter,) = post.letters()
    assert (letter.state, letter.document) == (LetterState.WRITTEN, None)
    assert "没有附 PDF" in letter.body


def test_a_site_that_is_no_longer_hers_is_not_written_of(post):
    post.wishes()
    post.orders()
    with transaction(post.town.engine) as connection:
        connection.execute(update(Account).where(Account.name == MANAGER.name).values(scope="site:d-002"))
    post.writes()
    (letter,) = post.letters()
    assert (letter.state, letter.body) == (LetterState.FAILED, "")


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        (Wish("email", "nobody", (LIVED,), "07:00", "zh"), "address"),
        (Wish("email", "a@b\nBcc: c@d.example", (LIVED,), "07:00", "zh"), "address"),
        (Wish("email", "a@b.example,c@d.example", (LIVED,), "07:00", "zh"), "address"),
        (Wish("email", "a@elsewhere.example", (LIVED,), "07:00", "zh"), "domain"),
        (Wish("webhook", "a@centre.example", (LIVED,), "07:00", "zh"), "address"),
        (Wish("pigeon", "a@centre.example", (LIVED,), "07:00", "zh"), "code"),
        (Wish("email", "a@centre.example", (LIVED,), "25:00", "zh"), "code"),
        (Wish("email", "a@centre.example", (LIVED,), "07:00", "fr"), "code"),
        (Wish("email", "a@centre.example", ("d-002",), "07:00", "zh"), "404"),
        (Wish("email", "a@centre.example", (LIVED,) * 21, "07:00", "zh"), "many"),
    ],
)
def test_what_cannot_be_ordered_is_refused(post, wish, why):
    with pytest.raises(LetterRefused, match=f"^{why}$"):
        post.wishes(wish, domains=("centre.example",))


def test_one_s_own_can_be_tested_and_ended_and_nobody_else_s(post):
    number = post.wishes()
    for deed in (lambda who: send_test(post.town.engine, who, number, YESTERDAY, post.real),
                 lambda who: unsubscribe(post.town.engine, who, number, post.real)):  # fmt: skip
        with pytest.raises(LetterRefused, match="404"):
            deed(ELSEWHERE)
    send_test(post.town.engine, MANAGER, number, YESTERDAY, post.real)
    with pytest.raises(LetterRefused, match="waits"):
        send_test(post.town.engine, MANAGER, number, YESTERDAY, post.real)
    post.writes()
    assert post.letters()[0].subject.startswith("【测试】")
    unsubscribe(post.town.engine, MANAGER, number, post.real)
    assert post.orders() == {}
    with read_only(post.town.engine) as connection:
        assert looked_through(connection).is_whole


def test_by_the_page(town):  # noqa: F811
    person = town.person("site", f"site:{LIVED}")
    token = {"x-csrftoken": person.cookies["_csrf_token"]}
    said = {"way": "email", "address": "li@centre.example", "sites": [LIVED], "clock": "07:00", "language": "zh"}
    made = person.post("/act/letters", json=said, headers=token)
    assert made.status_code == 200
    number = made.json()["number"]
    assert person.post("/act/letters", json=said | {"address": "x"}, headers=token).json()["title"] == "address"
    assert person.post("/act/letters", content=b"[", headers=token).status_code == 400
    assert person.post(f"/act/letters/{number}/test", headers=token).status_code == 200
    assert person.post(f"/act/letters/{number}/burn", headers=token).status_code == 405
    assert person.post(f"/act/letters/{number}/end", headers=token).status_code == 200
    assert person.post(f"/act/letters/{number}/end", headers=token).status_code == 404
    assert json.loads(made.content) == {"number": number}
