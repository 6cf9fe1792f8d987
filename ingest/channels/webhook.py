"""Any other system: a JSON document, signed, with a key by which the other side knows it again."""

import hashlib
import hmac
import json
from dataclasses import asdict

from config import Notify, secret_in
from ingest.channels.message import Channel, Message
from ingest.channels.posting import post


def webhook(cfg: Notify) -> Channel | None:
    if not cfg.webhook_address_file:
        return None
    address = secret_in(cfg.webhook_address_file)
    secret = secret_in(cfg.webhook_secret_file) if cfg.webhook_secret_file else ""

    def tell(message: Message, real_at: int) -> str:
        content = json.dumps(asdict(message), ensure_ascii=False, sort_keys=True).encode()
        headers = {"idempotency-key": message.key, "x-eldercare-time": str(real_at // 1_000_000)}
        if secret:
            headers["x-eldercare-signature"] = "sha256=" + signature(secret, real_at // 1_000_000, content)
        post(address, content, headers)
        return "taken"

    return tell


def signature(secret: str, at_s: int, content: bytes) -> str:
    """Hexadecimal HMAC-SHA256 of "seconds, dot, content"; the time inside keeps an old message from being sent again."""
    return hmac.new(secret.encode(), str(at_s).encode() + b"." + content, hashlib.sha256).hexdigest()
