"""Names lie sealed, are shown masked, in full only for a purpose and a few times an hour, and go for good when asked."""

import base64
import json
import re
import string
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

import config
import dashboard.__main__ as commands
from clock import real_now
from dashboard.access import Viewer
from dashboard.actions import ActionRefused
from dashboard.person_rights import told_of
from dashboard.persons import Entry, Why, WrongLines, enter, entries_of, read_looks, read_persons, reveal
from ingest.backup import back_up
from ingest.jobs.forget_persons import forget_persons
from ingest.jobs.occasion import Occasion
from ingest.restore import restore
from models.base import HOUR
from models.database import engine_for, read_only
from models.erasing import NobodyThere, erase, erased_file
from models.person import is_reason, masked_contact, masked_name, names_her
from models.sealing import Seal
from tests.dashboard.town import ELSEWHERE, SAME_STREET, SITE, STREET, Town
from tests.databases import Server, url_of
from tests.models.test_quality import let_change

SEAL = Seal(b"k" * 32)
STAFF = Viewer("zhao", "site", f"site:{SITE}")
OFFICE = Viewer("qian", "street", f"street:{STREET}")
TOKEN = "tok-canary-8f21"
NAME, CONTACT = "欧阳修德canary", "13812345678"
WHY = Why("visit", "每周探访前核对", "192.0.2.7")


def town_with_a_name(own_town) -> Town:
    town = own_town()
    key = Path(key_of(town))
    key.write_bytes(SEAL.key)
    key.chmod(0o600)
    town.happens(SITE, "bed.moved", person=TOKEN, move="admit", bed="12-A")
    town.happens(SITE, "person.in", person=TOKEN)
    town.happens(SITE, "meal.served", meal="lunch", mode="dine_in", person=TOKEN)
    town.happens(SITE, "service.planned", service="canary-s", type="BA.ST", due_at="2026-11-23T03:00:00Z", person=TOKEN)
    town.happens(SITE, "alarm.raised", alarm="canary-a", type="FALL", person=TOKEN)
    assert enter(town.engine, STAFF, SEAL, SITE, [Entry(TOKEN, NAME, CONTACT)], town.clock.at, real_now()) == 1
    return town


def key_of(town: Town) -> str:
    return town.cfg.database.seal_key_file


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


@pytest.mark.parametrize(
    ("name", "reason", "names"),
    [("王小明", "看望王小明老人", True), ("王小明", "看望小明", True), ("王小明", "看望 王 小 明", True),
     ("王小明", "每周探访王奶奶", False),
     ("王小明", "小王说明天来", False), ("Wang Xiaoming", "visit Xiaoming", True), ("Wang Xiaoming", "WANG, a visit", True),
     ("Wang Xiaoming", "wangxiaoming's fall", True), ("Wang Xiaoming", "a visit to Ming", False), ("Li", "a listed visit", False),
     ("阿依古丽·买买提", "找古丽", True), ("王", "看望王奶奶", True), ("李雷", "call 微信li-lei-99", True),
     ("李雷", "每周探访前核对", False)],
)  # fmt: skip
def test_a_reason_that_says_who_she_is_is_told_from_one_that_does_not(name, reason, names):
    assert names_her(reason, name, "LiLei99") == names


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
    assert json.loads(deeds[0][3]) == {
        "fields": ["name", "contact"],
        "purpose": "visit",
        "reason": WHY[1],
        "from": "192.0.2.7",
    }
    assert not [row for row in deeds if TOKEN in str(row) or "canary" in str(row) or CONTACT in str(row)]


