"""The JSON API: contract section 6, as far as there is data for it. Keys only; errors are problem+json."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated, Any

import msgspec
from anyio import to_thread
from fastapi import APIRouter, FastAPI, Path, Query, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import Response

import contract
from clock import real_now
from dashboard import answers
from dashboard.access import Viewer
from dashboard.actions import ActionRefused, replay_rejected
from dashboard.acts.quarantine import problem_of
from dashboard.frames.overview import overview_frame
from dashboard.guarded import House
from dashboard.inbox import awaited, put
from dashboard.live import Feed
from dashboard.problems import Problem
from dashboard.queries.alarms import open_alarms
from dashboard.queries.day_lines import month_lines
from dashboard.queries.days import day_summary, month_to
from dashboard.queries.days import told as day_told
from dashboard.queries.history import LONGEST_DAYS, MOST, STEPS, history
from dashboard.queries.places import PlaceFacts, places
from dashboard.queries.services import open_services
from dashboard.queries.streams import integrity, rejected
from dashboard.rows import SiteRow
from models.base import Instant
from models.database import read_only
from models.period import day_named

SITES_MOST = 5000
DAY: Instant = 86_400_000_000
WAIT_S = 10.0
"""How long a call waits for the worker."""

Number = Annotated[int, Query(ge=0, le=2**63 - 1)]
RowNumber = Annotated[int, Path(ge=0, le=2**63 - 1)]
Moment = Annotated[str | None, Query(description="RFC 3339 with an offset")]

router = APIRouter(prefix="/api/v1")


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


def answered(body: answers.Answer | answers.OneSite) -> Response:
    return Response(msgspec.json.encode(body), media_type="application/json")


def says(answer: type[msgspec.Struct]) -> dict[int | str, dict[str, Any]]:
    """For the OpenAPI document: what a call answers."""
    good = {"application/json": {"schema": {"$ref": f"#/components/schemas/{answer.__name__}"}}}
    bad = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}
    return {200: {"content": good}, "4XX": {"description": "Not so", "content": bad}}


def described(shell: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the schemas of all answers and the one way to show who one is."""
    document: dict[str, Any] = get_openapi(title=shell.title, version=shell.version, routes=shell.routes)
    types = [*answers.ANSWERS, answers.ProblemDetails]
    _, schemas = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    document["components"] = {"schemas": schemas, "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}}
    for path, methods in document["paths"].items():
        for said in methods.values():
            said["security"] = [] if path.startswith("/public/") else [{"key": []}]
            said["responses"].pop("422", None)
    return document


def told(at: Instant | None) -> str | None:
    """An instant as RFC 3339, UTC."""
    return None if at is None else moment(at)


def moment(at: Instant) -> str:
    return contract.format_instant(at)


def _may(request: Request, permission: str) -> Viewer:
    viewer = _viewer(request)
    if not viewer.may(permission):
        raise Problem(403, "not for this role")
    return viewer


def _place(request: Request, site: str) -> PlaceFacts:
    """A site that cannot be, one that is not there and one that is not the viewer's answer alike."""
    here = _house(request)
    found = []
    if contract.is_site(site):
        with read_only(here.engine) as connection:
            found = places(connection, _viewer(request), here.clock.now(), site)
    if not found:
        raise Problem(404, "no such site")
    return found[0]


@router.get("/live", summary="The district now: sites reporting, people, streets", responses=says(answers.Live))
def live(request: Request) -> Response:
    feed = _feed(request)
    frame = overview_frame(feed.picture, _viewer(request).scope, feed.picture.version)
    streets = [
        answers.StreetNow(code=s.code, people=s.people, sites_reporting=s.sites_reporting, sites_total=s.sites_total)
        for s in frame.streets
    ]
    return answered(
        answers.Live(
            as_of=moment(frame.as_of),
            sites_reporting=frame.strip.sites_reporting,
            sites_total=frame.strip.sites_total,
            people=frame.tiles[0].value,
            streets=streets,
        )
    )


@router.get("/sites", summary="All sites in the key's scope, by code", responses=says(answers.Sites))
def sites(request: Request, after: str = "") -> Response:
    picture, viewer = _feed(request).picture, _viewer(request)
    found = [
        _site(row)
        for row in sorted(picture.rows.values(), key=lambda row: row.site)
        if row.site > after and viewer.sees(row.site, row.street, row.community)
    ]
    page = found[:SITES_MOST]
    following = page[-1].site if len(found) > len(page) else None
    return answered(answers.Sites(as_of=moment(picture.as_of), sites=page, next=following))


@router.get("/sites/{site}", summary="One site", responses=says(answers.OneSite))
def site(request: Request, site: str) -> Response:
    picture, viewer = _feed(request).picture, _viewer(request)
    for row in picture.rows.values():
        if row.site == site and viewer.sees(row.site, row.street, row.community):
            return answered(answers.OneSite(as_of=moment(picture.as_of), **msgspec.structs.asdict(_site(row))))
    raise Problem(404, "no such site")


def _site(row: SiteRow) -> answers.Site:
    areas = [answers.AreaNow(area=a.area, people=a.people, signed=a.signed, flags=list(a.flags)) for a in row.areas]
    return answers.Site(
        site=row.site,
        name_zh=row.name_zh,
        name_en=row.name_en,
        kind=row.kind,
        street=row.street,
        people=row.people,
        capacity=row.capacity,
        state=row.state,
        heard_at=told(row.heard_at),
        areas=areas,
    )


@router.post(
    "/sites/{site}/events",
    summary="The same bodies as the topic; answers after the commit",
    responses=says(answers.Results),
)
async def post_events(request: Request, site: str) -> Response:
    viewer = _may(request, "event.post")
    body, now = await request.body(), _house(request).clock.now()

    def put_in() -> int:
        _place(request, site)
        topic = contract.events_topic(site)
        engine = _house(request).engine
        return put(engine, source="http", author=viewer.name, site=site, topic=topic, payload=body, now=now)

    return await _outcome(request, put_in)


async def _outcome(request: Request, put_in: Callable[[], int]) -> Response:
    """Put something into the inbox and wait for the worker without holding a thread."""
    here = _house(request)
    row = await to_thread.run_sync(put_in)
    said = await awaited(here.engine, row, WAIT_S)
    if said is not None:
        return answered(answers.Results(as_of=moment(here.clock.now()), results=said))
    raise Problem(504, "kept, but no worker has taken it yet; sending it again changes nothing")


@router.get(
    "/sites/{site}/history",
    summary="Head counts by step, with coverage; step is 5m, 1h or 1d",
    responses=says(answers.History),
)
def site_history(
    request: Request,
    site: str,
    from_: Annotated[str | None, Query(alias="from", description="RFC 3339 with an offset")] = None,
    to: Moment = None,
    step: str = "5m",
) -> Response:
    here, place = _house(request), _place(request, site)
    if step not in STEPS:
        raise Problem(400, f"step: allowed are {', '.join(STEPS)}")
    now = here.clock.now()
    end = _instant(to, now)
    start = _instant(from_, max(0, end - DAY))
    borders = _borders(start, end, step, place, here.rules.zone)
    with read_only(here.engine) as connection:
        slots = history(connection, place, borders, now)
    told_slots = [msgspec.convert(slot | {"start": moment(slot["start"])}, answers.HistorySlot) for slot in slots]
    return answered(answers.History(as_of=moment(now), slots=told_slots))


def _instant(text: str | None, default: Instant) -> Instant:
    if text is None:
        return default
    try:
        # A plus sign in an address arrives as a blank.
        return int(contract.parse_instant(text.replace(" ", "+")))
    except ValueError as error:
        raise Problem(400, "from and to are RFC 3339 with an offset") from error


def _borders(start: Instant, end: Instant, step: str, place: PlaceFacts, zone: str) -> list[Instant]:
    """From the step that holds `start` to the one that holds `end`; days are the site's own."""
    if end <= start:
        raise Problem(400, "to must be after from")
    if (end - start) // STEPS[step] > MOST or (end - start) // DAY > LONGEST_DAYS:
        raise Problem(400, f"at most {MOST} steps and {LONGEST_DAYS} days; ask for a shorter time or a longer step")
    if step != "1d":
        length = STEPS[step]
        return list(range(start // length * length, -(-end // length) * length + 1, length))
    day, last = place.day_of(start, zone), place.day_of(end - 1, zone)
    days = [day + timedelta(days=n) for n in range((last - day).days + 1)]
    return [*(place.bounds(one, zone)[0] for one in days), place.bounds(days[-1], zone)[1]]


@router.get(
    "/sites/{site}/days/{day}",
    summary="The daily summary and its version; today so far has version 0",
    responses=says(answers.Day),
)
def site_day(request: Request, site: str, day: str) -> Response:
    here, place = _house(request), _place(request, site)
    wanted = _date(day)
    now = here.clock.now()
    with read_only(here.engine) as connection:
        found = day_summary(connection, place, wanted, here.rules, now)
        if found is None:
            raise Problem(404, "nothing is known of this day")
        version, summary = found
        month = month_to(connection, place.id, wanted, summary) if version else None
    money = {line.name: int(line.value or 0) for line in month_lines(month)} if month else None
    told_day = day_told(summary)
    return answered(answers.Day(as_of=moment(now), site=site, day=day, version=version, summary=told_day, month=money))


def _date(text: str) -> date:
    day = day_named(text)
    if day is None:
        raise Problem(400, "a day is YYYY-MM-DD")
    return day


@router.get(
    "/services",
    summary="Services that are planned for the running day of their site, or running",
    responses=says(answers.Services),
)
def services(request: Request, state: str = "open") -> Response:
    _only_open(state)
    here, viewer = _house(request), _viewer(request)
    now = here.clock.now()
    with read_only(here.engine) as connection:
        found = open_services(connection, viewer, now, here.rules)
    rows = [
        answers.OpenService(**one | {"due_at": told(one["due_at"]), "started_at": told(one["started_at"])})
        for one in found
    ]
    return answered(answers.Services(as_of=moment(now), services=rows))


@router.get("/alarms", summary="Open alarms, worst first", responses=says(answers.Alarms))
def alarms(request: Request, state: str = "open") -> Response:
    _only_open(state)
    here, viewer = _house(request), _viewer(request)
    now = here.clock.now()
    with read_only(here.engine) as connection:
        found = [alarm for alarms_ in open_alarms(connection, viewer).values() for alarm in alarms_]
    rows = [
        answers.OpenAlarm(
            id=a.id,
            site=a.site,
            type=a.type,
            grade=a.grade,
            area=a.area,
            open=a.open,
            late=a.late,
            raised_at=told(a.raised_at),
            cleared_at=told(a.cleared_at),
        )
        for a in sorted(found, key=lambda a: (a.grade, a.raised_at or 0))
    ]
    return answered(answers.Alarms(as_of=moment(now), alarms=rows))


def _only_open(state: str) -> None:
    if state != "open":
        raise Problem(400, "state: only `open` is known")


@router.get(
    "/rejected", summary="What could not be used, with its bytes and the reason", responses=says(answers.RejectedRows)
)
def rejected_rows(request: Request, site: str | None = None, reason: str | None = None, after: Number = 0) -> Response:
    viewer, here = _may(request, "quality.read"), _house(request)
    with read_only(here.engine) as connection:
        found = rejected(connection, viewer, _clean(site), _clean(reason), after)
    rows = [answers.RejectedRow(**row | {"received_at": moment(row["received_at"])}) for row in found]
    following = rows[-1].id if len(rows) == 500 else None
    return answered(answers.RejectedRows(as_of=moment(here.clock.now()), rejected=rows, next=following))


def _clean(text: str | None) -> str | None:
    """PostgreSQL refuses a zero byte in any text, also in one that it is only compared with."""
    if text is not None and "\0" in text:
        raise Problem(400, "a zero byte is no part of a name")
    return text


@router.post(
    "/rejected/{number}/replay",
    summary="Put a rejected row through the intake again",
    responses=says(answers.Results),
)
async def replay(request: Request, number: RowNumber) -> Response:
    viewer, here = _may(request, "rejected.replay"), _house(request)

    def put_in() -> int:
        try:
            return replay_rejected(here.engine, viewer, number, here.clock.now(), real_now())
        except ActionRefused as refusal:
            raise problem_of(refusal) from refusal

    return await _outcome(request, put_in)


@router.get(
    "/integrity",
    summary="Each outbox: what is kept, what is missing, what is lost for ever",
    responses=says(answers.Integrity),
)
def integrity_rows(request: Request, site: str | None = None) -> Response:
    viewer, here = _may(request, "quality.read"), _house(request)
    with read_only(here.engine) as connection:
        found = integrity(connection, viewer, _clean(site))
    streams = [answers.Outbox(**msgspec.to_builtins(row)) for row in found]
    return answered(answers.Integrity(as_of=moment(here.clock.now()), streams=streams))
