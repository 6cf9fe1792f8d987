"""Vendor tables: what is shipped proves itself, limits hold, and the engine keeps totals, levels and repetitions apart."""

import json
from datetime import datetime

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract import format_instant
from ingest.vendors.clocks import was_reset_due, zone_of
from ingest.vendors.counters import Step, Totals, step_of
from ingest.vendors.decoding import Arrival, Hanging, decode
from ingest.vendors.expressions import TableRefused, compiled
from ingest.vendors.payloads import Unreadable, storable, tree_of
from ingest.vendors.preview import preview
from ingest.vendors.settling import Notebook, of_wrapped, settle
from ingest.vendors.shelf import SAMPLES, load, shelf, wire
from ingest.vendors.tables import given_params
from ingest.vendors.tokens import token, token_for_samples
from ingest.vendors.topics import levels_of, pattern_of
from tests.ingest.conftest import NOW

SECOND, MINUTE = 1_000_000, 60_000_000


def names_of(emit):
    """The fields that a rule asks for."""
    asked = {name for value in [emit.event, *emit.fields.values()] for name in value.names}
    return asked | {name for one in (emit.for_each, emit.when, emit.inner) if one for name in one.names}


def means(name, *payloads, params=None, area=None, every=MINUTE, **more):
    """The events of a device's messages, a minute apart, without id, time and device."""
    messages = [
        Arrival(
            more.get("topic", "capture"),
            said if isinstance(said, bytes) else json.dumps(said).encode(),
            NOW + n * every,
        )
        for n, said in enumerate(payloads)
    ]
    found = preview(shelf().table(name), params or {}, messages, device="dev-1", area=area)
    return [
        {name: value for name, value in wire(event).items() if name not in ("at", "device")}
        for meant in found
        for event in meant.events
    ]


# -- what is shipped --------------------------------------------------------------------------------------------------------


def test_every_shipped_table_and_choice_is_said_in_both_languages():
    for table in shelf().tables.values():
        told = [(table.title, table.title_zh), *((one.about, one.about_zh) for one in table.params.values())]
        assert [one for one in told if not one[0] or one[0] == one[1] or one[1].isascii()] == [], table.name


def test_every_shipped_table_passes_its_own_samples():
    assert dict(shelf().refused) == {}
    assert len(shelf().tables) == 14


FIVE = {"says": "five", "messages": [{"text": '{"n": 5}'}], "events": [{"kind": "occupancy.count", "count": 5}]}


@pytest.fixture
def folder(tmp_path):
    def write(**said):
        table = {
            "table": "some",
            "reads": [{"payload": "json", "emit": [{"event": "occupancy.count", "with": {"count": "body.n"}}]}],
            "samples": [
                {
                    "says": "five",
                    "messages": [{"text": '{"n": 5}'}],
                    "events": [{"kind": "occupancy.count", "count": 5}],
                }
            ],
        }
        (tmp_path / "some.yaml").write_text(yaml.safe_dump(table | said))
        return load(tmp_path, SAMPLES)

    return write


def test_a_table_is_taken_when_its_samples_agree(folder):
    assert list(folder().tables) == ["some"]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"samples": [FIVE | {"says": "six", "events": [{"kind": "occupancy.count", "count": 6}]}]}, "“six” gives"),
        ({"samples": []}, "has no samples"),
        ({"colour": "red"}, "table has no colour"),
        ({"reads": [{"emit": [{"event": "occupancy.cuont"}]}]}, "no kind that a table can emit"),
        ({"reads": [{"emit": [{"event": "vendor.message"}]}]}, "no kind that a table can emit"),
        ({"reads": [{"emit": [{"event": "occupancy.count"}]}]}, "needs count"),
        ({"reads": [{"emit": [{"event": "occupancy.count", "with": {"count": "body.n", "size": "body.m"}}]}]}, "no field size"),
        ({"reads": [{"emit": [{"event": "person.in", "with": {"person": "body.card"}}]}]}, "person needs token: true"),
        ({"secret": ["n"]}, "n is secret"),
        ({"reads": [{"topic": "a/#/b"}]}, "stand alone and last"),
        ({"reads": [{"when": "to_string(body)"}]}, "to_string is not allowed"),
        ({"envelopes": ["none-such"]}, "none-such"),
    ],
)  # fmt: skip
def test_a_table_that_is_wrong_is_refused_with_a_sentence(folder, said, why):
    shelf = folder(**said)
    assert shelf.tables == {}
    assert why in shelf.refused["some"]
    with pytest.raises(TableRefused, match="some"):
        shelf.table("some")


# -- limits -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "x" * 301,
        "[@,@]|[@,@]|length(@)",
        "{a: b}",
        "a|b|c|d|e|f",
        "not_null(" * 21 + "a" + ")" * 21,
        "map(&a, b)",
        "merge(a, b)",
        "sort_by(a, &b)",
        "!a.b",
        "a[",
        7,
    ],
)
def test_an_expression_beyond_the_limits_is_refused(text):
    with pytest.raises(TableRefused):
        compiled(text)


