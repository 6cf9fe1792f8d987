"""The watching pages' tables as files: what the page shows to her and no more, filtered as its address says."""

import csv
import io

import pytest

from tests.browser.seeded import CENTRE_SITE, SILENT, SOS
from tests.dashboard.town import ELSEWHERE, SITE, STREET


@pytest.fixture(scope="module")
def town(file_town):
    file_town.look()
    return file_town


def table(town, role, path):
    answer = town.client().get(f"/export/{path}", headers=town.bearer(role))
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_the_list_of_sites_is_filtered_as_its_page_is(town):
    assert len(table(town, "district", "sites.csv")) == 24
    assert [row["site"] for row in table(town, "district", "sites.csv?state=silent")] == [SILENT]
    assert {row["street"] for row in table(town, "district", f"sites.csv?street={STREET}")} == {STREET}
    assert {row["kind"] for row in table(town, "district", "sites.csv?q=饭堂")} == {"MEAL"}
    assert SOS in {row["site"] for row in table(town, "district", "sites.csv?state=alarm")}
    silent = table(town, "district", "sites.csv?state=silent")[0]
    assert silent["heard_at"].endswith("Z")


def test_a_table_holds_the_readers_own_sites_alone(town):
    assert {row["street"] for row in table(town, "street", "sites.csv")} == {STREET}
    assert [row["code"] for row in table(town, "street", "streets.csv")] == [STREET]
    assert {row["street"] for row in table(town, "street", "alarms.csv")} <= {STREET}
    assert [row["site"] for row in table(town, "site", "sites.csv")] == [SITE]
    for what in ("alarms", "curve", "devices", "services"):
        path = f"/export/sites/{ELSEWHERE}/{what}.csv"
        assert town.client().get(path, headers=town.bearer("site")).status_code == 404


def test_the_desk_is_filtered_by_grade_and_state_and_names_nobody(town):
    urgent = table(town, "district", "alarms.csv?grade=1")
    assert [(row["type"], row["site"], row["state"]) for row in urgent] == [("SOS", SOS, "raised")]
    assert "subject" not in urgent[0]
    assert table(town, "district", "alarms.csv?state=settled") == []
    assert {row["site"] for row in table(town, "district", "response-times.csv?days=7")} >= {SOS}


def test_a_sites_tables_are_those_of_its_page(town):
    assert [row["device"] for row in table(town, "district", f"sites/{CENTRE_SITE}/devices.csv")] == ["door-east"]
    assert {row["type"] for row in table(town, "district", f"sites/{CENTRE_SITE}/services.csv")} >= {"BA.ST"}
    ledger = table(town, "district", f"sites/{CENTRE_SITE}/ledger.csv")
    assert (ledger[-1]["what"], {row["area"] for row in ledger} >= {"hall"}) == ("total", True)
    curve = table(town, "district", f"sites/{CENTRE_SITE}/curve.csv")
    assert int(curve[-1]["people"]) > 0


def test_the_plan_has_a_row_for_each_type_of_each_street_and_for_each_provider(town):
    rows = table(town, "district", "plan.csv")
    types, providers = [row for row in rows if row["type"]], [row for row in rows if row["site"]]
    assert sum(int(row["planned"]) for row in types) == sum(int(row["planned"]) for row in providers) > 0
    street = types[0]["street"]
    chosen = table(town, "district", f"plan.csv?street={street}")
    assert {row["street"] for row in chosen} == {street}
    one = table(town, "district", f"plan.csv?street={street}&type={types[0]['type']}")
    assert [(row["street"], row["type"]) for row in one] == [(street, types[0]["type"])]


def test_the_curve_of_a_scope_and_the_latest_moves_of_services_are_files(town):
    whole, street = table(town, "district", "curve.csv"), table(town, "street", "curve.csv")
    assert int(whole[-1]["people"]) > int(street[-1]["people"]) > 0
    moved = table(town, "district", "moved.csv")
    assert {row["what"] for row in moved} <= {"started", "completed"}
    assert moved[0]["at"] >= moved[-1]["at"]
    assert {row["street"] for row in table(town, "street", "moved.csv")} <= {STREET}


@pytest.mark.parametrize("path", ["sites/d-001/people.csv", "sites/D'/devices.csv", "sites/nowhere/devices.csv"])
def test_a_table_that_is_not_there(town, path):
    assert town.client().get(f"/export/{path}", headers=town.bearer("district")).status_code == 404


@pytest.mark.parametrize("days", ["0", "9999", "x"])
def test_response_times_are_of_a_year_at_most(town, days):
    answer = town.client().get(f"/export/response-times.csv?days={days}", headers=town.bearer("district"))
    assert answer.status_code == 400
