"""Which account a person of the provider's is: the one she had, the one with her name, or one that her group gets."""

from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from config import Accounts, ConfigError
from dashboard.access import AccountRefused, Came, begin_session, checked
from dashboard.provider import Person
from dashboard.signing_in import Entered, Halfway, begin_step, needs_factor
from models.account import Account
from models.audit import audit
from models.base import Instant
from models.database import transaction

Groups = dict[str, tuple[str, str]]
"""Group -> role and scope."""


def groups_of(cfg: Accounts) -> Groups:
    """Raises ConfigError for a role or scope that cannot be."""
    found: Groups = {}
    for part in filter(None, (one.strip() for one in cfg.oidc_groups.split(","))):
        group, _, given = part.partition("=")
        role, _, scope = given.partition(":")
        try:
            found[group] = checked(role, scope)
        except AccountRefused as refused:
            raise ConfigError(f"accounts.oidc_groups: {group}: {refused}") from refused
    return found


def trusted_factors(cfg: Accounts) -> frozenset[str]:
    """`amr=VALUE` and `acr=VALUE` by which the provider says that it has asked for a second factor itself."""
    return frozenset(filter(None, (one.strip() for one in cfg.oidc_second_factor.split(","))))


def by_provider(
    engine: Engine, cfg: Accounts, must: frozenset[str], person: Person, came: Came, now: Instant
) -> Entered | Halfway | None:
    """As with a password, unless the provider's word counts for the second factor. None: no account here, or a disabled one."""
    with transaction(engine) as connection:
        account = (
            _hers(connection, person) or _named(connection, cfg, person, now) or _new(connection, cfg, person, now)
        )
        if account is None or account.disabled:
            audit(connection, now, "?", "", "session.refused", "account/?", {"why": "provider", "from": came.client})
            return None
        is_proven = not person.said.isdisjoint(trusted_factors(cfg))
        if needs_factor(account, must) and not is_proven:
            return Halfway(begin_step(connection, account.id, "provider", now))
        how = "provider" if is_proven else None
        return Entered(begin_session(connection, account.id, came.by("provider"), now, how))


def _hers(connection: Connection, person: Person) -> Any:
    return connection.execute(select(Account).where(Account.provider_subject == person.subject)).first()


def _named(connection: Connection, cfg: Accounts, person: Person, now: Instant) -> Any:
    """The first time: an account of her name that is nobody else's there; from now on her number counts, not her name."""
    name = _name(cfg, person)
    row = connection.execute(
        select(Account).where(Account.name == name, Account.provider_subject.is_(None), Account.disabled == 0)
    ).first()
    if row is not None:
        connection.execute(update(Account).where(Account.id == row.id).values(provider_subject=person.subject))
        audit(connection, now, row.name, row.role, "account.provider", f"account/{row.name}", {})
    return row


def _new(connection: Connection, cfg: Accounts, person: Person, now: Instant) -> Any:
    """By the first of her groups that the configuration names, in its order."""
    name, said = _name(cfg, person), person.claims.get(cfg.oidc_group_claim or "", ())
    hers = {said} if isinstance(said, str) else {str(one) for one in said or ()}
    given = next((pair for group, pair in groups_of(cfg).items() if group in hers), None)
    taken = connection.execute(select(Account.id).where(Account.name == name)).first()
    if given is None or not name or taken is not None:
        return None
    role, scope = given
    row = {"name": name, "role": role, "scope": scope, "disabled": 0, "created_at": now}
    number = connection.execute(
        insert(Account).values(**row, provider_subject=person.subject).returning(Account.id)
    ).scalar_one()
    audit(connection, now, name, role, "account.add_by_group", f"account/{name}", {"role": role, "scope": scope})
    return connection.execute(select(Account).where(Account.id == number)).one()


def _name(cfg: Accounts, person: Person) -> str:
    """'' for an address that the provider itself has not seen to be hers."""
    if cfg.oidc_name_claim == "email" and person.claims.get("email_verified") is not True:
        return ""
    return str(person.claims.get(cfg.oidc_name_claim, ""))[:64]