def test_zero_is_true_and_emptiness_is_not():
    assert compiled("a").holds({"a": 0})
    assert not any(compiled("a").holds({"a": empty}) for empty in (None, False, "", [], {}))


@pytest.mark.parametrize(
    ("form", "payload"),
    [
        ("json", b"[" * 33 + b"]" * 33),
        ("json", b'{"a": NaN}'),
        ("json", b"\xff\xfe"),
        ("xml", b"<a>" * 40 + b"</a>" * 40),
        ("xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
        ("xml", b"<a><b></a>"),
        ("xml", b"<a>" + b"<b/>" * 10_001 + b"</a>"),
        ("xml", b""),
        ("hex", b"0g"),
        ("base64", b"%"),
        ("text", b"\xff"),
    ],
)
def test_bytes_beyond_the_limits_are_unreadable(form, payload):
    with pytest.raises(Unreadable):
        tree_of(payload, form)


def test_xml_is_objects_lists_and_texts_without_namespaces():
    said = tree_of(b'<e:a xmlns:e="urn:x" v="1"><e:b>1</e:b><e:b>2</e:b><c d="3">t</c></e:a>', "xml")
    assert said == {"@v": "1", "b": ["1", "2"], "c": {"@d": "3", "#text": "t"}}


def test_hexadecimal_and_base64_are_octets():
    assert tree_of(b"0a0B", "hex") == tree_of(b"Cgs=", "base64") == {"length": 2, "hex": "0a0b", "octets": [10, 11]}


def test_topics_name_their_levels():
    assert levels_of(pattern_of("a/{b}/c"), "/a/x/c") == {"b": "x"}
    assert levels_of(pattern_of("a/{rest+}"), "a/x/y") == {"rest": "x/y"}
    assert levels_of(pattern_of("$oc/a/#"), "$oc/a") == {}
    assert levels_of(pattern_of("a/{b}/c"), "a/x/y/c") is None


# -- totals become flows ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "wrap", "due", "step"),
    [
        (None, Totals(8442, 15583, None), None, False, Step(0, 0)),
        (Totals(5, 5, None), Totals(7, 5, None), None, False, Step(2, 0)),
        (Totals(65530, 1, None), Totals(4, 1, None), 65536, False, Step(10, 0)),
        (Totals(30000, 1, None), Totals(4, 1, None), 65536, False, Step(0, 0, lost=True)),
        (Totals(70, 75, None), Totals(3, 1, None), None, False, Step(0, 0, lost=True)),
        (Totals(70, 75, None), Totals(3, 1, None), None, True, Step(3, 1)),
        (Totals(70, 75, "a"), Totals(90, 80, "b"), None, False, Step(90, 80)),
        (Totals(70, 75, None), Totals(99_999, 75, None), None, False, Step(0, 0, lost=True)),
    ],
)
def test_what_passed_between_two_samples(old, new, wrap, due, step):
    assert step_of(old, new, wrap, due) == step


def test_a_reset_is_expected_only_around_its_hour():
    before, after = 1_795_449_000_000_000, 1_795_450_200_000_000  # 2026-11-23 23:50 and 24-11 00:10 in Shenzhen
    assert was_reset_due("00:00", "Asia/Shanghai", before, after)
    assert not was_reset_due("03:00", "Asia/Shanghai", before, after)
    assert not was_reset_due("00:00", "Asia/Shanghai", after, after + MINUTE)
    assert was_reset_due("03:00", "Asia/Shanghai", before, before + 86_400 * SECOND)


def totals(came, went):
    return {"line_1_total_in": came, "line_1_total_out": went}


def test_an_older_total_that_comes_late_changes_nothing():
    table = shelf().table("milesight-vs133")
    said = [(0, totals(10, 0)), (2, totals(15, 0)), (1, totals(12, 0)), (3, totals(16, 0))]
    messages = [Arrival("capture", json.dumps(one).encode(), NOW + minute * MINUTE) for minute, one in said]
    flows = [e.in_ for meant in preview(table, {}, messages) for e in meant.events if hasattr(e, "in_")]
    assert flows == [5, 1]


def test_a_device_that_hangs_the_wrong_way_round_is_swapped():
    flows = means("milesight-vs133", totals(10, 3), totals(12, 4), params={"swap_in_out": "true"})
    assert {"kind": "occupancy.flow", "in": 1, "out": 2} in flows


def test_two_counters_under_one_name_stay_apart():
    def line(came):
        return {"line_uuid": "u", "total": {"in_counted": came, "out_counted": 0}}

    def report(minute, *came):
        times = {"start_time": f"2026-11-23T09:0{minute}:00+08:00", "end_time": f"2026-11-23T09:0{minute + 1}:00+08:00"}
        return {"device_info": {"device_sn": "1"}, "line_total_data": [line(n) for n in came], "time_info": times}

    said = means("milesight-vs125", report(1, 100, 7), report(2, 101, 9))
    assert [one["in"] for one in said if one["kind"] == "occupancy.flow"] == [1, 2]


