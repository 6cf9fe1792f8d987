"""All that was set up goes out as one file and comes in again the same, into an empty house or onto itself."""

import json
import subprocess
import sys

import pytest

from ingest.places import load
from models.binding import bind
from models.configuration import ConfigurationRefused, exported, imported, read_configuration
from models.database import engine_for, migrate, read_only, transaction
from models.recipient import Recipient
from models.site_life import close_for_good
from tests.databases import FileDatabase
from tests.ingest.conftest import NOW
from tests.ingest.test_site_life import HEAD, number
from tests.running import ROOT


@pytest.fixture
def full(district, tmp_path):
    """Two sites of which one moved, grew, has a bound device, and closed into the other; and somebody who is told."""
    for line in (
        "s-001,老站,CST,440309002,60,Mo-Fr 08:00-18:00,2026-11-01",
        "s-001,新站,STC,440309003=龙华/Longhua,80,,2026-11-20",
    ):
        (tmp_path / "p.csv").write_text(HEAD + line + "\n", encoding="utf-8")
        load(district.engine, tmp_path / "p.csv", NOW)
    head = "site,name_zh,kind,street,community,areas,devices,count_by\n"
    (tmp_path / "p.csv").write_text(
        f"{head}s-002,乙,CST,440309002,c-1=社区/C,hall,door-1,hall:persons\n", encoding="utf-8"
    )
    load(district.engine, tmp_path / "p.csv", NOW)
    one, two = number(district), number(district, "s-002")
    with transaction(district.engine) as connection:
        bind(connection, two, "door-1", "milesight-vs125", {"direction": "in"}, "hall", None, NOW, "chen")
        close_for_good(connection, one, "s-001", NOW, [two], NOW)
        row = {"level": 2, "scope": "", "channel": "email", "address": "a@x.cn", "made_by": "chen", "made_at": NOW}
        connection.execute(Recipient.__table__.insert().values(**row, test_state="sent", test_detail="", test_at=NOW))
    return district


def out(engine):
    with read_only(engine) as connection:
        return exported(connection)


def test_an_empty_house_becomes_the_same(full, tmp_path):
    content = out(full.engine)
    other = engine_for(FileDatabase(tmp_path / "other.db").url)
    migrate(other)
    with transaction(other) as connection:
        imported(connection, read_configuration(content), NOW)
    assert out(other) == content
    with transaction(other) as connection:
        imported(connection, read_configuration(content), NOW)
    assert out(other) == content
    other.dispose()
    said = json.loads(content)
    one = next(site for site in said["sites"] if site["code"] == "s-001")
    assert [term["name_zh"] for term in one["terms"]] == ["s-001", "老站", "新站"]
    assert one["successors"][0]["site"] == "s-002"
    assert b"password" not in content


def test_what_was_changed_since_goes_back_and_what_is_not_in_the_file_stays(full, tmp_path):
    content = out(full.engine)
    full.register("s-009")
    (tmp_path / "p.csv").write_text(f"{HEAD}s-002,改,MEAL,440309003,7,,\n", encoding="utf-8")
    load(full.engine, tmp_path / "p.csv", NOW + 1)
    with transaction(full.engine) as connection:
        imported(connection, read_configuration(content), NOW + 2)
    after = json.loads(out(full.engine))
    after["sites"] = [site for site in after["sites"] if site["code"] != "s-009"]
    assert after == json.loads(content)
    assert full.rows("select count(*) from site where code = 's-009'") == [(1,)]


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda said: said.update(format="other"), "known"),
        (lambda said: said.update(more=1), "not a configuration"),
        (lambda said: said["sites"][0].update(kind="X"), r"sites\[s-001\].kind"),
        (lambda said: said["sites"][0].update(street="nowhere"), r"sites\[s-001\].street"),
        (lambda said: said["sites"][0]["opening_hours"][0].update(rule="often"), "opening_hours"),
        (lambda said: said["sites"][0]["capacity"][0].update(valid_from="yesterday"), "is no time"),
        (lambda said: said["sites"][0]["successors"][0].update(site="s-777"), "successors"),
        (lambda said: said["sites"][0]["areas"].append({"code": "x"}), "exactly code, count_by"),
        (lambda said: said["recipients"][0].update(address="../x"), "recipients"),
    ],
)
@pytest.mark.engines("sqlite")
def test_a_file_that_could_not_have_been_exported_is_refused_with_its_place(full, spoil, told):
    said = json.loads(out(full.engine))
    spoil(said)
    with pytest.raises(ConfigurationRefused, match=told):
        read_configuration(json.dumps(said).encode())


def test_the_command_writes_the_file_and_takes_it(full, database, tmp_path):
    def command(*words):
        return subprocess.run(
            [sys.executable, "-m", "ingest", "places", *words],
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "ELDERCARE_DATABASE_URL": database.url},
            capture_output=True,
            text=True,
            timeout=60,
        )

    path = tmp_path / "all.json"
    assert command("export", str(path)).returncode == 0
    assert path.stat().st_mode & 0o777 == 0o600
    before = out(full.engine)
    done = command("import", str(path))
    assert (done.returncode, done.stdout) == (0, "sites: 2 imported; quarantined messages to be replayed: 0\n")
    assert out(full.engine) == before
    said = json.loads(before)
    said["sites"][1]["lat"] = "north"
    path.write_text(json.dumps(said))
    spoilt = command("import", str(path))
    assert (spoilt.returncode, spoilt.stderr.count("\n"), "nothing was written" in spoilt.stderr) == (1, 1, True)
    assert out(full.engine) == before
