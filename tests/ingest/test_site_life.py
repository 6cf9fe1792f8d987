"""A site's capacity, hours, name and street are those of the day they concern; it closes, others go on, and nothing is lost."""

from dataclasses import replace
from datetime import date

import pytest

from ingest.jobs.keep_registry import keep_registry
from ingest.jobs.summarise_days import summarise_days
from ingest.places import load
from models.broker_user import is_user, let_in, users_of
from models.civil_day import NEVER_OPEN, day_bounds, is_open
from models.database import read_only, transaction
from models.site_life import close_for_good, predecessors_of, reopen, successors_of, terms_at, terms_of
from tests.ingest.conftest import NOW
from tests.ingest.test_jobs import DAY, YESTERDAY, ZONE, event, occasion, opened, send, versions
from tests.ingest.test_jobs import START as YESTERDAY_STARTS
from tests.ingest.test_store import HOUR

HEAD = "site,name_zh,kind,street,capacity,open_hours,valid_from\n"


@pytest.fixture
def registry(district, tmp_path):
    def write(*rows, at=NOW, dry_run=False):
        (tmp_path / "places.csv").write_text(HEAD + "".join(f"{row}\n" for row in rows), encoding="utf-8")
        return load(district.engine, tmp_path / "places.csv", at, dry_run)

    return write


def number(district, code="s-001"):
    return district.rows("select id from site where code = ?", code)[0][0]


def rule(district, at, code="s-001"):
    wanted = "select rule from opening_hours where site_id = ? and valid_from <= ? order by valid_from desc limit 1"
    return district.rows(wanted, number(district, code), at)[0][0]


def test_yesterday_summed_up_again_after_todays_change_has_yesterdays_capacity(district, registry):
    opened(district, 2, 2)
    registry("s-001,站,CST,440309002,60,,2026-11-20")
    send(district, event(1, YESTERDAY_STARTS + 10 * HOUR, **{"in": 50, "out": 0}))
    summarise_days(occasion(district))
    registry("s-001,站,CST,440309002,40,,2026-11-23")
    send(district, event(2, YESTERDAY_STARTS + 11 * HOUR, **{"in": 5, "out": 0}))
    summarise_days(occasion(district, NOW, day=YESTERDAY, forced=True))
    (_, before), (_, after) = versions(district)
    assert [(one["capacity"], one["peak"]) for one in (before, after)] == [(60, 50), (60, 55)]
    summarise_days(occasion(district, NOW + DAY))
    assert versions(district, day=date(2026, 11, 23))[-1][1]["capacity"] == 40


def test_a_name_and_a_street_are_those_of_the_day(district, registry):
    registry("s-001,老站,CST,440309002,,,2026-11-01")
    moved = registry("s-001,新站,CST,440309003=龙华街道/Longhua,,,2026-11-20")
    assert moved.made.updated == {"s-001": ("name_zh", "street")}
    one, midnight = number(district), day_bounds(date(2026, 11, 20), ZONE)[0]
    with read_only(district.engine) as connection:
        told = [terms_at(connection, at)[one] for at in (midnight - 1, midnight)]
        assert [(term.name_zh, term.street) for term in told] == [("老站", "440309002"), ("新站", "440309003")]
        assert terms_at(connection, NOW).keys() == {one}
    assert district.rows("select name_zh, street from site where code = 's-001'") == [("新站", "440309003")]


def test_the_same_move_again_changes_nothing_and_a_move_into_the_past_leaves_today(district, registry):
    line = "s-001,新站,CST,440309003,,,2026-11-20"
    registry(line)
    assert registry(line).made.updated == {}
    registry("s-001,更老,CST,440309002,,,2026-11-10")
    assert district.rows("select name_zh from site where code = 's-001'") == [("新站",)]
    with read_only(district.engine) as connection:
        assert [term.name_zh for term in terms_of(connection, number(district))] == ["s-001", "更老", "新站"]


def test_a_move_that_is_announced_happens_on_its_day_by_itself(district, registry):
    registry("s-001,新站,CST,440309003,,,2026-12-01")
    where = "select name_zh, street from site where code = 's-001'"
    assert keep_registry(occasion(district)) == {}
    assert district.rows(where) == [("s-001", "440309002")]
    day = day_bounds(date(2026, 12, 1), ZONE)[0]
    before = district.rows("select n from change where name = 'registry'")
    assert keep_registry(occasion(district, day)) == {"moved": 1}
    assert district.rows(where) == [("新站", "440309003")]
    assert district.rows("select n from change where name = 'registry'") != before
    assert keep_registry(occasion(district, day)) == {}


