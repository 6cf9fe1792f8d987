"""The platform as a site sees it: hears events, remembers each, acknowledges what it has. Forty lines instead of a worker."""

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

import contract
from contract import Ack, Refused
from tests.running import until


class Platform:
    """`overlooks(event, times)` says whether a delivery is lost on the way in; `silent` keeps everything, tells nobody."""

    def __init__(self, url: str, overlooks: Callable[[Any, int], bool] = lambda _event, _times: False) -> None:
        self.overlooks, self.silent = overlooks, False
        self.events: dict[tuple[str, str], dict[int, Any]] = defaultdict(dict)
        self.deliveries: Counter[str] = Counter()
        self.sizes: list[tuple[int, int]] = []
        self.refused: list[Refused] = []
        self.statuses: list[tuple[str, Any]] = []
        parts = urlsplit(url)
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        if parts.username:
            self._client.username_pw_set(parts.username, parts.password)
        self._subscribed: list[int] = []
        self._client.reconnect_delay_set(0.05, 0.2)
        self._client.on_connect = lambda client, *_: client.subscribe([(topic, 1) for topic in contract.SUBSCRIPTIONS])
        self._client.on_subscribe = lambda *_: self._subscribed.append(1)
        self._client.on_message = self._on_message
        self._client.connect(str(parts.hostname), int(parts.port or 0))
        self._client.loop_start()
        until(lambda: self._subscribed, what="the platform is subscribed")

    def _on_message(self, client: mqtt.Client, _user: Any, message: mqtt.MQTTMessage) -> None:
        topic = contract.parse_topic(message.topic)
        if topic is None or topic.branch == "ack":
            return
        if topic.branch == "status":
            self.statuses.append((topic.site, contract.read_status(message.payload)))
            return
        found = contract.read_message(message.payload, topic.site)
        self.sizes.append((len(found), len(message.payload)))
        self.refused += [one for one in found if isinstance(one, Refused)]
        for event in (one.event for one in found if not isinstance(one, Refused)):
            self.deliveries[event.id] += 1
            if not self.overlooks(event, self.deliveries[event.id]):
                self.events[topic.site, event.boot][event.seq] = event
                self._acknowledge(client, topic.site, event.boot)

    def _acknowledge(self, client: mqtt.Client, site: str, boot: str) -> None:
        ranges: list[tuple[int, int]] = []
        for seq in sorted(self.events[site, boot]):
            start = ranges.pop()[0] if ranges and ranges[-1][1] == seq - 1 else seq
            ranges.append((start, seq))
        upto = ranges.pop(0)[1] if ranges[0][0] == 1 else 0
        if not self.silent:
            client.publish(contract.ack_topic(site), contract.encode_ack(Ack(boot, upto, tuple(ranges[:32]))))

    def kept(self, site: str) -> list[Any]:
        """What it holds of a site, by boot and number."""
        return [
            self.events[key][seq] for key in sorted(self.events) if key[0] == site for seq in sorted(self.events[key])
        ]

    def counted(self) -> int:
        return sum(len(numbers) for numbers in self.events.values())

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
