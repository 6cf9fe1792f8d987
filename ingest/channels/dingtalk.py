"""DingTalk (钉钉) group robot with a signature: HMAC-SHA256 of "milliseconds, newline, secret", keyed by the secret."""

import base64
import hashlib
import hmac
from urllib.parse import quote_plus

from config import Notify, secret_in
from ingest.channels.message import Channel, Message
from ingest.channels.posting import accepted, post_json


def dingtalk(cfg: Notify) -> Channel | None:
    if not cfg.dingtalk_address_file:
        return None
    address = secret_in(cfg.dingtalk_address_file)
    return dingtalk_robot(address, secret_in(cfg.dingtalk_secret_file) if cfg.dingtalk_secret_file else "")


def dingtalk_robot(address: str, secret: str) -> Channel:
    def tell(message: Message, real_at: int) -> str:
        said = {"msgtype": "text", "text": {"content": "\n".join((message.title, *message.lines))}}
        return accepted(post_json(signed(address, secret, real_at // 1000), said), "errcode", "errmsg")

    return tell


def signed(address: str, secret: str, at_ms: int) -> str:
    """The address with `timestamp` and `sign`; DingTalk refuses one older than an hour."""
    if not secret:
        return address
    digest = hmac.new(secret.encode(), f"{at_ms}\n{secret}".encode(), hashlib.sha256).digest()
    return f"{address}&timestamp={at_ms}&sign={quote_plus(base64.b64encode(digest))}"
