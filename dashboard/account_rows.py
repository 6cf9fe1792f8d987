"""Rows of the pages about accounts: one's own, the people one answers for, and the keys of programs."""

from dataclasses import dataclass

from models.base import Instant


@dataclass(frozen=True, slots=True)
class SessionRow:
    """`key` names it without giving it away; `browser` in short."""

    key: str
    way: str
    client: str
    browser: str
    made_at: Instant
    seen_at: Instant
    is_this: bool


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """`asks_old`: whether the old password must be said for a new one; `codes_left` of the recovery codes."""

    name: str
    role: str
    scope: str
    where: tuple[str, str]
    """Of a scope of one site or street its names; of any other nothing."""
    language: str
    has_password: bool
    asks_old: bool
    has_factor: bool
    codes_left: int
    sessions: tuple[SessionRow, ...]


@dataclass(frozen=True, slots=True)
class PersonRow:
    id: int
    name: str
    role: str
    scope: str
    is_good: bool
    seen_at: Instant | None
    has_password: bool
    has_factor: bool
    sessions: int


@dataclass(frozen=True, slots=True)
class ScopeRow:
    """A place that an account may be given."""

    scope: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class KeyRow:
    id: int
    name: str
    role: str
    scope: str
    made_at: Instant
    made_by: str
    used_at: Instant | None


_BROWSERS = (
    ("MicroMessenger", "WeChat"), ("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("HarmonyOS", "HarmonyOS"), ("Windows", "Windows"),
            ("Mac OS", "macOS"), ("Linux", "Linux"))  # fmt: skip


def browser_of(agent: str) -> str:
    """`Chrome · Windows` of what a browser calls itself; the order matters, because each claims to be the others."""
    named = [next((word for mark, word in marks if mark in agent), "") for marks in (_BROWSERS, _SYSTEMS)]
    return " · ".join(filter(None, named)) or agent[:40]
