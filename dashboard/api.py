"""The JSON API: contract section 6, as far as there is data for it. Keys only; errors are problem+json."""

from datetime import date, timedelta
from typing import Any

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

import contract
from dashboard.access import Viewer
from dashboard.guarded import House
from dashboard.inbox import outcome, put
from dashboard.live import Feed, overview_frame
from dashboard.queries.alarms import open_alarms
from dashboard.queries.days import day_summary
from dashboard.queries.history import MOST, STEPS, history
from dashboard.queries.places import PlaceFacts, places
from dashboard.queries.services import open_services
from dashboard.queries.streams import integrity, rejected, rejected_row
from dashboard.rows import SiteRow
from models.base import Instant
from models.civil_day import day_bounds, day_of
from models.database import read_only

SEES_REJECTED = ("admin", "district", "ops", "street", "site")
REPLAYS = ("admin", "ops")
POSTS_EVENTS = ("admin", "site")

router = APIRouter(prefix="/api/v1")


class Problem(Exception):
    """An answer that is not the one that was hoped for."""

    def __init__(self, status: int, title: str) -> None:
        super().__init__(title)
        self.status, self.title = status, title


def problem(status: int, title: str) -> JSONResponse:
    body = {"type": "about:blank", "title": title, "status": status}
    return JSONResponse(body, status, media_type="application/problem+json")


def _viewer(request: Request) -> Viewer:
    found: Viewer = request.state.viewer
    return found


def _house(request: Request) -> House:
    found: House = request.app.state.house
    return found


def _feed(request: Request) -> Feed:
    found: Feed = request.app.state.feed
    if not found.is_alive:
        raise Problem(503, "the database does not answer")
    return found


def _answer(body: dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(body), media_type="application/json")


def told(at: Instant | None) -> str | None:
    """An instant as RFC 3339, UTC."""
    return None if at is None else contract.format_instant(at)


def _may(request: Request, *roles: str) -> Viewer:
    viewer = _viewer(request)
    if not viewer.may(*roles):
        raise Problem(403, "not for this role")
    return viewer


def _place(request: Request, site: str) -> PlaceFacts:
    """A site that is not there and one that is not the viewer's answer alike."""
    here = _house(request)
    with read_only(here.engine) as connection:
        found = places(connection, _viewer(request), here.clock.now(), site)
    if not found:
        raise Problem(404, "no such site")
    return found[0]


@router.get("/live", summary="The district now: sites reporting, people, streets")
def live(request: Request) -> Response:
    feed = _feed(request)
    frame = overview_frame(feed.picture, _viewer(request).scope, 0, _house(request).rules)
    streets = [
        {"code": s.code, "people": s.people, "sites_reporting": s.sites_reporting, "sites_total": s.sites_total}
        for s in frame.streets
    ]
    return _answer(
        {
            "as_of": told(frame.as_of),
            "sites_reporting": frame.strip.sites_reporting,
            "sites_total": frame.strip.sites_total,
            "people": frame.tiles[0].value,
            "streets": streets,
        }
    )


@router.get("/sites", summary="All sites in the key's scope")
def sites(request: Request) -> Response:
    feed = _feed(request)
    frame = overview_frame(feed.picture, _viewer(request).scope, 0, _house(request).rules)
    rows = [_site(row) for row in frame.sites[:5000]]
    return _answer({"as_of": told(frame.as_of), "sites": rows, "next": None})


@router.get("/sites/{site}", summary="One site")
def site(request: Request, site: str) -> Response:
    feed = _feed(request)
    frame = overview_frame(feed.picture, _viewer(request).scope, 0, _house(request).rules)
    found = next((row for row in frame.sites if row.site == site), None)
    if found is None:
        raise Problem(404, "no such site")
    return _answer({"as_of": told(frame.as_of)} | _site(found))


def _site(row: SiteRow) -> dict[str, Any]:
    areas = [{"area": a.area, "people": a.people, "signed": a.signed, "flags": list(a.flags)} for a in row.areas]
    names = ("site", "name_zh", "name_en", "kind", "street", "people", "capacity", "state")
    return {name: getattr(row, name) for name in names} | {"heard_at": told(row.heard_at), "areas": areas}


@router.post("/sites/{site}/events", summary="The same bodies as the topic; answers after the commit")
async def post_events(request: Request, site: str) -> Response:
    viewer = _may(request, *POSTS_EVENTS)
    body = await request.body()
    answer: Response = await to_thread.run_sync(_post_events, request, viewer, site, body)
    return answer


def _post_events(request: Request, viewer: Viewer, site: str, body: bytes) -> Response:
    here = _house(request)
    _place(request, site)
    now = here.clock.now()
    topic = contract.events_topic(site)
    row = put(here.engine, source="http", author=viewer.name, site=site, topic=topic, payload=body, now=now)
    said = outcome(here.engine, row)
    if said is None:
        raise Problem(504, "kept, but no worker has taken it yet; sending it again changes nothing")
    return _answer({"as_of": told(now), "results": said})


@router.get("/sites/{site}/history", summary="Head counts by step, with coverage; step is 5m, 1h or 1d")
def site_history(request: Request, site: str, to: str | None = None, step: str = "5m") -> Response:
    here, place = _house(request), _place(request, site)
    if step not in STEPS:
        raise Problem(400, f"step {step!r}: allowed are {', '.join(STEPS)}")
    now = here.clock.now()
    end = _instant(to, now)
    start = _instant(request.query_params.get("from"), end - 86_400_000_000)
    borders = _borders(start, end, step, here.rules.zone)
    with read_only(here.engine) as connection:
        slots = history(connection, place, borders)
    told_slots = [slot | {"start": told(int(str(slot["start"])))} for slot in slots]
    return _answer({"as_of": told(now), "slots": told_slots})


