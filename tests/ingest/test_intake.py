"""What becomes of each message: exactly one of stored, duplicate, or kept with its reason."""

import json

import pytest

import contract
from ingest.acks import encode
from tests.ingest.conftest import NOW
from tests.ingest.said import DAY, HOUR, MINUTE, event, flow, payload, wire

ULID = "01JD9Z6Q3M8VJ2W0F6T1A7K5RC"


def people(district, site="s-001"):
    found = district.rows(
        "select h.signed from head_count h join area a on a.id = h.track / 2 join site s on s.id = a.site_id"
        " where s.code = ? and h.track % 2 = 0",
        site,
    )
    return found[0][0] if found else None


def rejected(district, columns="reason, times"):
    return district.rows(f"select {columns} from rejected order by id")


def stream(district, boot="b1"):
    return district.rows("select upto, highest, received, duplicates, rejected from stream where boot = ?", boot)[0]


def test_each_element_of_an_array_has_its_own_fate(district):
    good, twin = flow(NOW, 2), flow(NOW, 3)
    bad = flow(NOW) | {"in": True}
    taken = district.take(payload(good, bad, {"kind": "no.such", "id": "x", "at": wire(NOW)}, twin, good))
    assert taken.verdicts == ["stored", "bad_value", "unknown_kind", "stored", "duplicate"]
    assert people(district) == 5
    kept = rejected(district, '"index", reason, bytes')
    assert [(index, reason) for index, reason, _ in kept] == [(1, "bad_value"), (2, "unknown_kind")]
    assert json.loads(kept[0][2]) == bad


def test_a_message_that_is_delivered_again_counts_once_and_adds_no_row(district):
    message = payload(flow(NOW), {"id": "y", "kind": "no.such", "at": wire(NOW)})
    assert district.take(message).verdicts == ["stored", "unknown_kind"]
    assert district.take(message, message).verdicts == ["duplicate", "unknown_kind"] * 2
    assert people(district) == 1
    assert rejected(district) == [("unknown_kind", 3)]