def test_what_may_not_be_looked_at_is_refused(own_town):
    town = town_with_a_name(own_town)
    assert refusal(town, why=Why("curiosity", WHY[1])) == "code"
    assert refusal(town, why=Why("visit", "")) == "reason"
    assert refusal(town, person="tok-not-there") == "404"
    assert refusal(town, Viewer("x", "site", f"site:{SAME_STREET}")) == "404"
    assert refusal(town, site=ELSEWHERE) == "404"
    assert refusal(town, why=Why("visit", f"看望{NAME[:2]}老人")) == "named"
    noted = town.rows("select author, said, subject from audit_entry where what = 'person.refused' order by id")
    assert [(who, json.loads(said)["why"]) for who, said, _ in noted] == [
        ("zhao", "404"),
        ("x", "404"),
        ("zhao", "404"),
        ("zhao", "named"),
    ]
    assert "tok-" not in str(noted)
    for _ in range(5):
        refusal(town, why=Why("visit", f"看望{NAME[:2]}老人"), most=5)
    assert refusal(town, most=5) == "often"  # nobody guesses at a name more often than she may look at one
    for role in ("admin", "ops", "auditor", "wall"):
        assert refusal(town, Viewer("x", role, "")) == "403"


def test_who_looked_is_told_to_whoever_answers_for_the_persons(own_town):
    town = town_with_a_name(own_town)
    look(town, OFFICE)
    refusal(town, why=Why("visit", f"看望{NAME[:2]}老人"))
    refusal(town, person="tok-not-there")
    with read_only(town.engine) as connection:
        rows = read_persons(connection, STAFF, SITE, SEAL, town.clock.at) or []
        told = [
            (one.author, one.person, one.purpose, one.reason, one.refused)
            for one in read_looks(connection, SEAL, SITE, rows)
        ]
    assert told == [("zhao", TOKEN, "", "", "named"), ("qian", TOKEN, "visit", WHY.reason, "")]


def test_an_account_looks_at_so_many_names_an_hour_and_no_other_pays_for_it(own_town):
    town = town_with_a_name(own_town)
    for _ in range(3):
        look(town, most=3)
    assert refusal(town, most=3) == "often"
    assert look(town, OFFICE, most=3).name == NAME
    for _ in range(5):
        assert refusal(town, most=3) == "often"
    refused = "select author, said from audit_entry where what = 'person.refused'"
    assert town.rows(refused) == [("zhao", '{"from": "192.0.2.7", "why": "often"}')]
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


def answers(town: Town) -> dict[str, str]:
    """Whatever the API's description lists, by a key that sees the whole district and knows no names; and every feed."""
    boss, machine = town.bearer("admin"), town.bearer("ops")
    listed = town.client().get("/api/v1/openapi.json", headers=boss).json()["paths"]
    paths = [path.format(site=SITE, day="2026-11-23") for path, calls in listed.items() if "get" in calls]
    asked = {path: town.client().get(path, headers=boss) for path in paths if path != "/live"}
    assert {path: answer.status_code for path, answer in asked.items() if answer.status_code != 200} == {}
    told = {path: answer.text for path, answer in asked.items()}
    for role in (boss, machine):
        rows = town.client().get(f"/api/v1/rejected?site={SITE}", headers=role).json()["rejected"]
        assert rows
        told |= {f"refused {row['id']}": base64.b64decode(row["bytes_base64"]).decode() for row in rows}
        said = town.client().get(f"/export/rejected.csv?site={SITE}", headers=role)
        told[f"refused as a file {role}"] = said.text
    told |= {view: town.feed.whole(view, "", 0).decode() for view in ("wall", "overview", "map", "alarms")}
    told["feed of services"] = town.feed.services("").decode()
    told["feed of a site"] = (town.feed.site(SITE, Viewer("x", "admin", "")) or b"").decode()
    assert len(told) >= 18
    return told


def live_through(town: Town, person: str, name: str, bed: str) -> None:
    """A day of hers, with all that can name her, and something refused."""
    n = f"{person[-6:]}-{town.count}"
    town.happens(SITE, "bed.moved", person=person, move="admit", bed=bed)
    town.happens(SITE, "person.in", person=person)
    town.happens(SITE, "meal.served", meal="lunch", mode="dine_in", person=person)
    town.happens(
        SITE, "service.planned", service=n, type="BA.ST", due_at="2026-11-23T03:00:00Z", person=person, worker=person
    )
    town.happens(SITE, "service.started", service=n, person=person, worker=person)
    town.happens(SITE, "alarm.raised", alarm=n, type="FALL", person=person)
    town.happens(SITE, "staff.on", worker=person, role="care")
    for spoilt in (
        {"person": person, "name": "x"},
        {"person": [person]},
        {"person": name},
        {"person": person, "at": person},
    ):
        assert town.say(SITE, json.dumps(town.event("person.in") | spoilt).encode()) != ["stored"]
    enter(town.engine, STAFF, SEAL, SITE, [Entry(person, name, "13812345678")], town.clock.at, real_now())


