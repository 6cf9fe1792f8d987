"""`python -m dashboard sheet SITE DAY FILE`: the day's page without a browser window, for whoever has the machine."""

from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from clock import Clock
from config import Config
from dashboard.access import COMMAND
from dashboard.paper import NoPaper, pdf_of
from dashboard.parts.sheet_file import sheet_file
from dashboard.queries.days import day_page
from dashboard.rules import rules_of
from dashboard.words import Speech
from models.database import read_only


def sheet(engine: Engine, cfg: Config, site: str, day: str, file: str, language: str | None) -> str:
    """Writes the file; a sentence of what was written. Raises NoPaper with what is wrong."""
    path = Path(file)
    if path.suffix not in (".pdf", ".html"):
        raise NoPaper(f"{file}: the name must end in .pdf or .html")
    try:
        wanted = date.fromisoformat(day)
    except ValueError as error:
        raise NoPaper(f"{day!r} is not a date such as 2026-11-22") from error
    with read_only(engine) as connection:
        now = Clock(cfg.clock.offset_s).now()
        rows = day_page(connection, COMMAND, site, wanted, None, now, rules_of(cfg))
    if rows is None:
        raise NoPaper(f"no site {site}, or {day} is still to come")
    document = sheet_file(Speech(language or cfg.time.language), [rows], cfg.time.zone, cfg.web.simulated)
    content = document.encode() if path.suffix == ".html" else pdf_of(document, cfg.web.chromium)
    path.write_bytes(content)
    return f"{path}: {site}, {rows.day}, version {rows.version}, {len(content):,} bytes"
