"""Both languages are complete, nothing is said that nobody uses, and the viewer's choice comes first."""

import re
import string
from pathlib import Path

import pytest

from dashboard.words import FOLDERS, Speech, catalogue, language_of
from dashboard.words.trade import trade_words
from models.alarm_life import Move
from models.event import KIND_NUMBER

DASHBOARD = Path(__file__).parents[3] / "dashboard"
CODE = [*DASHBOARD.rglob("*.py"), *(DASHBOARD / "assets").glob("*.js")]
SAID = re.compile(r"""\bsay\(\s*["'`]([a-z][\w.]*)["'`]""")
QUOTED = re.compile(r"""["'`]([a-z][\w]*(?:\.\w+)*)["'`]""")
FAMILIES = re.compile(r"""named\(\s*["']([a-z]+)["']|(?:\bsay\(f?|\bkey = )["'`]([a-z]+)\.\$?\{""")
DEED = re.compile(r"""audit(?:_command)?\([^()]*?"([a-z]+\.[a-z_]+)\"""")
SCRIPTED = {"need", "needs", "door"}
"""Families whose name is itself chosen in code."""


def _text() -> str:
    return "\n".join(path.read_text("utf-8") for path in CODE)


def _of(folder: str) -> list[Path]:
    return sorted((DASHBOARD.parent / folder).rglob("*.py"))


def _families() -> set[str]:
    return {name for pair in FAMILIES.findall(_text()) for name in pair if name} | SCRIPTED


def test_the_two_languages_have_the_same_keys():
    assert catalogue("zh").keys() == catalogue("en").keys()


@pytest.mark.parametrize("language", FOLDERS)
def test_no_word_is_empty(language):
    assert [key for key, word in catalogue(language).items() if not word] == []


def test_both_languages_ask_for_the_same_numbers():
    def wanted(word):
        return {field for _, field, _, _ in string.Formatter().parse(word) if field}

    differing = [key for key, word in catalogue("zh").items() if wanted(word) != wanted(catalogue("en")[key])]
    assert differing == []


def test_every_key_in_the_code_has_a_word():
    assert set(SAID.findall(_text())) - catalogue("en").keys() == set()


def test_every_deed_that_is_written_down_has_a_word():
    code = "\n".join(path.read_text("utf-8") for folder in ("dashboard", "ingest", "models") for path in _of(folder))
    noted = {f"alarm.{move}" for move in Move} | {"export", "refused"} | set(DEED.findall(code))
    assert len(noted) > 40
    assert [what for what in sorted(noted) if f"did.{what}" not in catalogue("zh")] == []


def test_every_family_in_the_code_has_words():
    known = {key.split(".")[0] for key in [*catalogue("en"), *trade_words("en")]}
    assert _families() - known == set()


def test_every_word_is_used_somewhere():
    quoted, families = set(QUOTED.findall(_text())), _families()
    assert [key for key in catalogue("en") if key not in quoted and key.split(".")[0] not in families] == []


def test_chinese_says_elders_politely_and_uses_full_width_punctuation():
    words = catalogue("zh").values()
    assert [word for word in words if "老人" in word] == []
    assert [word for word in words if re.search(r"[一-鿿][,;:?!]", word)] == []


@pytest.mark.parametrize("language", FOLDERS)
def test_services_and_alarms_are_named_by_their_catalogue(language):
    words = trade_words(language)
    assert words["service.BA.ST"] == {"zh": "助浴-站点", "en": "Bath at site"}[language]
    assert words["alarm.SOS"] == {"zh": "一键呼叫", "en": "Call for help"}[language]


def test_an_unlisted_code_is_shown_as_it_is():
    assert Speech("en").named("kind", "XYZ") == "XYZ"


def test_a_word_takes_its_numbers():
    assert Speech("zh")("needs.total", n=14) == "全部 14 项"


@pytest.mark.parametrize(
    ("query", "cookie", "accept", "default", "language"),
    [
        ("en", "zh", "zh-CN", "zh", "en"),
        (None, "en", "zh-CN", "zh", "en"),
        (None, None, "en-GB,zh;q=0.5", "zh", "en"),
        (None, None, "fr,zh-CN;q=0.8,en;q=0.9", "zh", "en"),
        (None, None, "fr, de;q=0.4", "zh", "zh"),
        (None, None, "zh;q=0,en;q=0.1", "zh", "en"),
        (None, None, None, "en", "en"),
        ("xx", "'; drop", "*;q=x", "zh", "zh"),
    ],
)
def test_the_choice_goes_before_the_browser_and_the_browser_before_the_config(query, cookie, accept, default, language):
    assert language_of(query, cookie, accept, default) == language


@pytest.mark.parametrize("language", FOLDERS)
def test_every_kind_of_event_has_a_word(language):
    assert {f"event.{kind}" for kind in KIND_NUMBER} <= catalogue(language).keys()
