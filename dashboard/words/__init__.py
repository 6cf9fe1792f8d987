"""What the screens say: a gettext catalogue for each language, read once; no word stands in code."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

FOLDERS = {"zh": "zh_CN", "en": "en"}
"""Language of the screen -> folder of its catalogue."""
HTML_LANG = {"zh": "zh-CN", "en": "en"}


@dataclass(frozen=True)
class Speech:
    """The words of one language; `say("strip.late", n=3)`. A key without a word is an error, found by the tests."""

    language: str

    def __call__(self, key: str, **numbers: object) -> str:
        word = catalogue(self.language)[key]
        return word.format(**numbers) if numbers else word

    def either(self, zh: str, en: str) -> str:
        """Of a name in two languages the one in this; where nobody gave it, the other."""
        return (zh or en) if self.language == "zh" else (en or zh)

    def named(self, family: str, code: str) -> str:
        """The word for a code, or the code itself where nobody has named it."""
        return catalogue(self.language).get(f"{family}.{code}", code)


@cache
def catalogue(language: str) -> dict[str, str]:
    """Key -> word, all of one language."""
    path = Path(__file__).parent / FOLDERS[language] / "LC_MESSAGES" / "dashboard.po"
    with path.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


def language_of(query: str | None, cookie: str | None, accept: str | None, default: str) -> str:
    """The viewer's choice, else the browser's first known language, else the installation's."""
    for wish in (query, cookie):
        if wish in FOLDERS:
            return str(wish)
    return next((language for language in _accepted(accept or "") if language in FOLDERS), default)


def _accepted(header: str) -> list[str]:
    """Primary languages of an Accept-Language header, most wanted first."""
    wishes = []
    for part in header.split(","):
        tag, _, rest = part.strip().partition(";")
        weight = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", rest)
        if tag and (not rest or weight):
            wishes.append((-float(weight[1]) if weight else -1.0, tag.split("-")[0].lower()))
    return [language for weight, language in sorted(wishes, key=lambda wish: wish[0]) if weight < 0]
