"""Whatever is asked for and whatever comes in: every answer is dressed, no body breaks anything, and no text does harm."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract import raw_topic
from dashboard.access import Viewer
from dashboard.gate import CSRF_COOKIE
from dashboard.letter_text import body_of_days, body_of_list, subject_of
from dashboard.live_files import OF_A_SITE
from dashboard.paper import pdf_of
from dashboard.parts.sheet_file import sheet_file
from dashboard.persons import Entry, enter
from dashboard.queries.days import day_list, day_page
from dashboard.words import Speech
from ingest.reading import Message, read
from models.audit import audit
from models.civil_day import day_of
from models.database import read_only, transaction
from models.sealing import seal_of
from tests.browser.seeded import Nowhere
from tests.dashboard.conftest import Seeded
from tests.dashboard.court import LOOKERS, Court
from tests.dashboard.declared import NOBODY, PAGES, ROUTES
from tests.dashboard.hostile_words import MARK, WORDS
from tests.dashboard.printed import acts_in, text_of
from tests.dashboard.test_gate import FAR, HEADERS, STRANGERS, filled, flask_rules
from tests.dashboard.town import SITE, Caller, Town, apart

BOSS = LOOKERS[0]
EYE = Viewer("x", "admin", "")

# -- headers ------------------------------------------------------------------------------------------------------------


def everything(town: Town) -> Iterator[tuple[str, str]]:
    """Every address that there is, Dash's own included, and methods that it does not have."""
    rules = [str(rule) for rule in flask_rules(town)]
    pages = [re.sub(r"<[^>]*>", "x", rule) for rule in rules]
    endless = {"/live": "/live?view=nothing"}
    yield from ((method, endless.get(path, filled(path))) for method, path in STRANGERS if path != "/wall/live")
    yield from (("GET", page) for page in pages)
    yield from ((method, "/") for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "HEAD", "BREW"))
    yield from ((method, "/api/v1/live") for method in ("PUT", "OPTIONS", "TRACE"))


def test_every_answer_of_every_address_is_dressed(town):
    someone, key, seen = town.person("admin"), town.bearer("admin"), set()
    for method, path in everything(town):
        for ask in (town.client(), someone):
            for headers in ({}, key, {"x-csrftoken": someone.cookies[CSRF_COOKIE]}):
                if ask is someone and (path, method) == ("/logout", "POST"):
                    continue
                answer = ask.ask(method, path, headers=FAR | headers)
                seen.add(answer.status_code)
                check_dressed(answer, path)
    assert seen >= {200, 303, 400, 401, 403, 404, 405, 410}


def check_dressed(answer: Any, path: str) -> None:
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, path
    assert answer.headers["content-security-policy"].startswith("default-src 'self'; script-src 'self' 'sha256-"), path
    for name in ("server", "x-powered-by"):
        assert name not in answer.headers, path
    assert path.startswith("/public/v1/") or "access-control-allow-origin" not in answer.headers, path
    is_kept = path.startswith(("/assets/", "/_dash-component-suites/", "/public/v1/")) and answer.status_code < 400
    assert is_kept or answer.headers["cache-control"] == "no-store", path
    for cookie in answer.headers.get_list("set-cookie"):
        assert re.search(r"samesite=(lax|strict)", cookie, re.IGNORECASE), cookie
        assert "HttpOnly" in cookie or cookie.startswith(f"{CSRF_COOKIE}=") or "Max-Age=0" in cookie, cookie
    assert answer.status_code != 500, path


# -- bodies of callbacks ------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
OUTPUTS = st.sampled_from(
    ("quality-body.children", ".._pages_content.children..._pages_store.data..", "_pages_dummy.children", "..", "", ".")
)
PLACE = st.fixed_dictionaries(
    {}, optional={"id": st.sampled_from(("_pages_location", "quality-tick")) | JSON, "property": JSON, "value": JSON}
)
BODY = st.fixed_dictionaries(
    {},
    optional={
        "output": OUTPUTS | JSON,
        "outputs": st.fixed_dictionaries({"id": JSON, "property": JSON}) | JSON,
        "inputs": st.lists(PLACE, max_size=3) | JSON,
        "state": st.lists(PLACE | JSON, max_size=2) | JSON,
        "changedPropIds": st.lists(st.text(max_size=8) | JSON, max_size=2) | JSON,
        "parsedChangedPropsIds": JSON,
        "background": JSON,
        "cancelJob": JSON,
    },
)


