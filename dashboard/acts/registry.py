"""The forms of the registry: a site made or changed, its passwords, its end; a whole file with a dry run."""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from clock import real_now
from config import Config
from dashboard.actions import ActionRefused
from dashboard.acts.posted import Body, answer, here, read, refused
from dashboard.csv_table import csv_file, csv_text
from dashboard.guarded import House
from dashboard.parts.hours_words import hours_words
from dashboard.problems import Problem
from dashboard.registry_actions import (
    change_site,
    close_site,
    give_password,
    give_passwords,
    load_file,
    register_site,
    reopen_site,
    revoke_password,
    street_of,
)
from dashboard.registry_commands import tries
from dashboard.registry_rows import Credential
from dashboard.words import FOLDERS, Speech
from models.civil_day import day_of, rule_fault
from models.place_file import FileRefused, Wrong, read_places
from models.place_load import Report
from models.place_plan import Notice

router = APIRouter(prefix="/act/registry", include_in_schema=False)

TEXT_MOST = 4000
ROWS_A_STEP = 2000
WRONG_SHOWN, SITES_SHOWN = 200, 200
"""Of a file; the numbers beside them are of all."""

Short = Annotated[str, msgspec.Meta(max_length=TEXT_MOST)]


class HoursForm(msgspec.Struct, forbid_unknown_fields=True):
    rule: Short
    language: str


class SiteForm(msgspec.Struct, forbid_unknown_fields=True):
    """`cells` are the columns of a registry file."""

    cells: dict[Short, Short]


class UserForm(msgspec.Struct, forbid_unknown_fields=True):
    """`device` '' is the site itself."""

    device: Annotated[str, msgspec.Meta(max_length=64)] = ""


class SitesForm(msgspec.Struct, forbid_unknown_fields=True):
    sites: Annotated[list[Annotated[str, msgspec.Meta(max_length=64)]], msgspec.Meta(max_length=5000)]


class EndForm(msgspec.Struct, forbid_unknown_fields=True):
    day: Annotated[str, msgspec.Meta(max_length=10)]
    successors: Annotated[list[Annotated[str, msgspec.Meta(max_length=64)]], msgspec.Meta(max_length=20)] = []


class DayForm(msgspec.Struct, forbid_unknown_fields=True):
    day: Annotated[str, msgspec.Meta(max_length=10)]


@router.post("/hours")
def hours(request: Request, body: Body) -> Response:
    """Opening hours in words, while somebody types them; `null` for what is none, or none yet."""
    said: HoursForm = read(body, HoursForm)
    if said.language not in FOLDERS:
        raise Problem(400, "code")
    house, _ = here(request)
    words = None if rule_fault(said.rule) else hours_words(Speech(said.language), said.rule, _today(house))
    return answer({"words": words})


@router.post("/sites")
def register(request: Request, body: Body) -> Response:
    """422 with what is wrong beside which column."""
    said: SiteForm = read(body, SiteForm)
    house, viewer = here(request)
    cells = {name: text for name, text in said.cells.items() if text.strip()}
    try:
        given = (house.clock.now(), real_now(), house.rules.zone, house.rules.day_begins)
        made = _done(register_site, house.engine, viewer, cells, *given)
    except FileRefused as refusal:
        return _wrong(refusal)
    users = [_shown(request, made.site, one) for one in made.credentials]
    return answer({"site": made.site, "users": users, "replayed": made.replayed, "notices": _noticed(made.warnings)})


@router.post("/sites/{site}")
def change(request: Request, site: str, body: Body) -> Response:
    said: SiteForm = read(body, SiteForm)
    house, viewer = here(request)
    try:
        made = _done(
            change_site, house.engine, viewer, site, said.cells, house.clock.now(), real_now(), house.rules.zone
        )
    except FileRefused as refusal:
        return _wrong(refusal)
    return answer({"site": made.site, "changed": made.changed, "notices": _noticed(made.warnings)})


@router.post("/sites/{site}/password")
def password(request: Request, site: str, body: Body) -> Response:
    said: UserForm = read(body, UserForm)
    house, viewer = here(request)
    made = _done(give_password, house.engine, viewer, site, said.device, house.clock.now(), real_now())
    return answer({"site": site, "users": [_shown(request, site, made)]})


