"""Lists of other pages as CSV: one's letters, calm times, walls, accounts, an alarm's steps, a day's versions, what a site said."""

from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import Response

from clock import real_now
from contract import is_site
from dashboard.access import Viewer
from dashboard.account_rows import KeyRow, PersonRow
from dashboard.alarm_rows import AlarmStep
from dashboard.csv_table import csv_file, csv_text, table_file, told
from dashboard.gate import lifetime_of
from dashboard.guarded import House
from dashboard.problems import Problem
from dashboard.quality_rows import Said
from dashboard.queries.accounts import api_keys, people
from dashboard.queries.calm import calm_times
from dashboard.queries.days import day_page
from dashboard.queries.desk import history, one
from dashboard.queries.letters import LetterRow, letter_log
from dashboard.queries.quality import said_lately
from dashboard.rows import CalmRow
from dashboard.walls import WallRow, walls
from models.base import Instant
from models.database import read_only
from models.incident import Account
from models.period import day_named

router = APIRouter(prefix="/export", include_in_schema=False)

LETTERS_MOST, SAID_MOST = 5000, 500
NUMBER_MOST = 2**63 - 1
STEP_HEADS = ("at", "real_at", "step", "state", "author", "code", "post", "level", "told")
ACCOUNT_HEADS = ("incident_done", "family_told", "family_told_at", "family_told_by", "prevention")


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A figure by which a version differs from the one before; a version without any has one row."""

    version: int
    made_at: Instant
    why: str
    signed_by: str | None
    signed_at: Instant | None
    figure: str | None
    before: float | str | None
    now: float | str | None


def _here(request: Request, permission: str) -> tuple[House, Viewer]:
    viewer: Viewer = request.state.viewer
    if not viewer.may(permission):
        raise Problem(403, "not for this role")
    return request.app.state.house, viewer


@router.get("/letters.csv")
def letters_csv(request: Request) -> Response:
    """Her own, so a key has none, whatever it is called."""
    here, viewer = _here(request, "page.read")
    if getattr(request.state, "session", None) is None:
        raise Problem(403, "for people only")
    with read_only(here.engine) as connection:
        return table_file("letters", LetterRow, letter_log(connection, viewer, LETTERS_MOST))


@router.get("/calm.csv")
def calm_csv(request: Request) -> Response:
    here, viewer = _here(request, "calm.read")
    with read_only(here.engine) as connection:
        rows = calm_times(connection, viewer, here.clock.now())
    heads = ("kind", "site", "name_zh", "name_en", "street", "since", "until", "reason", "holds")
    return csv_file("calm", csv_text(heads, map(_calm, rows)))


def _calm(r: CalmRow) -> list[object]:
    return [r.kind, r.site, r.name_zh, r.name_en, r.street, told(r.since), told(r.until), r.reason, int(r.holds)]


@router.get("/walls.csv")
def walls_csv(request: Request) -> Response:
    here, viewer = _here(request, "wall.pair")
    with read_only(here.engine) as connection:
        return table_file("walls", WallRow, walls(connection, viewer))


@router.get("/accounts.csv")
def accounts_csv(request: Request) -> Response:
    here, viewer = _here(request, "account.manage")
    with read_only(here.engine) as connection:
        rows = people(connection, viewer, lifetime_of(request.app.state.cfg), real_now())
    return table_file("accounts", PersonRow, rows)


@router.get("/keys.csv")
def keys_csv(request: Request) -> Response:
    """What programs come in by; never the keys themselves, which nobody can read again."""
    here, viewer = _here(request, "key.manage")
    with read_only(here.engine) as connection:
        return table_file("keys", KeyRow, api_keys(connection, viewer))


@router.get("/alarms/{alarm}.csv")
def alarm_csv(request: Request, alarm: str) -> Response:
    """Every step of one alarm, and what was said when an incident was closed."""
    here, viewer = _here(request, "page.read")
    known = alarm.isascii() and alarm.isdigit() and len(alarm) < 20 and int(alarm) <= NUMBER_MOST
    with read_only(here.engine) as connection:
        found = one(connection, viewer, int(alarm)) if known else None
        if found is None:
            raise Problem(404, "no such alarm")
        steps = history(connection, viewer, found.id)
    return csv_file(f"alarm-{found.id}", csv_text((*STEP_HEADS, *ACCOUNT_HEADS), map(_step, steps)))


def _step(step: AlarmStep) -> list[object]:
    when = told(step.at), told(step.real_at)
    what = step.step, step.state, step.author, step.code, step.post, step.level, " ".join(step.told)
    return [*when, *what, *(_account(step.account) if step.account else [None] * len(ACCOUNT_HEADS))]


def _account(said: Account) -> list[object]:
    return [said.done, said.told, told(said.told_at), said.told_by, said.prevention]


@router.get("/days/{site}/{day}/versions.csv")
def versions_csv(request: Request, site: str, day: str) -> Response:
    here, viewer = _here(request, "page.read")
    when = _day(day)
    with read_only(here.engine) as connection:
        page = day_page(connection, viewer, site, when, None, here.clock.now(), here.rules) if is_site(site) else None
    if page is None:
        raise Problem(404, "no such day")
    rows = [
        ChangeRow(v.version, v.made_at, v.why, v.signed_by, v.signed_at, *change)
        for v in page.versions
        for change in v.changes or ((None, None, None),)
    ]
    return table_file(f"{site}-{when}-versions", ChangeRow, rows)


def _day(text: str) -> date:
    day = day_named(text)
    if day is None:
        raise Problem(404, "a day is YYYY-MM-DD")
    return day


@router.get("/messages.csv")
def messages_csv(request: Request, site: str) -> Response:
    """The last hour of a site that she sees."""
    here, viewer = _here(request, "quality.read")
    with read_only(here.engine) as connection:
        rows = said_lately(connection, viewer, site, here.clock.now(), SAID_MOST) if is_site(site) else None
    if rows is None:
        raise Problem(404, "no such site")
    return table_file(f"messages-{site}", Said, rows)
