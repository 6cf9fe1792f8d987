"""Who is told depends on the level and the place: the nearest recipients, else the configuration; and no secret gets out."""

import logging

import pytest

from clock import real_now
from ingest.channels import CHANNELS
from ingest.channels.message import Channel
from ingest.jobs.escalate_alarms import settings_of
from ingest.jobs.occasion import Occasion
from ingest.jobs.tell_people import tell_people
from ingest.notify import CLAIM, claim, hand_over, send_due
from ingest.recipients import ROBOTS, veiled
from ingest.trials import GOOD_FOR
from models.base import SECOND
from models.database import transaction
from models.recipient import CHANNEL_NAMES, Listed, is_address, nearest
from tests.ingest.conftest import NOW
from tests.ingest.standins import mail_server, robot
from tests.ingest.test_notify import REAL, Ear, call, configured

STREET = "440309002"
SITE_DUTY, STREET_DUTY, DISTRICT_DUTY = 0, 2, 3
SECRET = "SEC-0123456789"


def recipient(district, level, scope, channel="wecom", address="robot-1"):
    district.write(
        "insert into recipient (level, scope, channel, address, made_by, made_at, test_state, test_detail)"
        " values (?, ?, ?, ?, 'chen', 0, '', '')",
        (level, scope, channel, address),
    )


