"""What of the deeds is asked for: the address of the page and of its file say it alike."""

import re
from urllib.parse import urlencode

from dashboard.access import Viewer
from dashboard.queries.deeds import Sought
from models.base import Instant
from models.civil_day import day_bounds
from models.period import day_named

FIELDS = ("who", "what", "subject", "since", "until")
MOST = 80


def may_read_deeds(viewer: Viewer) -> bool:
    """The chain is one for the whole house, so nobody reads a part of it."""
    return viewer.may("audit.read") and not viewer.scope


def sought_of(asked: dict[str, str], zone: str) -> Sought:
    """What cannot be asked for is left out. Days are the district's; the last one is asked for whole."""
    texts = {name: asked.get(name, "").replace("\0", "")[:MOST].strip() for name in ("who", "what", "subject")}
    before = asked.get("before", "")
    number = int(before) if re.fullmatch(r"[1-9][0-9]{0,8}", before) else None
    since, _ = _bounds(asked.get("since", ""), zone)
    _, until = _bounds(asked.get("until", ""), zone)
    return Sought(**texts, since=since, until=until, before=number)


def _bounds(text: str, zone: str) -> tuple[Instant | None, Instant | None]:
    day = day_named(text)
    return day_bounds(day, zone) if day else (None, None)


def address_of(path: str, asked: dict[str, str], **more: str) -> str:
    said = {name: asked.get(name, "")[:MOST] for name in FIELDS} | more
    kept = {name: value for name, value in said.items() if value}
    return f"{path}?{urlencode(kept)}" if kept else path
