"""The registry file: checked whole, written at once, loaded again without harm, and a new site's quarantine is replayed."""

import json
import subprocess
import sys
from datetime import date

import pytest

from contract import format_instant
from ingest.__main__ import main
from ingest.inbox import waiting
from ingest.places import load
from models.civil_day import day_bounds
from models.database import read_only
from models.day_sources import capacities_at, site_capacity
from models.place_file import FileRefused, read_places
from tests.ingest.conftest import NOW
from tests.running import ROOT

HEADER = (
    "site,name_zh,name_en,kind,street,community,lat,lon,datum,capacity,count_by,open_hours,address,phone,valid_from\n"
)
CENTRE = (
    "lh-001,民治长者服务中心,Minzhi Elder Centre,STC,440309002=民治街道/Minzhi,c-01=北站社区/North Station,22.6195,114.0312,wgs84,"
    "hall:60;canteen:40,,Mo-Fr 08:30-17:30; Sa 09:00-12:00,民治大道1号,0755-0000,\n"
)
CANTEEN = 'lh-002,,Longhua Canteen,MEAL,440309003,,,,,80,persons,Mo-Su 11:00-13:00,"1, Main Road",,\n'
LATER = NOW + 3_600_000_000


@pytest.fixture
def file(tmp_path):
    def write(*rows, header=HEADER, name="places.csv", bom=False):
        path = tmp_path / name
        path.write_text("".join([header, *rows]), encoding="utf-8-sig" if bom else "utf-8")
        return path

    return write


def sites(district):
    return district.rows("select code, name_zh, name_en, kind, street from site where code like 'lh-%' order by code")


def wrong(content):
    with pytest.raises(FileRefused) as refused:
        read_places(content if isinstance(content, bytes) else content.encode())
    return [str(one) for one in refused.value.wrong]


# -- a good file ------------------------------------------------------------------------------------------------------------


def test_a_file_registers_its_sites_with_all_that_it_says(district, file):
    report = load(district.engine, file(CENTRE, CANTEEN, bom=True), NOW)
    assert (report.created, report.updated, report.unchanged, report.streets_created) == (2, 0, 0, 1)
    assert sites(district) == [
        ("lh-001", "民治长者服务中心", "Minzhi Elder Centre", "STC", "440309002"),
        ("lh-002", "Longhua Canteen", "Longhua Canteen", "MEAL", "440309003"),
    ]
    assert district.rows("select s.code, lat, lon, address, phone, s.count_by from site s where code like 'lh-%'") == [
        ("lh-001", 22.6195, 114.0312, "民治大道1号", "0755-0000", "counter"),
        ("lh-002", None, None, "1, Main Road", None, "persons"),
    ]
    assert district.rows("select code, street, name_zh, name_en from community") == [
        ("c-01", "440309002", "北站社区", "North Station")
    ]
    assert district.rows("select a.code from area a order by 1") == [("canteen",), ("hall",)]


def test_a_bare_street_code_is_a_street_with_a_warning_and_gets_its_name_later(district, file):
    report = load(district.engine, file(CANTEEN), NOW)
    assert "440309003" in report.warnings[0].text
    load(district.engine, file(CANTEEN.replace("440309003", "440309003=龙华街道/Longhua")), NOW)
    assert district.rows("select name_zh, name_en from street where code = '440309003'") == [("龙华街道", "Longhua")]


def test_a_name_in_any_line_names_the_street_of_all(district, file):
    named = CENTRE.replace("440309002=民治街道/Minzhi", "440309005=福城街道/Fucheng")
    report = load(district.engine, file(CANTEEN.replace("440309003", "440309005"), named), NOW)
    assert (report.streets_created, report.warnings) == (1, ())
    assert district.rows("select name_zh from street where code = '440309005'") == [("福城街道",)]


def test_chinese_map_coordinates_are_kept_as_wgs84(district, file):
    load(
        district.engine,
        file(CENTRE.replace("22.6195,114.0312,wgs84", "22.540796131694766,113.9171764808363,gcj02")),
        NOW,
    )
    ((lat, lon),) = district.rows("select lat, lon from site where code = 'lh-001'")
    assert (lat, lon) == (pytest.approx(22.543847, abs=1e-6), pytest.approx(113.912316, abs=1e-6))


def test_geojson_points_have_the_same_properties(district, tmp_path):
    point = {"type": "Point", "coordinates": [114.0312, 22.6195]}
    said = {"site": "lh-009", "name_zh": "站", "kind": "CST", "street": "440309002", "capacity": 60, "phone": None}
    path = tmp_path / "places.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [{"geometry": point, "properties": said}]}))
    assert load(district.engine, path, NOW).created == 1
    assert district.rows("select lat, lon from site where code = 'lh-009'") == [(22.6195, 114.0312)]
    assert district.rows("select area, persons from capacity") == [("", 60)]


