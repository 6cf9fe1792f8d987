"""What the write paths of both databases promise alike, and the partitions that only one of them has."""

import contextlib
import hashlib
import json
from dataclasses import replace

import pytest

from contract import format_instant
from ingest.jobs.make_event_days import make_event_days
from ingest.jobs.occasion import Occasion
from ingest.store import RejectedRow
from ingest.store.choice import store_for
from models.base import HOUR
from models.database import read_only, transaction
from models.event_days import missing_days
from tests.ingest.conftest import NOW

DAY = 24 * HOUR


def rejected(topic="t", site="s-001", detail="", position=0):
    sha = hashlib.sha256(b"x").digest()
    return RejectedRow(site, topic, NOW, "not_json", detail, b"x", 1, sha, position, 1)


def reject(district, *rows):
    with transaction(district.engine) as connection:
        store_for(connection).reject(rows)


def flows(*ats):
    return json.dumps(
        [
            {"id": f"e{n}", "kind": "occupancy.flow", "at": format_instant(at), "in": 1, "out": 0}
            for n, at in enumerate(ats)
        ]
    ).encode()


def test_what_is_rejected_twice_is_one_row_that_counts(district):
    reject(district, rejected(), rejected(position=1))
    reject(district, rejected(detail="again"))
    assert district.rows('select "index", times, detail from rejected order by 1') == [(0, 2, ""), (1, 1, "")]


def test_a_topic_of_64_kib_is_kept_whole(district):
    topics = [f"eldercare/v1/s-001/raw/d-1/{letter}" + "".join(map(str, range(16_000)))[:60_000] for letter in "ab"]
    reject(district, *(rejected(topic) for topic in topics))
    reject(district, rejected(topics[0]))
    assert district.rows("select topic, times from rejected order by 1") == [(topics[0], 2), (topics[1], 1)]


@pytest.mark.engines("postgresql")
def test_what_no_text_column_takes_does_not_stop_the_batch(district):
    reject(district, rejected(topic="a\0b", detail="half a pair: \ud800"))
    assert district.rows("select topic, detail, bytes from rejected") == [("a\ufffdb", "half a pair: ?", b"x")]


def test_the_walk_forward_reads_slots_beyond_a_days_worth(district):
    hours = [NOW - 40 * HOUR + n * 300_000_000 for n in range(400)]
    district.take(flows(*hours))
    ((area,),) = district.rows("select id from area")
    with read_only(district.engine) as connection:
        slots = list(store_for(connection).slots_from(area * 2, 0))
    assert [slot.closing for slot in slots] == list(range(1, 401))


@pytest.mark.engines("postgresql")
def test_an_error_that_is_swallowed_inside_a_transaction_is_no_commit(district):
    def careless():
        with transaction(district.engine) as connection:
            store = store_for(connection)
            for _ in range(2):
                with contextlib.suppress(Exception):
                    store.write("insert into street (code, name_zh, name_en) values (?, 'x', 'x')", [("a",)])

    with pytest.raises(AssertionError, match="swallowed"):
        careless()
    assert district.rows("select 1 from street where code = 'a'") == []


def test_a_picture_for_reading_stands_still_and_cannot_be_written_upon(district):
    with read_only(district.engine) as connection:
        before = store_for(connection).rows("select count(*) from event", ())
        district.take(flows(NOW))
        assert store_for(connection).rows("select count(*) from event", ()) == before == [(0,)]
    assert district.rows("select count(*) from event") == [(1,)]


# -- days of events ---------------------------------------------------------------------------------------------------------


def occasion(district, keep_raw_days=3):
    cfg = replace(district.cfg, ingest=replace(district.cfg.ingest, keep_raw_days=keep_raw_days))
    return Occasion(district.engine, cfg, NOW, NOW)


def partitions(district):
    return dict(district.rows("select tableoid::regclass::text, count(*) from event group by 1"))


@pytest.mark.engines("postgresql")
def test_days_are_made_ahead_and_take_their_events_along(district):
    district.take(flows(NOW, NOW - DAY, NOW - 2 * DAY, NOW - 10 * DAY))
    assert partitions(district) == {"event_rest": 4}
    assert make_event_days(occasion(district)) == {"made": 11}
    assert make_event_days(occasion(district)) == {}
    expected = {"event_20261123": 1, "event_20261122": 1, "event_20261121": 1, "event_rest": 1}
    assert partitions(district) == expected
    with read_only(district.engine) as connection:
        assert missing_days(connection, NOW, 3) == []
        assert len(missing_days(connection, NOW + DAY, 3)) == 1


@pytest.mark.engines("postgresql")
def test_an_event_is_known_wherever_it_lies(district):
    payload = flows(NOW, NOW - DAY, NOW - 10 * DAY)
    district.take(payload)
    make_event_days(occasion(district))
    assert district.take(payload).verdicts == ["duplicate"] * 3
    assert district.take(flows(NOW + HOUR // 6)).verdicts == ["stored"]
    assert district.rows("select count(*) from event") == [(4,)]
    assert partitions(district)["event_20261123"] == 2


@pytest.mark.engines("postgresql")
def test_a_day_begins_at_midnight_utc_to_the_millisecond(district):
    midnight = NOW // DAY * DAY
    make_event_days(occasion(district))
    district.take(flows(midnight - 1000, midnight, midnight + DAY - 1000), received_at=midnight + DAY)
    assert partitions(district) == {"event_20261122": 1, "event_20261123": 2}


@pytest.mark.engines("sqlite")
def test_sqlite_has_one_table_and_nothing_to_make(district):
    assert make_event_days(occasion(district)) == {}