@pytest.fixture(scope="module")
def hall(seeded: Seeded) -> Iterator[Court]:
    with seeded.town("sqlite") as town:
        yield Court(town)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=BODY | JSON)
def test_no_body_of_a_callback_breaks_anything(hall, body):
    answer = hall.by_session(BOSS, "POST", "/_dash-update-component", body)
    assert answer.status_code in (200, 204, 400), answer.status_code
    assert "Traceback" not in answer.text


# -- texts that somebody sends ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def visited(seeded: Seeded) -> Iterator[Court]:
    """Every hostile text, in every place of a message where a text can be, and in the names of sites beside."""
    with seeded.town("sqlite") as town:
        for n, word in enumerate(WORDS):
            send(town, n, word)
        for n, (site,) in enumerate(town.rows("select code from site order by id")):
            mine = " ".join(word for word in WORDS[n::24] if len(word) < 200 and word.isprintable())
            town.write("update site set name_zh = ?, name_en = ?, address = ?, phone = ? where code = ?",
                       (f"={mine}", f"@{mine}", f"+{mine}", f"-{mine}", site))  # fmt: skip
        town.write("update street set name_zh = ?, name_en = ?", (f"=HYPERLINK('{MARK}')", f"＝{MARK}"))
        town.write("update change set n = n + 1 where name = 'registry'")
        kept = ["".join(sign for sign in word if sign != "\0" and not "\ud800" <= sign <= "\udfff") for word in WORDS]
        with transaction(town.engine) as connection:
            for word in kept:
                audit(connection, town.clock.at, "x", "admin", "told", word, {"reason": word})
        steps = [step for (step,) in town.rows("select id from transition order by id")]
        add = "insert into delivery (transition_id, channel, state, tries, detail) values (?, 'wecom', 'failed', 1, ?)"
        town.write(add, *zip(steps, kept, strict=False))
        staff, names = Viewer("x", "site", f"site:{SITE}"), [word[:40] for word in WORDS if word[:40].isprintable()]
        entries = [Entry(f"token-{n:03}", name.strip() or "x", name) for n, name in enumerate(names)]
        enter(town.engine, staff, seal_of(town.cfg.database.seal_key_file), SITE, entries, town.clock.at, town.clock.at)
        court = Court(town)
        town.look()
        yield court


def send(town: Town, n: int, word: str) -> None:
    """As the broker hands it over; whether it is kept or refused is the contract's affair."""
    at = {"at": "2026-11-23T03:30:00Z"}
    label = word[:64]
    town.say(SITE, word.encode("utf-8", "surrogatepass"))
    events = [
        town.event(word),
        town.event("door.opened", **{word: 1}),
        town.event("person.in", person=word),
        town.event("bed.moved", person=f"token-{n}", move="admit", bed=label),
        town.event("device.status", online=True, firmware=label),
        town.event("alarm.raised", alarm=label, type="SOS"),
        town.event("service.planned", service=label, type="BA.ST", due_at=at["at"]),
        town.event("service.cancelled", service=label, by="elder", reason=word),
        town.event("observation", metric=word, value=1),
        town.event("vendor.message", device="door-9", topic=label, text=word),
        town.event("alarm.raised", alarm=f"t-{n}", type=word),
        town.event("site.opened", by=label),
        {"id": word, "kind": "door.opened", **at},
        {"id": f"b-{n}", "kind": "door.opened", "at": word},
        town.event("door.opened", boot=word, seq=n + 1),
        town.event("door.opened", area=word),
        town.event("door.opened", device=word),
    ]
    town.say(SITE, json.dumps(events).encode())
    nowhere = f"eldercare/v1/{word}/events" if "/" not in word else f"eldercare/v1/{word}"
    for topic in (raw_topic(SITE, "door-9", word), nowhere):
        if "\0" not in topic:
            town.take(read(Message(topic, word.encode(), False, town.clock.at, Nowhere())))


