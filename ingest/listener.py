"""The broker connection: a session that outlives us, messages in, acknowledgements out. One thread, a selector loop.

A PUBACK names a number that the broker gives anew on each connection. So every message remembers the connection that
brought it (its generation), and one of an older connection is never acknowledged: the broker brings it again.
"""

import json
import logging
import select
import time
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as mqtt
from msgspec import Struct
from paho.mqtt.enums import CallbackAPIVersion

import contract
from clock import Clock
from config import Broker
from ingest import line
from ingest.broker_topics import DROPPED
from ingest.line import QuickClient
from ingest.reading import Message

log = logging.getLogger(__name__)

_OF_THE_BROKER = b"$SYS/"
_ASKED_MOST = 2
"""There are brokers that hang up when they are asked for what they do not tell: so often in a row they are."""


class FromBroker(Struct, frozen=True):
    mid: int
    qos: int
    generation: int
    by_broker: bool = True
    rejected_id: None = None


class Listener:
    """Owns the socket. `deliver` takes each message; whoever commits it calls `acknowledge` afterwards."""

    def __init__(
        self,
        cfg: Broker,
        clock: Clock,
        deliver: Callable[[Message], None],
        subscribed_before: str | None,
        quick: bool = line.is_possible(),
    ) -> None:
        self._cfg, self._clock, self._deliver = cfg, clock, deliver
        self._recorded = subscribed_before
        self._generation = 0
        self._try_at, self._wait_s = 0.0, 0.2
        self._suback_mid: int | None = None
        self._asked = False
        self._drops_mid: int | None = None
        self._drops_unanswered = 0
        self.dropped: int | None = None
        """Messages that the broker has dropped since its start; None while it does not say."""
        self.connected = False
        self.subscribed = False
        self.trouble: str | None = None
        self.dropped_line: Callable[[], None] = lambda: None
        self._out = bytearray()
        self._client = self._make_client(QuickClient if quick else mqtt.Client)

    @property
    def subscription(self) -> str:
        """What a SUBACK was for: another filter, client id or broker needs a new one."""
        return json.dumps([list(contract.SUBSCRIPTIONS), self._cfg.client_id, f"{self._cfg.host}:{self._cfg.port}"])

    @property
    def recorded(self) -> str | None:
        """What the worker's row should say: the subscription that the broker's session holds.

        None from the moment we ask for a line until its answer: the asking alone may have made a session without one.
        """
        return None if self._asked else self._recorded

    def _make_client(self, make: type[mqtt.Client]) -> mqtt.Client:
        client = make(
            CallbackAPIVersion.VERSION2,
            client_id=self._cfg.client_id,
            clean_session=False,
            protocol=mqtt.MQTTv311,
            manual_ack=True,
        )
        if self._cfg.user:
            client.username_pw_set(self._cfg.user, self._cfg.password)
        if self._cfg.tls:
            client.tls_set(self._cfg.ca_file or None)
        client.connect_timeout = 5.0
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        return client

    # -- what the broker says; these run inside paho's loop and only take note ------------------------------------------

    def _on_connect(self, _client: Any, _user: Any, flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self.trouble = f"the broker refuses the connection: {reason}; check broker.url and its password"
            log.error(self.trouble)
            return
        self._generation += 1
        self._asked = False
        self._wait_s, self.connected, self.trouble = 0.2, True, None
        log.info("connected", extra={"session_present": flags.session_present, "generation": self._generation})
        if flags.session_present and self._recorded == self.subscription:
            self.subscribed = True
        else:
            self._subscribe(flags.session_present)
        self._ask_for_drops()

    def _subscribe(self, session_present: bool) -> None:
        if not session_present:
            self._recorded = None
        self.subscribed = False
        _, self._suback_mid = self._client.subscribe([(topic, 1) for topic in contract.SUBSCRIPTIONS])

    def _ask_for_drops(self) -> None:
        """Apart from what we live by: whether it is allowed, told or refused changes nothing else."""
        self.dropped = None
        if self._drops_unanswered < _ASKED_MOST:
            self._drops_unanswered += 1
            _, self._drops_mid = self._client.subscribe(DROPPED, 0)

    def _note_drops(self, topic: bytes, payload: bytes) -> None:
        if topic == DROPPED.encode() and payload.isdigit():
            self.dropped = int(payload[:18])

    def _on_subscribe(self, _client: Any, _user: Any, mid: int, reasons: Any, _properties: Any) -> None:
        if mid == self._drops_mid:
            self._drops_unanswered = 0
        if mid != self._suback_mid:
            return
        refused = [topic for topic, why in zip(contract.SUBSCRIPTIONS, reasons, strict=False) if why.is_failure]
        if refused:
            self.trouble = f"the broker refuses the subscription to {', '.join(refused)}; check its ACL"
            log.error(self.trouble)
            return
        self.subscribed, self._recorded = True, self.subscription
        log.info("subscribed", extra={"filters": len(contract.SUBSCRIPTIONS)})

    def _on_message(self, _client: Any, _user: Any, message: mqtt.MQTTMessage) -> None:
        # `.topic` raises on bytes that are not UTF-8
        self._received(message._topic, bytes(message.payload), message.qos, bool(message.retain), message.mid)

    def _received(self, topic: bytes, payload: bytes, qos: int, retained: bool, mid: int) -> None:
        if topic.startswith(_OF_THE_BROKER):
            self._note_drops(topic, payload)
            return
        origin = FromBroker(mid, qos, self._generation)
        self._deliver(Message(topic.decode("utf-8", "replace"), payload, retained, self._clock.now(), origin))

    def _on_disconnect(self, _client: Any, _user: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._out.clear()
        if self.connected:
            log.warning("disconnected", extra={"reason": str(reason)})
        self.connected = self.subscribed = False
        self.dropped_line()

    # -- what the worker asks -------------------------------------------------------------------------------------------

    def wants_line(self, monotonic_s: float) -> bool:
        """Whether it is time to connect."""
        return self._client.socket() is None and monotonic_s >= self._try_at

    def connect(self, monotonic_s: float) -> None:
        """Ask for a line, with growing pauses; the caller's row must say by now what `recorded` then says."""
        self._try_at = monotonic_s + self._wait_s
        self._wait_s = min(self._wait_s * 2, 5.0)
        self._asked = True
        try:
            self._client.connect(self._cfg.host, self._cfg.port, keepalive=self._cfg.keepalive_s)
        except OSError as error:
            self._lost(f"no broker at {self._cfg.host}:{self._cfg.port} ({error}); trying again")

    def _lost(self, trouble: str) -> None:
        if trouble != self.trouble:
            log.warning(trouble)
        self.trouble = trouble
        self.connected = self.subscribed = False

    def listen(self, timeout_s: float, enough: Callable[[], bool]) -> None:
        """Wait for the broker, then take in what is there, until `enough`."""
        sock = self._client.socket()
        if sock is None:
            time.sleep(min(timeout_s, 0.05))
            return
        try:
            self._flush()
            self._exchange(sock, 0 if self._pending(sock) else timeout_s, enough)
        except (OSError, ValueError) as error:
            # A socket that was closed under the selector; paho notices at its next loop.
            log.warning("line broken", extra={"error": str(error)})
        self._client.loop_misc()

    def _exchange(self, sock: Any, timeout_s: float, enough: Callable[[], bool]) -> None:
        writers = [sock] if self._client.want_write() else []
        readable, writable, _ = select.select([sock], writers, [], timeout_s)
        if writable:
            self._client.loop_write()
        more = bool(readable) or self._pending(sock)
        if more and isinstance(self._client, QuickClient):
            self._client.take_in(self._received, enough)
            return
        while more and not enough():
            self._client.loop_read()
            sock = self._client.socket()
            if sock is None:
                return
            more = self._pending(sock) or bool(select.select([sock], [], [], 0)[0])

    @staticmethod
    def _pending(sock: Any) -> bool:
        """TLS may hold decrypted bytes that a select does not see."""
        return bool(getattr(sock, "pending", lambda: 0)())

    def acknowledge(self, origin: FromBroker) -> None:
        """PUBACK, unless the message came by an older connection."""
        if origin.generation == self._generation and self.connected and origin.qos:
            if isinstance(self._client, QuickClient):
                self._out += line.puback(origin.mid)
            else:
                self._client.ack(origin.mid, origin.qos)

    def publish(self, topic: str, payload: bytes) -> None:
        """QoS 0: an application ack that is lost is asked for again."""
        if not self.connected:
            return
        if isinstance(self._client, QuickClient):
            self._out += line.publish(topic, payload)
        else:
            self._client.publish(topic, payload, qos=0)

    def _flush(self) -> None:
        """All acknowledgements since the last look at the line, in one write."""
        if self._out and self.connected and isinstance(self._client, QuickClient):
            self._client.write(bytes(self._out))
        self._out.clear()

    def hang_up(self) -> None:
        """Leave the line; the session and its queue stay at the broker."""
        self._flush()
        self._client.disconnect()
        for _ in range(20):
            if self._client.socket() is None or not self._client.want_write():
                break
            self._client.loop_write()
        self.connected = self.subscribed = False
        self.dropped_line()
