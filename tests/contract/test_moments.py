"""Instants: what is read, how it is written, and by which time an event counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import effective_time, format_instant, parse_instant

SECOND = 1_000_000
MINUTE = 60 * SECOND
Y2015 = 1_420_070_400 * SECOND


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:01.000001+00:00", 1_000_001),
        ("1970-01-01T08:00:00+08:00", 0),
        ("1970-01-01T00:00:00+08:00", -8 * 60 * MINUTE),
        ("1970-01-01T00:00:00.1234567Z", 123_456),
        ("1970-01-01T00:00:00.9999999Z", 999_999),
        ("1970-01-01T00:00:00.5z", 500_000),
        ("1970-01-01t00:00:00-00:30", 30 * MINUTE),
        ("2026-11-23T09:02:11.250+08:00", 1_795_395_731_250_000),
    ],
)
def test_digits_beyond_microseconds_are_cut_off(text: str, instant: int) -> None:
    assert parse_instant(text) == instant


@given(st.integers(0, 4_133_980_799_999_999), st.sampled_from([0, 480, -210, 845]))
def test_what_is_written_is_read_as_the_same_instant(instant: int, offset_minutes: int) -> None:
    text = format_instant(instant, offset_minutes)
    if text[:4] in ("1969", "2101"):  # written in an offset that leaves the years of the contract
        return
    assert parse_instant(text) == instant


@pytest.mark.parametrize(
    ("at", "received_at", "expected"),
    [
        (Y2015 + 10 * MINUTE, Y2015, (Y2015 + 10 * MINUTE, None)),
        (Y2015 + 10 * MINUTE + 1, Y2015, (Y2015, "clock_ahead")),
        (Y2015, Y2015 + 1, (Y2015, None)),
        (Y2015 - 1, Y2015 + 1, (Y2015 + 1, "clock_unset")),
        (-8 * 60 * MINUTE, Y2015 + 1, (Y2015 + 1, "clock_unset")),
    ],
)
def test_an_event_counts_by_its_time_unless_its_clock_is_wrong(
    at: int, received_at: int, expected: tuple[int, str | None]
) -> None:
    assert effective_time(at, received_at) == expected
