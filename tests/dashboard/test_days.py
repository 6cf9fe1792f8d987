"""A manager's day on the page, by the API and as a file: the same numbers to the last digit; who may sign what, and once."""

import csv
import io
import json
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from xml.etree import ElementTree

import msgspec
import pytest

from clock import real_now
from contract import format_instant
from dashboard.access import Viewer
from dashboard.csv_table import csv_text
from dashboard.day_corrections import Said
from dashboard.day_desk import DayRefused, correct, sign
from dashboard.letter_text import body_of_days, body_of_list
from dashboard.outage_reading import read_outages
from dashboard.parts.day_list import days_card
from dashboard.parts.day_rail import rail
from dashboard.parts.day_sheet import SIX, clauses, sheet
from dashboard.parts.day_words import per_cent, shown, yuan
from dashboard.parts.markup import markup
from dashboard.parts.outage_card import outage_card
from dashboard.parts.report_district import district_sheets
from dashboard.parts.report_sheet import report_sheet
from dashboard.parts.unsigned_line import unsigned_line
from dashboard.queries.day_lines import page_lines
from dashboard.queries.days import day_list, day_page
from dashboard.queries.report_lines import days_of, place_lines
from dashboard.queries.reports import scope_report, site_report
from dashboard.queries.unsigned import unsigned_days
from dashboard.words import Speech
from dashboard.workbook import sheet_name, workbook
from ingest.jobs.occasion import Occasion
from ingest.jobs.reckon_availability import reckon_availability
from ingest.jobs.summarise_days import QUIET, summarise_days
from models.alarm_steps import Cause, Place, clear_alarm, raise_alarm
from models.audit import looked_through
from models.base import HOUR, MINUTE
from models.civil_day import to_instant, wall_clock
from models.database import read_only, transaction
from models.day import DaySummary
from models.day_sums import added
from models.event import SLOT_US
from models.period import period_of
from tests.browser.lived import END, LIVED, START, YESTERDAY, ZONE
from tests.browser.seeded import NOON

DAY = YESTERDAY.isoformat()
MANAGER = Viewer("manager-li", "site", f"site:{LIVED}")
ELSEWHERE = Viewer("manager-wu", "site", "site:d-002")


@pytest.fixture
def town(lived_in, seeded):
    with seeded.town(*lived_in) as made:
        yield made


def page(town, viewer=MANAGER, version=None):
    with read_only(town.engine) as connection:
        return day_page(connection, viewer, LIVED, YESTERDAY, version, NOON, town.shell.state.house.rules)


def signed(town, viewer=MANAGER, version=1, read=None):
    read = read or page(town).versions[0].fingerprint
    return sign(town.engine, viewer, LIVED, DAY, version, read, NOON, real_now())


def cells(content):
    """The rows of a workbook's first sheet, as text; a text cell is a number of the book's list of texts."""
    book, space = zipfile.ZipFile(io.BytesIO(content)), "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    known = ["".join(one.itertext()) for one in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))]
    rows: dict[int, dict[str, str]] = {}
    for row in ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml")).iter(f"{space}row"):
        for cell in row:
            value = cell.findtext(f"{space}v")
            text = known[int(value)] if cell.get("t") == "s" else value
            rows.setdefault(int(row.get("r")), {})[cell.get("r").rstrip("0123456789")] = text or ""
    heads = list(rows[1])
    return [[row.get(column, "") for column in heads] for row in rows.values()]


def texts(component):
    """(data-line, text) of every figure of the sheet."""
    found = {}
    if getattr(component, "data-line", None):
        found[getattr(component, "data-line")] = "".join(component.children)
    for child in getattr(component, "children", None) or []:
        if hasattr(child, "to_plotly_json"):
            found |= texts(child)
    return found


def words_of(component):
    if not hasattr(component, "to_plotly_json"):
        return str(component or "")
    inside = getattr(component, "children", None)
    return "".join(words_of(child) for child in (inside if isinstance(inside, list | tuple) else [inside]))


def values(component):
    """The texts of the six tiles."""
    if "value" in str(getattr(component, "className", "") or "").split():
        return [words_of(component)]
    inside = getattr(component, "children", None) or []
    return [text for child in inside if hasattr(child, "to_plotly_json") for text in values(child)]


