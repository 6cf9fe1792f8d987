"""A site's lag is read off a few counts that add up; an audit trail that was changed says where."""

import math
import random
from itertools import pairwise

import pytest
from sqlalchemy.exc import DBAPIError

from models.audit import audit, check_chain, looked_through
from models.base import SECOND
from models.database import engine_for, transaction
from models.quality import LAG_EDGES_S, NO_DELAYS, Delivered, edges_passed, lag_p95


@pytest.mark.parametrize(
    ("lag_s", "edges"), [(-600, 0), (0, 0), (2, 0), (2.1, 1), (10, 1), (10.1, 2), (61, 3), (600, 3), (601, 4)]
)
def test_an_event_is_counted_over_each_edge_that_it_took_longer_than(lag_s, edges):
    assert edges_passed(0, int(lag_s * SECOND)) == edges == sum(lag_s > edge for edge in LAG_EDGES_S)


def test_the_95th_percentile_lies_in_the_right_bucket():
    chance = random.Random(7)
    for typical_s in (0.5, 4, 25, 200, 2000):
        lags = sorted(chance.lognormvariate(math.log(typical_s), 0.5) for _ in range(2000))
        over = tuple(sum(lag > edge for lag in lags) for edge in LAG_EDGES_S)
        true, told = lags[int(0.95 * len(lags))], lag_p95(len(lags), over)
        edges = (0, *LAG_EDGES_S, math.inf)
        low, high = next((a, b) for a, b in pairwise(edges) if a < true <= b)
        assert low <= told <= high, (typical_s, true, told)


def test_nothing_timed_has_no_lag_and_nothing_sent_no_share():
    assert (Delivered().lag_p95_s, Delivered().automatic) == (None, None)
    assert Delivered(events=10, by_hand=3, timed=10, over=NO_DELAYS).automatic == pytest.approx(0.7)


def let_change(engine) -> None:
    """As somebody with all rights over the database would."""
    on_sqlite = ("drop trigger audit_entry_stays", "drop trigger audit_entry_remains")
    statements = on_sqlite if engine.dialect.name == "sqlite" else ("alter table audit_entry disable trigger user",)
    with transaction(engine) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_an_entry_that_is_changed_or_taken_out_is_seen(database):
    engine = engine_for(database.url)
    for n in range(4):
        with transaction(engine) as connection:
            audit(connection, n * SECOND, "officer", "admin", "device.bind", f"s-{n}/door", {"table": "bare", "n": n})
            assert looked_through(connection).is_whole
    forbidden = ["update audit_entry set said = '{}' where id = 2", "delete from audit_entry where id = 2"]
    forbidden += ["truncate audit_entry"] if engine.dialect.name == "postgresql" else []
    for change in forbidden:
        with pytest.raises(DBAPIError, match="never changed and never deleted"), transaction(engine) as connection:
            connection.exec_driver_sql(change)
    let_change(engine)
    with transaction(engine) as connection:
        connection.exec_driver_sql("update audit_entry set said = '{}' where id = 2")
        assert looked_through(connection).broken == 2
    with transaction(engine) as connection:
        connection.exec_driver_sql("delete from audit_entry where id = 2")
        assert looked_through(connection).broken == 3
    engine.dispose()


def test_a_chain_that_was_cut_at_its_end_is_seen_also_when_it_grows_again(database):
    engine = engine_for(database.url)

    def deeds(numbers) -> None:
        for n in numbers:
            with transaction(engine) as connection:
                audit(connection, n * SECOND, "officer", "admin", "device.bind", f"s-{n}/door", {})

    deeds(range(5))
    first = check_chain(engine, SECOND)
    assert (first.upto, first.is_whole) == (5, True)
    let_change(engine)
    with transaction(engine) as connection:
        connection.exec_driver_sql("delete from audit_entry where id > 3")
    found = check_chain(engine, SECOND)
    assert (found.upto, found.broken, found.cut, found.is_whole) == (3, None, 5, False)
    with transaction(engine) as connection:
        connection.exec_driver_sql("delete from audit_entry")
        found = looked_through(connection)
        assert (found.upto, found.cut) == (0, 5)
    if engine.dialect.name == "postgresql":
        with transaction(engine) as connection:
            connection.exec_driver_sql("select setval(pg_get_serial_sequence('audit_entry', 'id'), 1, false)")
    deeds(range(10, 16))  # whole in itself, and as long as it was
    assert check_chain(engine, SECOND).broken == 5
    with pytest.raises(DBAPIError, match="never changed and never deleted"), transaction(engine) as connection:
        connection.exec_driver_sql("delete from audit_check")
    engine.dispose()