def test_the_texts_are_two_hundred_and_came_in(visited):
    assert len(set(WORDS)) >= 200
    kept = visited.town.rows("select count(distinct reason), count(*) from rejected")[0]
    assert kept[0] >= 8
    assert kept[1] > 1000
    assert MARK in visited.page(BOSS, "/quality", f"?site={SITE}").text


@pytest.mark.parametrize(
    ("path", "search"),
    [
        *((path, "") for path in PAGES), ("/quality", f"?site={SITE}"), ("/quarantine", f"?site={SITE}&device=door-9"),
        ("/quality", "?q=<img src=x onerror=alert('zq7')>"), ("/quarantine", "?unknown=%22><b>zq7"), ("/sites", "?q=\"><b>zq7"),
    ],
)  # fmt: skip
def test_no_page_makes_anything_of_a_text_but_a_text(visited, path, search):
    alarm = visited.town.rows("select max(id) from alarm")[0][0]
    address = path.replace("<site>", SITE).replace("<day>", "2026-11-23").replace("<alarm>", str(alarm))
    address = address.replace("<period>", "2026-11")
    looker = next(one for one in LOOKERS if one.role == "site") if path == "/persons/<site>" else BOSS
    answer = visited.page(looker, address, search)
    assert answer.status_code == 200
    assert PAGES[path] == NOBODY or answer.text != visited.page(looker, "/no-such-page").text
    for component in components(answer.json()["response"]["_pages_content"]["children"]):
        check_component(component)
    shell = visited.by_session(
        looker, "GET", f"{address}{search}".replace('"', "%22").replace("<", "%3c").replace(">", "%3e")
    )
    check_html(shell.text)


def components(said: Any) -> Iterator[dict[str, Any]]:
    if isinstance(said, dict) and "props" in said:
        yield said
        yield from components(said["props"].get("children"))
    elif isinstance(said, list):
        for one in said:
            yield from components(one)


def check_component(said: dict[str, Any]) -> None:
    assert said["namespace"] in ("dash_html_components", "dash_core_components"), said["type"]
    assert said["type"] not in ("Script", "Style", "Iframe", "ObjectEl", "Embed", "Markdown", "Base", "Meta"), said[
        "type"
    ]
    for name, value in said["props"].items():
        assert not re.match(r"on[a-z]|srcDoc|dangerously", name), name
        if name in ("data-drawing", "data-fields"):
            check_html(value)
        elif name in ("href", "src", "action", "formAction"):
            check_address(value)
        elif name == "data-first":
            json.loads(value)


def check_address(value: str) -> None:
    assert re.match(r"[/?#](?!/)|$|tel:[0-9+ -]*$", value), value
    assert not re.search(r"[\x00-\x20]", value), value


