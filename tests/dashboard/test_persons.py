"""Names lie sealed, are shown masked, in full only for a purpose and a few times an hour, and go for good when asked."""

import json
import re
import string
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import config
import dashboard.__main__ as commands
from clock import real_now
from dashboard.access import Viewer
from dashboard.actions import ActionRefused
from dashboard.person_rights import NobodyThere, erase, told_of
from dashboard.persons import Entry, WrongLines, enter, entries_of, read_persons, reveal
from ingest.backup import back_up
from ingest.jobs.forget_persons import forget_persons
from ingest.jobs.occasion import Occasion
from models.base import HOUR
from models.database import read_only
from models.person import is_reason, masked_contact, masked_name
from models.sealing import Seal
from tests.dashboard.town import ELSEWHERE, SAME_STREET, SITE, STREET, Town
from tests.databases import url_of

SEAL = Seal(b"k" * 32)
STAFF = Viewer("zhao", "site", f"site:{SITE}")
OFFICE = Viewer("qian", "street", f"street:{STREET}")
TOKEN = "tok-canary-8f21"
NAME, CONTACT = "欧阳修德canary", "13812345678"
WHY = ("visit", "每周探访前核对")


def town_with_a_name(own_town) -> Town:
    town = own_town()
    town.happens(SITE, "bed.moved", person=TOKEN, move="admit", bed="12-A")
    town.happens(SITE, "person.in", person=TOKEN)
    town.happens(SITE, "meal.served", meal="lunch", mode="dine_in", person=TOKEN)
    town.happens(SITE, "service.planned", service="canary-s", type="BA.ST", due_at="2026-11-23T03:00:00Z", person=TOKEN)
    town.happens(SITE, "alarm.raised", alarm="canary-a", type="FALL", person=TOKEN)
    assert enter(town.engine, STAFF, SEAL, SITE, [Entry(TOKEN, NAME, CONTACT)], town.clock.at, real_now()) == 1
    return town


def look(town: Town, who: Viewer = STAFF, person: str = TOKEN, why=WHY, site: str = SITE, most: int = 30):
    return reveal(town.engine, who, SEAL, site, person, why, most, town.clock.at, real_now())


def refusal(town: Town, *given, **named) -> str:
    with pytest.raises(ActionRefused) as refused:
        look(town, *given, **named)
    return str(refused.value)


# -- masks --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "masked"),
    [("王小明", "王**"), ("王明", "王*"), ("欧阳修", "欧阳*"), ("欧阳修德", "欧阳**"), ("阿依古丽·买买提", "阿**"), ("王", "王*"),
     ("Wang Xiaoming", "W***"), ("Ｗang", "W***"), ("😀😀", "😀***"), ("", ""), ("  李雷 ", "李*")],
)  # fmt: skip
def test_of_a_name_the_surname_is_shown(name, masked):
    assert masked_name(name) == masked


@given(st.text(min_size=2, max_size=12), st.text(string.digits, min_size=0, max_size=20))
def test_a_mask_tells_no_more_than_it_should(name, number):
    shown = masked_name(name)
    assert len(shown.replace("*", "")) <= 2
    assert len(shown) <= 4
    assert len(masked_contact(number).replace("*", "")) in (0, 7)
    assert (
        number == ""
        or number[3:-4] == ""
        or len(number) < 11
        or f"{number[:3]}****{number[-4:]}" == masked_contact(number)
    )


@pytest.mark.parametrize(
    ("reason", "good"),
    [("每周探访前核对", True), ("call back", True), ("", False), ("x", False), ("    ", False), ("tel 138 1234 5678", False),
     ("a\nb c d", False), ("x" * 81, False)],
)  # fmt: skip
def test_a_reason_is_a_few_words_without_a_number(reason, good):
    assert is_reason(reason) == good


# -- who sees what ------------------------------------------------------------------------------------------------------


def test_a_site_s_staff_see_their_persons_masked_and_others_see_none(own_town):
    town = town_with_a_name(own_town)
    with read_only(town.engine) as connection:
        rows = read_persons(connection, STAFF, SITE, SEAL, town.clock.at)
        assert [(row.person, row.whereabouts, row.name, row.contact) for row in rows or ()] == [
            (TOKEN, "in_house", "欧阳**", "138****5678")
        ]
        assert read_persons(connection, OFFICE, SITE, SEAL, town.clock.at) == rows
        for role, scope in (("admin", ""), ("ops", ""), ("auditor", ""), ("wall", ""), ("site", f"site:{SAME_STREET}")):
            assert read_persons(connection, Viewer("x", role, scope), SITE, SEAL, town.clock.at) is None, role
        other_key = read_persons(connection, STAFF, SITE, Seal(b"x" * 32), town.clock.at)
        assert [row.name for row in other_key or ()] == ["?"]


