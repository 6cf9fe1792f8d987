"""Names and contacts of persons, where a site keeps them at all: sealed, in this one table, and nowhere else.

The wire carries tokens only; a name comes here by the site's own staff.
"""

import re
import unicodedata
from itertools import pairwise

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import CLUSTERED, Base, Big, Bytes, Words


class PersonName(Base):
    """`contact_sealed` None: none was given. `key_id` tells which key file opens it, without telling the key."""

    __tablename__ = "person_name"
    __table_args__ = CLUSTERED
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    person: Mapped[str] = mapped_column(Text, primary_key=True)
    name_sealed: Mapped[Bytes]
    contact_sealed: Mapped[Bytes | None]
    key_id: Mapped[Words]
    entered_at: Mapped[Big]
    entered_by: Mapped[Words]


PURPOSES = {
    "emergency": ("紧急处置", "An emergency"),
    "visit": ("探访关爱", "A care visit"),
    "service": ("服务核实", "To check a service"),
    "complaint": ("投诉处理", "To answer a complaint"),
    "correction": ("信息更正", "To correct what is kept"),
    "request": ("本人查阅", "She asks for it herself"),
}
"""What for a name may be looked at; the audit keeps it."""
REASON = re.compile(r"[^\x00-\x1f\x7f]{4,80}")
_NUMBERS = re.compile(r"[0-9][0-9 -]{5,}[0-9]")
_DOUBLE = (
    "欧阳",
    "司马",
    "上官",
    "诸葛",
    "司徒",
    "东方",
    "皇甫",
    "尉迟",
    "公孙",
    "慕容",
    "令狐",
    "夏侯",
    "端木",
    "南宫",
    "歐陽",
)
NAME_MOST, CONTACT_MOST = 40, 40


def purpose_of(site_id: int, person: str, column: str) -> str:
    """What a sealed text is bound to: moved to another row or column it opens no more."""
    return f"person_name/{site_id}/{person}/{column}"


def is_reason(text: str) -> bool:
    """A few words, and no number by which somebody could be found: the audit is never erased."""
    return REASON.fullmatch(text) is not None and len(text.strip()) >= 4 and not _NUMBERS.search(text)


def names_her(text: str, name: str, contact: str) -> bool:
    """Whether a text says who she is: her name however it is written, two signs of it that follow each other, a word of it.

    Rather refused too often, as in `平安` of 王平安: what is written of a name that was looked at stays for ever.
    """
    said, words = _run_together(text), set(_words(text))
    for whole in (_run_together(name), _run_together(contact)):
        # Three letters of an alphabet stand in many a word.
        if whole in said and (len(whole) > 3 or (whole and _is_han(whole[0]))):
            return True
    parts = _words(name)
    pairs = {a + b for part in parts for a, b in pairwise(part) if _is_han(a) and _is_han(b)}
    return any(pair in said for pair in pairs) or any(part in words for part in parts if len(part) > 1)


def _run_together(text: str) -> str:
    return "".join(_words(text))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold())


def masked_name(name: str) -> str:
    """The surname alone: 王**, 欧阳*, `W***`. What is left out is not counted beyond two signs, so no length is told."""
    clean = unicodedata.normalize("NFKC", name).strip()
    if not clean:
        return ""
    if clean.isascii() or not _is_han(clean[0]):
        return f"{clean[0]}***"
    kept = clean[:2] if len(clean) > 2 and clean.startswith(_DOUBLE) else clean[:1]
    return kept + "*" * min(2, max(1, len(clean) - len(kept)))


def _is_han(sign: str) -> bool:
    return "CJK" in unicodedata.name(sign, "")


def masked_contact(contact: str) -> str:
    """`138****1234`; of what is too short for that nothing is told."""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", contact))
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 11 else "****" if contact.strip() else ""
