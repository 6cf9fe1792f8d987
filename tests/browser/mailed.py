"""One's letters in every state that they can be in, as their senders leave them."""

from datetime import timedelta

from sqlalchemy import insert, select

from models.account import Account
from models.base import HOUR, MINUTE
from models.database import transaction
from models.letter import Letter, LetterKind, LetterState, Subscription
from tests.browser.lived import LIVED, YESTERDAY
from tests.browser.seeded import SeededDistrict

ADDRESS = "manager-of-the-day@centre.example"
LEFT = (
    (LetterKind.DAY, LetterState.SENT, 1, "taken"),
    (LetterKind.DAY, LetterState.SENT, 3, "taken"),
    (LetterKind.DAY, LetterState.FAILED, 5, "not taken: SMTPRecipientsRefused"),
    (LetterKind.DAY, LetterState.UNKNOWN, 1, "given away, no answer: TimeoutError"),
    (LetterKind.REMINDER, LetterState.FAILED, 0, "signed meanwhile"),
    (LetterKind.SUPERSEDED, LetterState.SENDING, 1, ""),
    (LetterKind.DAY, LetterState.WRITTEN, 2, "not taken: ConnectionRefusedError"),
    (LetterKind.REMINDER, LetterState.WRITTEN, 0, ""),
    (LetterKind.TEST, LetterState.ORDERED, 0, ""),
)
"""Kind, state, tries, what the other side answered; the oldest first, a day each."""


def mail(district: SeededDistrict, name: str, real_now: int) -> None:
    with transaction(district.engine) as connection:
        account = connection.execute(select(Account.id).where(Account.name == name)).scalar_one()
        wish = {"way": "email", "address": ADDRESS, "sites": LIVED, "clock": "07:00", "language": "zh"}
        made = connection.execute(insert(Subscription).values(account_id=account, made_at=real_now, **wish))
        subscription = made.inserted_primary_key[0]
        for back, (kind, state, tries, detail) in zip(range(len(LEFT) - 1, -1, -1), LEFT, strict=True):
            ordered = real_now - back * 24 * HOUR - 2 * HOUR
            is_left = state in (LetterState.ORDERED, LetterState.WRITTEN, LetterState.SENDING)
            connection.execute(
                insert(Letter).values(
                    subscription_id=subscription,
                    kind=kind,
                    day=(YESTERDAY - timedelta(days=back)).isoformat(),
                    state=state,
                    subject="",
                    body="",
                    tries=tries,
                    detail=detail,
                    ordered_at=ordered,
                    claimed_at=ordered if tries else None,
                    sent_at=ordered + tries * MINUTE if state == LetterState.SENT else None,
                    next_at=real_now + 4 * MINUTE if is_left else None,
                )
            )
