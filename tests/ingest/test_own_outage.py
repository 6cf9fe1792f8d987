"""Our own outage is no site's: a day and its availability leave it out, say so, and are not reckoned before it is known."""

from datetime import date

import pytest

from clock import Clock, real_now
from dashboard.queries.day_lines import day_lines
from dashboard.queries.quality import delivered_by_site, lag_by_site
from ingest.jobs.occasion import Occasion
from ingest.jobs.reckon_availability import reckon_availability
from ingest.jobs.summarise_days import summarise_days
from ingest.judge import Judge
from ingest.own import watch_worker
from ingest.worker import Worker
from models.alarm_steps import Cause, Place, clear_alarm, raise_alarm
from models.base import HOUR, MINUTE, SECOND
from models.civil_day import day_bounds
from models.database import read_only, transaction
from models.day_blocks import Reason
from models.own_gap import own_gaps
from models.site_day import parsed
from tests.ingest.conftest import NOW
from tests.ingest.said import event, payload

DAY = date(2026, 11, 22)
START, END = day_bounds(DAY, "Asia/Shanghai")
DOWN, BACK = START + 10 * HOUR, START + 10 * HOUR + 35 * MINUTE
LOST, KEPT = "s-001", "s-002"
"""What the first sent meanwhile is gone; the second has an outbox."""


@pytest.fixture
def lived(district):
    """Both open from eight to six and speak every five minutes."""
    district.write("update site set created_at = ?", (START,))
    hours = [(site, "Mo-Su 08:00-18:00") for site in (1, 2)]
    district.write("insert into opening_hours (site_id, valid_from, rule) values (?, 0, ?)", *hours)
    for site in (LOST, KEPT):
        for at in range(START + 8 * HOUR, START + 18 * HOUR, 5 * MINUTE):
            deaf = DOWN <= at < BACK
            if not (deaf and site == LOST):
                said = event("device.status", at, device="door-1", online=True)
                district.take(payload(said), site=site, received_at=(BACK if deaf else at) + SECOND)
    return district


def out(district, since, until):
    with transaction(district.engine) as connection:
        alarm = raise_alarm(connection, Cause(Place(), "OWN", "listening", since=since), since + MINUTE, {})
        if until:
            clear_alarm(connection, alarm, until)


def occasion(district, **more):
    return Occasion(district.engine, district.cfg, NOW, NOW, **more)


def summaries(district):
    """Of each site its versions."""
    found = district.rows("select site_id, summary from site_day where day = ? order by site_id, version", str(DAY))
    return [[parsed(text) for site, text in found if site == one] for one in (1, 2)]


def test_the_lag_of_the_last_hour_is_that_of_the_line_and_not_of_our_outage(lived):
    """As the day's: once it is known that it was us, what an outbox kept meanwhile is late for nobody."""

    def lags(now):
        with read_only(lived.engine) as connection:
            of, found = lag_by_site(connection, now), delivered_by_site(connection, [1, 2], now)
            assert {site: one.lag_p95_s for site, one in found.items() if one.timed} == of
            return of, {site: one.events for site, one in found.items()}

    soon, later = BACK + 10 * MINUTE, BACK + 2 * HOUR
    before, events = lags(soon)
    assert before[2] > 600
    out(lived, DOWN, BACK)
    assert lags(soon) == ({1: 2.0, 2: 2.0}, events), "they are counted, and their delay is not"
    assert lags(later)[0] == {1: 2.0, 2: 2.0}


def test_a_day_and_its_availability_leave_our_outage_out_and_say_so(lived):
    told = "select expected_min, up_min, own_min from availability_day order by site_id"
    again = {"day": DAY, "forced": True}
    # Nobody has said that it was us: then the silence is the site's.
    assert summarise_days(occasion(lived, **again))["versions"] == 2
    assert summaries(lived)[0][0].gear.silences == ((DOWN, BACK),)
    reckon_availability(occasion(lived, **again))
    assert lived.rows(told) == [(600, 575, 0), (600, 580, 0)]
    out(lived, DOWN, BACK)
    # A site may call an alarm as it likes: it is not about us.
    lived.take(payload(event("alarm.raised", START + 9 * HOUR, alarm="a-1", type="OWN")), received_at=START + 9 * HOUR)
    assert summarise_days(occasion(lived, **again))["versions"] == 2
    lost, kept = (versions[-1] for versions in summaries(lived))
    assert (lost.gear.open_minutes, lost.gear.heard_minutes, lost.gear.silences) == (565, 565, ())
    assert (lost.gear.ours, lost.minutes_ours, lost.reading.grade) == (((DOWN, BACK),), 35, "B")
    assert [one for one in lost.reading.reasons if one.down] == [Reason("ours", 1, {"minutes": 35})]
    assert [line.value for line in day_lines(lost) if line.name == "ours"] == [35 * MINUTE]
    # What came of it later is known, and its delay was ours.
    assert (kept.gear.open_minutes, kept.gear.heard_minutes, kept.gear.ours) == (600, 600, ())
    assert (kept.minutes_ours, kept.gear.late, kept.gear.late_by_us, kept.reading.grade) == (28, 0, 6, "A")
    for _ in range(2):
        reckon_availability(occasion(lived, **again))
        assert lived.rows(told) == [(565, 565, 35), (565, 565, 35)]
        assert summarise_days(occasion(lived, **again)) == {"site_days": 2, "versions": 0, "days": 1}


