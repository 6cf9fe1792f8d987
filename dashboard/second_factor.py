"""A second factor: codes of an app that change each half minute, each good once, and ten codes for when it is lost."""

import base64
import hmac
import secrets
from typing import Any

import pyotp
import segno
from sqlalchemy import Connection, delete, insert, or_, select, update

from dashboard.access import hashed
from models.account import Account, RecoveryCode, factor_purpose
from models.base import SECOND, Instant
from models.sealing import Seal, SealBroken

STEP: Instant = 30 * SECOND
EARLY_OR_LATE = (0, -1, 1)
"""Half minutes by which a phone's clock may be off."""
RECOVERY_CODES = 10
ISSUER = "Eldercare"


def begun(connection: Connection, seal: Seal, account: int) -> str:
    """The secret of the factor that is being set up; the same one until it is confirmed or given up."""
    kept = connection.execute(select(Account.totp_next).where(Account.id == account)).scalar_one()
    if kept is not None:
        try:
            return seal.open(kept, factor_purpose(account))
        except SealBroken:
            pass  # of a key that is gone: nobody has relied on it yet
    secret = pyotp.random_base32()
    sealed = seal.close(secret, factor_purpose(account))
    connection.execute(update(Account).where(Account.id == account).values(totp_next=sealed))
    return secret


def confirmed(connection: Connection, seal: Seal, account: int, code: str, now: Instant) -> list[str] | None:
    """The factor holds from now on; the recovery codes, shown this once. None where the code is not its."""
    sealed = connection.execute(select(Account.totp_next).where(Account.id == account)).scalar_one()
    step = _step_of(seal.open(sealed, factor_purpose(account)), code, now) if sealed else None
    if step is None:
        return None
    kept = {"totp_sealed": sealed, "totp_step": step, "totp_next": None}
    connection.execute(update(Account).where(Account.id == account).values(**kept))
    return new_recovery_codes(connection, account)


def new_recovery_codes(connection: Connection, account: int) -> list[str]:
    """80 bits each, so that a fast hash is enough; those before are worthless."""
    codes = [base64.b32encode(secrets.token_bytes(10)).decode() for _ in range(RECOVERY_CODES)]
    connection.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account))
    connection.execute(
        insert(RecoveryCode), [{"account_id": account, "code_hash": hashed(code), "used_at": None} for code in codes]
    )
    return ["-".join(code[at : at + 4] for at in range(0, 16, 4)) for code in codes]


def passes(connection: Connection, seal: Seal, account: int, code: str, now: Instant) -> str | None:
    """`totp` or `recovery` when the code is good, which uses it up; else None."""
    plain = "".join(one for one in code.upper() if one.isascii() and one.isalnum())
    if len(plain) == 16:
        return "recovery" if _uses_up(connection, account, plain, now) else None
    row = connection.execute(select(Account.totp_sealed, Account.totp_step).where(Account.id == account)).one()
    step = _step_of(seal.open(row.totp_sealed, factor_purpose(account)), plain, now) if row.totp_sealed else None
    if step is None:
        return None
    # The same code again, or an older one, is somebody who has looked over her shoulder.
    unused = or_(Account.totp_step.is_(None), Account.totp_step < step)
    done = connection.execute(update(Account).where(Account.id == account, unused).values(totp_step=step))
    return "totp" if done.rowcount else None


def _uses_up(connection: Connection, account: int, code: str, now: Instant) -> bool:
    mine = (RecoveryCode.account_id == account, RecoveryCode.code_hash == hashed(code), RecoveryCode.used_at.is_(None))
    return bool(connection.execute(update(RecoveryCode).where(*mine).values(used_at=now)).rowcount)


def taken_away(connection: Connection, account: int) -> None:
    gone = {"totp_sealed": None, "totp_step": None, "totp_next": None}
    connection.execute(update(Account).where(Account.id == account).values(**gone))
    connection.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account))


def qr_of(secret: str, name: str) -> str:
    """What an app photographs, as the address of a picture: no script, nothing from elsewhere."""
    address = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)
    drawn: Any = segno.make(address, error="m")
    return str(drawn.svg_data_uri(scale=5, border=3, dark="#000", light="#fff"))


def spaced(secret: str) -> str:
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def _step_of(secret: str, code: str, now: Instant) -> int | None:
    if len(code) != 6 or not (code.isascii() and code.isdigit()):
        return None
    otp, current = pyotp.TOTP(secret), now // STEP
    hits = [current + off for off in EARLY_OR_LATE if hmac.compare_digest(otp.generate_otp(current + off), code)]
    return hits[0] if hits else None
