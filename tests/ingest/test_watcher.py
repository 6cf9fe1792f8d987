"""A watcher elsewhere is called each minute while a message would be kept, and hears nothing as soon as it would not."""

from dataclasses import replace

import pytest

from ingest.jobs.call_watcher import call_watcher
from ingest.jobs.occasion import Occasion
from ingest.jobs.say_clock import say_clock
from models.base import SECOND
from tests.ingest.conftest import NOW
from tests.ingest.standins import robot

WELL = {"seen_at": NOW - SECOND, "connected": 1, "subscribed": 1}


def called(district, address, kept_in, now=NOW, **worker):
    """Whether the call was noted as taken."""
    address_file = kept_in / "watcher"
    address_file.write_text(address)
    address_file.chmod(0o600)
    cfg = replace(district.cfg, notify=replace(district.cfg.notify, watcher_address_file=str(address_file)))
    district.write("delete from worker", ())
    row = WELL | worker
    district.write(
        "insert into worker (id, pid, started_at, seen_at, connected, subscribed, waiting) values (1, 1, ?, ?, ?, ?, 0)",
        (NOW, row["seen_at"], row["connected"], row["subscribed"]),
    )
    occasion = Occasion(district.engine, cfg, now, now)
    say_clock(occasion)
    call_watcher(occasion)
    return district.rows("select watcher_at from clock_process") == [(now,)]


def test_it_hears_from_us_while_we_hear(district, tmp_path):
    with robot() as other:
        assert called(district, other.address, tmp_path)
        assert [one["path"] for one in other.taken] == ["/robot/send?key=k-1"]
        assert other.taken[0]["body"] is None


@pytest.mark.parametrize("ill", [{"seen_at": NOW - 16 * SECOND}, {"connected": 0}, {"subscribed": 0}], ids=str)
def test_it_is_not_called_while_nothing_would_be_kept(district, tmp_path, ill):
    with robot() as other:
        assert not called(district, other.address, tmp_path, **ill)
        assert other.taken == []


def test_a_call_that_is_not_taken_is_said_without_its_address_and_tried_again(district, tmp_path, caplog):
    with robot() as other:
        other.answers = [(503, {}), (200, {})]
        assert not called(district, other.address, tmp_path)
        assert "did not take" in caplog.text
        assert "key=k-1" not in caplog.text
        assert called(district, other.address, tmp_path, now=NOW + SECOND)


def test_nobody_is_called_where_none_is_configured(district):
    say_clock(Occasion(district.engine, district.cfg, NOW, NOW))
    assert call_watcher(Occasion(district.engine, district.cfg, NOW, NOW)) == {}
    assert district.rows("select watcher_at from clock_process") == [(None,)]
