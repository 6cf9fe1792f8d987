"""The document around the application: language, theme and words are right before any script has run."""

import json
import re

import pytest
from flask import Flask

from dashboard.parts.document import Screen, schemes
from dashboard.parts.reader import Reading


@pytest.fixture
def browser():
    server = Flask("document")
    server.config["READING"] = Reading("zh", "Asia/Shanghai", True)
    screen = Screen(__name__, server=server)
    screen.layout = []
    return server.test_client()


def test_the_browsers_language_decides_where_nobody_has_chosen(browser):
    page = browser.get("/", headers={"Accept-Language": "en-GB,en;q=0.9"}).text
    assert page.startswith('<!doctype html><html lang="en" data-zone="Asia/Shanghai">')


def test_the_choice_in_the_address_goes_before_the_cookie(browser):
    browser.set_cookie("lang", "en")
    assert '<html lang="en"' in browser.get("/").text
    assert '<html lang="zh-CN"' in browser.get("/?lang=zh").text


def test_a_chosen_theme_stands_on_the_document_and_a_forged_one_does_not(browser):
    browser.set_cookie("theme", "dark")
    assert 'data-theme="dark"' in browser.get("/").text
    browser.set_cookie("theme", "'><b>")
    assert "<b>" not in browser.get("/").text.split("<head>")[0]


def test_the_scripts_get_their_words_as_data(browser):
    page = browser.get("/?lang=en").text
    words = json.loads(re.search(r'<script type="application/json" id="words">(.*?)</script>', page, re.S)[1])
    assert words["state.silent"] == "Silent"
    assert words["service.BA.ST"] == "Bath at site"


def test_nothing_in_the_document_is_fetched_from_elsewhere(browser):
    page = re.sub(r"http://www\.w3\.org/\S*", "", browser.get("/").text)
    assert not re.search(r"(?:src|href)=[\"'](?:https?:)?//", page)


def test_dark_without_a_choice_is_the_dark_of_the_tokens_and_paper_is_light():
    assert "@media screen and (prefers-color-scheme:dark){:root:not([data-theme]){--bg: #0E1519;" in schemes()
    assert "@media print{:root,:root[data-theme]{color-scheme:light;--bg: #F4F6F6;" in schemes()