def untold(value):
    """The API's answer as it is stored: moments are numbers again."""
    if isinstance(value, dict):
        return {name: untold(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [untold(inner) for inner in value]
    is_moment = isinstance(value, str) and "T" in value and value[:4].isdigit()
    return to_instant(datetime.fromisoformat(value)) if is_moment else value


def test_screen_summary_api_and_files_say_the_same_to_the_last_digit(town):
    rows, person = page(town), town.person("site", f"site:{LIVED}")
    say = Speech("zh")
    api = town.client().get(f"/api/v1/sites/{LIVED}/days/{DAY}", headers=town.bearer("admin")).json()
    assert msgspec.convert(untold(api["summary"]), DaySummary) == rows.summary
    assert rows.summary.visits.entries == 120
    table = list(csv.reader(io.StringIO(person.get(f"/export/days/{LIVED}/{DAY}.csv?lang=zh").text.lstrip("\ufeff"))))
    by_name = {(row[3], row[4]): row for row in table[1:]}
    lines = {(line.block, line.name): line for line in page_lines(rows)}
    assert by_name.keys() == lines.keys()
    month = {name: line.value for (_, name), line in lines.items() if name.endswith("_month")}
    assert api["month"] == month != {}
    for name, line in lines.items():
        assert by_name[name][6] == ("" if line.value is None else str(line.value)), name
        assert by_name[name][9].lstrip("'") == shown(say, line, ZONE)
    painted = texts(sheet(say, rows, ZONE, False))
    assert len(painted) > 25
    # The falls of the four Sundays before were never closed either.
    assert (rows.summary.safety.raised, rows.summary.safety.open) == (1, 1 + 4)
    for name, text in painted.items():
        block, _, figure = name.partition(".")
        assert text == by_name[block, figure][9].lstrip("'"), name
    letter = body_of_days(say, [rows], ZONE, [])
    tiles = [text.partition(" ")[0] for text in values(sheet(say, rows, ZONE, False))]
    for (name, block, figure), tile in zip(SIX, tiles, strict=True):
        told = by_name[block, figure][9].lstrip("'")
        assert tile == told.partition(" ")[0]
        assert f"{say(f'day.figure.{name}')} {told}" in letter
    for name in ("differs", "open", "do"):
        assert clauses(say, name, getattr(rows.summary.reading, name), ZONE) in letter


def test_the_sheet_says_when_it_was_open_what_the_month_has_so_far_and_what_nobody_reports(town):
    rows, say = page(town), Speech("zh")
    told = words_of(sheet(say, rows, ZONE, False))
    assert "应开 06:00–22:00" in told
    assert "实开 05:58–22:06" in told
    assert say("day.unreported") in told
    lines = {line.name: line for line in page_lines(rows) if line.block == "money"}
    assert lines["subsidy_month"].value > lines["subsidy"].value > 0
    asked = [words_of(rail(say, one, ZONE)) for one in (replace(rows, as_of=rows.sign_by), rows)]
    assert "请于 11-23 10:00 前签发" in asked[0]
    assert "应于 11-23 10:00 前签发，已逾期" in asked[1]
    made_up = replace(rows, calendar="as_0", summary=replace(rows.summary, doors=()))
    assert "调休上班，按星期一开放" in words_of(sheet(say, made_up, ZONE, False))
    assert "实开时间未报" in words_of(sheet(say, made_up, ZONE, False))


def test_a_running_day_has_a_curve_though_only_some_of_its_areas_were_counted_today(town):
    town.happens(LIVED, "occupancy.flow", NOON - MINUTE, area="hall", **{"in": 2, "out": 0})
    with read_only(town.engine) as connection:
        running = YESTERDAY + timedelta(days=1)
        rows = day_page(connection, MANAGER, LIVED, running, None, NOON, town.shell.state.house.rules)
    assert (rows.version, rows.curve[-1].at) == (0, NOON // SLOT_US * SLOT_US)
    assert rows.curve[-1].highest >= 2
    say = Speech("zh")
    told = words_of(sheet(say, rows, ZONE, False)) + words_of(rail(say, rows, ZONE))
    assert f"截至 {wall_clock(NOON, ZONE)[11:]}，当日尚未结束" in told
    assert say("day.sign.name") not in told
    assert say("day.no_usual") not in told


def test_the_workbook_holds_the_same_rows_as_the_csv(town):
    person = town.person("site", f"site:{LIVED}")
    rows = cells(person.get(f"/export/days/{LIVED}/{DAY}.xlsx").content)
    text = person.get(f"/export/days/{LIVED}/{DAY}.csv").content
    assert text.startswith(b"\xef\xbb\xbf")
    assert rows == [
        [cell.lstrip("'") for cell in row] for row in csv.reader(io.StringIO(text.decode().lstrip("\ufeff")))
    ]


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2", "@sum(a1)", "\t=1", "\r=1"])
def test_no_text_of_a_file_becomes_a_formula(text):
    written = csv_text(["a"], [[text, -5, 2.5, None, "=\u4e2d"]]).lstrip("\ufeff")
    _, row = csv.reader(io.StringIO(written, newline=""))
    assert row == [f"'{text}", "-5", "2.5", "", "'=\u4e2d"]
    made = workbook([("a", [["a"], [text], ["https://a.b"], ["12"], [12]])])
    sheet_ = zipfile.ZipFile(io.BytesIO(made)).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet_
    assert "hyperlink" not in sheet_
    assert sheet_.count('t="s"') == 4
    assert cells(made)[1:] == [[text.replace("\r", "_x000D_")], ["https://a.b"], ["12"], ["12"]]


def test_a_workbook_names_its_sheets_in_chinese_and_its_head_stands_still():
    book = zipfile.ZipFile(io.BytesIO(workbook([("青禾[1]/日报" + "长" * 40, [["指标", "值"], ["人", 3]])])))
    assert 'name="青禾 1  日报长' in book.read("xl/workbook.xml").decode()
    sheet_ = book.read("xl/worksheets/sheet1.xml").decode()
    assert 'state="frozen"' in sheet_
    assert '<col min="1" max="1" width="6' in sheet_
    assert sheet_name("[]") == "1"


@pytest.mark.parametrize(("fen", "text"), [(0, "0.00"), (5, "0.05"), (124_200, "1,242.00"), (-1, "−0.01")])
def test_money_is_written_by_whole_numbers(fen, text):
    assert yuan(fen) == text


@pytest.mark.parametrize(("value", "of", "text"), [(1, 3, "33.3"), (2, 3, "66.7"), (1, 8, "12.5"), (1, 2000, "0.1")])
def test_a_rate_has_one_decimal(value, of, text):
    assert per_cent(value, of) == text


def test_a_day_is_signed_once_by_its_manager_and_by_nobody_else(town):
    with pytest.raises(DayRefused, match="404"):
        signed(town, ELSEWHERE)
    with pytest.raises(DayRefused, match="403"):
        signed(town, Viewer("officer", "district", ""))
    assert signed(town).done
    again = signed(town, Viewer("root", "admin", ""))
    assert (again.done, again.by) == (False, "manager-li")
    assert page(town).versions[0].signed_by == "manager-li"
    with read_only(town.engine) as connection:
        assert looked_through(connection).is_whole


def test_of_many_who_sign_at_once_one_does(town):
    read = page(town).versions[0].fingerprint
    people = [Viewer(f"manager-{n}", "site", f"site:{LIVED}") for n in range(6)]
    with ThreadPoolExecutor(6) as threads:
        done = list(threads.map(lambda viewer: signed(town, viewer, read=read), people))
    assert sorted(one.done for one in done) == [False] * 5 + [True]
    assert len({one.by for one in done}) == 1


def restated(town):
    """A meal that came a day late, and the job that sums up anew."""
    town.happens(LIVED, "meal.served", START + 12 * HOUR, meal="lunch", mode="dine_in")
    now = NOON + QUIET + MINUTE
    summarise_days(Occasion(town.engine, town.cfg, now, now, day=YESTERDAY, forced=True))


def test_a_signature_belongs_to_its_version_and_is_shown_as_superseded(town):
    read = page(town).versions[0].fingerprint
    signed(town)
    restated(town)
    rows = page(town)
    assert [(one.version, one.signed_by) for one in rows.versions] == [(2, None), (1, "manager-li")]
    assert ("meals.served", 36, 37) in rows.versions[0].changes
    assert page(town, version=1).summary.meals.served == 36
    with pytest.raises(DayRefused, match="newer"):
        signed(town, version=1, read=read)
    listed = town.person().get(f"/export/days/{DAY}.csv").text
    assert next(row for row in csv.reader(io.StringIO(listed)) if row[0] == LIVED)[10] == "superseded"
    assert [(one.site, one.day, one.superseded) for one in waiting(town)] == [(LIVED, DAY, True)]
    assert signed(town, version=2).done
    assert waiting(town) == ()


def test_an_outage_of_our_own_is_named_wherever_a_share_is_shown_and_counted_for_nobody(town):
    """From ten to 10:35 nothing was kept of any site, because we were out."""
    gone, back = START + 10 * HOUR, START + 10 * HOUR + 35 * MINUTE
    town.write("delete from site_slot where slot >= ? and slot < ?", (gone // SLOT_US, back // SLOT_US))
    with transaction(town.engine) as connection:
        clear_alarm(connection, raise_alarm(connection, Cause(Place(), "OWN", since=gone), gone + MINUTE, {}), back)
    occasion = Occasion(town.engine, town.cfg, NOON, NOON, day=YESTERDAY, forced=True)
    summarise_days(occasion)
    reckon_availability(occasion)
    rows, say, reader = page(town), Speech("en"), town.bearer("admin")
    assert (rows.version, rows.summary.reading.grade, rows.summary.gear.silences) == (2, "B", ())
    told = words_of(sheet(say, rows, ZONE, False))
    assert "Our own outage 10:00–10:35, not counted" in told
    assert "Our own outage, 35 min missing; not the site's" in told
    api = town.client().get(f"/api/v1/sites/{LIVED}/days/{DAY}", headers=reader).json()["summary"]
    assert msgspec.convert(untold(api), DaySummary) == rows.summary
    assert api["gear"]["ours"] == [[format_instant(gone), format_instant(back)]]

    def table(path):
        return list(csv.reader(io.StringIO(town.client().get(path, headers=reader).text.lstrip("\ufeff"))))

    assert [row[9] for row in table(f"/export/days/{LIVED}/{DAY}.csv?lang=en") if row[4] == "ours"] == ["35 min"]
    listed = table(f"/export/days/{DAY}.csv")
    assert [row[listed[0].index("ours_minutes")] for row in listed if row[0] == LIVED] == ["35"]
    street = table(f"/export/reports/{DAY}.csv")
    assert {row[-1] for row in street if row[2] == LIVED} == {"35"}
    with read_only(town.engine) as connection:
        rules, month = town.shell.state.house.rules, period_of("2026-11")
        shown_ = [
            words_of(outage_card(say, read_outages(connection, MANAGER, LIVED, "", NOON, rules))),
            words_of(report_sheet(say, site_report(connection, MANAGER, LIVED, month, NOON, rules), ZONE, False)),
        ]
    assert "Not counted, our own outage: 30 d 35 min, 1 year 35 min" in shown_[0]
    assert "without 35 min of our own outage" in shown_[1]


def waiting(town, viewer=MANAGER):
    with read_only(town.engine) as connection:
        return unsigned_days(connection, viewer, NOON, town.shell.state.house.rules)


def test_days_that_wait_for_a_signature_stand_before_who_may_sign_them_and_nobody_else(town):
    (mine,) = waiting(town)
    assert (mine.site, mine.day, mine.superseded) == (LIVED, DAY, False)
    (line,) = unsigned_line(Speech("zh"), [mine])
    assert f'href="/days/{LIVED}/{DAY}"' in markup(line)
    assert unsigned_line(Speech("zh"), []) == []
    assert waiting(town, Viewer("officer", "district", "")) == ()
    assert len(waiting(town, Viewer("root", "admin", ""))) == 24


SHUT = Viewer("manager-sun", "site", "site:d-003")


def closed_on_sundays(town):
    """One more site, of which nothing came on its day off."""
    town.write("update opening_hours set rule = ? where site_id = (select id from site where code = ?)",
               ("Mo-Fr 08:00-18:00", "d-003"))  # fmt: skip
    summarise_days(Occasion(town.engine, town.cfg, NOON, NOON, day=YESTERDAY, forced=True))


def test_who_was_closed_owes_no_signature_and_no_report_wherever_they_are_counted(town):
    closed_on_sundays(town)
    signed(town)
    say, officer, rules = Speech("en"), Viewer("officer", "district", ""), town.shell.state.house.rules
    with read_only(town.engine) as connection:
        listed = day_list(connection, officer, YESTERDAY, NOON, rules)
        of_day = scope_report(connection, officer, "", period_of(DAY), NOON, rules)
        of_week = site_report(connection, SHUT, "d-003", period_of("2026-W47"), NOON, rules)
        its_day = day_page(connection, SHUT, "d-003", YESTERDAY, None, NOON, rules)
    assert "1 of 23 signed" in words_of(days_card(say, listed, "", "", ZONE))
    assert "None due" in words_of(days_card(say, listed, "", "not_due", ZONE))
    assert "1 of the 23 that owe a signature" in body_of_list(say, listed, [])
    told = " ".join(words_of(one) for one in district_sheets(say, of_day, ZONE, False))
    assert "1 of 23 signed" in told
    assert "Closed site-days, no signature due: 1" in told
    assert "not ranked: 1 sites" in told
    assert [place for place, one in zip(of_day.places, of_day.league, strict=True) if one.code == "d-003"] == [None]
    assert of_day.league[-1].code == "d-003"
    assert of_day.total == added([one.sums for one in of_day.league])
    line = {one.name: one for one in place_lines(next(one for one in of_day.league if one.code == "d-003"))}
    assert [(line[name].value, line[name].of) for name in ("days", "signed")] == [(0, 0), (0, 0)]
    assert (of_day.expected, of_day.signed) == (23, 1)
    assert [days_of(of_week.sums, block) for block in ("gear", "safety")] == [0, 0]
    assert (of_week.stand.closed, of_week.stand.asked, of_week.stand.over) == (1, 0, 6)
    assert YESTERDAY.isoformat() not in of_week.stand.silent
    written = body_of_days(say, [its_day], ZONE, [])
    assert "Closed that day." in written
    assert "Nothing; no signature is due." in written
    assert "not reported" not in written
    beside = words_of(rail(say, its_day, ZONE))
    assert "no signature is due" in beside
    assert "Was to be signed" not in beside
    assert waiting(town, SHUT) == ()
    assert len(waiting(town, Viewer("root", "admin", ""))) == 22
    table = list(csv.reader(io.StringIO(town.person().get(f"/export/days/{DAY}.csv").text.lstrip("\ufeff"))))
    states = {row[0]: row[table[0].index("state")] for row in table}
    assert (states["d-003"], states[LIVED], states["d-002"]) == ("not_due", "signed", "waiting")


def test_whom_somebody_visited_on_the_day_off_owes_a_signature(town):
    town.happens("d-003", "person.in", START + 12 * HOUR, area="main", person="a-guest", method="card")
    closed_on_sundays(town)
    (mine,) = waiting(town, SHUT)
    assert (mine.site, mine.day) == ("d-003", DAY)


def corrected(town, said, once="0" * 24, viewer=MANAGER):
    return correct(town.engine, viewer, LIVED, YESTERDAY, said, once, ZONE, NOON, real_now())


def heads(at, n, reason="recount", area="hall"):
    return Said("heads", at, reason, area, "", n)


def test_a_correction_is_an_event_with_its_reason_and_restates_the_day(town):
    corrected(town, heads(END - HOUR, 3, "left_unseen"))
    assert town.drain_inbox() == 1
    restated(town)
    rows = page(town)
    assert (rows.summary.people_at_end, rows.versions[0].why) == (3, "corrected")
    assert [(one.what, one.reason, one.author, one.n) for one in rows.corrections] == [
        ("heads", "left_unseen", "manager-li", 3)
    ]
    told = words_of(sheet(Speech("en"), rows, ZONE, False))
    assert "hall 23:00: 3 counted" in told.lower()
    assert "(manager-li, 11-23 11:36)" in told


def test_an_older_version_keeps_its_own_curve_and_knows_no_later_correction(town):
    before = page(town)
    correct(town.engine, MANAGER, LIVED, YESTERDAY, heads(END - HOUR, 3), "0" * 24, ZONE, NOON + MINUTE, real_now())
    assert town.drain_inbox() == 1
    restated(town)
    older, newest = page(town, version=1), page(town)
    assert (older.corrections, older.summary) == ((), before.summary)
    assert [point.people for point in older.curve] == list(before.summary.hours)
    last = [[point.people for point in one.curve if point.people is not None][-1] for one in (older, newest)]
    assert last[1] == 3 != last[0]
    told = words_of(rail(Speech("zh"), newest, ZONE))
    assert "→" in told
    assert not re.search(r"[a-z]+[._][a-z]+", told.replace(newest.site, ""))


def test_meals_services_moves_and_doors_that_nobody_reported_are_said_with_their_reason(town):
    before = page(town).summary
    town.happens(
        LIVED, "service.planned", START, service="sv-left", type="BA.ST", due_at=format_instant(START + 9 * HOUR)
    )
    town.happens(
        LIVED, "service.planned", START, service="sv-off", type="BA.ST", due_at=format_instant(START + 9 * HOUR)
    )
    known = page(town).correctable
    assert {"sv-left", "sv-off"} <= {ref for ref, *_ in known.services}
    resident = next(person for person, where in known.residents if where == "in_house")
    at = START + 12 * HOUR
    for n, said in enumerate(
        (
            Said("meals", at, "gear_off", "lunch.dine_in", "", 12),
            Said("service", at, "on_paper", "sv-left", "done"),
            Said("service", at, "forgotten", "sv-off", "elder"),
            Said("move", at, "forgotten", resident, "hospital"),
            Said("door", START + 5 * HOUR, "gear_off", "", "opened"),
        )
    ):
        first = corrected(town, said, f"{n:024x}")
        assert corrected(town, said, f"{n:024x}") == first, "a second click says nothing new"
    assert town.drain_inbox() == 5
    restated(town)
    rows = page(town)
    now = rows.summary
    assert (now.meals.served - before.meals.served, now.meals.priced) == (12 + 1, before.meals.priced)
    assert (now.services.done - before.services.done, now.services.planned - before.services.planned) == (1, 1)
    assert now.services.cancelled_by_elder == before.services.cancelled_by_elder + 1
    assert now.residents.in_hospital == before.residents.in_hospital + 1
    assert (now.doors[0].at, rows.versions[0].why) == (START + 5 * HOUR, "corrected")
    for language in ("zh", "en"):
        told = words_of(sheet(Speech(language), rows, ZONE, False))
        assert str(Speech(language)("day.fix.door.opened")) in told
    kept = town.rows("select payload from inbox where source = 'staff'")
    assert sum(resident.encode() in bytes(payload) for (payload,) in kept) == 1
    assert resident not in str(town.rows("select subject from correction") + town.rows("select said from audit_entry"))


@pytest.mark.parametrize(
    "said",
    [
        heads(END, 3),
        heads(START - 1, 3),
        heads(START, -1),
        heads(START, 1, area="Hall!"),
        heads(START, 1, "because Mrs Wang said so"),
        heads(START, 1, "on_paper"),
        Said("meals", START, "forgotten", "supper.dine_in"),
        Said("meals", START, "forgotten", "lunch.dine_in", "", 501),
        Said("service", START, "forgotten", "not-there", "done"),
        Said("service", START, "forgotten", "not-there", "system"),
        Said("move", START, "forgotten", "somebody-else", "leave"),
        Said("door", START, "forgotten", "", "ajar"),
        Said("money", START, "forgotten"),
    ],
)
def test_what_cannot_have_been_is_refused(town, said):
    with pytest.raises(DayRefused, match="count"):
        corrected(town, said)
    assert town.drain_inbox() == 0


def test_a_click_signs_through_the_gate_and_only_with_the_forms_token(town):
    person, url = town.person("site", f"site:{LIVED}"), f"/act/days/{LIVED}/{DAY}/sign"
    body = {"version": 1, "fingerprint": page(town).versions[0].fingerprint}
    token = {"x-csrftoken": person.cookies["_csrf_token"]}
    assert person.post(url, json=body).status_code == 403
    assert person.post(url, json=body | {"more": 1}, headers=token).status_code == 400
    assert person.post(url, json=body, headers=token).json()["done"] is True
    assert town.client().post(url, json=body, headers=town.bearer("admin")).status_code == 401
    stranger = town.person("site", "site:d-002")
    token = {"x-csrftoken": stranger.cookies["_csrf_token"]}
    assert stranger.post(url, json=body, headers=token).status_code == 404


@pytest.mark.parametrize("path", [f"/export/days/{LIVED}/{DAY}.csv", f"/export/days/{LIVED}/{DAY}.xlsx"])
def test_files_are_for_those_who_may_see_the_site(town, path):
    assert town.client().get(path).status_code == 401
    assert town.person("site", "site:d-002").get(path).status_code == 404
    assert town.client().get(path, headers=town.bearer("district")).status_code == 200
    assert town.person().get(path.replace(DAY, "2026-02-30")).status_code == 404


def test_a_running_day_has_no_version_and_no_reading(town):
    today = town.client().get(f"/api/v1/sites/{LIVED}/days/2026-11-23", headers=town.bearer("admin")).json()
    assert (today["version"], today["summary"]["reading"], today["month"]) == (0, None, None)
    peak = town.client().get(f"/api/v1/sites/{LIVED}/days/{DAY}", headers=town.bearer("admin")).json()["summary"]
    assert peak["peak_at"] == format_instant(page(town).summary.peak_at)
    assert json.dumps(peak)
