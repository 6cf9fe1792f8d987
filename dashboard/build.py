"""Which build of the screens this is: a page that outlives an upgrade must notice."""

import hashlib
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent


@cache
def build() -> str:
    """A short hash over everything that a page is made of."""
    told = hashlib.sha256()
    for path in sorted(p for p in HERE.rglob("*") if p.is_file() and p.suffix != ".pyc"):
        told.update(path.relative_to(HERE).as_posix().encode() + b"\0" + path.read_bytes())
    return told.hexdigest()[:12]
