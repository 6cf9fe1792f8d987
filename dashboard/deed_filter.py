"""What of the deeds is asked for: the address of the page and of its file say it alike."""

import re
from datetime import datetime, timedelta
from urllib.parse import urlencode

from dashboard.access import Viewer
from dashboard.queries.deeds import Sought
from models.base import Instant
from models.civil_day import wall_moment

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
    return Sought(
        **texts, since=_day(asked.get("since", ""), zone, 0), until=_day(asked.get("until", ""), zone, 1), before=number
    )


def _day(text: str, zone: str, later: int) -> Instant | None:
    try:
        if re.fullmatch(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", text):
            return wall_moment(datetime.fromisoformat(text) + timedelta(days=later), zone)
    except ValueError:
        pass
    return None


def address_of(path: str, asked: dict[str, str], **more: str) -> str:
    said = {name: asked.get(name, "")[:MOST] for name in FIELDS} | more
    kept = {name: value for name, value in said.items() if value}
    return f"{path}?{urlencode(kept)}" if kept else path