class Harmless(HTMLParser):
    """Of markup that scripts or browsers set in: nothing that was sent became a tag, an attribute or a script."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert MARK not in tag, tag
        assert tag not in ("iframe", "object", "embed", "base", "marquee", "math", "frameset", "portal", "isindex"), tag
        self.inside = f"{tag} {dict(attrs).get('type', '')}"
        for name, value in attrs:
            assert not name.startswith("on"), f"{tag} {name}"
            assert MARK not in name, name
            if name in ("href", "src", "action", "formaction", "xlink:href") and MARK in (value or ""):
                check_address(value or "")
            assert name not in ("style", "srcdoc") or MARK not in (value or ""), f"{tag} {name}"

    def handle_data(self, data: str) -> None:
        if self.inside.startswith(("script", "style")) and "application/json" not in self.inside:
            assert MARK not in data

    def handle_comment(self, data: str) -> None:
        assert MARK not in data


def check_html(text: str) -> None:
    parser = Harmless()
    parser.feed(text)
    parser.close()
    for word in WORDS:
        assert "<" not in word or re.search(r"[^<]", word) is None or word not in text, word


TRIED = {
    "/export/accounts.csv": ["/export/accounts.csv"],
    "/export/alarms.csv": ["/export/alarms.csv"],
    "/export/alarms/{alarm}.csv": ["/export/alarms/1.csv"],
    "/export/audit.csv": ["/export/audit.csv"],
    "/export/calm.csv": ["/export/calm.csv"],
    "/export/outages.csv": ["/export/outages.csv?days=365"],
    "/export/configuration.json": ["/export/configuration.json"],
    "/export/days/{name}": ["/export/days/2026-11-23.csv", "/export/days/2026-11-23.xlsx"],
    "/export/days/{site}/{day}/versions.csv": [f"/export/days/{SITE}/2026-11-23/versions.csv"],
    "/export/days/{site}/{name}": [f"/export/days/{SITE}/2026-11-23.csv", f"/export/days/{SITE}/2026-11-23.xlsx"],
    "/export/deliveries.csv": ["/export/deliveries.csv"],
    "/export/recipients.csv": ["/export/recipients.csv"],
    "/export/history.{kind}": [f"/export/history.csv?of=site:{SITE}&with=before", "/export/history.xlsx?with=before"],
    "/export/keys.csv": ["/export/keys.csv"],
    "/export/letters.csv": ["/export/letters.csv"],
    "/export/messages.csv": [f"/export/messages.csv?site={SITE}"],
    "/export/plan.csv": ["/export/plan.csv"],
    "/export/questions.csv": ["/export/questions.csv"],
    "/export/moved.csv": ["/export/moved.csv"],
    "/export/curve.csv": ["/export/curve.csv"],
    "/export/quality.csv": ["/export/quality.csv"],
    "/export/registry.csv": ["/export/registry.csv"],
    "/export/registry/{site}.csv": [f"/export/registry/{SITE}.csv"],
    "/export/rejected.csv": [f"/export/rejected.csv?site={SITE}"],
    "/export/reports/{name}": ["/export/reports/2026-11.csv", "/export/reports/2026-11.xlsx"],
    "/export/reports/{site}/{name}": [f"/export/reports/{SITE}/2026-11.csv", f"/export/reports/{SITE}/2026-11.xlsx"],
    "/export/response-times.csv": ["/export/response-times.csv"],
    "/export/services.csv": ["/export/services.csv"],
    "/export/sites.csv": ["/export/sites.csv"],
    "/export/sites/{site}/{what}.csv": [f"/export/sites/{SITE}/{what}.csv" for what in OF_A_SITE],
    "/export/streets.csv": ["/export/streets.csv"],
    "/export/unknown-devices.csv": ["/export/unknown-devices.csv"],
    "/export/unknown-sites.csv": ["/export/unknown-sites.csv"],
    "/export/walls.csv": ["/export/walls.csv"],
}
"""Of every declared address of a file, each kind of file; what is printed is judged as a letter's paper."""


def test_every_declared_export_is_tried():
    assert set(TRIED) == {path for method, path in ROUTES if path.startswith("/export/")}


@pytest.mark.parametrize("path", [path for paths in TRIED.values() for path in paths])
def test_no_cell_of_an_export_is_a_formula_or_a_link(visited, path):
    answer = visited.by_session(BOSS, "GET", path)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    kind = path.partition("?")[0].rpartition(".")[2]
    {"csv": check_table, "xlsx": check_workbook, "json": json.loads}[kind](answer.content)


def check_table(content: bytes) -> None:
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows
    for cell in (cell for row in rows for cell in row):
        is_number = re.fullmatch(r"-?[0-9.]+(e-?[0-9]+)?", cell)
        is_formula = cell.startswith(("\t", "\r", "\n")) or cell.strip().startswith(tuple("=+-@＝＋－＠"))
        assert is_number or not is_formula, cell[:80]


