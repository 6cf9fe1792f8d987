"""The key that seals names and second factors is changed while everybody works, and whenever it is killed nothing is lost."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import dashboard.__main__ as commands
from clock import real_now
from dashboard.access import Viewer
from dashboard.persons import Entry, InFull, enter, opened, row_of
from dashboard.second_factor import passes
from models import rekeying
from models.audit import looked_through
from models.database import read_only, transaction
from models.erasing import site_number, subject_of
from models.refusal import KeyRefused
from models.rekeying import prepare, rekey
from models.sealing import beside, seal_of
from tests.dashboard.test_sign_in import account, with_factor
from tests.dashboard.town import SITE, Town
from tests.databases import url_of
from tests.running import ROOT

NAMES = {f"tok-rekey-{n}": InFull(f"欧阳修{n}", f"1381234567{n}" if n % 2 else "") for n in range(5)}
KILLED_IN_THE_SECOND_BITE = """
import os, signal, sys
from clock import real_now
from models import rekeying
from models.database import engine_for
kept, left = rekeying._keep_name, [3]
def dies(*given):
    left[0] -= 1
    if not left[0]: os.kill(os.getpid(), signal.SIGKILL)
    kept(*given)
rekeying.BITE, rekeying._keep_name = 2, dies
rekeying.rekey(engine_for(sys.argv[1]), sys.argv[2], real_now())
"""


@pytest.fixture
def town(own_town, cheap_secrets) -> Town:
    made = own_town(**cheap_secrets)
    hand_in(made, NAMES)
    return made


def hand_in(town: Town, names: dict[str, InFull]) -> None:
    entries = [Entry(person, full.name, full.contact) for person, full in names.items()]
    enter(town.engine, Viewer("zhao", "site", f"site:{SITE}"), seal_of(key_of(town)), SITE, entries, 1, real_now())


def key_of(town: Town) -> str:
    return town.cfg.database.seal_key_file


def names_in(town: Town, key_file: str | None = None) -> dict[str, InFull | None]:
    """As a page would open them now."""
    seal = seal_of(key_file or key_of(town))
    with read_only(town.engine) as connection:
        number = site_number(connection, SITE)
        return {person: opened(seal, row_of(connection, number, person)) for person in NAMES}


def key_ids(town: Town) -> list[str]:
    return [row[0] for row in town.rows("select key_id from person_name order by person")]


def test_killed_half_way_everything_opens_and_the_next_call_does_what_is_left(town, monkeypatch, capsys):
    number = account(town)
    app, _ = with_factor(town, number)
    was, old = seal_of(key_of(town)), beside(Path(key_of(town)))[0]
    sealed = [bytes(one) for row in town.rows("select name_sealed from person_name") for one in row]
    program = [sys.executable, "-c", KILLED_IN_THE_SECOND_BITE, url_of(town.path), key_of(town)]
    assert subprocess.run(program, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    now = seal_of(key_of(town))
    assert key_ids(town) == [now.key_id] * 2 + [was.key_id] * 3
    assert names_in(town) == NAMES
    hand_in(town, {"tok-rekey-0": NAMES["tok-rekey-0"]})  # whoever works meanwhile, works with the new key

    monkeypatch.setenv("ELDERCARE_DATABASE_URL", url_of(town.path))
    monkeypatch.setenv("ELDERCARE_DATABASE_SEAL_KEY_FILE", key_of(town))
    assert commands.main(["rekey"]) == 0
    assert "changed before; what was left of that is done: 3 names and 1 second factors" in capsys.readouterr().out
    assert set(key_ids(town)) == {now.key_id} != {was.key_id}
    old.rename(old.with_name("put-away"))
    assert names_in(town) == NAMES
    with transaction(town.engine) as connection:
        assert passes(connection, seal_of(key_of(town)), number, app.at(real_now() // 10**6), real_now()) == "totp"
        assert looked_through(connection).is_whole
    deeds = town.rows("select author, subject, said from audit_entry where what = 'seal.rekey' order by id")
    assert [(who, json.loads(said)["step"]) for who, _, said in deeds] == [("command", "new key"), ("command", "done")]
    assert json.loads(deeds[1][2]) == {"step": "done", "to": now.key_id, "names": 3, "factors": 1}
    if isinstance(town.path, Path):
        town.engine.dispose()
        kept = b"".join(path.read_bytes() for path in town.path.parent.glob("town.db*"))
        assert not [one for one in sealed if one in kept]


@pytest.mark.engines("sqlite")
def test_marks_of_deeds_are_the_same_after_every_change_so_that_an_erasure_is_still_known(town):
    subject = subject_of(seal_of(key_of(town)), SITE, "tok-rekey-1")
    for _ in range(2):
        before = seal_of(key_of(town)).key_id
        assert rekey(town.engine, key_of(town), real_now()).is_new
        assert seal_of(key_of(town)).key_id != before
        assert subject_of(seal_of(key_of(town)), SITE, "tok-rekey-1") == subject
        beside(Path(key_of(town)))[0].unlink()


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("where", ["begun", "linked"])
def test_cut_off_between_its_files_it_begins_again_with_the_same_new_key(town, where, monkeypatch):
    was = seal_of(key_of(town)).key

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(*((rekeying, "_change", cut) if where == "begun" else (Path, "replace", cut)))
        with pytest.raises(KeyboardInterrupt):
            rekey(town.engine, key_of(town), real_now())
    old, new = beside(Path(key_of(town)))
    next_ = new.read_bytes()
    assert (old.exists(), new.stat().st_mode & 0o777) == (where == "linked", 0o600)
    assert (seal_of(key_of(town)).key, names_in(town)) == (was, NAMES)
    assert rekey(town.engine, key_of(town), real_now()).names == len(NAMES)
    assert (Path(key_of(town)).read_bytes(), old.read_bytes(), new.exists()) == (next_, was, False)
    assert names_in(town) == NAMES


@pytest.mark.engines("sqlite")
def test_another_machine_opens_with_a_copy_of_the_next_key_and_follows(town, tmp_path):
    there = tmp_path / "there" / "seal.key"
    there.parent.mkdir()
    shutil.copy(key_of(town), there)
    shutil.copy(prepare(key_of(town)), beside(there)[1])
    rekey(town.engine, key_of(town), real_now())
    assert names_in(town, str(there)) == NAMES
    assert rekey(town.engine, str(there), real_now()).names == 0
    assert seal_of(str(there)).key == seal_of(key_of(town)).key


@pytest.mark.engines("sqlite")
def test_it_refuses_to_begin_where_something_would_be_lost(town, tmp_path):
    stranger = tmp_path / "stranger" / "seal.key"
    with pytest.raises(KeyRefused, match="5 texts are sealed with a key that does not lie here"):
        rekey(town.engine, str(stranger), real_now())
    assert not beside(stranger)[1].exists()
    rekey(town.engine, key_of(town), real_now())
    assert not rekey(town.engine, key_of(town), real_now()).is_new  # the old key still lies there
    prepare(key_of(town))
    with pytest.raises(KeyRefused, match="put away"):
        rekey(town.engine, key_of(town), real_now())
    assert names_in(town) == NAMES
