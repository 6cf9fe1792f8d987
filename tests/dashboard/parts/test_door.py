"""What a stranger sees: whole documents without a script, in both languages, with everything escaped."""

import re

import pytest

from dashboard.parts.door import Door, code_page, codes_page, enter_page, login_page, refused_page, setup_page

PROBLEMS = ("expired", "wrong", "often", "busy", "over", "provider_none", "provider_away", "provider_failed")
LANGUAGES = {"zh": "zh-CN", "en": "en"}


def pages(language):
    yield login_page(Door(language, has_provider=True), "<chen>")
    yield from (login_page(Door(language, problem=problem)) for problem in PROBLEMS)
    yield code_page(Door(language, problem="wrong"))
    yield setup_page(Door(language), "data:image/svg+xml;utf8,%3Csvg/%3E", "ABCD EFGH")
    yield codes_page(Door(language), ["ABCD-EFGH-IJKL-MNOP"])
    yield enter_page(language, "/enter/abc", "csrf", "token")
    yield from (refused_page(language, status) for status in (403, 404, 410, 429, 500, 503))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_at_the_door_carries_a_script_or_an_outside_address(language):
    for page in pages(language):
        assert "<script" not in page
        assert not re.search(r"(?:src|href|action)=['\"](?:https?:)?//", page)


@pytest.mark.parametrize(("language", "lang"), LANGUAGES.items())
def test_the_document_says_its_language(language, lang):
    for page in pages(language):
        assert f'<html lang="{lang}"' in page


@pytest.mark.parametrize("status", [500, 502, 503])
def test_what_failed_is_not_said_to_be_missing_and_can_be_tried_again(status):
    page = refused_page("zh", status)
    assert "没有这一页" not in page
    assert "href=''" in page


def test_no_word_is_missing_from_a_page():
    for page in (*pages("zh"), *pages("en")):
        assert not re.search(r">(?:door|refused)\.[\w.]+<", page)


def test_the_one_time_link_is_used_by_a_button_and_not_by_being_opened():
    page = enter_page("en", "/enter/abc", "csrf", "t<o>k")
    assert "<form method='post' action='/enter/abc'>" in page
    assert "<input type='hidden' name='csrf' value='t&lt;o&gt;k'>" in page


def test_a_hostile_address_stays_inside_its_attribute():
    assert "<b>" not in enter_page("en", "/enter/'><b>")


def test_sign_in_says_why_one_is_here_again():
    assert "链接已用过或已过期" in login_page(Door("zh", problem="expired"))
    assert "problem" not in login_page(Door("zh", problem="<b>"))
    assert "<b>" not in login_page(Door("zh"), "'><b>").partition("name='name'")[2].partition("<span>密码")[0]
    assert "9 min" in login_page(Door("en", problem="often", wait_min=9))


def test_the_theme_is_the_readers_choice_or_left_to_the_browser():
    assert 'data-theme="dark"' in login_page(Door("zh", theme="dark"))
    assert "data-theme=" not in login_page(Door("zh")).split("<head>")[0]