def test_no_wall_no_public_page_and_no_api_tells_of_a_person(own_town):
    """Whatever they answer, whoever lives there: neither a name, nor a token, nor a bed, nor a field that could hold one."""
    town = town_with_a_name(own_town)
    han = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)

    @settings(max_examples=4, deadline=None, database=None)
    @given(st.from_regex(r"q_[A-Za-z0-9_-]{10,30}", fullmatch=True), st.text(han, min_size=3, max_size=6))
    def nothing_is_told(person: str, name: str) -> None:
        live_through(town, person, name, "bed-7-12-A")
        town.look()
        for where, text in answers(town).items():
            assert not [word for word in (person, name, "13812345678", "bed-7-12-A", TOKEN) if word in text], where
            if not where.startswith("refused"):
                fields = r'"(person|worker|token|bed|elder|resident|contact|id_number)":'
                assert not set(re.findall(fields, text)), where

    nothing_is_told()


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
    counts = erase(town.engine, key_of(town), SITE, TOKEN, real_now())
    assert counts["names"] == counts["resident"] == counts["alarm"] == counts["rejected"] == 1
    after = everything_kept(town, tmp_path / "two")
    for trace in (TOKEN.encode(), NAME.encode(), CONTACT.encode(), *map(bytes, sealed)):
        assert trace not in after
        assert trace.decode("latin-1") not in caplog.text


def trace_in_files(server: Server, url: str, traces: list[bytes]) -> set[str]:
    """In which of the files of a database on the server one of these stands; its log of changes is another matter."""
    server.execute("checkpoint")
    name = url.rpartition("/")[2]
    number = server.execute(f"select oid from pg_database where datname = '{name}'")[0][0]
    files = (server.folder / "data" / "base" / str(number)).iterdir()
    return {path.name for path in files if any(trace in path.read_bytes() for trace in traces)}


@pytest.mark.engines("postgresql")
def test_an_erased_person_is_in_no_row_and_no_file_of_the_server(own_town, postgresql):
    town = town_with_a_name(own_town)
    town.say(SITE, json.dumps(town.event("no.such", person=TOKEN)).encode())
    town.write(
        "insert into inbox (put_at, source, site, topic, payload) values (1, 'api', ?, 't', ?)", (SITE, TOKEN.encode())
    )
    town.write("analyze")
    traces = [TOKEN.encode(), *map(bytes, town.rows("select name_sealed, contact_sealed from person_name")[0])]
    town.engine.dispose()
    assert len(trace_in_files(postgresql, town.path.url, traces)) >= 8
    counts = erase(town.engine, key_of(town), SITE, TOKEN, real_now())
    assert not [name for name, n in counts.items() if not n]
    for (table,) in town.rows("select tablename from pg_tables where schemaname = 'public'"):
        kept = str(town.rows(f"select t::text from {table} t"))
        assert TOKEN not in kept, table
        assert TOKEN.encode().hex() not in kept, table
    town.engine.dispose()
    assert trace_in_files(postgresql, town.path.url, traces) == set()


@pytest.mark.engines("sqlite")
def test_whoever_was_erased_goes_again_when_an_older_backup_comes_back(own_town, tmp_path):
    town = town_with_a_name(own_town)
    town.happens(SITE, "person.in", person="tok-somebody-else")
    environ = {"ELDERCARE_DATABASE_URL": url_of(town.path), "ELDERCARE_DATABASE_SEAL_KEY_FILE": key_of(town)}
    cfg = config.load(environ=environ)
    backup = back_up(cfg, tmp_path, real_now())
    erase(town.engine, key_of(town), SITE, TOKEN, real_now())
    noted = erased_file(key_of(town))
    assert (TOKEN in noted.read_text(), noted.stat().st_mode & 0o777) == (False, 0o600)
    town.engine.dispose()
    assert "1 who had been erased since were erased again" in restore(cfg, backup)
    assert TOKEN.encode() not in town.path.read_bytes()
    assert b"tok-somebody-else" in town.path.read_bytes()
    assert town.rows("select count(*) from person_name") == [(0,)]
    town.engine.dispose()
    assert len([line for line in restore(cfg, back_up(cfg, tmp_path / "later", real_now())) if "again" in line]) == 1


