"""A day on paper: one document that stands alone, one A4 page as a PDF, by the page's button and by command."""

import re
import shutil
from dataclasses import replace

import pytest
from dash import dcc

import config
from dashboard.__main__ import main
from dashboard.access import Viewer
from dashboard.paper import NoPaper, browser, pdf_of
from dashboard.parts.markup import markup
from dashboard.parts.report_district import district_sheets
from dashboard.parts.sheet_file import paper, sheet_file
from dashboard.parts.tags import a, div, p
from dashboard.queries.reports import scope_report
from dashboard.words import Speech
from models.database import read_only
from models.period import period_of
from tests.browser.lived import LIVED, ZONE
from tests.browser.seeded import NOON
from tests.dashboard.printed import text_of
from tests.dashboard.test_days import DAY, page, town  # noqa: F401


def test_every_word_is_escaped_and_only_our_own_drawings_are_markup():
    tree = div(p("<b>1 & 2</b>"), div(data_drawing="<svg></svg>"), a("x", href='/"onclick="'), kind='q"')
    assert markup(tree) == (
        '<div class="q&quot;"><p>&lt;b&gt;1 &amp; 2&lt;/b&gt;</p><div><svg></svg></div>'
        '<a href="/&quot;onclick=&quot;">x</a></div>'
    )
    with pytest.raises(TypeError, match="Graph has no place on paper"):
        markup(div(dcc.Graph()))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_document_stands_alone_and_says_what_the_page_says(town, language):  # noqa: F811
    rows = page(town)
    document = sheet_file(Speech(language), [rows], ZONE, simulated=True)
    assert "<script" not in document
    assert not re.search(r"""(?:src|href)=["'](?!data:)|url\((?!['"]?data:)|@import""", document)
    assert f">{rows.summary.visits.entries}<" in document
    assert Speech(language)("simulated") in document


def test_the_page_s_button_gives_one_a4_page_with_its_fonts_inside(town, printer):  # noqa: F811
    person = town.person("site", f"site:{LIVED}")
    answer = person.get(f"/export/days/{LIVED}/{DAY}.pdf?lang=zh")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    author = town.rows("select author from audit_entry where what = 'export' order by id desc limit 1")[0][0]
    assert re.search(rf'"{LIVED}-{DAY}-v1 \({author} [-\d]+ \d{{4}}Z\)\.pdf"', answer.headers["content-disposition"])
    text = text_of(answer.content)
    assert f"{author}·20" in text
    assert "03:00" in text  # the hours of the wide curve: paper is no phone, however narrow a browser thinks it
    assert answer.content.startswith(b"%PDF-")
    assert re.search(rb"/Count 1\b", answer.content)
    box = re.search(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", answer.content)
    assert [round(float(n)) for n in box.groups()] == [595, 842]
    # As a file of the font, or glyph by glyph where the browser may not embed the font it found.
    assert re.search(rb"/FontFile|/Subtype ?/Type3", answer.content)
    assert person.get(f"/export/days/d-003/{DAY}.pdf").status_code == 404


def is_a4_with_its_fonts(printed, pages):
    sizes = re.findall(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", printed)
    return (
        bool(re.search(rb"/Count %d\b" % pages, printed))
        and {tuple(round(float(n)) for n in size) for size in sizes} == {(595, 842)}
        and bool(re.search(rb"/FontFile|/Subtype ?/Type3", printed))
    )


def test_a_site_s_month_is_one_page_and_the_district_s_as_many_as_its_rows_need(town, printer):  # noqa: F811
    answer = town.person("site", f"site:{LIVED}").get(f"/export/reports/{LIVED}/2026-11.pdf?lang=zh")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert is_a4_with_its_fonts(answer.content, 1)
    with read_only(town.engine) as connection:
        viewer, month = Viewer("officer", "district", ""), period_of("2026-11")
        rows = scope_report(connection, viewer, "", month, NOON, town.shell.state.house.rules)
    say, days = Speech("zh"), tuple((f"2026-11-{n:02d}", rows.total) for n in range(1, 31))
    rows = replace(rows, parts=days, asked=dict.fromkeys(dict(days), 24))
    usual = district_sheets(say, rows, ZONE, False)
    assert len(usual) == 2
    assert is_a4_with_its_fonts(pdf_of(paper(say, "2026-11", usual)), 2)
    of_day = district_sheets(say, replace(rows, period=period_of("2026-11-22"), parts=()), ZONE, False)
    assert len(of_day) == 1
    full = district_sheets(
        say, replace(rows, streets=rows.streets * 5, league=rows.league * 5, places=rows.places * 5), ZONE, False
    )
    assert len(full) == 1 + 1 + 3
    text = "".join(markup(one) for one in full)
    assert text.count("<tr>") == 30 + 30 + 120 + len(full)
    assert all(f"{n} / 5" in markup(one) for n, one in enumerate(full, 1))
    assert is_a4_with_its_fonts(pdf_of(paper(say, "2026-11", full)), 5)


def test_by_command_into_a_file(town, printer, tmp_path, monkeypatch, capsys):  # noqa: F811
    url = town.engine.url.render_as_string(hide_password=False).replace("postgresql+psycopg:", "postgresql:")
    monkeypatch.setenv("ELDERCARE_DATABASE_URL", url)
    monkeypatch.setenv("ELDERCARE_CLOCK_OFFSET_S", "0")
    assert main(["sheet", LIVED, DAY, str(tmp_path / "day.pdf"), "--language", "en"]) == 0
    assert (tmp_path / "day.pdf").read_bytes().startswith(b"%PDF-")
    assert "version 1" in capsys.readouterr().out
    assert main(["sheet", "nowhere", DAY, str(tmp_path / "day.html")]) == 1
    assert "no site nowhere" in capsys.readouterr().err


def test_without_a_browser_the_answer_says_what_to_install(town, monkeypatch, tmp_path):  # noqa: F811
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser("") is None
    with pytest.raises(NoPaper, match="install one, or name it"):
        pdf_of("<p>")
    answer = town.person("site", f"site:{LIVED}").get(f"/export/days/{LIVED}/{DAY}.pdf")
    assert answer.status_code == 503
    assert "install one" in answer.json()["title"]


def test_a_browser_that_fails_is_no_page(monkeypatch):
    assert shutil.which("false")
    with pytest.raises(NoPaper, match="the browser failed"):
        pdf_of("<p>", "false")
    assert config.load(environ={}).web.chromium == ""