def test_a_closed_site_keeps_its_past_and_names_all_who_go_on(district, registry):
    opened(district, 2, 2)
    registry("s-001,站,CST,440309002,40,Mo-Su 08:00-18:00,2026-11-01")
    registry("s-003,分站,CST,440309002,20,Mo-Su 08:00-18:00,2026-11-01")
    send(district, event(1, YESTERDAY_STARTS + 10 * HOUR, **{"in": 5, "out": 0}))
    one, two, three = (number(district, code) for code in ("s-001", "s-002", "s-003"))
    with transaction(district.engine) as connection:
        let_in(connection, "s-001", 0)
        close_for_good(connection, one, "s-001", NOW, [two, three], NOW)
        assert sorted(successors_of(connection, one)) == [("s-002", NOW), ("s-003", NOW)]
        assert predecessors_of(connection, two) == predecessors_of(connection, three) == [("s-001", NOW)]
        assert users_of(connection, "s-001") == ["s-001"]
    assert not is_open(NEVER_OPEN, "opened", NOW, NOW + HOUR, ZONE, {})
    assert district.rows("select revoked_at from broker_user where name = 's-001'") == [(NOW,)]
    assert [is_open(rule(district, at), None, None, at, ZONE, {}) for at in (NOW - 1, NOW, NOW + 5 * DAY)] == [
        True,
        False,
        False,
    ]
    summarise_days(occasion(district, NOW + 3 * DAY))
    days = district.rows("select day from site_day where site_id = ? order by 1", one)
    assert days == [("2026-11-21",), ("2026-11-22",), ("2026-11-23",)]
    assert versions(district)[-1][1]["peak"] == 5
    again = registry("s-001,站,CST,440309002,40,Mo-Su 07:00-19:00,2026-11-26")
    assert (again.updated, len(again.warnings)) == (0, 1)


def test_hours_that_were_to_hold_from_a_later_day_on_do_not_open_a_closed_site(district, registry):
    registry("s-001,站,CST,440309002,40,Mo-Su 08:00-18:00,2026-11-01")
    registry("s-001,站,CST,440309002,40,Mo-Su 07:00-19:00,2026-12-01")
    one, later = number(district), NOW + 30 * DAY
    assert rule(district, later) == "Mo-Su 07:00-19:00"
    with transaction(district.engine) as connection:
        close_for_good(connection, one, "s-001", NOW, [], NOW)
    assert rule(district, later) == NEVER_OPEN
    with transaction(district.engine) as connection:
        reopen(connection, one, NOW + DAY)
    assert rule(district, later) == "Mo-Su 08:00-18:00"


def test_a_site_reopens_with_its_hours_and_without_its_old_passwords(district, registry):
    registry("s-001,站,CST,440309002,40,Mo-Su 08:00-18:00,2026-11-01")
    one, two = number(district), number(district, "s-002")
    with transaction(district.engine) as connection:
        let_in(connection, "s-001", 0)
        close_for_good(connection, one, "s-001", NOW, [two], NOW)
        reopen(connection, one, NOW + DAY)
        assert successors_of(connection, one) == []
        assert is_user(connection, "s-001")
    assert [rule(district, at) for at in (NOW - 1, NOW, NOW + DAY)] == [
        "Mo-Su 08:00-18:00",
        NEVER_OPEN,
        "Mo-Su 08:00-18:00",
    ]
    assert district.rows("select ended_from from site where code = 's-001'") == [(None,)]
    assert district.rows("select revoked_at from broker_user where name = 's-001'") == [(NOW,)]


def test_devices_that_are_named_beforehand_are_not_new_and_stay(district, tmp_path):
    def named(devices):
        (tmp_path / "p.csv").write_text(
            f"site,name_zh,kind,street,areas,devices\ns-001,站,CST,440309002,hall,{devices}\n"
        )
        return load(district.engine, tmp_path / "p.csv", NOW).made.updated.get("s-001")

    assert named("door-1;bed-2") == ("name_zh", "areas", "devices")
    assert named("bed-2;door-1") is None
    assert named("bed-2") is None
    send(district, event(1, NOW, device="door-1", **{"in": 1, "out": 0}))
    assert district.rows("select code, new from device order by 1") == [("bed-2", 0), ("door-1", 0)]


def test_the_brokers_files_follow_whoever_gets_or_loses_a_password(district, tmp_path):
    broker = replace(district.cfg.broker, files=str(tmp_path))
    district.cfg = replace(district.cfg, broker=broker)
    with transaction(district.engine) as connection:
        let_in(connection, "s-001.door-1", 0)
    assert keep_registry(occasion(district)) == {"files": 2}
    assert "s-001.door-1:$7$" in (tmp_path / "passwords").read_text()
    assert (tmp_path / "passwords").stat().st_mode & 0o777 == 0o600
    assert "topic write eldercare/v1/s-001/events" in (tmp_path / "acl").read_text()
    assert keep_registry(occasion(district)) == {}
    one = number(district)
    with transaction(district.engine) as connection:
        close_for_good(connection, one, "s-001", NOW, [], NOW)
    assert keep_registry(occasion(district)) == {"files": 2}
    assert (tmp_path / "passwords").read_text() == ""