def _instant(text: str | None, default: Instant) -> Instant:
    if text is None:
        return default
    try:
        # A plus sign in an address arrives as a blank.
        return int(contract.parse_instant(text.replace(" ", "+")))
    except ValueError as error:
        raise Problem(400, "from and to are RFC 3339 with an offset") from error


def _borders(start: Instant, end: Instant, step: str, zone: str) -> list[Instant]:
    """From the step that holds `start` to the one that holds `end`; days are civil days."""
    if end <= start:
        raise Problem(400, "to must be after from")
    if (end - start) // STEPS[step] > MOST:
        raise Problem(400, f"at most {MOST} steps; ask for a shorter time or a longer step")
    if step != "1d":
        length = STEPS[step]
        return list(range(start // length * length, -(-end // length) * length + 1, length))
    day, last = day_of(start, zone), day_of(end - 1, zone)
    days = [day + timedelta(days=n) for n in range((last - day).days + 1)]
    return [*(day_bounds(one, zone)[0] for one in days), day_bounds(days[-1], zone)[1]]


@router.get("/sites/{site}/days/{day}", summary="The daily summary and its version; today so far has version 0")
def site_day(request: Request, site: str, day: str) -> Response:
    here, place = _house(request), _place(request, site)
    try:
        wanted = date.fromisoformat(day) if len(day) == 10 else None
    except ValueError:
        wanted = None
    if wanted is None:
        raise Problem(400, "a day is YYYY-MM-DD")
    now = here.clock.now()
    with read_only(here.engine) as connection:
        found = day_summary(connection, place, wanted, here.rules.zone, now)
    if found is None:
        raise Problem(404, "nothing is known of this day")
    version, summary = found
    return _answer({"as_of": told(now), "site": site, "day": day, "version": version, "summary": summary})


@router.get("/services", summary="Services of today that are planned or running")
def services(request: Request, state: str = "open") -> Response:
    _only_open(state)
    here, viewer = _house(request), _viewer(request)
    now = here.clock.now()
    start, _ = day_bounds(day_of(now, here.rules.zone), here.rules.zone)
    with read_only(here.engine) as connection:
        found = open_services(connection, viewer, start, now, here.rules.service_late_min)
    instants = ("due_at", "started_at")
    rows = [{n: told(v) if n in instants else v for n, v in one.items()} for one in found]
    return _answer({"as_of": told(now), "services": rows})


@router.get("/alarms", summary="Open alarms, worst first")
def alarms(request: Request, state: str = "open") -> Response:
    _only_open(state)
    here, viewer = _house(request), _viewer(request)
    now = here.clock.now()
    with read_only(here.engine) as connection:
        mine = {place.id for place in places(connection, viewer, now)}
        found = [alarm for site_id, alarms_ in open_alarms(connection).items() if site_id in mine for alarm in alarms_]
    rows = [msgspec.to_builtins(a) | {"raised_at": told(a.raised_at), "cleared_at": told(a.cleared_at)} for a in found]
    return _answer({"as_of": told(now), "alarms": sorted(rows, key=lambda a: (a["grade"], a["raised_at"] or ""))})


def _only_open(state: str) -> None:
    if state != "open":
        raise Problem(400, "state: only `open` is known")


@router.get("/rejected", summary="What could not be used, with its bytes and the reason")
def rejected_rows(request: Request, site: str | None = None, reason: str | None = None, after: int = 0) -> Response:
    viewer, here = _may(request, *SEES_REJECTED), _house(request)
    with read_only(here.engine) as connection:
        rows = rejected(connection, viewer, site, reason, after)
    told_rows = [row | {"received_at": told(row["received_at"])} for row in rows]
    following = rows[-1]["id"] if len(rows) == 500 else None
    return _answer({"as_of": told(here.clock.now()), "rejected": told_rows, "next": following})


@router.post("/rejected/{number}/replay", summary="Put a rejected row through the intake again")
def replay(request: Request, number: int) -> Response:
    viewer, here = _may(request, *REPLAYS), _house(request)
    with read_only(here.engine) as connection:
        row = rejected_row(connection, viewer, number)
    if row is None:
        raise Problem(404, "no such row")
    if not row.replayable:
        raise Problem(409, "this row cannot be replayed: its bytes are not whole, or name a person")
    now = here.clock.now()
    put_row = put(
        here.engine, source="replay", author=viewer.name, site=row.site, topic=row.topic, payload=row.bytes, now=now,
        rejected_id=row.id,
    )  # fmt: skip
    said = outcome(here.engine, put_row)
    if said is None:
        raise Problem(504, "kept, but no worker has taken it yet")
    return _answer({"as_of": told(now), "results": said})


@router.get("/integrity", summary="Each outbox: what is kept, what is missing, what is lost for ever")
def integrity_rows(request: Request, site: str | None = None) -> Response:
    viewer, here = _may(request, *SEES_REJECTED), _house(request)
    with read_only(here.engine) as connection:
        rows = integrity(connection, viewer, site)
    return _answer({"as_of": told(here.clock.now()), "streams": [msgspec.to_builtins(row) for row in rows]})
