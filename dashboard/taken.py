"""Who took a file, and when: it stands on what leaves the house, so that a copy that is found says whose it was."""

import re
from urllib.parse import quote

from fastapi import Request

from clock import real_now
from models.base import Instant
from models.civil_day import wall_clock

_FILE = re.compile(r'filename="([^"]*)\.([a-z]+)"')


def taken_by(request: Request) -> str:
    """For a line on paper or in a workbook's properties: `li.wang · 2026-11-26 16:01`."""
    return f"{request.state.viewer.name} · {wall_clock(real_now(), request.app.state.house.rules.zone)}"


def named_for(disposition: str, name: str, now: Instant) -> str:
    """A file's name with hers and the minute, UTC; twice where hers has other letters than a header can hold."""
    found = _FILE.search(disposition)
    if found is None:
        return disposition
    mark = f"{name} {wall_clock(now, 'UTC').replace(':', '')}Z"
    whole = f"{found[1]} ({mark}).{found[2]}"
    plain = "".join(sign if sign.isascii() and sign.isprintable() and sign not in '"\\' else "_" for sign in whole)
    wide = f"; filename*=UTF-8''{quote(whole)}" if plain != whole else ""
    return f'attachment; filename="{plain}"{wide}'
