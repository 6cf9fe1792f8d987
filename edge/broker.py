"""The embedded broker of a first run: amqtt on loopback, with the platform's user and those that `broker.files` names.

It is for trying out and for tests: it drops messages unacknowledged for five seconds and forgets its queues when it ends.
The outboxes in front of it repair both. The anonymous mode of amqtt keeps no queue for who is away, hence the user.
"""

import asyncio
import base64
import hashlib
import hmac
import logging
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amqtt.broker import Broker
from amqtt.contexts import Action, BaseContext
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

import contract
import logs
from config import Config

log = logging.getLogger(__name__)
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class BrokerRefused(Exception):
    """The embedded broker does not start like this; the message says why."""


class Dropped(logging.Handler):
    """Says once in a while how many messages amqtt has dropped, where amqtt tells of each with thirty lines of its own."""

    EVERY_S = 60.0

    def __init__(self) -> None:
        super().__init__()
        self._count, self._say_at = 0, 0.0

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return  # somebody looked whether the port is open, or left without a farewell
        if not isinstance(error, TimeoutError):
            log.error("amqtt stumbled", extra={"error": f"{type(error).__name__}: {error}"})
            return
        self._count += 1
        now_s = time.monotonic()
        if now_s >= self._say_at:
            self._say_at = now_s + self.EVERY_S
            log.warning(
                "let go of what nobody took within 5 s; the outboxes send it again", extra={"so_far": self._count}
            )


class Users(BaseAuthPlugin):  # type: ignore[misc]
    """Lets in who knows the user and the password of broker.url, and the sites' users of Mosquitto's password file."""

    @dataclass
    class Config:
        user: str = ""
        password: str = ""
        folder: str = ""

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)

    async def authenticate(self, *, session: Session) -> bool:
        name, password = str(session.username or ""), str(session.password or "")
        same_name = hmac.compare_digest(name.encode(), self.config.user.encode())
        if hmac.compare_digest(password.encode(), self.config.password.encode()) and same_name:
            return True
        return bool(self.config.folder) and is_let_in(Path(self.config.folder) / "passwords", name, password)


class OwnTopics(BaseTopicPlugin):  # type: ignore[misc]
    """A site's user writes below its own site and reads its own acks; the platform's user does everything."""

    @dataclass
    class Config:
        user: str = ""

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool:
        name = str(session.username or "") if session else ""
        return name == self.config.user or may_use(name, topic or "", writes=action == Action.PUBLISH)


def is_let_in(path: Path, name: str, password: str) -> bool:
    """By the lines `user:$7$iterations$salt$hash` of a Mosquitto password file; it is read each time, so it is never old."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    kept = next((line.partition(":")[2] for line in lines if line.startswith(f"{name}:")), "")
    parts = kept.split("$")
    if not name or len(parts) != 5 or parts[1] != "7":
        return False
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), base64.b64decode(parts[3]), int(parts[2]))
    return hmac.compare_digest(base64.b64encode(digest).decode(), parts[4])


def may_use(user: str, topic: str, *, writes: bool) -> bool:
    """What the contract allows a user `site` or `site.name`."""
    site = user.partition(".")[0]
    if not writes:
        return topic == contract.ack_topic(site)
    parsed = contract.parse_topic(topic)
    return parsed is not None and (parsed.version, parsed.site) == ("v1", site) and parsed.branch != "ack"


def check(cfg: Config) -> None:
    """Raise BrokerRefused unless it would listen on loopback, with a password."""
    if cfg.broker.host not in LOOPBACK:
        raise BrokerRefused(
            f"the embedded broker listens on loopback only, not on {cfg.broker.host}: use Mosquitto there"
        )
    if not cfg.broker.user or not cfg.broker.password:
        raise BrokerRefused("the embedded broker needs user:password in broker.url")


async def serve(cfg: Config) -> None:
    """Until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    broker = Broker(_settings(cfg))
    await broker.start()
    print(f"broker listening on {cfg.broker.host}:{cfg.broker.port}", flush=True)  # noqa: T201 - who starts it waits for this
    await stop.wait()
    # Clients that do not leave would hold the orderly end back for long.
    try:
        await asyncio.wait_for(broker.shutdown(), 3)
    except (TimeoutError, Exception):
        log.debug("ended with clients still connected")


def _settings(cfg: Config) -> dict[str, Any]:
    known = {"user": cfg.broker.user, "password": cfg.broker.password, "folder": cfg.broker.files}
    plugins: dict[str, Any] = {"edge.broker.Users": known}
    if cfg.broker.files:
        plugins["edge.broker.OwnTopics"] = {"user": cfg.broker.user}
    return {
        "listeners": {
            "default": {"type": "tcp", "bind": f"{cfg.broker.host}:{cfg.broker.port}", "max_connections": 2000}
        },
        "timeout_disconnect_delay": 2,
        "plugins": plugins,
    }


def run(cfg: Config) -> int:
    check(cfg)
    logs.begin("broker")
    amqtt = logging.getLogger("amqtt")
    amqtt.setLevel(logging.ERROR)
    amqtt.propagate = False
    amqtt.addHandler(Dropped())
    asyncio.run(serve(cfg))
    return 0
