"""Who may speak to the broker: a site, a device of a site, and the platform's own programs. Passwords only as hashes."""

import base64
import hashlib
import re
import secrets

from sqlalchemy import Connection, Text, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from models.base import CLUSTERED, Base, Big, Instant, Words

WORKER, DOCTOR, DOCTOR_SENDER = "eldercare-ingest", "eldercare-doctor", "eldercare-doctor.sender"
"""The platform's own; no site may have a code that begins like them."""

_SITE_USER = re.compile(r"([a-z0-9][a-z0-9-]{1,31})(?:\.[a-z0-9][a-z0-9-]{0,31})?")
_ITERATIONS = 101
"""Mosquitto's own default; a password of 256 random bits needs no slow hash."""


class BrokerUser(Base):
    """`site` or `site.name`: two programs of one site have a name each, so that neither ends the other's connection."""

    __tablename__ = "broker_user"
    __table_args__ = CLUSTERED
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    password_hash: Mapped[Words]
    """As Mosquitto's password file has it: `$7$iterations$salt$hash`."""
    made_at: Mapped[Big]
    revoked_at: Mapped[Big | None]


def site_of(name: str) -> str | None:
    """The site that a user speaks for; None for the platform's own and for what is no name."""
    if name.startswith("eldercare-"):
        return None
    found = _SITE_USER.fullmatch(name)
    return found[1] if found else None


def new_password() -> str:
    """Hexadecimal: it stands in commands, files and spreadsheets, where a hyphen in front means something."""
    return secrets.token_hex(32)


def mosquitto_hash(password: str, salt: bytes | None = None) -> str:
    """PBKDF2-HMAC-SHA512 in the form of Mosquitto 2.0's password file."""
    salt = salt if salt is not None else secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
    return f"$7${_ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def let_in(connection: Connection, name: str, now: Instant) -> str:
    """Another password for a user who may have been revoked, or the first of a new one; it is kept as a hash only."""
    password = new_password()
    values = {"password_hash": mosquitto_hash(password), "made_at": now, "revoked_at": None}
    known = connection.execute(update(BrokerUser).where(BrokerUser.name == name).values(**values)).rowcount
    if not known:
        connection.execute(insert(BrokerUser).values(name=name, **values))
    return password


def is_user(connection: Connection, name: str) -> bool:
    return connection.execute(select(BrokerUser.name).where(BrokerUser.name == name)).first() is not None


def revoke(connection: Connection, name: str, now: Instant) -> None:
    """Left out of the next password file; the time of an earlier revocation stays."""
    good = (BrokerUser.name == name, BrokerUser.revoked_at.is_(None))
    connection.execute(update(BrokerUser).where(*good).values(revoked_at=now))


def users_of(connection: Connection, site: str) -> list[str]:
    """The names that speak for a site, revoked ones included: its own first."""
    found = connection.execute(
        select(BrokerUser.name)
        .where((BrokerUser.name == site) | BrokerUser.name.startswith(f"{site}.", autoescape=True))
        .order_by(BrokerUser.name)
    )
    return list(found.scalars())