def test_a_worker_sees_the_site_with_its_next_batch(district, file):
    before = district.rows("select n from change where name = 'registry'")[0][0]
    load(district.engine, file(CENTRE), NOW)
    assert district.rows("select n from change where name = 'registry'") == [(before + 1,)]
    event = {"id": "e1", "kind": "occupancy.flow", "at": format_instant(NOW), "area": "hall", "in": 1, "out": 0}
    assert district.take(json.dumps(event).encode(), site="lh-001").verdicts == ["stored"]


# -- again ------------------------------------------------------------------------------------------------------------------


def test_the_same_file_again_changes_nothing(district, file):
    load(district.engine, file(CENTRE, CANTEEN), NOW)
    tables = ("site", "area", "street", "community", "capacity", "opening_hours", "change")
    before = [district.rows(f"select * from {table} order by 1, 2") for table in tables]
    report = load(district.engine, file(CENTRE, CANTEEN), LATER)
    assert (report.created, report.updated, report.unchanged, report.streets_created) == (0, 0, 2, 0)
    assert [district.rows(f"select * from {table} order by 1, 2") for table in tables] == before


def test_a_changed_row_updates_its_site_and_leaves_the_others(district, file):
    load(district.engine, file(CENTRE, CANTEEN), NOW)
    report = load(district.engine, file(CENTRE.replace("Minzhi Elder Centre", "Minzhi Centre"), CANTEEN), LATER)
    assert (report.updated, report.unchanged) == (1, 1)
    assert sites(district)[0][2] == "Minzhi Centre"


def test_columns_that_a_file_does_not_have_stay_as_they_are(district, file):
    load(district.engine, file(CENTRE), NOW)
    report = load(district.engine, file("lh-001,新名,STC,440309002\n", header="site,name_zh,kind,street\n"), LATER)
    assert report.updated == 1
    assert district.rows("select name_zh, name_en, community, phone from site where code = 'lh-001'") == [
        ("新名", "Minzhi Elder Centre", "c-01", "0755-0000")
    ]
    assert district.rows("select count(*) from capacity") == [(2,)]


def at(district, moment):
    with read_only(district.engine) as connection:
        site = connection.exec_driver_sql("select id from site where code = 'lh-001'").scalar_one()
        return capacities_at(connection, [site], moment)[site]


def test_a_new_capacity_leaves_the_past_as_it_was(district, file):
    load(district.engine, file(CENTRE), NOW)
    load(district.engine, file(CENTRE.replace("hall:60;canteen:40", "hall:50;tea:10")), LATER)
    assert at(district, NOW - 1) == {}
    assert at(district, LATER - 1) == {"hall": 60, "canteen": 40}
    assert at(district, LATER) == {"hall": 50, "tea": 10}
    load(district.engine, file(CENTRE.replace("hall:60;canteen:40", "70")), LATER + 1)
    assert (at(district, LATER + 1), site_capacity(at(district, LATER + 1))) == ({"": 70}, 70)
    load(district.engine, file(CENTRE.replace("hall:60;canteen:40", "")), LATER + 2)
    assert site_capacity(at(district, LATER + 2)) is None


def test_a_date_in_valid_from_is_the_districts_midnight(district, file):
    midnight = day_bounds(date(2027, 1, 1), "Asia/Shanghai")[0]
    load(district.engine, file(CENTRE), NOW)
    changed = CENTRE.replace("Mo-Fr 08:30-17:30; Sa 09:00-12:00", "Mo-Su 08:00-20:00").replace(",\n", ",2027-01-01\n")
    load(district.engine, file(changed), NOW)
    rules = district.rows("select valid_from, rule from opening_hours where valid_from >= ? order by 1", midnight)
    assert rules == [(midnight, "Mo-Su 08:00-20:00")]
    assert at(district, NOW) == {"hall": 60, "canteen": 40}


def test_an_area_may_be_counted_by_persons_and_go_back(district, file):
    by_area = CANTEEN.replace("80,persons", "80,hall:persons")
    load(district.engine, file(by_area), NOW)
    rows = "select s.count_by, a.code, a.count_by from site s join area a on a.site_id = s.id where s.code = 'lh-002'"
    assert district.rows(rows) == [("counter", "hall", "persons")]
    load(district.engine, file(by_area.replace("hall:persons", "")), LATER)
    assert district.rows(rows) == [("counter", "hall", None)]