def folder(tmp_path, **robots):
    for name, (address, secret) in robots.items():
        (tmp_path / name).write_text(f"{address}\n{secret}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o600)
    return tmp_path


def escalated(district, level):
    district.write("update alarm set level = ?", (level,))
    district.write(
        "insert into transition (alarm_id, at, step, state, author, level, tell)"
        " select id, opened_at, 'escalated', state, '', ?, 1 from alarm",
        (level,),
    )


def handed(district, channels=("webhook",)):
    with transaction(district.engine) as connection:
        hand_over(connection, list(channels), NOW, REAL, settings_of(district.cfg))
    return [row[0] for row in district.rows("select channel from delivery order by transition_id, channel")]


def states(district):
    return district.rows("select channel, state, tries from delivery order by channel")


# -- who ----------------------------------------------------------------------------------------------------------------

EVERYWHERE = (
    Listed(1, SITE_DUTY, "", "email"),
    Listed(2, SITE_DUTY, "street:1", "email"),
    Listed(3, SITE_DUTY, "site:a", "email"),
    Listed(4, STREET_DUTY, "street:1", "wecom"),
    Listed(5, STREET_DUTY, "street:1", "email"),
    Listed(6, DISTRICT_DUTY, "", "email"),
)


@pytest.mark.parametrize(
    ("level", "site", "street", "expected"),
    [
        (SITE_DUTY, "a", "1", [3]),
        (SITE_DUTY, "b", "1", [2]),
        (SITE_DUTY, "c", "2", [1]),
        (1, "a", "1", []),
        (STREET_DUTY, "a", "1", [4, 5]),
        (STREET_DUTY, "c", "2", []),
        (DISTRICT_DUTY, "a", "1", [6]),
        (SITE_DUTY, None, "1", [4, 5]),
        (SITE_DUTY, None, None, [6]),
    ],
)
def test_the_nearest_of_the_level_are_told(level, site, street, expected):
    assert [one.id for one in nearest(EVERYWHERE, level, site, street)] == expected


def test_each_level_tells_its_own_and_the_configuration_speaks_where_nobody_is_named(district):
    recipient(district, STREET_DUTY, f"street:{STREET}")
    recipient(district, STREET_DUTY, f"street:{STREET}", "email", "street@example.cn")
    recipient(district, STREET_DUTY, "street:440309003", "email", "other@example.cn")
    recipient(district, SITE_DUTY, "site:s-002", "email", "neighbour@example.cn")
    call(district)
    assert handed(district) == ["webhook"]
    escalated(district, STREET_DUTY)
    assert handed(district) == ["webhook", "email#2", "wecom#1"]
    escalated(district, DISTRICT_DUTY)
    assert handed(district) == ["webhook", "email#2", "wecom#1", "webhook"]


def test_the_letter_goes_to_the_recipient_and_the_robot_reads_its_file(district, tmp_path):
    recipient(district, SITE_DUTY, "site:s-001", "email", "duty@s-001.cn")
    for channel in ROBOTS:
        recipient(district, SITE_DUTY, "site:s-001", channel, "robot-1")
    call(district)
    with robot() as other, mail_server() as post:
        folder(tmp_path, **{"robot-1": (other.address, SECRET)})
        cfg = configured(
            tmp_path, smtp_host="127.0.0.1", smtp_port=post.port, smtp_security="none", recipients_folder=tmp_path,
            email_to="everybody@x.cn",
        )  # fmt: skip
        assert tell_people(Occasion(district.engine, cfg, NOW, REAL))["sent"] == 5
        assert tell_people(Occasion(district.engine, cfg, NOW, REAL)) == {}
    ((_, receivers, _),) = post.letters
    assert [one.partition("<")[2].partition(">")[0] for one in receivers] == ["duty@s-001.cn"]
    assert len(other.taken) == 4
    assert sum("sign" in taken["path"] or "sign" in taken["body"] for taken in other.taken) == 2
    assert district.rows("select state from alarm") == [("notified",)]


def test_the_channels_of_the_page_are_those_that_there_are():
    assert CHANNEL_NAMES == tuple(way.name for way in CHANNELS) == ("email", *ROBOTS)


# -- once, whatever fails -----------------------------------------------------------------------------------------------


def test_a_kind_that_fails_holds_up_no_other_and_is_tried_again(district, tmp_path):
    recipient(district, SITE_DUTY, "", "wecom", "not-there")
    recipient(district, SITE_DUTY, "", "webhook", "robot-1")
    call(district)
    with robot() as other:
        cfg = configured(folder(tmp_path, **{"robot-1": (other.address, "")}), recipients_folder=tmp_path)
        counts = tell_people(Occasion(district.engine, cfg, NOW, REAL))
    assert (counts["sent"], counts["again"], len(other.taken)) == (1, 1, 1)
    assert states(district) == [("webhook#2", "sent", 1), ("wecom#1", "waiting", 1)]


def test_a_sender_that_died_leaves_unknown_and_no_second_message(district):
    recipient(district, SITE_DUTY, "", "email", "a@example.cn")
    call(district)
    handed(district)
    with transaction(district.engine) as connection:
        assert claim(connection, 1, REAL)
    ear: Channel = Ear()
    for later in (CLAIM, CLAIM + SECOND):
        send_due(district.engine, {"email#1": ear}, district.cfg, NOW, lambda later=later: REAL + later)
    assert (states(district), ear.heard) == ([("email#1", "unknown", 1)], [])


def test_who_has_ended_hears_nothing_not_even_what_waits_already(district, tmp_path):
    recipient(district, SITE_DUTY, "")
    call(district)
    with robot() as other:
        cfg = configured(folder(tmp_path, **{"robot-1": (other.address, "")}), recipients_folder=tmp_path)
        handed(district)
        district.write("update recipient set ended_at = 1", ())
        send_due(district.engine, {}, cfg, NOW, lambda: REAL)
        call(district, ref="a-2")
        handed(district)
        send_due(district.engine, {}, cfg, NOW, lambda: REAL)
    assert other.taken == []
    assert district.rows("select channel, state, detail from delivery order by id") == [
        ("wecom#1", "failed", "the recipient has ended"),
        ("webhook", "waiting", "the channel has no address any more"),
    ]


# -- secrets ------------------------------------------------------------------------------------------------------------


def test_nothing_that_the_other_side_repeats_tells_a_secret(district, tmp_path, caplog):
    recipient(district, SITE_DUTY, "")
    call(district)
    with robot() as other, caplog.at_level(logging.DEBUG):
        other.answers = [(200, {"errcode": 93000, "errmsg": f"bad key in {other.address} {SECRET} k-1"})]
        cfg = configured(folder(tmp_path, **{"robot-1": (other.address, SECRET)}), recipients_folder=tmp_path)
        tell_people(Occasion(district.engine, cfg, NOW, REAL))
    (detail,) = district.rows("select detail from delivery")[0]
    said = detail + "".join(str(vars(record)) for record in caplog.records if record.name.startswith("ingest"))
    assert "errcode 93000" in detail
    assert not [secret for secret in (other.address, SECRET, "k-1") if secret in said]
    assert "robot/v2" not in veiled("at robot/v2/hook/abcdefgh1", "https://x.cn/robot/v2/hook/abcdefgh1", "")[20:]


@pytest.mark.parametrize(
    ("channel", "address", "expected"),
    [
        ("email", "duty@example.cn", True),
        ("email", "a.b+c@x-1.example.cn", True),
        ("email", "duty", False),
        ("email", "a@x.cn, b@x.cn", False),
        ("email", "a@x.cn\nBcc: b@x.cn", False),
        ("email", "a/b@x.cn", False),
        ("wecom", "robot-1", True),
        ("wecom", "street_2.key", True),
        ("wecom", "../robot", False),
        ("wecom", "a/b", False),
        ("wecom", "a\\b", False),
        ("wecom", "..", False),
        ("wecom", ".hidden", False),
        ("wecom", "robot-1\n", False),
        ("wecom", "a\0b", False),
        ("wecom", "https://example.cn/key", False),
        ("wecom", "", False),
    ],
)
def test_an_address_is_a_mailbox_or_a_plain_file_name(channel, address, expected):
    assert is_address(channel, address) is expected


def test_a_row_that_leads_out_of_the_folder_is_read_by_nobody(district, tmp_path):
    (tmp_path / "inside").mkdir()
    recipient(district, SITE_DUTY, "", "webhook", "../robot-1")
    call(district)
    with robot() as other:
        folder(tmp_path, **{"robot-1": (other.address, "")})
        tell_people(Occasion(district.engine, configured(tmp_path, recipients_folder=tmp_path / "inside"), NOW, REAL))
    assert (other.taken, district.rows("select detail from delivery")) == ([], [("the address is none",)])


# -- tests that people ask for ------------------------------------------------------------------------------------------


def asked(district, state="waiting", at=REAL):
    district.write("update recipient set test_state = ?, test_at = ?, test_detail = ''", (state, at))


def answer(district):
    return district.rows("select test_state, test_detail from recipient order by id")


def test_a_test_is_sent_once_and_says_what_was_answered(district, tmp_path):
    recipient(district, STREET_DUTY, "", "feishu")
    recipient(district, STREET_DUTY, "", "webhook", "not-there")
    with robot() as other:
        cfg = configured(folder(tmp_path, **{"robot-1": (other.address, SECRET)}), recipients_folder=tmp_path)
        occasion = Occasion(district.engine, cfg, NOW, REAL)
        assert tell_people(occasion) == {}
        asked(district, at=real_now())
        assert tell_people(occasion)["tested"] == 2
        assert tell_people(occasion) == {}
    assert "测试 test · 街道值班 street duty" in other.taken[0]["body"]["content"]["text"]
    assert len(other.taken) == 1
    assert answer(district) == [
        ("sent", "code 0"),
        ("failed", "the file not-there in the folder of recipients: cannot be read (FileNotFoundError)"),
    ]
    assert district.rows("select count(*) from delivery") == [(0,)]


def test_a_test_that_the_robot_may_have_is_not_called_failed(district, tmp_path):
    recipient(district, STREET_DUTY, "", "wecom")
    with robot() as other:
        other.hangs_up = True
        cfg = configured(folder(tmp_path, **{"robot-1": (other.address, SECRET)}), recipients_folder=tmp_path)
        asked(district, at=real_now())
        tell_people(Occasion(district.engine, cfg, NOW, REAL))
    assert answer(district) == [("unknown", "given away, no answer: RemoteDisconnected")]


@pytest.mark.parametrize(("state", "after"), [("waiting", "failed"), ("sending", "unknown")])
def test_a_test_that_nobody_waits_for_any_more_is_not_sent(district, tmp_path, state, after):
    recipient(district, STREET_DUTY, "")
    asked(district, state, real_now() - GOOD_FOR - SECOND)
    with robot() as other:
        cfg = configured(folder(tmp_path, **{"robot-1": (other.address, "")}), recipients_folder=tmp_path)
        tell_people(Occasion(district.engine, cfg, NOW, REAL))
    assert (other.taken, answer(district)) == ([], [(after, "")])
