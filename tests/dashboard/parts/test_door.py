"""What a stranger sees: whole documents without a script, in both languages, with everything escaped."""

import re

import pytest

from dashboard.parts.door import enter_page, login_page, refused_page

LANGUAGES = {"zh": "zh-CN", "en": "en"}


def pages(language):
    yield login_page(language)
    yield login_page(language, "expired")
    yield enter_page(language, "/enter/abc", "csrf", "token")
    yield from (refused_page(language, status) for status in (403, 404, 410, 429, 503))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_at_the_door_carries_a_script_or_an_outside_address(language):
    for page in pages(language):
        assert "<script" not in page
        assert not re.search(r"(?:src|href|action)=['\"](?:https?:)?//", page)


@pytest.mark.parametrize(("language", "lang"), LANGUAGES.items())
def test_the_document_says_its_language(language, lang):
    for page in pages(language):
        assert f'<html lang="{lang}"' in page


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
    assert "链接已用过或已过期" in login_page("zh", "expired")
    assert "problem" not in login_page("zh", "<b>")


def test_the_theme_is_the_readers_choice_or_left_to_the_browser():
    assert 'data-theme="dark"' in login_page("zh", theme="dark")
    assert "data-theme=" not in login_page("zh").split("<head>")[0]
