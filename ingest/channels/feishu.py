"""Feishu (飞书) group robot with a signature: HMAC-SHA256 of nothing, keyed by "seconds, newline, secret"."""

import base64
import hashlib
import hmac

from config import Notify, secret_in
from ingest.channels.message import Channel, Message
from ingest.channels.posting import accepted, post_json


def feishu(cfg: Notify) -> Channel | None:
    if not cfg.feishu_address_file:
        return None
    address = secret_in(cfg.feishu_address_file)
    return feishu_robot(address, secret_in(cfg.feishu_secret_file) if cfg.feishu_secret_file else "")


def feishu_robot(address: str, secret: str) -> Channel:
    def tell(message: Message, real_at: int) -> str:
        said = {"msg_type": "text", "content": {"text": "\n".join((message.title, *message.lines))}}
        return accepted(post_json(address, signature(secret, real_at // 1_000_000) | said), "code", "msg")

    return tell


def signature(secret: str, at_s: int) -> dict[str, object]:
    """`timestamp` and `sign` stand in the body; Feishu refuses one older than an hour."""
    if not secret:
        return {}
    digest = hmac.new(f"{at_s}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return {"timestamp": str(at_s), "sign": base64.b64encode(digest).decode()}
