"""Staff register sites, change them, let their programs in at the broker and close them: in their scope, audited.

Everything is written by the rules of the registry file, so a form, an upload and the command cannot differ.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Engine

from contract import is_site
from dashboard.access import Viewer
from dashboard.actions import ActionRefused
from dashboard.queries.places import PlaceFacts, places
from dashboard.registry_rows import Credential, Registered
from models.audit import audit
from models.base import Instant
from models.broker_user import is_user, let_in, revoke, site_of, users_of
from models.civil_day import day_bounds, day_of
from models.database import transaction
from models.day_begin import DayBegins
from models.period import day_named
from models.place_columns import COLUMNS
from models.place_file import FileRefused, PlacesFile, Wrong, read_place
from models.place_load import Report, load_places
from models.place_plan import Plan
from models.site_life import close_for_good, reopen

MANAGE = "registry.manage"
SUCCESSORS_MOST = 10


def street_of(viewer: Viewer) -> str | None:
    """The one street whose sites she may touch; None: all. Raises ActionRefused `403` for who may touch none."""
    kind, _, code = viewer.scope.partition(":")
    if not viewer.may(MANAGE) or kind not in ("", "street"):
        raise ActionRefused("403")
    return code or None


def register_site(
    engine: Engine,
    viewer: Viewer,
    cells: Mapping[str, str],
    now: Instant,
    real_now: Instant,
    zone: str,
    day_begins: DayBegins,
) -> Registered:
    """A new site with a user for itself and one for each of its devices.

    Raises FileRefused with what is wrong beside which column, ActionRefused `403`, and `same` for a code that is taken.
    """
    street, file = street_of(viewer), _checked(cells)
    credentials: list[Credential] = []

    def also(connection: Connection, made: Plan) -> None:
        if not made.created:
            raise ActionRefused("same")
        (place,) = file.places
        credentials.extend(_let_in(connection, place.site, device, real_now) for device in (None, *place.devices))
        said = {"devices": list(place.devices), "street": place.street.code}
        audit(connection, real_now, viewer.name, viewer.role, "site.register", place.site, said)

    try:
        report = load_places(engine, file, now, zone, day_begins, street=street, also=also)
    except FileRefused as refusal:
        # Whether she or another street has it: the answer is the same.
        if [(one.column, one.why) for one in refusal.wrong] == [("site", "taken")]:
            raise ActionRefused("same") from refusal
        raise
    if not report.created:
        raise ActionRefused("same")
    return Registered(report.made.created[0], tuple(credentials), (), report.to_replay, report.warnings)


def change_site(
    engine: Engine, viewer: Viewer, site: str, cells: Mapping[str, str], now: Instant, real_now: Instant, zone: str
) -> Registered:
    """What is not in `cells` stays; from the day of `valid_from` on, else from now. Raises as `register_site`, and `404`."""
    street = street_of(viewer)
    with transaction(engine) as connection:
        _its_site(connection, viewer, site, now)
    file = _checked({**cells, "site": site})

    def also(connection: Connection, made: Plan) -> None:
        said = {"columns": list(made.updated.get(site, ())), "valid_from": cells.get("valid_from", "")}
        audit(connection, real_now, viewer.name, viewer.role, "site.change", site, said)

    report = load_places(engine, file, now, zone, {}, street=street, also=also)
    return Registered(site, (), report.made.updated.get(site, ()), 0, report.warnings)


def load_file(
    engine: Engine,
    viewer: Viewer,
    file: PlacesFile,
    now: Instant,
    real_now: Instant,
    zone: str,
    day_begins: DayBegins,
    *,
    dry_run: bool,
) -> Report:
    """A whole file; raises as `register_site` without `same`."""

    def also(connection: Connection, made: Plan) -> None:
        said = {"created": len(made.created), "updated": len(made.updated)}
        audit(connection, real_now, viewer.name, viewer.role, "registry.load", "registry", said)

    street = street_of(viewer)
    return load_places(engine, file, now, zone, day_begins, dry_run=dry_run, street=street, also=also)


# -- who may speak for a site at the broker -------------------------------------------------------------------------------


def give_password(
    engine: Engine, viewer: Viewer, site: str, device: str, now: Instant, real_now: Instant
) -> Credential:
    """Another password for the site ('' for `device`) or for one of its devices, or the first one.

    Raises ActionRefused `403`, `404`, `code` for a name that cannot be, and `closed` for a site that is closed for good.
    """
    street_of(viewer)
    if device and site_of(f"{site}.{device}") is None:
        raise ActionRefused("code")
    with transaction(engine) as connection:
        place = _its_site(connection, viewer, site, now)
        if not place.stood_at(now):
            raise ActionRefused("closed")
        made = _let_in(connection, site, device or None, real_now)
        audit(connection, real_now, viewer.name, viewer.role, "credential.give", made.name, {})
    return made


def give_passwords(
    engine: Engine, viewer: Viewer, sites: Sequence[str], now: Instant, real_now: Instant
) -> list[Credential]:
    """A first password for each of these sites that has none. Raises ActionRefused `403`, and `404` for a foreign one."""
    street_of(viewer)
    with transaction(engine) as connection:
        mine = {place.site: place for place in places(connection, viewer, now)}
        if not mine.keys() >= set(sites):
            raise ActionRefused("404")
        good = [site for site in sites if site_of(site) and mine[site].stood_at(now)]
        made = [_let_in(connection, site, None, real_now) for site in good if not is_user(connection, site)]
        audit(connection, real_now, viewer.name, viewer.role, "credential.give", "registry", {"users": len(made)})
    return made


def revoke_password(engine: Engine, viewer: Viewer, site: str, device: str, now: Instant, real_now: Instant) -> None:
    """Raises ActionRefused `403`, and `404` for a user that is not there."""
    street_of(viewer)
    name = f"{site}.{device}" if device else site
    with transaction(engine) as connection:
        _its_site(connection, viewer, site, now)
        if name not in users_of(connection, site):
            raise ActionRefused("404")
        revoke(connection, name, real_now)
        audit(connection, real_now, viewer.name, viewer.role, "credential.revoke", name, {})


def _let_in(connection: Connection, site: str, device: str | None, real_now: Instant) -> Credential:
    name = f"{site}.{device}" if device else site
    return Credential(name, let_in(connection, name, real_now), device)


# -- the end of a site ------------------------------------------------------------------------------------------------------


def close_site(
    engine: Engine,
    viewer: Viewer,
    site: str,
    day: str,
    successors: Sequence[str],
    now: Instant,
    real_now: Instant,
    zone: str,
) -> None:
    """Closed for good from the beginning of `day` on; `successors` are the codes of who goes on with its work.

    Raises ActionRefused `403`, `404`, `span` for a day that is none, or not yet or before the site was registered, and
    `successor` for one that is not there, not hers, closed or the site itself.
    """
    street_of(viewer)
    at = _day(day, now, zone)
    with transaction(engine) as connection:
        place = _its_site(connection, viewer, site, now)
        if not place.stood_at(now):
            raise ActionRefused("closed")
        known = {one.site: one for one in places(connection, viewer, now)}
        named = [known.get(code) for code in dict.fromkeys(successors)]
        numbers = [one.id for one in named if one is not None and one.site != site and one.stood_at(at)]
        if len(numbers) < len(named) or len(named) > SUCCESSORS_MOST:
            raise ActionRefused("successor")
        close_for_good(connection, place.id, site, at, numbers, real_now)
        said = {"day": day, "successors": list(successors)}
        audit(connection, real_now, viewer.name, viewer.role, "site.end", site, said)


def reopen_site(
    engine: Engine, viewer: Viewer, site: str, day: str, now: Instant, real_now: Instant, zone: str
) -> None:
    """Raises as `close_site`; `span` also for a day before it closed."""
    street_of(viewer)
    at = _day(day, now, zone)
    with transaction(engine) as connection:
        place = _its_site(connection, viewer, site, now)
        if place.ended_from is None or at < place.ended_from:
            raise ActionRefused("span")
        reopen(connection, place.id, at)
        audit(connection, real_now, viewer.name, viewer.role, "site.reopen", site, {"day": day})


def _day(text: str, now: Instant, zone: str) -> Instant:
    """The beginning of a civil day that has begun."""
    day = day_named(text)
    if day is None or day > day_of(now, zone):
        raise ActionRefused("span")
    return day_bounds(day, zone)[0]


def _its_site(connection: Connection, viewer: Viewer, site: str, now: Instant) -> PlaceFacts:
    found = places(connection, viewer, now, site) if is_site(site) else []
    if not found:
        raise ActionRefused("404")
    return found[0]


def _checked(cells: Mapping[str, str]) -> PlacesFile:
    """Raises FileRefused also for a code that could have no user at the broker."""
    if strange := cells.keys() - COLUMNS.keys():
        raise FileRefused([Wrong(1, "a column", min(strange), ", ".join(COLUMNS))])
    if is_site(code := cells.get("site", "")) and site_of(code) is None:
        raise FileRefused([Wrong(1, "site", code, COLUMNS["site"].allowed)])
    return read_place(dict(cells))
