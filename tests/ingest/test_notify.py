"""People hear of an alarm once by each channel, in the format that each really speaks, whatever fails in between."""

import base64
import email
import hashlib
import hmac
import json
import sys
from email.header import decode_header
from urllib.parse import parse_qs, urlsplit

import pytest

import config
from ingest.channels import CHANNELS
from ingest.channels.dingtalk import signed
from ingest.channels.feishu import signature
from ingest.channels.message import Message, NotKnown, NotTold
from ingest.jobs.escalate_alarms import settings_of
from ingest.jobs.occasion import Occasion
from ingest.jobs.tell_people import tell_people
from ingest.notify import CLAIM, claim, hand_over, message_of, open_channels, send_due
from models.alarm_steps import Cause, Place, raise_alarm
from models.base import HOUR, MINUTE, SECOND
from models.database import transaction
from tests.databases import at_once
from tests.ingest.conftest import NOW
from tests.ingest.said import event, payload
from tests.ingest.standins import mail_server, robot
from tests.running import Program, until

SECRET = "SEC-0123456789"
REAL = 1_795_400_000_000_000
MESSAGE = Message(
    key="alarm-7-9", number=7, step="raised", site="s-001", name_zh="青禾服务站", name_en="Qinghe", street_zh="民治街道",
    street_en="Minzhi", type="SOS", type_zh="一键呼叫", type_en="Call for help", grade=1, level=0,
    since="2026-11-23 09:02", at="2026-11-23 09:03",
)  # fmt: skip


def kept(tmp_path, name, said):
    path = tmp_path / name
    path.write_text(said + "\n", encoding="utf-8")
    path.chmod(0o600)
    return str(path)


def configured(tmp_path, **more):
    return config.load(environ={f"ELDERCARE_NOTIFY_{key.upper()}": str(value) for key, value in more.items()})


def channel(tmp_path, name, address, secret=SECRET):
    keys = {f"{name}_address_file": kept(tmp_path, "address", address)}
    if name != "wecom":
        keys[f"{name}_secret_file"] = kept(tmp_path, "secret", secret)
    return open_channels(configured(tmp_path, **keys))[name]


# -- formats ----------------------------------------------------------------------------------------------------------------


def test_wecom_hears_text(tmp_path):
    with robot() as other:
        assert channel(tmp_path, "wecom", other.address)(MESSAGE, REAL) == "errcode 0"
    (taken,) = other.taken
    assert taken["path"] == "/robot/send?key=k-1"
    assert taken["body"]["msgtype"] == "text"
    assert taken["body"]["text"]["content"].startswith("[P1] 一键呼叫 青禾服务站\n一键呼叫 Call for help")


