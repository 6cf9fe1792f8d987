"""What one does with one's own account: password, language, second factor, sessions. Each is audited."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, delete, select, update

from dashboard import second_factor
from dashboard.access import SignedIn
from dashboard.actions import ActionRefused
from dashboard.passwords import Busy, Passwords, PasswordWeak, check_password
from dashboard.queries.accounts import is_fresh, session_key
from dashboard.sign_in_tallies import Keys, charge, give_back, keys_of
from dashboard.words import FOLDERS
from models.account import Account, Session, SignInStep
from models.audit import audit
from models.base import Instant
from models.database import read_only, transaction
from models.sealing import Seal


@dataclass(frozen=True, slots=True)
class Self:
    """Who does it, in which session, from where."""

    engine: Engine
    session: SignedIn
    client: str
    now: Instant

    @property
    def name(self) -> str:
        return self.session.viewer.name

    def account(self, connection: Connection) -> Any:
        return connection.execute(select(Account).where(Account.name == self.name)).one()

    def note(self, connection: Connection, what: str, **said: object) -> None:
        viewer = self.session.viewer
        audit(connection, self.now, viewer.name, viewer.role, what, f"account/{viewer.name}", said)


def change_password(who: Self, passwords: Passwords, old: str, new: str) -> None:
    """All her other sessions end.

    Raises ActionRefused: `old` for a wrong old one, `often` after too many of these, `busy`, and what makes a new one weak.
    """
    try:
        check_password(new, who.name)
    except PasswordWeak as weak:
        raise ActionRefused(str(weak)) from weak
    with read_only(who.engine) as connection:
        kept, fresh = who.account(connection).password_hash, is_fresh(connection, who.session, who.now)
    try:
        if kept is not None and not fresh:
            _check_old(who, passwords, kept, old)
        hashed = passwords.hash(new)
    except Busy as error:
        raise ActionRefused("busy") from error
    with transaction(who.engine) as connection:
        account = who.account(connection).id
        changed = {"password_hash": hashed, "password_at": who.now}
        connection.execute(update(Account).where(Account.id == account).values(**changed))
        connection.execute(delete(SignInStep).where(SignInStep.account_id == account))
        ended = _end_others(connection, who, account)
        who.note(connection, "password.change", sessions_ended=ended)


def _check_old(who: Self, passwords: Passwords, kept: str, old: str) -> None:
    """Somebody at an open screen must not guess it either."""
    keys = _charged(who)
    if not passwords.is_right(kept, old):
        raise ActionRefused("old")
    with transaction(who.engine) as connection:
        give_back(connection, keys)


def _charged(who: Self) -> Keys:
    """Raises ActionRefused `often`."""
    keys = keys_of(who.name, who.client)
    if charge(who.engine, keys, who.now):
        raise ActionRefused("often")
    return keys


def set_language(who: Self, language: str) -> None:
    """Raises ActionRefused `code` for a language that the screens do not speak."""
    if language not in FOLDERS:
        raise ActionRefused("code")
    with transaction(who.engine) as connection:
        connection.execute(update(Account).where(Account.name == who.name).values(language=language))


# -- the second factor --------------------------------------------------------------------------------------------------


def begin_factor(who: Self, seal: Seal) -> str:
    """The secret for her app. Raises ActionRefused `has` where there is a factor already: that one goes first."""
    with transaction(who.engine) as connection:
        account = who.account(connection)
        if account.totp_sealed is not None:
            raise ActionRefused("has")
        return second_factor.begun(connection, seal, account.id)


def confirm_factor(who: Self, seal: Seal, code: str) -> list[str]:
    """The recovery codes. Raises ActionRefused `wrong`, and `has` as above."""
    with transaction(who.engine) as connection:
        account = who.account(connection)
        if account.totp_sealed is not None:
            raise ActionRefused("has")
        codes = second_factor.confirmed(connection, seal, account.id, code.replace(" ", ""), who.now)
        if codes is None:
            raise ActionRefused("wrong")
        who.note(connection, "factor.add")
        return codes


def remove_factor(who: Self, seal: Seal, code: str) -> None:
    """Raises ActionRefused `wrong`, `often`: an open screen alone takes nothing away."""
    keys = _charged(who)
    with transaction(who.engine) as connection:
        account = _proven(connection, who, seal, code, keys)
        second_factor.taken_away(connection, account)
        who.note(connection, "factor.remove")


def renew_codes(who: Self, seal: Seal, code: str) -> list[str]:
    """Ten new recovery codes. Raises ActionRefused `wrong`, `often`."""
    keys = _charged(who)
    with transaction(who.engine) as connection:
        account = _proven(connection, who, seal, code, keys)
        who.note(connection, "factor.codes")
        return second_factor.new_recovery_codes(connection, account)


def _proven(connection: Connection, who: Self, seal: Seal, code: str, keys: Keys) -> int:
    account = who.account(connection)
    if second_factor.passes(connection, seal, account.id, code, who.now) is None:
        raise ActionRefused("wrong")
    give_back(connection, keys)
    return int(account.id)


# -- sessions -----------------------------------------------------------------------------------------------------------


def end_session(who: Self, key: str) -> None:
    """One of hers. Raises ActionRefused `404` for one that is over, not there or not hers."""
    with transaction(who.engine) as connection:
        mine = select(Session.token_hash).join(Account, Account.id == Session.account_id)
        mine = mine.where(Account.name == who.name, Session.ended_at.is_(None))
        found = [one for one in connection.execute(mine).scalars() if session_key(one) == key]
        if not found:
            raise ActionRefused("404")
        connection.execute(update(Session).where(Session.token_hash.in_(found)).values(ended_at=who.now))
        who.note(connection, "session.end")


def end_other_sessions(who: Self) -> int:
    """How many there were."""
    with transaction(who.engine) as connection:
        ended = _end_others(connection, who, who.account(connection).id)
        who.note(connection, "session.end", sessions_ended=ended)
        return ended


def _end_others(connection: Connection, who: Self, account: int) -> int:
    others = (Session.account_id == account, Session.ended_at.is_(None), Session.token_hash != who.session.token_hash)
    return int(connection.execute(update(Session).where(*others).values(ended_at=who.now)).rowcount)
