"""Limits are tried on the days that were: the rules that hold ring as they rang, and others say what they would have done."""

import dataclasses

import pytest

import config
from clock import real_now
from ingest import rehearse
from ingest.__main__ import main
from ingest.rehearsal import REHEARSED
from ingest.rehearsal import rehearse as walk
from models.base import MINUTE
from models.database import read_only
from tests.ingest.conftest import NOW
from tests.ingest.said import event, flow
from tests.ingest.test_judge import Day, with_hall

BEGAN = NOW // (5 * MINUTE) * 5 * MINUTE


@pytest.fixture
def lived(district):
    """Four hours: a crowd of an hour and one of ten minutes at the first site, half an hour's silence at the second, two late
    services of which one is done at last, one that runs too long."""
    made = Day(district)
    made.now = BEGAN
    with_hall(made, 20)
    made.alive()
    people, want = 0, {60: 22, 120: 10, 150: 22, 160: 10, 170: 19, 200: 5}
    for minute in range(0, 240, 2):
        made.now = BEGAN + minute * MINUTE
        made.alive("s-001", *(() if 90 <= minute < 120 else ("s-002",)))
        if minute in want:
            change, people = want[minute] - people, want[minute]
            made.say(flow(made.now, max(change, 0), max(-change, 0), area="hall"))
        if minute == 20:
            for name, due in (("sv-1", 30), ("sv-2", 40), ("sv-3", 42)):
                said = event("service.planned", made.now, service=name, type="BA.ST", due_at=rfc(BEGAN + due * MINUTE))
                made.say(said, site="s-002")
        for at, kind, name in ((42, "started", "sv-3"), (70, "started", "sv-1"), (76, "completed", "sv-1")):
            if minute == at:
                made.say(event(f"service.{kind}", made.now, service=name), site="s-002")
        made.look()
    return made


def rfc(at):
    return event("site.opened", at)["at"]


def rung(lived, cfg):
    span = BEGAN, lived.now
    with read_only(lived.district.engine) as connection:
        found = list(rehearse._kept(connection, rehearse._sites(connection, ""), span, cfg))
    limits = rehearse.limits_of(cfg)
    counted = [walk(kept, span, limits, cfg.alarms.reopen_within_min * MINUTE) for _, kept in found]
    return {kind: sum(one[kind] for one in counted) for kind in REHEARSED}


def test_with_the_limits_that_hold_it_rings_as_it_rang(lived):
    really = dict(lived.district.rows("select type, count(*) from alarm where ref is null group by type"))
    assert really == {"OVERCAP": 2, "NEARCAP": 1, "OFFLINE": 1, "LATE": 1, "OVERRUN": 1}
    assert rung(lived, lived.district.cfg) == {kind: really.get(kind, 0) for kind in REHEARSED}


OTHERWISE = (
    ("alarms", {"overcap_for_s": 3000}, "OVERCAP", 1),
    ("alarms", {"overcap_pct": 120, "overcap_clear_pct": 110, "overcap_urgent_pct": 130}, "OVERCAP", 0),
    ("alarms", {"service_late_min": 45}, "LATE", 1),
    ("alarms", {"service_late_min": 230, "service_urgent_min": 235, "service_forget_min": 236}, "LATE", 0),
    ("alarms", {"overrun_pct": 1000}, "OVERRUN", 0),
    ("states", {"silent_after_s": 3600}, "OFFLINE", 0),
)


@pytest.mark.engines("sqlite")
def test_other_limits_ring_otherwise_and_the_command_sets_both_beside_each_other(lived, database, monkeypatch, capsys):
    cfg = lived.district.cfg
    for section, changed, kind, expected in OTHERWISE:
        other = dataclasses.replace(cfg, **{section: dataclasses.replace(getattr(cfg, section), **changed)})
        assert rung(lived, other)[kind] == expected, changed
    status, said = asked(lived, database, monkeypatch, capsys, "alarms.overcap_for_s=3000", "--days", "1")
    (line,) = [line.split() for line in said.out.splitlines() if line.startswith("OVERCAP")]
    assert (status, line) == (0, ["OVERCAP", "2", "1", "1", "1", "s-001", "1"])
    one = asked(lived, database, monkeypatch, capsys, "states.silent_after_s=3600", "--site", "s-002", "--days", "1")
    assert "OFFLINE            1         1          0         0" in one[1].out


def asked(lived, database, monkeypatch, capsys, *arguments):
    monkeypatch.setenv("ELDERCARE_DATABASE_URL", database.url)
    monkeypatch.setenv("ELDERCARE_CLOCK_OFFSET_S", str(int(lived.now - real_now()) // 1_000_000 + 1))
    status = main(["rehearse", *arguments])
    return status, capsys.readouterr()


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["alarms.overcap=95"], "overcap"),
        (["alarms.overcap_pct"], "alarms.overcap_pct=95"),
        (["web.port=8051"], "alarms.overcap_pct=95"),
        (["alarms.overcap_pct=many"], "overcap_pct"),
        (["alarms.overcap_pct=95", "--days", "32"], "1 to 31"),
        (["alarms.overcap_pct=95", "--site", "s-999"], "s-999"),
    ],
)
def test_what_cannot_be_tried_is_said(district, database, monkeypatch, capsys, arguments, told):
    made = Day(district)
    status, said = asked(made, database, monkeypatch, capsys, *arguments)
    assert status == 1
    assert told in said.err


def test_a_limit_of_the_file_is_one_that_the_rules_read():
    assert rehearse.limits_of(rehearse._with(["alarms.overcap_pct=97"])).overcap_pct == 97
    assert config.load(environ={}).alarms.overcap_pct == 100
