"""Who is told at which level: the recipients of the nearest place speak for it, and the configuration where there are none."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Index, select, text
from sqlalchemy.orm import Mapped

from models.base import STRICT, Base, Big, Number, Small, Words

CHANNEL_NAMES = ("email", "webhook", "wecom", "dingtalk", "feishu")
WHOLE_DISTRICT = ""
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){0,5}")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_OF_STREET, _OF_DISTRICT = 2, 3


class Recipient(Base):
    """One mailbox or robot. Rows are never changed but ended: who was told once can be told for ever."""

    __tablename__ = "recipient"
    __table_args__ = (
        Index(
            "ux_recipient_live",
            "level",
            "scope",
            "channel",
            "address",
            unique=True,
            sqlite_where=text("ended_at is null"),
            postgresql_where=text("ended_at is null"),
        ),
        STRICT,
    )
    id: Mapped[Number]
    level: Mapped[Small]
    """0 the site's duty, 1 its manager, 2 the street, 3 the district."""
    scope: Mapped[Words]
    """'' the whole district, `street:CODE` or `site:CODE`."""
    channel: Mapped[Words]
    address: Mapped[Words]
    """A mailbox, or for a robot the name of the file that holds its address: never the secret itself."""
    made_by: Mapped[Words]
    made_at: Mapped[Big]
    """By the real clock, like all times of this row."""
    ended_at: Mapped[Big | None]
    test_state: Mapped[Words]
    """'' never tested; waiting, sending, sent, failed, unknown: of the last test message."""
    test_at: Mapped[Big | None]
    """When the test was asked for, begun or answered, whichever came last."""
    test_detail: Mapped[Words]
    """What the other side answered, or why it was not reached."""


def is_address(channel: str, address: str) -> bool:
    """A mailbox for e-mail, for a robot a plain file name: nothing that leads out of the folder."""
    return bool((_MAILBOX if channel == "email" else _FILE_NAME).fullmatch(address))


@dataclass(frozen=True, slots=True)
class Listed:
    """What of a recipient decides whether it is told."""

    id: int
    level: int
    scope: str
    channel: str

    @property
    def line(self) -> str:
        """Its own name among the channels, by which each step is told to it once."""
        return f"{self.channel}#{self.id}"


def nearest(listed: Sequence[Listed], level: int, site: str | None, street: str | None) -> tuple[Listed, ...]:
    """Those of the site, else of its street, else of the whole district; none: the configuration's channels speak."""
    # A street's alarm has no site duty and one about ourselves no street: the first who is there is told.
    level = max(level, 0 if site else _OF_STREET if street else _OF_DISTRICT)
    scopes = (f"site:{site}" if site else None, f"street:{street}" if street else None, WHOLE_DISTRICT)
    found = (tuple(one for one in listed if one.level == level and one.scope == scope) for scope in scopes)
    return next((mine for mine in found if mine), ())


def listed(connection: Connection) -> tuple[Listed, ...]:
    """All that have not ended."""
    wanted = select(Recipient.id, Recipient.level, Recipient.scope, Recipient.channel)
    found = connection.execute(wanted.where(Recipient.ended_at.is_(None)).order_by(Recipient.id))
    return tuple(Listed(*row) for row in found)
