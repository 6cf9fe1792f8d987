"""Bites side by side where a server works for them, one after the other in a file."""

import threading

import pytest

from ingest.jobs.lanes import in_lanes


def test_a_server_s_bites_go_side_by_side_and_come_back_in_their_order(district):
    met = threading.Barrier(2)
    working = []

    def work(bite):
        working.append(threading.current_thread())
        if district.engine.dialect.name == "postgresql":
            met.wait(30)
        return bite * 2

    assert in_lanes(district.engine, work, [1, 2, 3, 4]) == [2, 4, 6, 8]
    alone = set(working) == {threading.current_thread()}
    assert alone == (district.engine.dialect.name == "sqlite")


def test_the_first_error_comes_out_and_what_had_not_begun_is_left(district):
    begun = []

    def work(bite):
        begun.append(bite)
        raise LookupError(bite)

    with pytest.raises(LookupError, match="0"):
        in_lanes(district.engine, work, range(1000))
    assert len(begun) < 1000