@pytest.mark.parametrize(
    ("bytes_", "reason"),
    [
        (b"", "not_json"),
        (b"\xff\xfe", "not_utf8"),
        (b"{", "not_json"),
        (b"[NaN]", "not_json"),
        (b"[1e400]", "bad_value"),
        (b'{"id": 1e400}', "missing_field"),
        (b"[" * 100_000, "too_deep"),
        (b"[]", "bad_value"),
        (b"7", "bad_value"),
        (b"null", "bad_value"),
        (b"[" + b"1," * 500 + b"1]", "too_large"),
        (b" " * 262_145, "too_large"),
        (
            b'{"id":"a","kind":"bed.moved","at":"2026-11-23T01:02:03Z","person":"guest-1","move":"admit","bed":"\\ud800"}',
            None,
        ),
        (b'{"id":"a\\u0000","kind":"site.opened","at":"2026-11-23T01:02:03Z"}', "bad_value"),
        (b'{"id":"a","kind":"occupancy.count","at":"2026-11-23T01:02:03Z","count":' + b"9" * 5000 + b"}", "bad_value"),
        (b'{"id":"a","kind":"occupancy.count","at":"2026-11-23T01:02:03Z","count":9223372036854775808}', "bad_value"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_nothing_that_can_be_sent_stops_the_good_message_behind_it(district, bytes_, reason):
    taken = district.take(bytes_, payload(flow(NOW)))
    assert taken.verdicts[-1] == "stored"
    assert taken.verdicts[0] != "stored" or reason is None
    if reason:
        assert set(taken.verdicts[:-1]) == {reason}
    assert people(district) == 1


@pytest.mark.parametrize(
    ("id_", "survives"), [(ULID, False), ("01932f5e-7b1c-7abc-8def-0123456789ab", False), ("door-7", True)]
)
def test_a_time_ordered_id_counts_once_and_a_foreign_one_once_for_each_time(district, id_, survives):
    first, later = flow(NOW, 1) | {"id": id_}, flow(NOW + MINUTE, 1) | {"id": id_}
    assert district.take(payload(first, later)).verdicts == ["stored", "stored" if survives else "conflict"]
    assert district.take(payload(later, first)).verdicts == ["duplicate" if survives else "conflict", "duplicate"]


def test_another_event_under_the_same_identity_is_a_conflict_and_the_first_counts(district):
    first = flow(NOW, 1) | {"id": ULID}
    assert district.take(payload(first, first | {"in": 9})).verdicts == ["stored", "conflict"]
    assert district.take(payload(first | {"in": 8}), payload(first)).verdicts == ["conflict", "duplicate"]
    assert people(district) == 1
    assert [reason for reason, _ in rejected(district)] == ["conflict", "conflict"]


def test_spelling_defaults_backfill_and_the_topics_site_make_no_other_event(district):
    first = {"id": ULID, "kind": "occupancy.count", "at": "2026-11-23T09:00:00+08:00", "count": 3}
    again = first | {
        "at": "2026-11-23T01:00:00.000Z",
        "area": "main",
        "method": "sensor",
        "backfill": True,
        "site": "s-001",
    }
    assert district.take(payload(first, again)).verdicts == ["stored", "duplicate"]


def test_the_same_id_at_two_sites_is_two_events(district):
    message = payload(flow(NOW) | {"id": ULID})
    assert district.take(message).verdicts == district.take(message, site="s-002").verdicts == ["stored"]


def test_a_retained_event_is_a_duplicate_if_known_and_no_news_otherwise(district):
    known, unknown = payload(flow(NOW)), payload(flow(NOW))
    district.take(known)
    assert district.take(known, unknown, retained=True).verdicts == ["duplicate", "retained"]
    assert district.take(unknown, retained=True).verdicts == ["retained"]
    assert rejected(district) == [("retained", 2)]
    assert district.take(unknown).verdicts == ["stored"], "news is news, also when a copy lay at the broker"
    assert people(district) == 2


def test_a_retained_copy_does_not_hide_the_news_in_the_same_batch(district):
    from ingest.reading import Message
    from tests.ingest.conftest import Nowhere

    said = payload(flow(NOW))
    topic = "eldercare/v1/s-001/events"
    messages = [Message(topic, said, retained, NOW, Nowhere()) for retained in (True, False)]
    assert district.take_messages(messages, NOW).verdicts == ["duplicate", "stored"]


def test_who_claims_to_be_another_site_is_refused(district):
    assert district.take(payload(flow(NOW) | {"site": "s-002"})).verdicts == ["spoofed"]
    assert people(district) is people(district, "s-002") is None


@pytest.mark.engines("sqlite")  # the file itself is searched
@pytest.mark.parametrize("person", ["110101199003070791", "13800138000"])
def test_a_number_that_names_a_person_is_stored_nowhere(district, person, database):
    said = payload(event("person.in", NOW, person=person, boot="b1", seq=1))
    verdict = district.take(said).verdicts
    assert verdict == ["personal_data"]
    assert rejected(district, "replayable") == [(0,)]
    district.engine.dispose()
    assert person.encode() not in database.read_bytes()


def test_a_clock_ahead_or_never_set_takes_the_time_of_arrival_and_says_so(district):
    ahead, unset, fine = flow(NOW + 11 * MINUTE), flow(86_400_000_000), flow(NOW + 10 * MINUTE)
    assert district.take(payload(ahead, unset, fine)).verdicts == ["stored"] * 3
    assert district.rows("select at, flags from event order by flags") == [(NOW + 10 * MINUTE, 0), (NOW, 1), (NOW, 2)]


def test_an_event_older_than_the_raw_data_is_bad_time(district):
    keep = district.cfg.ingest.keep_raw_days * DAY
    assert district.take(payload(flow(NOW - keep - MINUTE)), payload(flow(NOW - keep + MINUTE))).verdicts == [
        "bad_time",
        "stored",
    ]


def test_a_device_and_an_area_named_for_the_first_time_register_themselves(district):
    district.take(payload(flow(NOW, device="door-9", area="hall")))
    assert district.rows("select code, new, since, heard_at from device") == [("door-9", 1, NOW, NOW)]
    assert district.rows("select code from area") == [("hall",)]


def test_every_number_that_arrives_is_acknowledged_whatever_it_turned_out_to_be(district):
    def numbered(seq):
        return flow(NOW, boot="b1", seq=seq)

    stored, wrong, conflict = numbered(1), numbered(2) | {"in": -1}, numbered(3) | {"id": ULID}
    elsewhere = numbered(4) | {"site": "s-002"}
    district.take(payload(flow(NOW) | {"id": ULID}))
    taken = district.take(payload(stored, wrong, conflict, elsewhere))
    assert taken.verdicts == ["stored", "bad_value", "conflict", "spoofed"]
    assert json.loads(encode("b1", taken.accounts["s-001", "b1"])) == {"boot": "b1", "seq": 4, "also": []}
    assert stream(district) == (4, 4, 4, 0, 3)
    again = district.take(payload(stored))
    assert again.hurry == {("s-001", "b1")}, "a duplicate asks for its ack again"
    assert stream(district) == (4, 4, 4, 1, 3)


def test_an_ack_names_at_most_thirty_two_ranges(district):
    taken = district.take(payload(*(flow(NOW, boot="b1", seq=seq) for seq in range(2, 200, 2))))
    ack = contract.read_ack(encode("b1", taken.accounts["s-001", "b1"]))
    assert (ack.seq, len(ack.also), ack.also[0]) == (0, 32, (2, 2))


def test_numbers_that_a_sender_gave_up_are_closed_and_shown_as_lost_for_ever(district):
    district.take(payload(*(flow(NOW, boot="b1", seq=seq) for seq in (1, 2, 8))))
    lost = [{"boot": "b1", "from": 3, "to": 5}, {"boot": "b0", "from": 1, "to": 4}]
    taken = district.take(payload(event("device.status", NOW, online=True, lost=lost, boot="b1", seq=9)))
    assert {boot: (kept.upto, kept.lost, kept.missing) for (_, boot), kept in taken.accounts.items()} == {
        "b1": (5, ((3, 5),), [(6, 7)]),
        "b0": (4, ((1, 4),), []),
    }
    late = district.take(payload(flow(NOW, boot="b1", seq=4)))
    assert late.verdicts == ["stored"], "what turns up after all counts"
    assert late.accounts["s-001", "b1"].lost == ((3, 3), (5, 5))


def test_only_an_event_about_now_makes_a_site_live(district):
    def heard():
        return district.rows("select heard_at from site_state s join site on site.id = site_id where code = 's-001'")

    district.take(payload(flow(NOW - 16 * MINUTE)))
    assert heard() == [(None,)]
    district.take(payload(flow(NOW - 14 * MINUTE)))
    assert heard() == [(NOW,)]
    district.take(payload(flow(NOW - HOUR)), received_at=NOW + HOUR)
    assert heard() == [(NOW,)], "a backlog counts but is no sign of life"


def test_a_clock_that_was_ahead_for_a_while_hides_no_silence_afterwards(district):
    district.take(payload(flow(NOW + DAY, device="door-1")), received_at=NOW + DAY)
    district.take(payload(flow(NOW, device="door-1")), received_at=NOW)
    assert district.rows("select heard_at from site_state") == district.rows("select heard_at from device") == [(NOW,)]
    assert people(district) == 2, "and neither of the two is lost"


def test_a_vendors_bytes_that_nothing_reads_wait_in_quarantine_and_are_acknowledged(district):
    said = event("vendor.message", NOW, device="radar-1", topic="a/b", text="hello", boot="b1", seq=1)
    taken = district.take(payload(said))
    assert taken.verdicts == ["unknown_device"]
    assert taken.accounts["s-001", "b1"].upto == 1
    below = district.take(b"\x00\x01", topic="eldercare/v1/s-001/raw/radar-1/x")
    assert below.verdicts == ["unknown_device"]


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        ("eldercare/v2/s-001/events", "unknown_kind"),
        ("eldercare/v1/S_1/events", "unknown_site"),
        ("eldercare/v1//events", "unknown_site"),
        ("eldercare/v1/s-001/raw/radar-1", "unknown_device"),
        ("eldercare/v1/s-001/raw/RADAR/x", "unknown_device"),
        ("eldercare/v1/S_1/raw/radar-1/x", "unknown_site"),
        ("eldercare/v1/s-001/ack", "unknown_kind"),
    ],
)
def test_a_topic_that_leads_nowhere_is_kept_with_its_bytes(district, topic, reason):
    said = payload(flow(NOW))
    assert district.take(said, topic=topic).verdicts == [reason]
    assert rejected(district, "topic, bytes") == [(topic, said)]


def test_the_change_number_moves_with_what_the_screens_show_and_only_then(district):
    def number():
        found = district.rows("select n from change where name = 'live'")
        return found[0][0] if found else 0

    message = payload(flow(NOW))
    district.take(message)
    first = number()
    district.take(message)
    district.take(b"not json")
    assert number() == first
    district.take(payload(flow(NOW)))
    assert number() == first + 1
    assert district.rows("select changed from site_state") == [(first + 1,)]