@router.post("/sites/{site}/revoke")
def revoke(request: Request, site: str, body: Body) -> Response:
    said: UserForm = read(body, UserForm)
    house, viewer = here(request)
    _done(revoke_password, house.engine, viewer, site, said.device, house.clock.now(), real_now())
    return answer({"site": site})


@router.post("/sites/{site}/close")
def close(request: Request, site: str, body: Body) -> Response:
    said: EndForm = read(body, EndForm)
    house, viewer = here(request)
    given = (house.clock.now(), real_now(), house.rules.zone)
    _done(close_site, house.engine, viewer, site, said.day, said.successors, *given)
    return answer({"site": site})


@router.post("/sites/{site}/reopen")
def reopen(request: Request, site: str, body: Body) -> Response:
    said: DayForm = read(body, DayForm)
    house, viewer = here(request)
    _done(reopen_site, house.engine, viewer, site, said.day, house.clock.now(), real_now(), house.rules.zone)
    return answer({"site": site})


@router.post("/passwords")
def passwords(request: Request, body: Body) -> Response:
    """A file that is made once: users and passwords of those sites that have none yet."""
    said: SitesForm = read(body, SitesForm)
    house, viewer = here(request)
    made: list[Credential] = _done(give_passwords, house.engine, viewer, said.sites, house.clock.now(), real_now())
    return csv_file("passwords", csv_text(("user", "password"), [(one.name, one.password) for one in made]))


# -- a whole file -----------------------------------------------------------------------------------------------------------


@router.post("/file")
def file(request: Request, body: Body, dry_run: bool = True) -> Response:
    """CSV or GeoJSON; a line of JSON for each step, the last one with what was or would be done, or what is wrong."""
    house, viewer = here(request)
    _done(street_of, viewer)
    say: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    given = (house.clock.now(), real_now(), house.rules.zone, house.rules.day_begins)

    def work() -> None:
        try:
            found = read_places(body, lambda line: say.put({"step": line.split()[1]}), ROWS_A_STEP)
            say.put({"step": f"{len(found.places):,}"})
            say.put(_told(load_file(house.engine, viewer, found, *given, dry_run=dry_run)))
        except FileRefused as refusal:
            say.put(
                {"wrong_total": len(refusal.wrong), "wrong": [_as_told(one) for one in refusal.wrong[:WRONG_SHOWN]]}
            )
        except Exception:
            say.put({"failed": True})
            raise
        finally:
            say.put(None)

    threading.Thread(target=work, name="registry-file", daemon=True).start()
    lines: Iterator[bytes] = (msgspec.json.encode(one) + b"\n" for one in iter(say.get, None))
    return StreamingResponse(lines, media_type="application/x-ndjson", headers={"Content-Encoding": "identity"})


def _told(report: Report) -> dict[str, Any]:
    made = report.made
    return {
        "dry_run": report.dry_run,
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "streets": report.streets_created,
        "replayed": report.to_replay,
        "notices": _noticed(report.warnings),
        "new_sites": made.created if not report.dry_run else made.created[:SITES_SHOWN],
        "changes": [{"site": site, "columns": columns} for site, columns in list(made.updated.items())[:SITES_SHOWN]],
    }


def _noticed(said: Sequence[Notice]) -> list[dict[str, str]]:
    return [{"why": one.why, "code": one.code} for one in said[:SITES_SHOWN]]


def _as_told(wrong: Wrong) -> dict[str, Any]:
    return {
        "line": wrong.line,
        "column": wrong.column,
        "value": wrong.value[:80],
        "why": wrong.why,
        "allowed": wrong.allowed,
        "unit": wrong.unit,
    }


def _wrong(refusal: FileRefused) -> Response:
    body = msgspec.json.encode({"title": "wrong", "wrong": [_as_told(one) for one in refusal.wrong]})
    return Response(body, 422, media_type="application/problem+json")


def _shown(request: Request, site: str, said: Credential) -> dict[str, Any]:
    """A password with the lines that try it; it is told this once."""
    cfg: Config = request.app.state.cfg
    lines = tries(cfg.broker.for_sites, site, said, cfg.clock.offset_s)
    shown = [{"program": one.program, "line": one.line} for one in lines]
    return {"name": said.name, "device": said.device or "", "password": said.password, "tries": shown}


def _today(house: House) -> date:
    return day_of(house.clock.now(), house.rules.zone)


def _done(deed: Callable[..., Any], *given: Any) -> Any:
    try:
        return deed(*given)
    except ActionRefused as refusal:
        raise refused(str(refusal)) from refusal
