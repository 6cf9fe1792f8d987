"""An ordinary client of the broker that does one thing after the other, for looking at how the broker behaves."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from config import Broker

_PATIENCE_S = 10.0


class RefusedEntry(Exception):
    """The broker does not let the client in; the message is its reason."""


class Visitor:
    """A client that does one thing after the other, on the caller's thread."""

    def __init__(
        self, cfg: Broker, client_id: str, *, clean: bool = True, anonymous: bool = False, keeps: bool = False
    ) -> None:
        """`keeps`: acknowledge nothing, so that whatever queue this may turn out to be stays as it is."""
        self.heard: list[bytes] = []
        self.session_present = False
        self._refusal: str | None = None
        self._connected = False
        self._subscribed = False
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id, clean, protocol=mqtt.MQTTv311, manual_ack=keeps
        )
        if cfg.user and not anonymous:
            self._client.username_pw_set(cfg.user, cfg.password)
        if cfg.tls:
            self._client.tls_set(cfg.ca_file or None)
        self._client.connect_timeout = 5.0
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        self._client.connect(cfg.host, cfg.port)
        self._until(lambda: self._connected or self._refusal is not None, "an answer to the connection")
        if self._refusal is not None:
            raise RefusedEntry(self._refusal)

    def _on_connect(self, _client: Any, _user: Any, flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._refusal = str(reason)
            return
        self._connected, self.session_present = True, bool(flags.session_present)

    def _on_subscribe(self, _client: Any, _user: Any, _mid: int, _reasons: Any, _properties: Any) -> None:
        self._subscribed = True

    def _on_message(self, _client: Any, _user: Any, message: Any) -> None:
        self.heard.append(bytes(message.payload))

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        if not self._within(condition, _PATIENCE_S):
            raise TimeoutError(f"the broker gave no sign of {what} within {_PATIENCE_S:.0f} s")

    def _within(self, condition: Callable[[], bool], seconds: float) -> bool:
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until or self._client.loop(0.05) not in (mqtt.MQTT_ERR_SUCCESS, mqtt.MQTT_ERR_AGAIN):
                return condition()
        return True

    def subscribe(self, topic: str) -> None:
        self._subscribed = False
        self._client.subscribe(topic, 1)
        self._until(lambda: self._subscribed, "the subscription")

    def publish(self, topic: str, *payloads: bytes, retain: bool = False) -> bool:
        """QoS 1; whether the broker acknowledged all of them."""
        sent = [self._client.publish(topic, payload, qos=1, retain=retain) for payload in payloads]
        return self._within(lambda: sent[-1].is_published() and all(one.is_published() for one in sent), _PATIENCE_S)

    def listen(self, messages: int, seconds: float = 5.0) -> bool:
        """Whether so many messages came; patient as long as they keep coming."""
        before = -1
        while len(self.heard) < messages and len(self.heard) != before:
            before = len(self.heard)
            self._within(lambda: len(self.heard) >= messages, seconds)
        return len(self.heard) >= messages

    def hears(self, payload: bytes, seconds: float = 5.0) -> bool:
        """Whether this message came, whatever else came before it."""
        return self._within(lambda: payload in self.heard, seconds)

    def leave(self) -> None:
        self._client.disconnect()
        self._within(lambda: not self._client.is_connected(), 1.0)


@contextmanager
def visiting(cfg: Broker, client_id: str, *, clean: bool = True, keeps: bool = False) -> Iterator[Visitor]:
    visitor = Visitor(cfg, client_id, clean=clean, keeps=keeps)
    try:
        yield visitor
    finally:
        visitor.leave()
