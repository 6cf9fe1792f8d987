"""The clock process and the command of one job: it runs what is due, survives being killed, and stops when it is told."""

import json
import signal
import sys

import pytest

from clock import real_now
from ingest.jobs import JOBS
from ingest.progress import told
from models.base import SECOND
from tests.ingest.conftest import NOW
from tests.ingest.test_jobs import START, YESTERDAY, opened
from tests.running import Program, until


@pytest.fixture
def clock(district, database, tmp_path):
    opened(district, 2, 2)
    made = Program([sys.executable, "-m", "ingest", "clock"], tmp_path, "clock",
                   ELDERCARE_DATABASE_URL=database.url)  # fmt: skip
    yield made
    made.end()


def lines(program):
    return [json.loads(line) for line in program.said().splitlines() if line.startswith("{")]


def test_the_clock_runs_every_job_at_once_and_stops_when_it_is_told(clock, read):
    clock.start()
    ordinary = {job.name for job in JOBS if not job.urgent}

    def ran():
        return {line["job"] for line in lines(clock) if line["what"] == "job"}

    until(lambda: ran() >= ordinary, 90, what="every job has run")
    assert clock.stop() == 0
    assert read("select count(*) from job_run where job = 'forget_quarantine'") == [(1,)]


def test_a_clock_killed_in_the_middle_of_many_sites_sums_up_each_once(district, database, read, tmp_path):
    opened(district, 1, 1)
    district.write(
        "insert into site (code, name_zh, name_en, kind, street, count_by, created_at)"
        " values (?, '站', 'S', 'CST', '440309002', 'counter', ?)",
        *((f"m-{number}", START) for number in range(198)),
    )
    clock = Program([sys.executable, "-m", "ingest", "clock"], tmp_path, "clock", ELDERCARE_DATABASE_URL=database.url,
                    ELDERCARE_CLOCK_OFFSET_S=str((NOW - real_now()) / SECOND))  # fmt: skip

    def summed_up():
        return read("select count(*) from site_day")[0][0]

    for enough in (1, 100):
        clock.start()
        until(lambda enough=enough: summed_up() >= enough, 180, what="some are done")
        clock.kill()
        assert summed_up() < 200
    clock.start()
    until(lambda: read("select 1 from job_run where job = 'summarise_days'"), 180, what="all are done")
    assert clock.stop() == 0
    assert read("select count(*), count(distinct site_id), max(version) from site_day") == [(200, 200, 1)]
    assert read("select period from job_run where job = 'summarise_days'") == [(str(YESTERDAY),)]


def test_the_clock_hears_sigint_although_it_was_started_with_it_ignored(clock):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        clock.start()
    finally:
        signal.signal(signal.SIGINT, before)
    until(lambda: "clock started" in clock.said(), what="started")
    clock._signal(signal.SIGINT)
    assert until(lambda: clock.ended() is not None, what="ended")
    assert clock.ended() == 0


def test_whoever_waits_for_a_command_hears_how_far_it_is(capsys):
    done = []
    with told("copying", lambda: f"{len(done)} pages", first_s=0.0, every_s=0.01):
        until(lambda: "copying, 0 pages, " in capsys.readouterr().err, what="told")
        done.append(1)
        until(lambda: "copying, 1 pages, " in capsys.readouterr().err, what="told again")
    capsys.readouterr()
    assert capsys.readouterr().err == ""


def test_one_job_by_hand_says_what_it_did_and_refuses_a_day_that_has_not_ended(district, database, tmp_path):
    opened(district, 2, 2)
    offset = str((NOW - real_now()) / SECOND)
    given = {"ELDERCARE_DATABASE_URL": database.url, "ELDERCARE_CLOCK_OFFSET_S": offset}
    good = Program(
        [sys.executable, "-m", "ingest", "job", "summarise_days", "--day", "2026-11-22"], tmp_path, "good", **given
    )
    bad = Program(
        [sys.executable, "-m", "ingest", "job", "summarise_days", "--day", "2026-11-23"], tmp_path, "bad", **given
    )
    for program in (good, bad):
        program.start()
        until(lambda program=program: program.ended() is not None, 90, what="the job has ended")
    assert (good.ended(), good.said().splitlines()[-1]) == (0, "summarise_days: site_days 2, versions 2, days 1")
    assert bad.ended() == 1
    assert "has not ended yet: give a day before 2026-11-23" in bad.said()