def test_a_day_waits_until_somebody_knows_whether_we_listened_to_its_end(lived):
    """Clock and worker were out together over midnight; the clock is back first."""
    gone = START + 17 * HOUR
    lived.write(
        "insert into worker (id, pid, started_at, seen_at, subscribed, connected, waiting) values (1, 1, ?, ?, 1, 1, 0)",
        (START, gone),
    )
    assert summarise_days(occasion(lived))["days"] == 0
    assert reckon_availability(occasion(lived)) == {}
    Worker(lived.cfg, lived.engine, Clock((NOW - real_now()) // SECOND))
    with read_only(lived.engine) as connection:
        assert own_gaps(connection, START, END) == ((gone, END),)
    assert summarise_days(occasion(lived))["days"] == 1
    assert reckon_availability(occasion(lived))["days"] == 1
    ((lost,), (kept,)) = summaries(lived)
    assert (lost.gear.ours, kept.gear.ours) == ((), ())
    assert (lost.minutes_ours, kept.minutes_ours) == (6 * 60 + 48, 6 * 60 + 48)


def set_clock(district, *readings):
    """What a worker does who hears all the time, and whose clock shows these one after the other within a second each."""
    judge = Judge(district.cfg, district.engine)
    for second, now in enumerate(readings):
        judge.ears.note(True, now, float(second))
        judge.look(now, float(second))


def gaps(district, until=END):
    with read_only(district.engine) as connection:
        return own_gaps(connection, START, until)


def test_what_the_clock_left_out_in_one_step_is_no_site_s_silence(lived):
    """A machine that slept from ten to 10:35: its clock knows, its stopwatch does not."""
    set_clock(lived, DOWN, BACK)
    assert gaps(lived) == ((DOWN, BACK),)
    assert lived.rows("select count(*) from transition where tell = 1") == [(0,)], (
        "it is found out afterwards: nobody is called"
    )
    again = {"day": DAY, "forced": True}
    summarise_days(occasion(lived, **again))
    reckon_availability(occasion(lived, **again))
    ((lost,), (kept,)) = summaries(lived)
    assert (lost.gear.open_minutes, lost.gear.heard_minutes, lost.gear.silences) == (565, 565, ())
    assert (kept.gear.open_minutes, kept.gear.heard_minutes, kept.gear.ours) == (600, 600, ())
    assert lived.rows("select expected_min, up_min, own_min from availability_day order by site_id") == [
        (565, 565, 35),
        (565, 565, 35),
    ]


@pytest.mark.parametrize("then", ["goes on", "is another"])
def test_a_clock_that_is_set_back_takes_with_it_what_it_had_left_out(lived, then):
    """Twelve minutes after the slip somebody, or the next worker, has the right time."""
    back = DOWN + 12 * MINUTE
    if then == "goes on":
        set_clock(lived, DOWN, DOWN + 20 * HOUR, back)
    else:
        set_clock(lived, DOWN, DOWN + 20 * HOUR)
        assert gaps(lived) == ((DOWN, END),)
        Worker(lived.cfg, lived.engine, Clock((back - real_now()) // SECOND))
        back = gaps(lived)[0][1]
        assert DOWN + 11 * MINUTE < back < DOWN + 13 * MINUTE
    assert gaps(lived) == ((DOWN, back),)


def test_a_clock_that_runs_a_year_ahead_takes_no_year_from_anybody_whoever_sees_it_first(lived):
    year = START + 365 * 24 * HOUR
    lived.write(
        "insert into worker (id, pid, started_at, seen_at, subscribed, connected, waiting) values (1, 1, ?, ?, 1, 1, 0)",
        (START, DOWN),
    )
    judge = Judge(lived.cfg, lived.engine)
    judge.ears.note(True, DOWN, 0.0)
    watch_worker(lived.engine, year, lived.cfg.alarms.own_gap_s, {})
    judge.ears.note(True, year, 0.5)
    judge.look(year, 0.5)
    watch_worker(lived.engine, year + SECOND, lived.cfg.alarms.own_gap_s, {})
    assert gaps(lived, year) == ()