def test_a_name_in_full_needs_a_purpose_and_is_written_down_without_it(own_town):
    town = town_with_a_name(own_town)
    assert (look(town).name, look(town, OFFICE).contact) == (NAME, CONTACT)
    deeds = town.rows("select author, what, subject, said from audit_entry where what = 'person.reveal' order by id")
    assert [row[0] for row in deeds] == ["zhao", "qian"]
    assert json.loads(deeds[0][3]) == {"fields": ["name", "contact"], "purpose": "visit", "reason": WHY[1]}
    assert not [row for row in deeds if TOKEN in str(row) or "canary" in str(row) or CONTACT in str(row)]


def test_what_may_not_be_looked_at_is_refused(own_town):
    town = town_with_a_name(own_town)
    assert refusal(town, why=("curiosity", WHY[1])) == "code"
    assert refusal(town, why=("visit", "")) == "reason"
    assert refusal(town, person="tok-not-there") == "404"
    assert refusal(town, Viewer("x", "site", f"site:{SAME_STREET}")) == "404"
    assert refusal(town, site=ELSEWHERE) == "404"
    for role in ("admin", "ops", "auditor", "wall"):
        assert refusal(town, Viewer("x", role, "")) == "403"


def test_an_account_looks_at_so_many_names_an_hour_and_no_other_pays_for_it(own_town):
    town = town_with_a_name(own_town)
    for _ in range(3):
        look(town, most=3)
    assert refusal(town, most=3) == "often"
    assert look(town, OFFICE, most=3).name == NAME
    later = real_now() + HOUR + 1
    assert reveal(town.engine, STAFF, SEAL, SITE, TOKEN, WHY, 3, town.clock.at, later).name == NAME


@pytest.mark.parametrize(
    "text",
    ["", "name,contact\nx,y", "person,name\n", "person,name\nab,李雷", "person,name\ntok-000001,", "person,name\n13812345678,李雷",
     "person,name\ntok-000001," + "长" * 41, "person,name,contact,bank\ntok-000001,李雷,,1"],
)  # fmt: skip
def test_a_file_with_a_wrong_line_is_refused_whole_and_quotes_nobody(text):
    with pytest.raises(WrongLines) as wrong:
        entries_of(text)
    assert "李雷" not in str(wrong.value)
    assert "line" in str(wrong.value)


def test_only_a_site_s_staff_enter_names(own_town):
    town = own_town()
    for who in (OFFICE, Viewer("x", "admin", ""), Viewer("x", "provider", f"site:{SITE}")):
        with pytest.raises(ActionRefused, match="403"):
            enter(town.engine, who, SEAL, SITE, [Entry(TOKEN, NAME, "")], town.clock.at, 1)
    with pytest.raises(ActionRefused, match="404"):
        enter(town.engine, STAFF, SEAL, SAME_STREET, [Entry(TOKEN, NAME, "")], town.clock.at, 1)


# -- nobody else --------------------------------------------------------------------------------------------------------


def test_no_wall_no_public_page_and_no_api_has_a_field_of_a_person(own_town):
    """Whatever they answer: neither a name, nor a token, nor a field that could hold one."""
    town = town_with_a_name(own_town)
    town.look()
    boss = town.bearer("admin")
    paths = (
        "live",
        "sites",
        f"sites/{SITE}",
        f"sites/{SITE}/history",
        f"sites/{SITE}/days/2026-11-23",
        "services",
        "alarms",
        "integrity",
    )
    said = [town.client().get(f"/api/v1/{path}", headers=boss) for path in paths]
    said.append(town.client().get("/public/v1/sites"))
    texts = {str(answer.url.path): answer.text for answer in said if answer.status_code == 200}
    assert len(texts) == len(paths) + 1
    texts |= {view: town.feed.whole(view, "", 0).decode() for view in ("wall", "overview", "map", "alarms")}
    texts["services"] = town.feed.services("").decode()
    texts["site"] = (town.feed.site(SITE, Viewer("x", "admin", "")) or b"").decode()
    for where, text in texts.items():
        assert "canary-8f21" not in text, where
        assert not [word for word in (NAME, CONTACT, "12-A", "欧阳") if word in text], where
        assert not set(re.findall(r'"(person|worker|token|bed|elder|resident|contact|id_number)":', text)), where


# -- export and erase ---------------------------------------------------------------------------------------------------


def everything_kept(town: Town, folder: Path) -> bytes:
    """The database with its journal, what is written into logs, and a backup made now."""
    cfg = config.load(environ={"ELDERCARE_DATABASE_URL": url_of(town.path)})
    backup = back_up(cfg, folder, real_now())
    return b"".join(path.read_bytes() for path in (*town.path.parent.glob("town.db*"), backup))