# -- a wrong file -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value", "allowed"),
    [
        ("site", "LH-001", "2 to 32 of a-z"),
        ("site", "", "2 to 32 of a-z"),
        ("kind", "CENTRE", "INST, STC, CST"),
        ("street", "民治", "code=name_zh/name_en"),
        ("street", "", "code=name_zh/name_en"),
        ("lat", "91", "-90 to 90"),
        ("lon", "east", "-180 to 180"),
        ("lat", "nan", "-90 to 90"),
        ("lat", "", "lon beside it"),
        ("datum", "bd09", "wgs84, gcj02"),
        ("capacity", "0", "1 to 100000"),
        ("capacity", "hall:60;hall:40", "hall:60;canteen:40"),
        ("capacity", "hall:60;Canteen:40", "hall:60;canteen:40"),
        ("capacity", "6e1", "1 to 100000"),
        ("count_by", "people", "counter, persons"),
        ("open_hours", "周一 08:30-17:30", "opening_hours"),
        ("phone", "1" * 65, "up to 64"),
        ("valid_from", "tomorrow", "RFC 3339"),
        ("valid_from", "2026-11-23T10:00", "RFC 3339"),
        ("valid_from", "2026-W40-4", "RFC 3339"),
    ],
)
def test_a_wrong_value_is_named_with_line_column_and_what_is_allowed(column, value, allowed):
    names = HEADER.strip().split(",")
    good = {"site": "lh-003", "name_zh": "站", "kind": "CST", "street": "1", "lat": "22.6", "lon": "114.0"}
    row = ",".join((good | {column: value}).get(name, "") for name in names)
    (said,) = wrong(HEADER + "lh-001,a,,CST,1,,,,,,,,,,\n" + row + "\n")
    assert said.startswith(f"line 3: {column} is {value!r}; allowed: ")
    assert allowed in said


def test_every_wrong_line_is_named_and_nothing_is_written(district, file):
    path = file(CENTRE, "lh-004,,,CST,1,,,,,,,,,,\n", CENTRE, "lh-005,站,,XX,1,,,,,abc,,,,,\n", "lh-006,站\n")
    with pytest.raises(FileRefused) as refused:
        load(district.engine, path, NOW)
    assert [(one.line, one.column) for one in refused.value.wrong] == [
        (3, "name_zh"), (4, "site"), (5, "kind"), (5, "capacity"), (6, "the row"),
    ]  # fmt: skip
    assert sites(district) == []


def test_an_unknown_column_is_an_error_that_names_the_known_ones():
    (said,) = wrong("site,name_zh,kind,street,capacty\nlh-001,站,CST,1,60\n")
    assert "'capacty'" in said
    assert "capacity, count_by" in said


def test_a_missing_or_doubled_column_is_an_error():
    assert "street, name_zh or name_en" in wrong("site,kind\nlh-001,CST\n")[0]
    assert "each column once" in wrong("site,name_zh,kind,street,street\nlh-001,站,CST,1,1\n")[0]


def test_a_code_must_mean_one_thing_throughout_a_file():
    rows = [
        "lh-001,a,,CST,1=民治/Minzhi,c=x/y,,,,,,,,,\n",
        "lh-002,b,,CST,1=龙华/Longhua,,,,,,,,,,\n",
        "lh-003,c,,CST,2,c,,,,,,,,,\n",
    ]
    said = wrong(HEADER + "".join(rows))
    assert "line 3: street is '龙华/Longhua'; allowed: one name for 1; before it was 民治/Minzhi" in said
    assert "line 4: street is '2'; allowed: one street for community c; before it was 1" in said


def test_bytes_that_are_not_utf8_are_named_by_their_line():
    assert wrong(HEADER.encode() + "lh-001,民治\n".encode("gbk"))[0].startswith("line 2: encoding is 'byte 0xc3'")


def test_a_quote_that_is_never_closed_is_named():
    assert wrong(HEADER + 'lh-001,"站,,CST\n')[0].startswith("line 2: the row is")


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ("{", "GeoJSON"),
        ('{"type": "Feature"}', "FeatureCollection"),
        ('{"type": "FeatureCollection", "features": [7]}', "feature 1: properties"),
        ('{"type": "FeatureCollection", "features": [{"properties": {"colour": "red"}}]}', "'colour'"),
        (
            '{"type": "FeatureCollection", "features": [{"properties": {}, "geometry": {"type": "LineString"}}]}',
            "feature 1: geometry",
        ),
    ],
)
def test_wrong_geojson_says_what_it_should_be(said, part):
    assert any(part in line for line in wrong(said))


def test_a_dry_run_counts_and_writes_nothing(district, file):
    report = load(district.engine, file(CENTRE), NOW, dry_run=True)
    assert (report.created, report.dry_run, sites(district)) == (1, True, [])


