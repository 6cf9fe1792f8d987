"""A page that cannot be made, and a document that cannot: both say so in the reader's words, and say it again in the log."""

import logging
import re

import flask
import pytest

from dashboard.app import answer_failure
from dashboard.parts.reader import Reading
from tests.dashboard.test_audit import page


def test_a_page_that_fails_says_so_with_a_number_that_stands_in_the_log(own_town, caplog):
    town = own_town()
    auditor = town.person("auditor")
    town.write("alter table audit_check rename to elsewhere")
    shown = page(town, auditor)
    (code,) = re.findall(r"E-[0-9A-F]{4}", shown)
    assert [record.code for record in caplog.records if record.getMessage() == "a page failed"] == [code]
    assert '"again"' in shown


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [("/sites?lang=zh", 500, "这一页没有取到"), ("/sites?lang=en", 500, "This page did not arrive"),
     ("/_dash-update-component", 400, ""), ("/_dash-layout", 500, "")],
)  # fmt: skip
def test_a_document_that_fails_is_no_blank_screen(path, status, said, caplog):
    server = flask.Flask("alone")
    server.config["READING"] = Reading("zh", "Asia/Shanghai", simulated=False)
    with server.test_request_context(path), caplog.at_level(logging.ERROR):
        answer = answer_failure(RuntimeError("no such file"))
    text = answer.get_data(as_text=True)
    assert answer.status_code == status
    assert said in text if said else text == ""