def test_dingtalk_hears_text_and_a_signature_in_the_address(tmp_path):
    with robot() as other:
        assert channel(tmp_path, "dingtalk", other.address)(MESSAGE, REAL) == "errcode 0"
    asked = parse_qs(urlsplit(other.taken[0]["path"]).query)
    expected = base64.b64encode(hmac.digest(SECRET.encode(), f"{REAL // 1000}\n{SECRET}".encode(), "sha256")).decode()
    assert (asked["timestamp"], asked["sign"], asked["key"]) == ([str(REAL // 1000)], [expected], ["k-1"])
    assert other.taken[0]["body"]["msgtype"] == "text"


def test_feishu_hears_text_and_a_signature_in_the_body(tmp_path):
    with robot() as other:
        assert channel(tmp_path, "feishu", other.address)(MESSAGE, REAL) == "code 0"
    body = other.taken[0]["body"]
    key = f"{REAL // 1_000_000}\n{SECRET}".encode()
    assert body["sign"] == base64.b64encode(hmac.new(key, digestmod=hashlib.sha256).digest()).decode()
    assert (body["timestamp"], body["msg_type"]) == (str(REAL // 1_000_000), "text")
    assert "青禾服务站" in body["content"]["text"]


def test_another_system_hears_json_with_a_signature_and_a_key(tmp_path):
    with robot() as other:
        assert channel(tmp_path, "webhook", other.address)(MESSAGE, REAL) == "taken"
    (taken,) = other.taken
    headers = {name.lower(): value for name, value in taken["headers"].items()}
    content = headers["x-eldercare-time"].encode() + b"." + taken["bytes"]
    assert headers["x-eldercare-signature"] == "sha256=" + hmac.new(SECRET.encode(), content, "sha256").hexdigest()
    assert headers["idempotency-key"] == "alarm-7-9"
    assert set(taken["body"]) == set(Message.__dataclass_fields__)


def test_a_mailbox_gets_a_letter(tmp_path):
    with mail_server() as post:
        cfg = configured(
            tmp_path, smtp_host="127.0.0.1", smtp_port=post.port, smtp_security="none", email_to="a@x.cn, b@x.cn",
            email_from="duty@x.cn", smtp_user="duty", smtp_password_file=kept(tmp_path, "pw", "p"),
        )  # fmt: skip
        open_channels(cfg)["email"](MESSAGE, REAL)
    ((sender, receivers, text),) = post.letters
    letter = email.message_from_string(text)
    subject = "".join(
        part.decode(code or "ascii") if isinstance(part, bytes) else part
        for part, code in decode_header(letter["Subject"])
    )
    assert "duty@x.cn" in sender
    assert len(receivers) == 2
    assert (subject, letter["Message-ID"]) == ("[P1] 一键呼叫 青禾服务站", "<alarm-7-9@x.cn>")
    assert "民治街道 Minzhi" in letter.get_payload(decode=True).decode()


@pytest.mark.parametrize("name", ["wecom", "dingtalk", "feishu"])
@pytest.mark.parametrize(
    "answer", [(200, {"errcode": 310000, "code": 19021, "errmsg": "sign", "msg": "sign"}), (500, {}), (302, {})]
)
def test_a_robot_that_does_not_take_it_is_not_believed(tmp_path, name, answer):
    with robot() as other:
        other.answers = [answer]
        with pytest.raises(NotTold) as refusal:
            channel(tmp_path, name, other.address)(MESSAGE, REAL)
    assert "key=k-1" not in str(refusal.value)


def test_a_robot_that_is_not_there_gives_no_secret_away(tmp_path):
    with pytest.raises(NotTold) as refusal:
        channel(tmp_path, "wecom", "http://127.0.0.1:9/robot?key=k-1")(MESSAGE, REAL)
    assert "k-1" not in str(refusal.value)


def test_a_channel_without_an_address_is_off_and_without_its_secret_refused(tmp_path):
    assert open_channels(configured(tmp_path)) == {}


def test_a_secret_that_cannot_be_read_silences_its_own_channel_only(tmp_path):
    whole = kept(tmp_path, "address", "http://127.0.0.1:9/robot")
    opened = open_channels(configured(tmp_path, wecom_address_file=tmp_path / "no", feishu_address_file=whole))
    assert sorted(opened) == ["feishu", "wecom"]
    with pytest.raises(NotTold, match="cannot be read"):
        opened["wecom"](MESSAGE, REAL)
    with pytest.raises(NotTold, match="not reached"):
        opened["feishu"](MESSAGE, REAL)
    assert [way.name for way in CHANNELS] == ["email", "webhook", "wecom", "dingtalk", "feishu"]
    assert signed("http://x", "", 1) == "http://x"
    assert signature("", 1) == {}


# -- once -------------------------------------------------------------------------------------------------------------------


class Ear:
    """A channel in memory that fails as often as it is told to."""

    def __init__(self, fails=0):
        self.heard, self.fails = [], fails

    def __call__(self, message, _real_at):
        if self.fails:
            self.fails -= 1
            raise NotTold("busy")
        self.heard.append(message)
        return "ok"


def call(district, code="SOS", at=NOW, ref="a-1"):
    district.take(
        payload(event("alarm.raised", at, alarm=ref, type=code, person="guest-0001", area="hall")), received_at=at
    )


def tell(district, ears, now=NOW, real=REAL, engine=None):
    engine = engine or district.engine
    with transaction(engine) as connection:
        hand_over(connection, sorted(ears), now, real, settings_of(district.cfg))
    return send_due(engine, ears, district.cfg, now, lambda: real)


@pytest.mark.parametrize("name", ["wecom", "dingtalk", "feishu", "webhook"])
def test_what_the_other_side_may_have_is_sent_again_only_where_a_key_tells_it_apart(district, tmp_path, name):
    call(district)
    most = district.cfg.notify.tries_max
    with robot() as other:
        other.hangs_up = True
        ears = {name: channel(tmp_path, name, other.address)}
        for hour in range(most + 2):
            tell(district, ears, real=REAL + hour * HOUR)
    assert len(other.taken) == (most if name == "webhook" else 1)
    assert (
        len({taken["bytes"] for taken in other.taken})
        == len({one["headers"].get("idempotency-key") for one in other.taken})
        == 1
    )
    assert district.rows("select state, next_at from delivery") == [("unknown", None)]


@pytest.mark.parametrize(("answer", "known"), [((504, {}), False), ((503, {}), True), ((200, []), False)])
def test_a_robot_s_answer_that_says_nothing_of_the_message_leaves_it_unknown(tmp_path, answer, known):
    with robot() as other:
        other.answers = [answer]
        with pytest.raises(NotTold) as refusal:
            channel(tmp_path, "wecom", other.address)(MESSAGE, REAL)
    assert isinstance(refusal.value, NotKnown) != known


def test_a_call_is_told_once_by_each_channel_and_says_so(district):
    call(district)
    ears = {"webhook": Ear(), "wecom": Ear()}
    for _ in range(3):
        tell(district, ears)
    assert [len(ear.heard) for ear in ears.values()] == [1, 1]
    assert district.rows("select state from alarm") == [("notified",)]
    assert district.rows("select step from transition order by id") == [("raised",), ("notified",)]
    assert district.rows("select channel, state, tries from delivery order by 1") == [
        ("webhook", "sent", 1),
        ("wecom", "sent", 1),
    ]


def test_a_message_names_no_person(district):
    call(district)
    with transaction(district.engine) as connection:
        said = message_of(connection, 1, "Asia/Shanghai", NOW)
    assert "guest-0001" not in json.dumps(
        [said.title, said.lines, *(getattr(said, f) for f in said.__dataclass_fields__)]
    )
    assert (said.site, said.street_en, said.since) == ("s-001", "Minzhi", "2026-11-23 09:02")


def test_a_message_of_too_many_people_says_how_many_of_how_many(district):
    with transaction(district.engine) as connection:
        raise_alarm(connection, Cause(Place(1), "OVERCAP", "hall", numbers=(1126, 111), area="hall"), NOW, {})
        said = message_of(connection, 1, "Asia/Shanghai", NOW)
    assert said.title.endswith(" 1,126 / 111")
    assert "人数 people: 1,126 / 111" in said.lines


def test_a_site_s_own_call_of_too_many_people_says_no_number(district):
    call(district, "OVERCAP")
    with transaction(district.engine) as connection:
        said = message_of(connection, 1, "Asia/Shanghai", NOW)
    assert (said.people, "people" in "".join(said.lines)) == (None, False)


def test_no_other_number_of_an_alarm_is_told(district):
    """Of some it is what a body does, of one person."""
    with transaction(district.engine) as connection:
        raise_alarm(connection, Cause(Place(1), "VITAL", numbers=(39, 41)), NOW, {})
        said = message_of(connection, 1, "Asia/Shanghai", NOW)
    assert (said.people, said.capacity) == (None, None)
    assert "39" not in "".join((said.title, *said.lines[:3]))


def test_what_fails_is_tried_again_with_growing_pauses_and_given_up_in_the_end(district):
    call(district)
    ears, pauses, real = {"wecom": Ear(fails=99)}, [], REAL
    for _ in range(district.cfg.notify.tries_max):
        tell(district, ears, real=real)
        next_at = district.rows("select next_at from delivery")[0][0]
        pauses.append(None if next_at is None else (next_at - real) // SECOND)
        real = next_at or real
    assert pauses == [10, 20, 40, 80, 160, None]
    assert district.rows("select state, detail from delivery") == [("failed", "busy")]


def test_a_channel_that_fails_does_not_hold_up_another(district):
    call(district)
    call(district, ref="a-2")
    ears = {"webhook": Ear(fails=9), "wecom": Ear()}
    tell(district, ears)
    assert (len(ears["wecom"].heard), ears["webhook"].fails) == (2, 8)


def test_of_several_processes_one_tells(district, database):
    for number in range(3):
        call(district, ref=f"r-{number}")
    ear = Ear()
    at_once(database, 3, lambda engine: tell(district, {"wecom": ear}, engine=engine))
    assert sorted(message.number for message in ear.heard) == [1, 2, 3]


def test_a_sender_that_died_in_between_is_not_followed_by_a_second(district):
    call(district)
    ears = {"wecom": Ear()}
    with transaction(district.engine) as connection:
        hand_over(connection, ["wecom"], NOW, REAL, settings_of(district.cfg))
        assert claim(connection, 1, REAL)
        assert not claim(connection, 1, REAL)
    tell(district, ears, real=REAL + CLAIM)
    assert (ears["wecom"].heard, district.rows("select state from delivery")) == ([], [("unknown",)])


@pytest.mark.parametrize(
    ("code", "hour", "told"), [("LATE", 14, 0), ("LATE", 2, 1), ("SOS", 14, 1), ("OFFLINE", 14, 1)]
)
def test_quiet_hours_hold_back_what_may_wait(district, code, hour, told):
    call(district, code, at=NOW + hour * HOUR)
    ears = {"wecom": Ear()}
    tell(district, ears, now=NOW + hour * HOUR)
    assert len(ears["wecom"].heard) == told
    tell(district, ears, now=NOW + 23 * HOUR)
    assert len(ears["wecom"].heard) == 1


def test_what_is_over_before_the_morning_is_not_told_then(district):
    night = NOW + 14 * HOUR
    call(district, "LATE", at=night)
    ears = {"wecom": Ear()}
    tell(district, ears, now=night)
    district.take(payload(event("alarm.cleared", night + MINUTE, alarm="a-1", type="LATE")), received_at=night + MINUTE)
    tell(district, ears, now=night + 9 * HOUR)
    assert ears["wecom"].heard == []


def test_the_job_tells_through_the_channels_of_the_configuration(district, tmp_path):
    call(district)
    with robot() as other:
        cfg = configured(tmp_path, wecom_address_file=kept(tmp_path, "a", other.address))
        assert tell_people(Occasion(district.engine, cfg, NOW, REAL))["sent"] == 1
        assert tell_people(Occasion(district.engine, cfg, NOW, REAL)) == {}
    assert len(other.taken) == 1


def test_without_any_channel_nothing_piles_up(district):
    call(district)
    assert tell_people(Occasion(district.engine, district.cfg, NOW, REAL)) == {
        "handed": 1,
        "sent": 0,
        "again": 0,
        "failed": 0,
        "unknown": 0,
    }
    assert district.rows("select count(*) from delivery") == [(0,)]


def test_a_test_message_by_hand_says_that_it_is_one(tmp_path):
    with robot() as other:
        given = {"ELDERCARE_NOTIFY_FEISHU_ADDRESS_FILE": kept(tmp_path, "a", other.address)}
        programs = [
            Program([sys.executable, "-m", "ingest", "notify", "--test", name], tmp_path, name, **given).start()
            for name in ("feishu", "wecom")
        ]
        for program in programs:
            until(lambda program=program: program.ended() is not None, 60, "ended")
    assert [program.ended() for program in programs] == [0, 1]
    assert "测试" in other.taken[0]["body"]["content"]["text"]
    assert "wecom has no address" in programs[1].said()