def check_workbook(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/")]
        assert not [name for name in book.namelist() if "externalLink" in name or "hyperlink" in name.lower()]
    assert sheets
    assert not [sheet for sheet in sheets if "<f>" in sheet or "<f " in sheet or "hyperlink" in sheet]


NAMED = (
    "alarms",
    "audit",
    "configuration",
    "deliveries",
    "history",
    "quality",
    "registry",
    "rejected",
    "sites",
    "services",
    "streets",
)
"""Files that have texts of others at all: otherwise nothing above would mean anything."""


@pytest.mark.parametrize("name", NAMED)
def test_the_texts_are_in_the_files(visited, name):
    (path,) = [paths[0] for template, paths in TRIED.items() if re.match(rf"/export/{name}\.", template)]
    assert MARK in visited.by_session(BOSS, "GET", path).text


@pytest.mark.parametrize(
    "view", ["overview", "map", "alarms", "wall", "services", f"site:{SITE}", "street:440309002", "desk:1"]
)
def test_a_frame_is_one_line_of_json_whatever_was_sent(visited, view):
    frame = apart(visited.town.feed._frame(view, EYE, 0))
    assert b"\n" not in frame
    assert b"\r" not in frame
    json.loads(frame)


@pytest.mark.parametrize(
    "path", ["/api/v1/sites", "/api/v1/alarms", "/api/v1/services", "/api/v1/rejected", "/public/v1/sites"]
)
def test_an_answer_of_the_api_is_json_and_says_so(visited, path):
    answer = visited.by_key(BOSS, "GET", path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    answer.json()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_letter_has_one_subject_and_its_paper_no_markup_of_others(visited, language):
    town, say = visited.town, Speech(language)
    house = town.shell.state.house
    with read_only(town.engine) as connection:
        now = town.clock.now()
        today = day_of(now, "Asia/Shanghai")
        listed = day_list(connection, EYE, today, now, house.rules)
        rows = day_page(connection, EYE, SITE, today, None, now, house.rules)
    assert rows is not None
    subject = subject_of(say, "day", rows.day, [rows.name_zh])
    assert "\n" not in subject
    assert body_of_days(say, [rows], "Asia/Shanghai", [])
    assert body_of_list(say, listed, [])
    check_html(sheet_file(say, [rows], "Asia/Shanghai", False))


PAPERS = (f"/export/days/{SITE}/2026-11-23.pdf", f"/export/reports/{SITE}/2026-11.pdf", "/export/reports/2026-11.pdf")
"""One of each that is printed; a letter carries the first."""


@pytest.mark.parametrize("path", PAPERS)
def test_a_printed_page_shows_a_text_as_a_text_and_nothing_in_it_acts(visited, printer, path):
    answer = visited.by_session(BOSS, "GET", path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert acts_in(answer.content) == set()
    names = "".join(name for (name,) in visited.town.rows("select name_zh from site"))
    text = text_of(answer.content)
    assert MARK in text
    # As far as a table has room for a name.
    assert [word for word in WORDS if word in names and "<" in word and "".join(word.split())[:10] in text]


def test_what_acts_in_a_printed_page_would_be_found(printer):
    printed = pdf_of(f"<a href='https://x.example/{MARK}'>{MARK}&lt;b&gt;</a>")
    assert acts_in(printed) >= {b"/Annots", b"/URI"}
    assert f"{MARK}<b>" in text_of(printed)


def test_a_text_in_the_address_comes_back_harmless(visited):
    boss: Caller = visited.people[BOSS]
    for n, word in enumerate(WORDS[::6]):
        quoted = "".join(f"%{byte:02x}" for byte in word[:200].encode())
        path = (f"/sites/{quoted}", f"/login?why={quoted}", f"/enter/{quoted}", f"/wall?lang={quoted}")[n % 4]
        answer = boss.get(path)
        assert answer.status_code in (200, 400, 404, 410), path
        check_html(answer.text)
