"""From a recipient's row to the channel that reaches it; the secrets stay in their files and in this process."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy import Connection, select

from config import Config, ConfigError, secret_in
from ingest.channels.dingtalk import dingtalk_robot
from ingest.channels.email import mailbox
from ingest.channels.feishu import feishu_robot
from ingest.channels.message import Channel, Message, NotKnown, NotTold
from ingest.channels.webhook import webhook_to
from ingest.channels.wecom import wecom_robot
from models.recipient import Recipient, is_address

ROBOTS: dict[str, Callable[[str, str], Channel]] = {
    "webhook": webhook_to,
    "wecom": wecom_robot,
    "dingtalk": dingtalk_robot,
    "feishu": feishu_robot,
}
VEIL = "•••"
_SHORTEST_TOKEN = 8
"""A part of an address's path that is shorter says where, not who."""


class Ended(NotTold):
    """The recipient has ended since; trying again would change nothing."""


def channel_of(connection: Connection, line: str, cfg: Config) -> Channel | None:
    """Of a delivery's channel such as `email#3`; None for a channel of the configuration that is gone."""
    _, mark, number = line.partition("#")
    if not mark:
        return None
    wanted = select(Recipient.channel, Recipient.address).where(
        Recipient.id == int(number), Recipient.ended_at.is_(None)
    )
    found = connection.execute(wanted).first()
    return _nobody if found is None else reached(found.channel, found.address, cfg)


def _nobody(_message: Message, _real_at: int) -> str:
    raise Ended("the recipient has ended")


def reached(channel: str, address: str, cfg: Config) -> Channel:
    """Its secret is read when it is told, so that one that cannot be read is no other's failure."""

    def tell(message: Message, real_at: int) -> str:
        if not is_address(channel, address):
            raise NotTold("the address is none")
        if channel == "email":
            if not cfg.notify.smtp_host:
                raise NotTold("there is no mail server: set notify.smtp_host")
            return mailbox(cfg.notify, address)(message, real_at)
        robot, secret = _secrets(Path(cfg.notify.recipients_folder), address)
        try:
            return veiled(ROBOTS[channel](robot, secret)(message, real_at), robot, secret)
        # Not chained: the cause may repeat the address.
        except NotKnown as error:
            raise NotKnown(veiled(str(error), robot, secret), error.keyed) from None
        except NotTold as error:
            raise NotTold(veiled(str(error), robot, secret)) from None

    return tell


def _secrets(folder: Path, name: str) -> tuple[str, str]:
    """(address, signing secret or '') as the file has them, line by line."""
    try:
        lines = [line.strip() for line in secret_in(str(folder / name)).splitlines()]
    except ConfigError as error:
        why = str(error).partition(": ")[2].partition(";")[0]  # without the path: it is the operator's alone
        raise NotTold(f"the file {name} in the folder of recipients: {why}") from error
    return (lines or [""])[0], lines[1] if len(lines) > 1 else ""


def veiled(said: str, address: str, secret: str) -> str:
    """What the other side said, without the keys that it may have repeated."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return VEIL
    tokens = [part for part in parts.path.split("/") if len(part) >= _SHORTEST_TOKEN]
    hidden = {address, secret, parts.query, *(value for _, value in parse_qsl(parts.query)), *tokens} - {""}
    for one in sorted(hidden, key=len, reverse=True):
        said = said.replace(one, VEIL)
    return said
