"""The drill: back up while events come in, restore, ask whether it is whole, and recompute what was summed up."""

import json
import threading
from contextlib import contextmanager
from dataclasses import replace

import pytest

from ingest.backup import back_up
from ingest.jobs.occasion import Occasion
from ingest.jobs.summarise_days import summarise_days
from ingest.lock import AnotherWorker, only_worker
from ingest.restore import restore
from models.database import DatabaseRefused, engine_for
from tests.conftest import reader
from tests.ingest.conftest import NOW, District
from tests.ingest.test_day_blocks import bare, lived
from tests.ingest.test_jobs import DAY, YESTERDAY, event, opened

COUNTS = "select sum(a - b), count(*) from event where kind = 2"
COUNTERS = "track in (select id * 2 from area where code = 'main')"
STREAM = "select sum(upto), sum(received) from stream"


@pytest.fixture
def cfg(district, database):
    district.cfg = replace(district.cfg, database=replace(district.cfg.database, url=database.url))
    return district.cfg


@pytest.fixture
def elsewhere(cfg, database_engine, request, tmp_path):
    """Where a restored database goes, and a configuration that has it."""
    if database_engine == "sqlite":
        yield replace(cfg, database=replace(cfg.database, url=f"sqlite:///{tmp_path}/restored/eldercare.db"))
        return
    server = request.getfixturevalue("postgresql")
    url = server.database()
    yield replace(cfg, database=replace(cfg.database, url=url))
    server.drop(url)


def flows(site, seqs, at):
    said = [event(seq, at + seq) | {"in": 2, "out": 1, "boot": "b1", "seq": seq} for seq in seqs]
    return [json.dumps(one | {"id": f"{site}-{one['id']}"}).encode() for one in said]


@contextmanager
def coming_in(cfg):
    """Somebody writes batch after batch; yields how many events are committed."""
    engine, stop, committed = engine_for(cfg.database.url, 20.0), threading.Event(), []

    def write():
        district = District(engine, cfg)
        while not stop.is_set():
            first = 1000 + 10 * len(committed)
            district.take(*flows("s-002", range(first, first + 10), NOW), site="s-002")
            committed.append(first)

    writing = threading.Thread(target=write)
    writing.start()
    try:
        yield committed
    finally:
        stop.set()
        writing.join()
        engine.dispose()


def test_a_backup_made_and_restored_while_events_come_in_is_one_moment_and_whole(district, cfg, elsewhere, tmp_path):
    opened(district, 3, 3)
    district.take(*flows("s-001", range(1, 200), NOW - DAY), received_at=NOW - DAY)
    for first in range(0, len(day := bare(lived(7))), 50):
        district.take(json.dumps(day[first : first + 50]).encode(), received_at=NOW - DAY)
    assert summarise_days(Occasion(district.engine, cfg, NOW, NOW))["versions"] == 6
    with coming_in(cfg) as committed:
        while len(committed) < 3:
            assert threading.active_count() > 1
        file = back_up(cfg, tmp_path / "backups", NOW)
        before = len(committed)
        while len(committed) < before + 3:
            assert threading.active_count() > 1
        before = len(committed)
        said = restore(elsewhere, file)
        while len(committed) < before + 3:
            assert threading.active_count() > 1
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert file.stat().st_mode & 0o077 == 0

    read = reader(elsewhere.database.url)
    ((people, events),) = read(COUNTS)
    assert 199 + 30 <= events < district.rows(COUNTS)[0][1]
    assert (events - 199) % 10 == 0
    assert read(f"select sum(signed) from head_count where {COUNTERS}") == [(people,)]
    assert read(f"select sum(came), sum(went) from slot where {COUNTERS}") == [(2 * events, events)]
    assert read(STREAM.replace("upto", "received")) == [(events, events)]
    assert not any("migrate" in line for line in said)

    # A recomputation of a day of everything from what was restored finds nothing to correct.
    engine = engine_for(elsewhere.database.url)
    again = Occasion(engine, elsewhere, NOW, NOW, day=YESTERDAY, forced=True)
    assert summarise_days(again)["versions"] == 0
    days = "select site_id, day, version, summary from site_day order by 1, 2, 3"
    assert read(days) == district.rows(days)
    # And it takes in what an outbox sends again: known is known, new is new.
    restored = District(engine, elsewhere)
    assert set(restored.take(*flows("s-001", range(190, 200), NOW - DAY), received_at=NOW).verdicts) == {"duplicate"}
    assert restored.take(*flows("s-001", [200], NOW - DAY), received_at=NOW).verdicts == ["stored"]
    engine.dispose()


def test_nothing_that_stands_there_is_overwritten(district, cfg, database_engine, database, tmp_path):
    district.take(*flows("s-001", range(1, 4), NOW))
    file = back_up(cfg, tmp_path / "backups", NOW)
    district.take(*flows("s-001", [4], NOW))
    district.engine.dispose()
    if database_engine == "postgresql":
        with pytest.raises(DatabaseRefused, match="not empty"):
            restore(cfg, file)
        return
    with only_worker(database.url, 0), pytest.raises(AnotherWorker):
        restore(cfg, file)
    said = restore(cfg, file)
    assert "eldercare.db.before-1" in said[0]
    assert reader(database.url)(COUNTS)[0][1] == 3
    assert reader(f"sqlite:///{database}.before-1")(COUNTS)[0][1] == 4


@pytest.mark.engines("sqlite")
def test_a_torn_backup_is_refused_and_the_database_stays(district, cfg, database, tmp_path):
    district.take(*flows("s-001", range(1, 400), NOW))
    file = back_up(cfg, tmp_path / "backups", NOW)
    with file.open("r+b") as torn:
        torn.seek(file.stat().st_size // 2)
        torn.write(b"\xff" * 8192)
    district.engine.dispose()
    with pytest.raises(DatabaseRefused, match="not whole"):
        restore(cfg, file)
    assert reader(database.url)(COUNTS)[0][1] == 399
    assert not list(database.parent.glob("*.restoring"))


def test_a_backup_of_what_is_not_there_says_so(cfg, tmp_path):
    missing = replace(cfg, database=replace(cfg.database, url=f"sqlite:///{tmp_path}/none.db"))
    with pytest.raises(DatabaseRefused, match="nothing to back up"):
        back_up(missing, tmp_path / "backups", NOW)
    with pytest.raises(DatabaseRefused, match="is no file"):
        restore(cfg, tmp_path / "none.dump")
    assert not (tmp_path / "backups").exists()
