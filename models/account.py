"""Who may look: accounts with a role and a scope, their sessions, one-time links and API keys. Secrets only as hashes."""

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import CLUSTERED, STRICT, Base, Big, Flag, Number, Words


class Account(Base):
    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("name"), STRICT)
    id: Mapped[Number]
    name: Mapped[Words]
    role: Mapped[Words]
    scope: Mapped[Words]
    """'' the whole district, else `street:CODE`, `community:CODE` or `site:CODE`."""
    disabled: Mapped[Flag]
    created_at: Mapped[Big]


class SignInLink(Base):
    """One-time, fifteen minutes; the token itself is printed once and kept nowhere."""

    __tablename__ = "sign_in_link"
    __table_args__ = CLUSTERED
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[Big]
    expires_at: Mapped[Big]
    used_at: Mapped[Big | None]


class Session(Base):
    __tablename__ = "session"
    __table_args__ = CLUSTERED
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    csrf_token: Mapped[Words]
    made_at: Mapped[Big]
    seen_at: Mapped[Big]
    ended_at: Mapped[Big | None]


class ApiKey(Base):
    __tablename__ = "api_key"
    __table_args__ = (UniqueConstraint("key_hash"), STRICT)
    id: Mapped[Number]
    name: Mapped[Words]
    key_hash: Mapped[bytes] = mapped_column(LargeBinary)
    role: Mapped[Words]
    scope: Mapped[Words]
    made_at: Mapped[Big]
    revoked_at: Mapped[Big | None]
