"""The tallies of wrong passwords in the database: charged before a password is looked at, given back when it is right."""

import hashlib
from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, insert, or_, select, update

from dashboard.lockout import ADDRESS, NAME, PAIR, Tally, home_of, one_more, wait_for
from models.account import SignInTally
from models.base import Instant
from models.database import read_only, transaction

Keys = Mapping[str, tuple[bytes, str]]


def keys_of(name: str, client: str) -> Keys:
    """A name that does not exist is counted like one that does, and stands nowhere as it was typed."""
    hashed, home = hashlib.sha256(f"name/{name.strip().casefold()}".encode()).digest(), home_of(client)
    return {PAIR: (hashed, home), ADDRESS: (b"", home), NAME: (hashed, "")}


def wait_of(engine: Engine, keys: Keys, now: Instant) -> Instant:
    with read_only(engine) as connection:
        return wait_for(_tallies(connection, keys), now)


def charge(engine: Engine, keys: Keys, now: Instant) -> Instant:
    """Count one as wrong before it is looked at, so that a hundred at once are a hundred; or how long to wait, uncounted."""
    with transaction(engine) as connection:
        tallies = _tallies(connection, keys)
        wait = wait_for(tallies, now)
        if not wait:
            for kind, key in keys.items():
                _keep(connection, key, one_more(tallies.get(kind, Tally()), now), kind in tallies)
    return wait


def give_back(connection: Connection, keys: Keys) -> None:
    """It was not looked at after all, or was right so far."""
    for kind, tally in _tallies(connection, keys).items():
        _keep(connection, keys[kind], Tally(max(0, tally.wrong - 1), tally.wrong_at, tally.good_at), True)


def note_good(connection: Connection, keys: Keys, now: Instant) -> None:
    """She is in: her own tally is empty, and this address is known as hers."""
    give_back(connection, keys)
    tally = _tallies(connection, keys).get(PAIR)
    _keep(connection, keys[PAIR], Tally(0, tally.wrong_at if tally else now, now), tally is not None)


def forget_wrong(connection: Connection, name: str) -> None:
    """An administrator lets somebody try again at once, wherever she is."""
    connection.execute(delete(SignInTally).where(SignInTally.name_hash == keys_of(name, "")[PAIR][0]))


def _tallies(connection: Connection, keys: Keys) -> dict[str, Tally]:
    wanted = or_(*(_is(key) for key in keys.values()))
    rows = connection.execute(select(SignInTally).where(wanted)).all()
    found = {(row.name_hash, row.client): Tally(row.wrong, row.wrong_at, row.good_at) for row in rows}
    return {kind: found[key] for kind, key in keys.items() if key in found}


def _keep(connection: Connection, key: tuple[bytes, str], tally: Tally, is_there: bool) -> None:
    values = {"wrong": tally.wrong, "wrong_at": tally.wrong_at, "good_at": tally.good_at}
    if is_there:
        connection.execute(update(SignInTally).where(_is(key)).values(**values))
    else:
        connection.execute(insert(SignInTally).values(name_hash=key[0], client=key[1], **values))


def _is(key: tuple[bytes, str]) -> ColumnElement[bool]:
    return and_(SignInTally.name_hash == key[0], SignInTally.client == key[1])