# -- quarantine -------------------------------------------------------------------------------------------------------------


def arrival(number):
    return {"id": f"e{number}", "kind": "occupancy.flow", "at": format_instant(NOW - number), "in": 1, "out": 0}


def test_what_was_quarantined_counts_once_its_site_is_registered(district, file):
    array = [arrival(1), arrival(2), {"id": "bad"}]
    district.take(json.dumps(array).encode(), json.dumps(arrival(3)).encode(), site="lh-001")
    district.take(json.dumps(arrival(4)).encode(), site="still-unknown")
    report = load(district.engine, file(CENTRE), NOW + 10)
    assert report.to_replay == 3
    assert district.rows("select distinct source, site, topic from inbox") == [
        ("register", "lh-001", "eldercare/v1/lh-001/events")
    ]
    with read_only(district.engine) as connection:
        messages = waiting(connection, 0, 100)
    assert district.take_messages(messages, NOW + 20).verdicts == ["stored"] * 3
    assert district.rows("select signed from head_count") == [(3,)]
    assert district.rows("select count(*) from rejected where replayed_at is not null") == [(3,)]


def test_a_dry_run_says_how_much_quarantine_it_would_replay(district, file):
    district.take(json.dumps(arrival(1)).encode(), site="lh-001")
    assert load(district.engine, file(CENTRE), NOW, dry_run=True).to_replay == 1
    assert district.rows("select count(*) from inbox") == [(0,)]


def test_loading_again_replays_no_second_time(district, file):
    district.take(json.dumps(arrival(1)).encode(), site="lh-001")
    load(district.engine, file(CENTRE), NOW)
    assert load(district.engine, file(CENTRE), LATER).to_replay == 0


# -- the command ------------------------------------------------------------------------------------------------------------


def command(database, *more):
    return subprocess.run(
        [sys.executable, "-m", "ingest", "places", "load", *more],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "ELDERCARE_DATABASE_URL": database.url},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_command_prints_one_line_and_nothing_else(database, file):
    done = command(database, str(file(CENTRE)))
    expected = "sites: 1 created, 0 updated, 0 unchanged; streets: 1 created; quarantined messages to be replayed: 0\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, expected, "")


def test_the_command_ends_with_one_and_every_wrong_line(database, file):
    done = command(database, str(file("lh-005,站,,XX,1,,,,,abc,,,,,\n")))
    assert (done.returncode, done.stdout) == (1, "")
    assert [line.split(":")[0] for line in done.stderr.splitlines()[:2]] == ["line 2", "line 2"]
    assert "nothing was written" in done.stderr


def test_a_file_that_is_not_there_is_one_clear_line(database, tmp_path):
    done = command(database, str(tmp_path / "none.csv"))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "cannot be read" in done.stderr


@pytest.mark.engines("sqlite")
def test_a_large_file_is_loaded_with_progress_on_standard_error(district, tmp_path):
    path = tmp_path / "large.csv"
    rows = (f"g-{n},站{n},CST,{n % 6 + 1}=街{n % 6}/S{n % 6},{n % 90 + 1}\n" for n in range(100_000))
    path.write_text("site,name_zh,kind,street,capacity\n" + "".join(rows), encoding="utf-8")
    said = []
    report = load(district.engine, path, NOW, say=said.append)
    assert (report.created, report.streets_created) == (100_000, 6)
    assert said == ["checked 100,000 rows", "writing 100,000 sites"]


@pytest.mark.engines("sqlite")
def test_what_is_done_by_command_stands_in_the_chain_of_deeds(database, file, tmp_path, monkeypatch, read, capsys):
    monkeypatch.setenv("ELDERCARE_DATABASE_URL", database.url)
    places, whole = str(file(CENTRE)), str(tmp_path / "all.json")
    for words in (
        ("places", "load", places, "--dry-run"),
        ("places", "load", places),
        ("bind", "lh-001", "door-1", "milesight-vs125"),
        ("broker-user", "add", "lh-001"),
        ("broker-user", "rotate", "lh-001"),
        ("broker-user", "revoke", "lh-001"),
        ("places", "export", whole),
        ("places", "import", whole),
    ):
        assert main(words) == 0, capsys.readouterr().err
    assert main(("broker-user", "rotate", "lh-009")) == 1
    assert read("select author, role, what, subject from audit_entry order by id") == [
        ("command", "ops", "registry.load", "registry"),
        ("command", "ops", "device.bind", "lh-001/door-1"),
        ("command", "ops", "credential.give", "lh-001"),
        ("command", "ops", "credential.give", "lh-001"),
        ("command", "ops", "credential.revoke", "lh-001"),
        ("command", "ops", "registry.import", "registry"),
    ]