@pytest.mark.engines("sqlite")  # the file itself is searched
def test_an_erased_person_is_nowhere_in_the_file_its_journal_the_log_or_a_new_backup(own_town, tmp_path, caplog):
    town = town_with_a_name(own_town)
    town.say(SITE, json.dumps(town.event("no.such", person=TOKEN)).encode())
    sealed = town.rows("select name_sealed, contact_sealed from person_name")[0]
    before = everything_kept(town, tmp_path / "one")
    assert TOKEN.encode() in before
    assert NAME.encode() not in before
    assert CONTACT.encode() not in before
    counts = erase(town.engine, SEAL, SITE, TOKEN, "command", real_now())
    assert counts["names"] == counts["residents"] == counts["alarms"] == counts["rejected"] == 1
    after = everything_kept(town, tmp_path / "two")
    for trace in (TOKEN.encode(), NAME.encode(), CONTACT.encode(), *map(bytes, sealed)):
        assert trace not in after
        assert trace.decode("latin-1") not in caplog.text


def test_counts_stay_when_a_person_goes_and_her_events_are_still_known(own_town):
    town = town_with_a_name(own_town)
    again = town.event("person.out", person=TOKEN)
    assert town.say(SITE, json.dumps(again).encode()) == ["stored"]
    count = "select count(*) from event"
    before = town.rows(count), town.rows("select whereabouts, count(*) from resident group by whereabouts")
    erase(town.engine, SEAL, SITE, TOKEN, "command", real_now())
    assert (town.rows(count), town.rows("select whereabouts, count(*) from resident group by whereabouts")) == before
    assert town.say(SITE, json.dumps(again).encode()) == ["duplicate"]
    rests = [row[0] for row in town.rows("select rest from event where rest like '%gone-%'")]
    assert len(rests) >= 5
    assert not [rest for rest in rests if TOKEN in rest]
    with pytest.raises(NobodyThere):
        erase(town.engine, SEAL, SITE, TOKEN, "command", real_now())


def test_one_gets_all_that_is_kept_of_her_and_who_looked(own_town):
    town = town_with_a_name(own_town)
    look(town, OFFICE)
    told = told_of(town.engine, SEAL, SITE, TOKEN)
    assert (told["name"], told["contact"]) == (NAME, CONTACT)
    assert {one["kind"] for one in told["events"]} >= {"person.in", "meal.served", "bed.moved"}
    assert [one["whereabouts"] for one in told["resident"]] == ["in_house"]
    assert [(one["by"], one["purpose"]) for one in told["looked_at"]] == [("qian", "visit")]
    with pytest.raises(NobodyThere):
        told_of(town.engine, SEAL, ELSEWHERE, TOKEN)


@pytest.mark.engines("sqlite")
def test_the_commands_load_export_and_erase(own_town, tmp_path, monkeypatch, capsys):
    town = own_town()
    monkeypatch.setenv("ELDERCARE_DATABASE_URL", url_of(town.path))
    monkeypatch.setenv("ELDERCARE_DATABASE_SEAL_KEY_FILE", str(tmp_path / "seal.key"))
    file = tmp_path / "names.csv"
    file.write_text(f"\ufeffperson,name,contact\n{TOKEN},{NAME},{CONTACT}\n", encoding="utf-8")
    assert commands.main(["person", "load", SITE, str(file)]) == 0
    assert "1 names kept" in capsys.readouterr().out
    assert commands.main(["person", "export", SITE, TOKEN]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == NAME
    assert commands.main(["person", "erase", SITE, TOKEN]) == 0
    assert "erased: names 1" in capsys.readouterr().out
    assert commands.main(["person", "export", SITE, TOKEN]) == 1
    assert commands.main(["audit", "verify"]) == 0
    assert "verified to entry 2" in capsys.readouterr().out
    town.write("drop trigger audit_entry_stays")
    town.write("update audit_entry set author = 'nobody' where id = 1")
    assert commands.main(["audit", "verify"]) == 1
    assert "entry 1 does not follow" in capsys.readouterr().err


def test_names_of_those_who_left_long_ago_go_and_the_others_stay(own_town):
    town = town_with_a_name(own_town)
    entries = [Entry("tok-never-on-a-roll", "李雷", ""), Entry("tok-young-entry", "韩梅", "")]
    enter(town.engine, STAFF, SEAL, SITE, entries, town.clock.at, real_now())
    long_ago = real_now() - 731 * 24 * HOUR
    town.write("update person_name set entered_at = ? where person <> 'tok-young-entry'", (long_ago,))
    counts = forget_persons(Occasion(town.engine, town.cfg, town.clock.at, real_now()))
    assert counts == {"names": 1}
    assert {row[0] for row in town.rows("select person from person_name")} == {TOKEN, "tok-young-entry"}
    assert forget_persons(Occasion(town.engine, town.cfg, town.clock.at, real_now())) == {}


def test_the_key_is_refused_where_others_can_read_it(tmp_path):
    key = tmp_path / "seal.key"
    key.write_bytes(b"k" * 32)
    key.chmod(0o644)
    program = f"from models.sealing import seal_of; seal_of({str(key)!r})"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert f"chmod 600 {key}" in said.stderr
