"""The agent's line to the broker: publishes what the spool holds and lets go of it only when the platform's ack says so."""

import contextlib
import logging
import queue
import random
import select
import socket
import threading
import time
from collections.abc import Sequence
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

import contract
from config import Config
from contract import Ack, Status
from edge.spool import Lane, Spool

log = logging.getLogger(__name__)

WINDOW_EVENTS = 4000
"""Events of one lane sent and not acknowledged; beyond it the rest waits on disk, not in the broker's memory."""
ALL_EVENTS, BACKLOG_EVENTS = 20_000, 4000
"""The same over all lanes; and above how many of them no backlog is sent, as what happens now would wait behind it."""
RESEND_MOST_S = 600.0
AGENT = "1.0.0"


class Line:
    """One MQTT connection for all lanes of a spool; a thread of its own pumps."""

    def __init__(
        self, cfg: Config, spool: Spool, sites: Sequence[str] | None, client_id: str, says_status: bool = True
    ) -> None:
        self._cfg, self._spool, self._sites = cfg, spool, list(sites) if sites is not None else None
        self._says_status = says_status
        self._acks: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._again: queue.SimpleQueue[tuple[str, bytes, bool]] = queue.SimpleQueue()
        self._retry_at, self._retry_s = 0.0, 0.5
        self._on_the_way: set[int] = set()
        self._puback_at = 0.0
        self._bell, self._ringer = socket.socketpair()
        self._bell.setblocking(False)
        self._ringer.setblocking(False)
        self.connected = threading.Event()
        self.acked_at: float | None = None
        self._client_id = client_id
        self._client = self._make_client(client_id)
        self._thread = threading.Thread(target=self._run, name="edge-line", daemon=True)

    @property
    def _single(self) -> str | None:
        return self._sites[0] if self._sites and len(self._sites) == 1 else None

    def _make_client(self, client_id: str) -> mqtt.Client:
        broker = self._cfg.broker
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=mqtt.MQTTv311)
        if broker.user:
            client.username_pw_set(broker.user, broker.password)
        if broker.tls:
            client.tls_set(broker.ca_file or None)
        client.max_inflight_messages_set(self._cfg.edge.in_flight_max)
        client.connect_timeout = 5.0
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_message, client.on_publish = self._on_message, self._on_publish
        if self._single and self._says_status:
            down = Status(online=False, boot=self._spool.lane(self._single).boot)
            client.will_set(contract.status_topic(self._single), contract.encode_status(down), qos=1, retain=True)
        return client

    # -- what the broker says -------------------------------------------------------------------------------------------

    def _on_connect(self, client: mqtt.Client, _user: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            log.error("the broker refuses the connection", extra={"reason": str(reason)})
            return
        one = self._single
        client.subscribe(contract.ack_topic(one) if one else "eldercare/v1/+/ack", 0)
        self._puback_at = time.monotonic()
        for site in self._spoken_for():
            up = Status(online=True, boot=self._spool.lane(site).boot, agent=AGENT)
            self._post(contract.status_topic(site), contract.encode_status(up), retain=True)
        for lane in list(self._spool.lanes.values()):
            if lane.flying:
                self._missed(lane, time.monotonic(), broke=True)
            lane.sent = lane.passage.passed
        self._retry_s = 0.5
        self.connected.set()
        log.info("connected", extra={"waiting": self.waiting()})

    def _spoken_for(self) -> Sequence[str]:
        """Sites whose line this connection is."""
        return (self._sites or ()) if self._says_status else ()

    def _on_disconnect(self, _client: Any, _user: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if self.connected.is_set():
            log.warning("disconnected", extra={"reason": str(reason), "waiting": self.waiting()})
        self.connected.clear()

    def _on_message(self, _client: Any, _user: Any, message: mqtt.MQTTMessage) -> None:
        self._acks.put((message.topic, bytes(message.payload)))

    def _on_publish(self, _client: Any, _user: Any, mid: int, _reason: Any, _properties: Any) -> None:
        self._on_the_way.discard(mid)
        self._puback_at = time.monotonic()

    # -- the pump -------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Leave in order; what is not acknowledged stays on disk."""
        self._stop.set()
        self.poke()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def poke(self) -> None:
        """There is something new to send."""
        with contextlib.suppress(BlockingIOError):
            self._ringer.send(b"!")

    def send_again(self, site: str, payload: bytes, retain: bool = False) -> None:
        """Bytes that went out before, once more: what QoS 1 may do at any time."""
        self._again.put((contract.events_topic(site), payload, retain))
        self.poke()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._turn()
            except Exception:
                log.exception("the line stumbled")
                self._stop.wait(1.0)
        self._leave()

    def _turn(self) -> None:
        now_s = time.monotonic()
        if self._client.socket() is None:
            self._connect(now_s)
        more = False
        if self.connected.is_set():
            self._take_acks()
            more = self._publish(time.monotonic())
            self._hang_up_when_unheard(now_s)
        self._exchange(0.0 if more else 0.1)

    def _connect(self, now_s: float) -> None:
        if now_s < self._retry_at:
            self._stop.wait(0.05)
            return
        # A new client each time: the old one would keep and resend what the outbox resends anyway, more with each try.
        self._client = self._make_client(self._client_id)
        self._on_the_way.clear()
        # Jitter, so that five hundred agents do not come back in the same instant.
        self._retry_at = now_s + self._retry_s * random.uniform(0.5, 1.5)  # noqa: S311 - no secret
        self._retry_s = min(self._retry_s * 2, 15.0)
        broker = self._cfg.broker
        try:
            self._client.connect(broker.host, broker.port, keepalive=broker.keepalive_s)
        except OSError as error:
            log.debug("no broker", extra={"error": str(error)})

    def _exchange(self, timeout_s: float) -> None:
        sock = self._client.socket()
        if sock is None:
            self._stop.wait(0.02)
            return
        writers = [sock] if self._client.want_write() else []
        try:
            readable, writable, _ = select.select([sock, self._bell], writers, [], timeout_s)
        except (OSError, ValueError):
            readable, writable = [], []
        if self._bell in readable:
            self._bell.recv(4096)
        if writable:
            self._client.loop_write()
        while sock in readable and self._client.socket() is sock:
            self._client.loop_read()
            readable = select.select([sock], [], [], 0)[0] if self._client.socket() is sock else []
        self._client.loop_misc()

    def _take_acks(self) -> None:
        acks: list[tuple[str, Ack]] = []
        while not self._acks.empty():
            topic, payload = self._acks.get()
            parsed = contract.parse_topic(topic)
            if parsed is None or parsed.branch != "ack":
                continue  # amqtt delivers a retained status to whoever subscribes beside it
            try:
                acks.append((parsed.site, contract.read_ack(payload)))
            except ValueError as error:
                log.warning("unreadable ack", extra={"error": str(error)})
        for lane, _ in self._spool.acknowledged_all(acks):
            self._progress(lane)

    def _progress(self, lane: Lane) -> None:
        """Somebody hears us. The wait for what is lost goes on all the same: only the oldest one's ack ends it."""
        self.acked_at = time.monotonic()
        lane.resend_s = self._cfg.edge.resend_after_s
        first = self._spool.first_waiting(lane) or lane.next_seq
        if first > lane.oldest:
            lane.oldest, lane.progress_at = first, self.acked_at
            lane.passage.moved_on(self.acked_at)

    def _publish(self, now_s: float) -> bool:
        """Send until the in-flight bound; live lanes first. Returns whether more could go at once."""
        while not self._again.empty() and self._has_room():
            topic, payload, retain = self._again.get()
            self._post(topic, payload, retain)
        waiting = [lane for lane in list(self._spool.lanes.values()) if lane.waiting and not lane.paused]
        flying = sum(lane.flying for lane in waiting)
        busy = False
        for lane in sorted(waiting, key=lambda lane: lane.name != "live"):
            if not self._has_room():
                return False  # the next PUBACK wakes us
            if flying >= (ALL_EVENTS if lane.name == "live" else BACKLOG_EVENTS):
                self._rewind_when_silent(lane, now_s)
                continue
            if lane.name != "live" and busy:
                break
            before = lane.flying
            busy = self._send(lane, now_s) or busy
            flying += lane.flying - before
        return busy

    def _has_room(self) -> bool:
        return len(self._on_the_way) < self._cfg.edge.in_flight_max

    def _hang_up_when_unheard(self, now_s: float) -> None:
        """A broker that takes publishes and never answers has forgotten them: a new connection asks again."""
        if not self._on_the_way:
            self._puback_at = now_s
        elif now_s - self._puback_at > max(20.0, 2 * self._cfg.edge.resend_after_s):
            log.warning("the broker does not answer; connecting anew", extra={"on_the_way": len(self._on_the_way)})
            self._hang_up()

    def _hang_up(self) -> None:
        """At once: a farewell would wait behind everything that does not go through."""
        sock: Any = self._client.socket()
        self.connected.clear()
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _post(self, topic: str, payload: bytes, retain: bool = False) -> None:
        self._on_the_way.add(self._client.publish(topic, payload, qos=1, retain=retain).mid)

    def _send(self, lane: Lane, now_s: float) -> bool:
        newest = lane.next_seq - 1
        most = min(contract.MAX_EVENTS, self._window(lane, now_s)) if lane.sent < newest else 0
        found = self._spool.waiting_after(lane, lane.sent, most) if most else []
        if not found:
            lane.sent = newest if most else lane.sent  # what came between was acknowledged before its turn
            self._rewind_when_silent(lane, now_s)
            return False
        packed = _pack(found, lane.passage.octets)
        payload = b"[" + b",".join(body for _, body in packed) + b"]" if len(packed) > 1 else packed[0][1]
        self._post(contract.events_topic(lane.site), payload)
        lane.sent = packed[-1][0]
        return True

    def _window(self, lane: Lane, now_s: float) -> int:
        """How many more may be on their way; while none is, the wait for an ack has not begun."""
        first = self._spool.first_waiting(lane)
        if first is None or first > lane.sent:
            lane.progress_at, lane.resend_s = now_s, lane.resend_s or self._cfg.edge.resend_after_s
            return WINDOW_EVENTS
        return max(0, WINDOW_EVENTS - (lane.sent - first + 1))

    def _rewind_when_silent(self, lane: Lane, now_s: float) -> None:
        """No ack for a while: the broker or the platform may have lost it, so it goes again, ever less often."""
        if lane.passage.retries(now_s):
            lane.sent, lane.progress_at = 0, now_s
        elif lane.flying and now_s - lane.progress_at >= lane.resend_s:
            self._missed(lane, now_s)
            lane.sent, lane.progress_at = lane.passage.passed, now_s
            lane.resend_s = min(lane.resend_s * 2, RESEND_MOST_S)

    def _missed(self, lane: Lane, now_s: float, broke: bool = False) -> None:
        """The oldest that was sent is not acknowledged; of what was passed over nobody expects it."""
        oldest = self._spool.waiting_after(lane, lane.passage.passed, 1)
        if not oldest or oldest[0][0] > lane.sent:
            return
        someone_hears = broke or (self.acked_at or 0.0) > lane.progress_at
        seq, payload = oldest[0]
        if lane.passage.missed(seq, len(payload), someone_hears, now_s):
            log.warning(
                "an event does not get through and is kept, others go first: does the broker take messages of that size?",
                extra={"site": lane.site, "seq": seq, "octets": len(payload)},
            )

    def waiting(self) -> int:
        return sum(lane.waiting for lane in self._spool.lanes.values())

    def _leave(self) -> None:
        if self._client.socket() is None:
            return
        for site in self._spoken_for():
            down = Status(online=False, boot=self._spool.lane(site).boot)
            self._post(contract.status_topic(site), contract.encode_status(down), retain=True)
        until = time.monotonic() + 2.0
        while self._on_the_way and time.monotonic() < until and self._client.socket() is not None:
            self._exchange(0.02)
            self._take_acks()
        self._client.disconnect()


def _pack(found: list[tuple[int, bytes]], most: int) -> list[tuple[int, bytes]]:
    """As many from the front as fit into so many octets, at least one."""
    octets = 2
    for index, (_, body) in enumerate(found):
        octets += len(body) + 1
        if octets > most and index:
            return found[:index]
    return found
