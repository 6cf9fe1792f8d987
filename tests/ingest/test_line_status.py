"""`status`, wills and doors: what they say of a site, in whatever order they come."""

import pytest

import contract
from contract import Status
from ingest.reading import Message
from tests.ingest.conftest import NOW, Nowhere
from tests.ingest.said import DAY, HOUR, MINUTE, event, flow, payload

STATUS, EVENTS = "eldercare/v1/s-001/status", "eldercare/v1/s-001/events"


def up(boot="b1", agent="1.0.0"):
    return STATUS, contract.encode_status(Status(online=True, boot=boot, agent=agent))


def will(boot="b1"):
    return STATUS, contract.encode_status(Status(online=False, boot=boot))


def news(boot="b1", seq=1):
    return EVENTS, payload(flow(NOW, boot=boot, seq=seq))


@pytest.fixture(params=[True, False], ids=["one batch", "a batch each"])
def hears(request, district):
    """Takes messages in, all in one batch or each in its own: the answer must be the same."""

    def hear(*said, retained=False, at=NOW):
        messages = [Message(topic, body, retained, at, Nowhere()) for topic, body in said]
        for batch in [messages] if request.param else [[message] for message in messages]:
            district.take_messages(batch, at)

    return hear


def line(district):
    return district.rows("select online, boot from site_state")[0]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([up()], (1, "b1")),
        ([up(), will()], (0, "b1")),
        ([up(), will("b0")], (1, "b1")),
        ([up("b1"), up("b2"), will("b1")], (1, "b2")),
        ([will()], (None, None)),
        ([up(), will(), news()], (1, "b1")),
        ([up(), news(), will()], (0, "b1")),
        ([up(), will(), news("b2")], (0, "b1")),
        ([up(), will(), (STATUS, b"")], (0, "b1")),
        ([up(), (STATUS, b"")], (1, "b1")),
        ([up(), (STATUS, b'{"online": 1, "boot": "b1"}')], (1, "b1")),
    ],
)
def test_a_line_is_what_was_said_last_by_the_outbox_that_is_up(district, hears, said, expected):
    hears(*said)
    assert line(district) == expected


def test_an_empty_status_leaves_no_trace(district):
    assert district.take(b"", topic=STATUS).verdicts == ["said"]
    assert district.rows("select (select count(*) from rejected), (select count(*) from site_state)") == [(0, 0)]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{}", "missing_field"),
        (b'{"online": true, "boot": "b1", "x": 1}', "unknown_field"),
        (b'{"online": true, "boot": null}', "bad_value"),
        (b"\xff", "not_utf8"),
        (b"offline", "not_json"),
        (b"[" * 20, "too_deep"),
    ],
)
def test_a_status_that_cannot_be_read_is_kept(district, body, reason):
    assert district.take(body, topic=STATUS).verdicts == [reason]
    assert district.rows("select topic, bytes from rejected") == [(STATUS, body)]


def test_a_retained_status_tells_of_the_line_and_makes_nobody_live(district, hears):
    hears(up(), retained=True)
    assert district.rows("select online, agent, heard_at from site_state") == [(1, "1.0.0", None)]
    hears(up())
    assert district.rows("select heard_at from site_state") == [(NOW,)]


def test_a_will_is_no_sign_of_life(district, hears):
    hears(up())
    hears(will(), at=NOW + HOUR)
    assert district.rows("select heard_at from site_state") == [(NOW,)]


def test_the_doors_stand_as_the_latest_event_says_not_the_last_to_arrive(district):
    opened, closed = event("site.opened", NOW - HOUR), event("site.closed", NOW - MINUTE)
    district.take(payload(closed))
    district.take(payload(opened))
    assert district.rows("select door, door_at from site_state") == [("closed", NOW - MINUTE)]
    at_once = [event("site.opened", NOW, boot="b1", seq=9), event("site.closed", NOW, boot="b1", seq=10)]
    district.take(payload(*reversed(at_once)))
    assert district.rows("select door from site_state") == [("closed",)], (
        "of the same moment the higher number is later"
    )


def test_the_status_of_a_device_is_the_latest_and_keeps_what_it_does_not_repeat(district):
    full = event("device.status", NOW, device="door-1", online=True, battery_pct=80, firmware="2.1")
    later = event("device.status", NOW + MINUTE, device="door-1", online=False)
    district.take(payload(later))
    district.take(payload(full))
    assert district.rows("select online, status_at from device") == [(0, NOW + MINUTE)]


def test_a_late_event_touches_every_ended_day_into_which_it_carries_on(district):
    today = NOW + 3 * DAY
    district.take(payload(event("occupancy.count", NOW + 2 * DAY + HOUR, count=7)), received_at=today)
    district.rows("delete from touched_day returning day")
    district.take(payload(flow(NOW - DAY, 4)), received_at=today)
    days = [day for (day,) in district.rows("select day from touched_day order by day")]
    assert days == ["2026-11-22", "2026-11-23", "2026-11-24", "2026-11-25"]
    district.take(payload(flow(NOW - DAY + 2 * HOUR, 1)), received_at=today)
    district.rows("delete from touched_day returning day")
    district.take(payload(flow(NOW - DAY + HOUR, 0)), received_at=today)
    assert district.rows("select day from touched_day") == [("2026-11-22",)], "what changes nothing later stops there"


def test_a_booking_told_late_touches_the_day_that_it_is_for(district):
    said = event("meal.booked", NOW - 3 * DAY, meal="lunch", mode="dine_in", for_="2026-11-22")
    district.take(payload(said))
    assert district.rows("select day, what, n from tally") == [("2026-11-22", "meal.booked.lunch.dine_in", 1)]
    assert district.rows("select day from touched_day order by day") == [("2026-11-20",), ("2026-11-22",)]
