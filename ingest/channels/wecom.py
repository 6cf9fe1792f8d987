"""WeCom (企业微信) group robot: the key stands in the address, so the whole address is the secret."""

from config import Notify, secret_in
from ingest.channels.message import Channel, Message
from ingest.channels.posting import accepted, post_json


def wecom(cfg: Notify) -> Channel | None:
    if not cfg.wecom_address_file:
        return None
    return wecom_robot(secret_in(cfg.wecom_address_file))


def wecom_robot(address: str, _secret: str = "") -> Channel:
    def tell(message: Message, _real_at: int) -> str:
        content = "\n".join((message.title, *message.lines))
        return accepted(post_json(address, {"msgtype": "text", "text": {"content": content}}), "errcode", "errmsg")

    return tell