def test_counts_stay_when_a_person_goes_and_her_events_are_still_known(own_town):
    town = town_with_a_name(own_town)
    again = town.event("person.out", person=TOKEN)
    assert town.say(SITE, json.dumps(again).encode()) == ["stored"]
    count = "select count(*) from event"
    before = town.rows(count), town.rows("select whereabouts, count(*) from resident group by whereabouts")
    erase(town.engine, key_of(town), SITE, TOKEN, real_now())
    assert (town.rows(count), town.rows("select whereabouts, count(*) from resident group by whereabouts")) == before
    assert town.say(SITE, json.dumps(again).encode()) == ["duplicate"]
    rests = [row[0] for row in town.rows("select rest from event where rest like '%gone-%'")]
    assert len(rests) >= 5
    assert not [rest for rest in rests if TOKEN in rest]
    assert not any(erase(town.engine, key_of(town), SITE, TOKEN, real_now()).values())
    with pytest.raises(NobodyThere):
        erase(town.engine, key_of(town), ELSEWHERE, TOKEN, real_now())


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
    with pytest.raises(SystemExit):
        commands.main(["person", "export", SITE, TOKEN])
    asked = ["person", "export", SITE, TOKEN, "--purpose", "request", "--reason"]
    for reason in ("x", f"{NAME} asks", f"{TOKEN} asks"):
        assert commands.main([*asked, reason]) == 1
        assert NAME not in capsys.readouterr().out
    assert commands.main([*asked, "asked at the desk"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == NAME
    said = town.rows("select author, subject, said from audit_entry where what = 'person.export'")
    assert [(who, json.loads(kept)["purpose"]) for who, _, kept in said] == [("command", "request")]
    assert not [word for word in (TOKEN, NAME) if word in str(said)]
    assert commands.main(["person", "erase", SITE, TOKEN]) == 0
    assert "erased: names 1" in capsys.readouterr().out
    assert commands.main([*asked, "asked at the desk"]) == 1
    assert commands.main(["person", "erase", SITE, TOKEN]) == 0
    assert "gone before" in capsys.readouterr().out
    assert commands.main(["audit", "verify"]) == 0
    assert "verified to entry 3" in capsys.readouterr().out
    let_change(town.engine)
    town.write("delete from audit_entry where id = 3")
    assert commands.main(["audit", "verify"]) == 1
    assert "ends at entry 2 and reached to entry 3" in capsys.readouterr().err
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


def test_a_name_that_is_entered_anew_while_old_ones_are_looked_for_stays(own_town):
    town = own_town()
    enter(town.engine, STAFF, SEAL, SITE, [Entry("tok-comes-back", "李雷", "")], town.clock.at, real_now())
    town.write("update person_name set entered_at = ?", (real_now() - 731 * 24 * HOUR,))
    job = engine_for(url_of(town.path), 2.0)

    @event.listens_for(job, "after_cursor_execute")
    def enters(_connection, _cursor, statement, *_) -> None:
        if statement.startswith("SELECT") and "person_name" in statement:
            town.write("update person_name set entered_at = ?", (real_now(),))

    forget_persons(Occasion(job, town.cfg, town.clock.at, real_now()))
    job.dispose()
    assert town.rows("select person from person_name") == [("tok-comes-back",)]


def test_the_key_is_refused_where_others_can_read_it(tmp_path):
    key = tmp_path / "seal.key"
    key.write_bytes(b"k" * 32)
    key.chmod(0o644)
    program = f"from models.sealing import seal_of; seal_of({str(key)!r})"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert f"chmod 600 {key}" in said.stderr
