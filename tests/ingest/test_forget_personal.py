"""Where somebody was, who it was, and what was written to whom go with the years; numbers and the log stay."""

import json
import threading
import time
from datetime import date

import pytest

from ingest.jobs.forget_letters import forget_letters
from ingest.jobs.forget_places import forget_places
from ingest.jobs.forget_tokens import forget_tokens
from models.base import HOUR, MINUTE
from models.database import engine_for, read_only
from models.site_day import read_day
from tests.ingest.conftest import NOW, District
from tests.ingest.test_jobs import DAY, YESTERDAY, ZONE, event, occasion, send

WHO = {"person": "wang-001", "worker": "li-0001"}


def place(lat, mock=False):
    return {"lat": lat, "lon": 114.03, "accuracy_m": 12.5, "mock": mock}


def given(district, ref, at):
    """A visit at somebody's home, taken in when it happened."""
    begun = event(f"{ref}a", at, "service.started", service=ref, type="CL.HM", place=place(22.65), **WHO)
    ended = event(f"{ref}b", at + HOUR, "service.completed", service=ref, place=place(22.66, mock=True))
    assert send(district, begun, ended, received_at=at + HOUR) == ["stored", "stored"]


def fields(district, ref, column):
    (found,) = district.rows("select start, finish from service where ref = ?", ref)
    return json.loads(found[column == "finish"])[1]


def test_positions_go_after_half_a_year_and_how_far_apart_they_were_stays(district):
    given(district, "old", NOW - 181 * DAY)
    given(district, "new", NOW - 179 * DAY)
    before = fields(district, "new", "finish")
    assert forget_places(occasion(district)) == {"services": 1}
    assert fields(district, "old", "start")["place"] == [None, None, 12.5, False]
    assert fields(district, "old", "finish")["place"] == [None, None, 12.5, True]
    assert fields(district, "old", "finish")["apart_m"] == pytest.approx(1110, abs=10)
    assert fields(district, "new", "finish") == before
    assert forget_places(occasion(district)) == {}
    assert json.loads(district.rows("select result from job_run where job = 'forget_places'")[0][0]) == {"services": 1}
    # What comes of it later changes the row and brings nothing back.
    send(district, event("late", NOW, "service.confirmed", service="old", method="pin"))
    assert forget_places(occasion(district, NOW + DAY)) == {"services": 0}


def moved(district, number, ago, person, move):
    at = NOW - ago * DAY
    assert send(district, event(number, at, "bed.moved", person=person, move=move), received_at=at) == ["stored"]


def test_tokens_go_after_two_years_and_the_roll_stays_what_it_was(district):
    for n, (ago, person, move) in enumerate([
        (900, "gone-001", "admit"), (850, "gone-001", "death"), (900, "here-001", "admit"), (800, "here-001", "hospital"),
        (740, "here-001", "return"), (900, "left-001", "admit"), (20, "left-001", "discharge"), (30, "new-0001", "admit"),
    ]):  # fmt: skip
        moved(district, n, ago, person, move)
    given(district, "old", NOW - 800 * DAY)
    given(district, "new", NOW - 700 * DAY)
    for n, ago in enumerate((800, 10)):
        at = NOW - ago * DAY
        send(district, event(f"s{n}", at, "staff.on", worker="li-0001", role="care"),
             event(f"f{n}", at, "alarm.raised", alarm=f"a{n}", type="SOS", person="wang-001"), received_at=at)  # fmt: skip
    district.write("update alarm set settled_at = opened_at, state = 'closed' where ref = 'a0'", ())
    with read_only(district.engine) as connection:
        before = read_day(connection, 1, YESTERDAY, ZONE)
    assert (before.residents.roll, before.residents.in_house) == (2, 2)
    counts = forget_tokens(occasion(district))
    assert counts == {"services": 1, "alarms": 1, "residents": 1, "shifts": 1, "moves": 4}
    with read_only(district.engine) as connection:
        assert read_day(connection, 1, YESTERDAY, ZONE) == before
    assert "li-0001" not in fields(district, "old", "start").values()
    assert fields(district, "new", "start")["person"] == "wang-001"
    assert district.rows("select ref, person from alarm order by ref") == [("a0", None), ("a1", "wang-001")]
    assert district.rows("select person from resident order by 1") == [("here-001",), ("left-001",), ("new-0001",)]
    assert forget_tokens(occasion(district)) == {}
    assert forget_tokens(occasion(district, NOW + DAY))["moves"] == 0


def test_what_letters_said_goes_and_that_they_went_stays(district):
    district.write(
        "insert into account (id, name, role, scope, disabled, created_at) values (?, 'chen', 'site', '', 0, 0)", (1,)
    )
    for number, ended in ((1, NOW - 401 * DAY), (2, None)):
        district.write("insert into subscription values (?, 1, 'email', 'li@centre.example', '', '07:00', 'zh', 0, ?)",
                       (number, ended))  # fmt: skip
    for number, ago in ((1, 401), (2, 399)):
        day = str(date.fromordinal(YESTERDAY.toordinal() - ago))
        district.write(
            "insert into letter (subscription_id, kind, day, state, subject, body, tries, ordered_at, detail)"
            " values (?, 'day', ?, 'sent', 's', 'wang', 1, ?, 'taken')",
            (number, day, NOW - ago * DAY),
        )
    assert forget_letters(occasion(district)) == {"letters": 1, "addresses": 1}
    assert district.rows("select state, body from letter order by id") == [("sent", ""), ("sent", "wang")]
    assert district.rows("select address from subscription order by id") == [("",), ("li@centre.example",)]
    assert forget_letters(occasion(district, NOW + DAY)) == {"letters": 0, "addresses": 0}


def test_whoever_writes_meanwhile_waits_for_a_bite_and_not_for_the_job(district, database):
    """And what she writes of a service is neither lost nor brought back by the job."""
    old = NOW - 181 * DAY
    refs = [f"v-{n}" for n in range(1200)]
    for first in range(0, 1200, 200):
        batch = [event(ref, old, "service.started", service=ref, type="CL.HM", place=place(22.65), **WHO)
                 for ref in refs[first : first + 200]]  # fmt: skip
        send(district, *batch, received_at=old)
    engine, written, stop = engine_for(database.url, 20.0), [], threading.Event()

    def write():
        mine = District(engine, district.cfg)
        while not stop.is_set():
            n = len(written)
            said = event(
                f"w{n}", NOW + n * MINUTE, "service.completed", service=refs[-1 - n % 1200], place=place(22.66)
            )
            assert send(mine, said, received_at=NOW + n * MINUTE) == ["stored"]
            written.append(time.monotonic())
            time.sleep(0.01)

    writing = threading.Thread(target=write)
    writing.start()
    try:
        while len(written) < 3:
            time.sleep(0.001)
        began = time.monotonic()
        assert forget_places(occasion(district))["services"] == 1200
        ended = time.monotonic()
    finally:
        stop.set()
        writing.join()
        engine.dispose()
    assert sum(began < at < ended for at in written) >= 1
    texts = district.rows("select start, finish from service")
    assert all(json.loads(start)[1]["place"][0] is None for start, _ in texts)
    assert sum(finish is not None for _, finish in texts) == min(len(written), 1200)
    assert all(json.loads(finish)[1]["place"][0] == 22.66 for _, finish in texts if finish)
