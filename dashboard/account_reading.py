"""What the pages about accounts need, for the viewer of the running request."""

from dataclasses import dataclass

from flask import current_app, request

from clock import real_now
from dashboard.access import Lifetime, SignedIn, Viewer
from dashboard.account_rows import KeyRow, OwnAccount, PersonRow, ScopeRow
from dashboard.guarded import house, viewer
from dashboard.queries.accounts import api_keys, own_account, people, scopes_to_give
from models.database import read_only
from models.permission import ROLES, SCOPE_OF_ROLE, manages

Roles = tuple[tuple[str, str], ...]
"""Each with the kind of place that its scope must name, or ''."""


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """`keys` None for who manages none; `roles` and `key_roles` that she may give, `scopes` for which."""

    who: Viewer
    zone: str
    rows: tuple[PersonRow, ...]
    keys: tuple[KeyRow, ...] | None
    roles: Roles
    key_roles: Roles
    scopes: tuple[ScopeRow, ...]


def own_page() -> tuple[OwnAccount, str]:
    """Her account, and the time zone of its clocks."""
    session: SignedIn = request.environ["asgi.scope"]["state"]["session"]
    here = house()
    with read_only(here.engine) as connection:
        return own_account(connection, session, _lifetime(), real_now()), here.rules.zone


def people_page() -> PeoplePage | None:
    here, who = house(), viewer()
    if not who.may("account.manage"):
        return None
    with_keys = who.may("key.manage")
    with read_only(here.engine) as connection:
        rows = people(connection, who, _lifetime(), real_now())
        keys = tuple(api_keys(connection, who)) if with_keys else None
        scopes = scopes_to_give(connection, who, here.clock.now())
    roles = tuple((role, SCOPE_OF_ROLE[role]) for role in ROLES)
    mine = tuple(one for one in roles if manages(who.role, one[0]))
    return PeoplePage(who, here.rules.zone, tuple(rows), keys, mine, roles if with_keys else (), tuple(scopes))


def _lifetime() -> Lifetime:
    found: Lifetime = current_app.config["LIFETIME"]
    return found
