"""Any other system: a JSON document, signed, with a key by which the other side knows it again."""

import hashlib
import hmac
import json
from dataclasses import asdict

from config import Notify, secret_in
from ingest.channels.message import Channel, Message, NotKnown
from ingest.channels.posting import post


def webhook(cfg: Notify) -> Channel | None:
    if not cfg.webhook_address_file:
        return None
    address = secret_in(cfg.webhook_address_file)
    return webhook_to(address, secret_of(cfg))


def webhook_to(address: str, secret: str) -> Channel:
    def tell(message: Message, real_at: int) -> str:
        content = json.dumps(asdict(message), ensure_ascii=False, sort_keys=True).encode()
        return post_keyed(address, secret, message.key, real_at, content)

    return tell


def post_keyed(address: str, secret: str, key: str, real_at: int, content: bytes) -> str:
    """Where no answer comes the same document may be sent again: by `key` the other side knows it."""
    try:
        post(address, content, signed_headers(secret, key, real_at, content))
    except NotKnown as error:
        raise NotKnown(str(error), keyed=True) from error
    return "taken"


def secret_of(cfg: Notify) -> str:
    return secret_in(cfg.webhook_secret_file) if cfg.webhook_secret_file else ""


def signed_headers(secret: str, key: str, real_at: int, content: bytes) -> dict[str, str]:
    """By `key` the other side knows a document again that came twice."""
    headers = {"idempotency-key": key, "x-eldercare-time": str(real_at // 1_000_000)}
    if secret:
        headers["x-eldercare-signature"] = "sha256=" + signature(secret, real_at // 1_000_000, content)
    return headers


def signature(secret: str, at_s: int, content: bytes) -> str:
    """Hexadecimal HMAC-SHA256 of "seconds, dot, content"; the time inside keeps an old message from being sent again."""
    return hmac.new(secret.encode(), str(at_s).encode() + b"." + content, hashlib.sha256).hexdigest()
