"""Another key for whatever is sealed, while everybody goes on working: first the files, then row by row.

The new key takes the old one's place, and the old one lies beside it (`….old`) for as long as anything needs it; both are
looked at by every process at each use, so it does not matter where this is killed: what is left is done by the next call.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, or_, select, tuple_, update

from models.account import Account, factor_purpose
from models.audit import audit_command
from models.base import Instant
from models.database import read_only, transaction, wipe
from models.person import PersonName, purpose_of
from models.refusal import KeyRefused
from models.sealing import Seal, SealBroken, beside, seal_of
from models.secret_key import make_key

BITE = 200
"""Rows of one transaction: everybody else who writes waits for a few milliseconds."""


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """`is_new`: the key was changed just now, and not by an earlier call. What was sealed anew, and what nothing opens."""

    is_new: bool
    names: int
    factors: int
    strange: int


def prepare(key_file: str) -> Path:
    """The next key, beside the present one, where every process can open by it already. Raises KeyRefused."""
    _, new = beside(Path(key_file))
    seal = seal_of(key_file)
    if not new.exists():
        make_key(new, seal.mark_key)
    return new


def rekey(engine: Engine, key_file: str, real_now: Instant) -> Rekeyed:
    """Change the key, or finish what an earlier call began. Raises KeyRefused while something is sealed with no key here."""
    before = seal_of(key_file)
    is_new = _is_due(key_file)
    if is_new:
        if strange := _strange(engine, before):
            raise KeyRefused(
                f"{strange} texts are sealed with a key that does not lie here: put it beside as {beside(Path(key_file))[0]}"
                " and run this again; or, where it is lost, hand these names in anew and reset these second factors"
            )
        prepare(key_file)
        with transaction(engine) as connection:
            audit_command(connection, real_now, "seal.rekey", "seal", {"step": "new key", "from": before.key_id})
        _change(key_file)
    done = _sealed_anew(engine, seal_of(key_file), is_new)
    with transaction(engine) as connection:
        said = {"step": "done", "to": seal_of(key_file).key_id, "names": done.names, "factors": done.factors}
        audit_command(connection, real_now, "seal.rekey", "seal", said)
    wipe(engine)  # what the old key opens is in no free page either, also where an earlier call was killed before this
    return done


# -- the files ----------------------------------------------------------------------------------------------------------


def _is_due(key_file: str) -> bool:
    """Whether the key is still to be changed; else an earlier call has done that. Raises KeyRefused for one change upon another."""
    present = Path(key_file)
    old, new = beside(present)
    if old.exists() and new.exists() and old.read_bytes() != present.read_bytes():
        raise KeyRefused(f"{old} is still needed or not put away: finish that change without {new}, and put {old} away")
    return new.exists() or not old.exists()


def _change(key_file: str) -> None:
    """At no moment does a key that is needed lie nowhere."""
    present = Path(key_file)
    old, new = beside(present)
    if not old.exists():
        os.link(present, old)
    new.replace(present)
    if os.name == "posix":  # elsewhere a folder cannot be opened
        folder = os.open(present.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


# -- the rows -----------------------------------------------------------------------------------------------------------


def _strange(engine: Engine, seal: Seal) -> int:
    """How many texts none of the keys here opens."""
    count = 0
    for look in (_names, _factors):
        with read_only(engine) as connection:
            count += sum(_opens_not(seal, sealed) for _, sealed in look(connection, None, None))
    return count


def _opens_not(seal: Seal, sealed: dict[str, tuple[bytes, str]]) -> bool:
    try:
        for text, purpose in sealed.values():
            seal.open(text, purpose)
    except SealBroken:
        return True
    return False


Sealed = tuple[Any, dict[str, tuple[bytes, str]]]
"""A row's key, and its sealed columns: the text and what it is bound to."""
Look = Callable[[Connection, Any, int | None], Iterator[Sealed]]


def _sealed_anew(engine: Engine, seal: Seal, is_new: bool) -> Rekeyed:
    names, strange_names = _table_anew(engine, seal, _names, _keep_name)
    factors, strange_factors = _table_anew(engine, seal, _factors, _keep_factor)
    return Rekeyed(is_new, names, factors, strange_names + strange_factors)


def _table_anew(engine: Engine, seal: Seal, look: Look, keep: Callable[..., None]) -> tuple[int, int]:
    """(rows that were sealed anew, rows that nothing opens), in bites: whoever kills it loses one of these at most."""
    done, strange, more = 0, 0, True
    last: Any = None
    while more:
        with transaction(engine) as connection:
            rows = list(look(connection, last, BITE))
            for key, sealed in rows:
                try:
                    anew = {name: seal.anew(*one) for name, one in sealed.items()}
                except SealBroken:
                    strange += 1
                    continue
                if any(anew.values()):
                    keep(connection, key, {name: text for name, text in anew.items() if text}, seal)
                    done += 1
        more = len(rows) == BITE
        last = rows[-1][0] if rows else None
    return done, strange


def _names(connection: Connection, after: Any, most: int | None) -> Iterator[Sealed]:
    c = PersonName
    wanted = select(c.site_id, c.person, c.name_sealed, c.contact_sealed).order_by(c.site_id, c.person).limit(most)
    if after is not None:
        wanted = wanted.where(tuple_(c.site_id, c.person) > after)
    for row in connection.execute(wanted):
        texts = {"name_sealed": (row.name_sealed, "name"), "contact_sealed": (row.contact_sealed, "contact")}
        yield (
            (row.site_id, row.person),
            {
                column: (bytes(text), purpose_of(row.site_id, row.person, name))
                for column, (text, name) in texts.items()
                if text is not None
            },
        )


def _keep_name(connection: Connection, key: Any, anew: dict[str, bytes], seal: Seal) -> None:
    mine = (PersonName.site_id == key[0], PersonName.person == key[1])
    connection.execute(update(PersonName).where(*mine).values(**anew, key_id=seal.key_id))


def _factors(connection: Connection, after: Any, most: int | None) -> Iterator[Sealed]:
    c = Account
    some = or_(c.totp_sealed.is_not(None), c.totp_next.is_not(None))
    wanted = select(c.id, c.totp_sealed, c.totp_next).where(some, c.id > (after or 0)).order_by(c.id).limit(most)
    for row in connection.execute(wanted):
        texts = {"totp_sealed": row.totp_sealed, "totp_next": row.totp_next}
        purpose = factor_purpose(row.id)
        yield row.id, {name: (bytes(text), purpose) for name, text in texts.items() if text is not None}


def _keep_factor(connection: Connection, key: Any, anew: dict[str, bytes], _seal: Seal) -> None:
    connection.execute(update(Account).where(Account.id == key).values(**anew))