# -- parameters, times, persons ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "params", "why"),
    [
        ("milesight-vs125", {"flow": "both"}, "allowed: totals, periodic"),
        ("milesight-vs125", {"colour": "red"}, "no parameter colour"),
        ("milesight-vs125", {"swap_in_out": "maybe"}, "allowed: bool"),
        ("milesight-vs133", {"reset_at": "25:00"}, "HH:MM"),
        ("frigate", {}, "needs the parameter areas"),
        ("frigate", {"areas.hall": "Hall!"}, "an area's code"),
    ],
)
def test_a_wrong_choice_is_refused_with_what_is_allowed(table, params, why):
    with pytest.raises(TableRefused, match=why):
        given_params(shelf().table(table), params)


def test_a_choice_from_a_command_line_is_its_value():
    said = given_params(
        shelf().table("milesight-vs125"), {"swap_in_out": "true", "max_skew_s": "60", "areas.region-1": "hall"}
    )
    assert (said["swap_in_out"], said["max_skew_s"], said["areas"]) == (True, 60, {"region-1": "hall"})


@pytest.mark.parametrize(
    ("text", "hours"),
    [("+08:00", 8), ("UTC+8:00 China Standard Time (CT/CST)", 8), ("UTC-0:00 WET", 0), ("site", 8), ("UTC", 0)],
)
def test_the_zone_of_a_naive_clock(text, hours):
    assert datetime(2026, 11, 23, tzinfo=zone_of(text, "Asia/Shanghai")).utcoffset().total_seconds() == hours * 3600


def test_a_token_is_keyed_and_of_one_site():
    one = token(b"k", "s-001", "E-1001")
    assert one == token(b"k", "s-001", "E-1001")
    assert len({one, token(b"l", "s-001", "E-1001"), token(b"k", "s-002", "E-1001")}) == 3
    assert not one.isdigit()


def test_names_pictures_and_long_strings_are_not_stored():
    said = {"Name": "somebody", "info": {"pic": "…", "n": 1}, "blob": "x" * 5000}
    kept = storable(json.dumps(said).encode())
    assert not kept.whole
    left = json.loads(kept.payload)
    assert left["info"] == {"n": 1}
    assert left["blob"]["length"] == 5000
    assert "Name" not in left
    assert storable(b'{"n":  1}') == (b'{"n":  1}', True)
    assert storable(b"part\r\n\r\n\xff\xd8\xff\xe0 a face") == (b"part\r\n\r\n", False)


def test_what_must_not_be_seen_cannot_be_asked_for():
    assert means("zigbee2mqtt", {"name": True, "contact": False}) == [{"kind": "door.opened"}]


# -- from a store -----------------------------------------------------------------------------------------------------------


def test_what_a_store_kept_says_how_things_are_and_not_that_anybody_calls():
    """As the agent wraps what its local broker retained: backfill, and no time of its own."""
    hanging = Hanging("s-001", "dev-1", (table := shelf().table("zigbee2mqtt")), given_params(table, {}), None)
    memory, kept = Notebook(), []
    for n, said in enumerate(({"action": "emergency", "contact": False}, {"contact": False}, {"contact": True})):
        arrival = Arrival("zigbee2mqtt/x", json.dumps(said).encode(), NOW + n)
        reading = decode(hanging, arrival, "Asia/Shanghai", token_for_samples)
        kept += settle(hanging, arrival, reading, of_wrapped(f"m{n}", n == 0), memory, "Asia/Shanghai").events
    assert [wire(event)["kind"] for event in kept] == ["door.opened", "device.status", "door.closed"]


def test_what_is_said_every_half_minute_is_kept_every_minute():
    def report(n):
        start, end = (format_instant(NOW + (n + more) * 30 * SECOND) for more in (0, 1))
        return {"device_info": {"device_sn": "1"}, "time_info": {"start_time": start, "end_time": end}}

    said = means("milesight-vs125", *map(report, range(8)), every=30 * SECOND)
    assert 4 <= len(said) <= 6


# -- any bytes at all -------------------------------------------------------------------------------------------------------

WORDS = sorted(
    {name for table in shelf().tables.values() for read in table.reads for emit in read.emit for name in names_of(emit)}
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=8),
    st.sampled_from(
        ["fall", "alarm_triggered", "emergency", "open", "5", "realTime", "2026-11-23T09:00:00", "region_1_leave"]
    ),
)
TREES = st.recursive(
    SCALARS,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inside, max_size=6),
    max_leaves=20,
)


@pytest.mark.parametrize("name", sorted(shelf().tables))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tree=st.dictionaries(st.sampled_from(WORDS), TREES, max_size=8))
def test_any_payload_is_read_or_refused_with_a_sentence(name, tree):
    """Nothing but Unreadable comes out of a table, whatever a device or a stranger sends."""
    params = {"areas": {"hall": "hall"}}
    (meant, again) = preview(shelf().table(name), params, [Arrival("capture", json.dumps(tree).encode(), NOW)] * 2)
    assert meant.events or meant.trouble
    assert again.trouble
