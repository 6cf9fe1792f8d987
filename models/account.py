"""Who may look: accounts with a role and a scope, their sessions, one-time links and API keys.

Secrets only as hashes; the one that must be read again, that of a second factor, is sealed with a key outside.
"""

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import CLUSTERED, STRICT, Base, Big, Flag, Number, Small, Words


class Account(Base):
    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("name"),
        Index("ux_account_provider_subject", "provider_subject", unique=True),
        STRICT,
    )
    id: Mapped[Number]
    name: Mapped[Words]
    role: Mapped[Words]
    scope: Mapped[Words]
    """'' the whole district, else `street:CODE`, `community:CODE` or `site:CODE`."""
    disabled: Mapped[Flag]
    created_at: Mapped[Big]
    seen_at: Mapped[Big | None]
    language: Mapped[Words | None]
    """zh or en, where she has said so."""
    password_hash: Mapped[Words | None]
    """argon2id with its parameters; None: by link or provider only."""
    password_at: Mapped[Big | None]
    provider_subject: Mapped[Words | None]
    """Who she is at the sign-in provider, noted at her first sign-in there."""
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The second factor's secret."""
    totp_step: Mapped[Big | None]
    """The last half minute whose code was used: a code is good once."""
    totp_next: Mapped[bytes | None] = mapped_column(LargeBinary)
    """One that is being set up, sealed; it counts for nothing yet."""


def factor_purpose(account: int) -> str:
    """What the secret of a second factor is bound to: in another account's row it opens no more."""
    return f"totp/{account}"


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
    way: Mapped[Words | None]
    """`link`, `password` or `provider`."""
    client: Mapped[Words | None]
    """The address it came from."""
    browser: Mapped[Words | None]


class SignInStep(Base):
    """A password, a link or the provider's word was right and the second factor is still to come; minutes, and few tries."""

    __tablename__ = "sign_in_step"
    __table_args__ = CLUSTERED
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    way: Mapped[Words]
    expires_at: Mapped[Big]
    tries: Mapped[Small]


class SignInTally(Base):
    """Wrong passwords of one name from one address; with '' for either, over all. A name only as a hash."""

    __tablename__ = "sign_in_tally"
    __table_args__ = CLUSTERED
    name_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    client: Mapped[str] = mapped_column(Text, primary_key=True)
    wrong: Mapped[Small]
    wrong_at: Mapped[Big]
    good_at: Mapped[Big | None]
    """When this name last came in from this address: a stranger's guesses elsewhere do not slow it down."""


class RecoveryCode(Base):
    """Gets in once in place of a second factor that was lost."""

    __tablename__ = "recovery_code"
    __table_args__ = CLUSTERED
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    used_at: Mapped[Big | None]


class ProviderVisit(Base):
    """Somebody went to the sign-in provider and is to come back, once, with what was sent along."""

    __tablename__ = "provider_visit"
    __table_args__ = CLUSTERED
    state_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    nonce: Mapped[Words]
    verifier: Mapped[Words]
    expires_at: Mapped[Big]


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
    made_by: Mapped[Words | None]
    used_at: Mapped[Big | None]
    """To the hour."""
