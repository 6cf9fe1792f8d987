"""The ways in which people hear of an alarm: one line a channel; a channel without an address in the configuration is off."""

from collections.abc import Callable
from typing import NamedTuple

from config import Notify
from ingest.channels.dingtalk import dingtalk
from ingest.channels.email import email
from ingest.channels.feishu import feishu
from ingest.channels.message import Channel
from ingest.channels.webhook import webhook
from ingest.channels.wecom import wecom


class Way(NamedTuple):
    """`open` makes the channel of a configuration; None: it is off."""

    name: str
    open: Callable[[Notify], Channel | None]


CHANNELS = (
    Way("email", email),
    Way("webhook", webhook),
    Way("wecom", wecom),
    Way("dingtalk", dingtalk),
    Way("feishu", feishu),
)
