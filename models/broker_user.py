"""Who may speak to the broker: a site, a device of a site, and the platform's own programs. Passwords only as hashes."""

import base64
import hashlib
import re
import secrets

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import CLUSTERED, Base, Big, Words

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
    return secrets.token_urlsafe(32)


def mosquitto_hash(password: str, salt: bytes | None = None) -> str:
    """PBKDF2-HMAC-SHA512 in the form of Mosquitto 2.0's password file."""
    salt = salt if salt is not None else secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
    return f"$7${_ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"
