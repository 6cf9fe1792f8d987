"""The site agent: events in, onto the disk, out to the platform; let go only when the platform has said that it keeps them."""

import json
import logging
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import contract
from clock import Clock
from config import Config
from contract import Refused
from edge.publishing import Line
from edge.spool import Lane, Spool, encoded
from edge.ulid import ulid

log = logging.getLogger(__name__)


class Agent:
    """One process, one outbox file, one connection, for one site or many."""

    def __init__(
        self,
        cfg: Config,
        outbox_path: Path,
        clock: Clock,
        sites: Sequence[str] | None = None,
        says_status: bool = True,
    ) -> None:
        self._cfg, self._clock = cfg, clock
        self.spool = Spool(outbox_path, cfg.edge.outbox_events_max)
        boot = self.spool.lane(sites[0]).boot if sites else "many"
        self._single = sites[0] if sites and len(sites) == 1 else None
        self.line = Line(cfg, self.spool, sites, f"agent-{self._single or 'many'}-{boot}", says_status)
        self._heartbeat_at = 0.0
        self._numbering = threading.RLock()

    def start(self) -> None:
        self.line.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        self.line.stop(timeout_s)
        self.spool.close()

    def put(
        self,
        site: str,
        events: Sequence[dict[str, Any]],
        backlog: bool = False,
        mark: tuple[str, str] | None = None,
        tells: Sequence[dict[str, Any]] = (),
    ) -> int:
        """Keep events on disk and send them; durable when it returns. Returns how many the contract refuses.

        An event without `id` or `at` gets one; `at` may be microseconds. `boot` and `seq` are the outbox's.
        """
        lane = self.spool.lane(site, "backlog" if backlog else "live")
        payloads: list[bytes] = []
        # A number stands in the payload and beside it: nobody else may take it in between.
        with self._numbering:
            for event in events:
                payload = self._payload(event, lane, lane.next_seq + len(payloads))
                if payload is not None:
                    payloads.append(payload)
            if payloads or mark:
                self.spool.put(lane, payloads, mark, tells)
        self.line.poke()
        return len(events) - len(payloads)

    def _payload(self, event: dict[str, Any], lane: Lane, seq: int) -> bytes | None:
        """The event as it crosses the wire; None, and kept apart, when the contract refuses it."""
        try:
            payload = encoded(self._completed(event, lane, seq))
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            self._refuse(lane.site, f"bad_value: {error}", json.dumps(event, default=str).encode())
            return None
        verdict = contract.read_message(payload, lane.site)[0]
        if isinstance(verdict, Refused):
            self._refuse(lane.site, f"{verdict.reason}: {verdict.detail}", verdict.raw)
            return None
        return payload

    def _refuse(self, site: str, why: str, payload: bytes) -> None:
        log.error("refused, not sent", extra={"site": site, "why": why})
        self.spool.refuse(site, why, payload)

    def _completed(self, event: dict[str, Any], lane: Lane, seq: int) -> dict[str, Any]:
        at = event.get("at", self._clock.now())
        at_us = at if isinstance(at, int) and not isinstance(at, bool) else None
        return {
            "id": event["id"] if "id" in event else ulid(at_us if at_us is not None else self._clock.now()),
            "at": contract.format_instant(at_us) if at_us is not None else at,
            "boot": lane.boot,
            "seq": seq,
        } | {name: value for name, value in event.items() if name not in ("id", "at", "boot", "seq")}

    def put_lines(self, site: str, lines: Sequence[bytes], mark: tuple[str, str] | None = None) -> int:
        """Lines of a source, in one transaction; what is no JSON object is kept as refused. Returns how many are."""
        events: list[dict[str, Any]] = []
        for line in lines:
            event = _as_object(line)
            if event is None:
                self._refuse(site, "not_json: a line must be one JSON object", line)
            elif isinstance(event.get("at"), (int, float)):
                # Seconds or microseconds? A guess would put an event fifty years away.
                self._refuse(site, "bad_time: at must be RFC 3339 with an offset, not a number", line)
            else:
                events.append(event)
        return len(lines) - len(events) + self.put(site, events, mark=mark)

    def heartbeat(self, now_s: float) -> None:
        """Each minute `device.status`; at once what had to be given up, one report at a time."""
        if self._single is None:
            return
        losses = self.spool.losses(self._single)
        if now_s < self._heartbeat_at and (not losses or self.spool.is_telling()):
            return
        self._heartbeat_at = now_s + self._cfg.edge.heartbeat_every_s
        self._tell(self._single, queued=self.waiting())

    def _tell(self, site: str, **more: int) -> None:
        """A `device.status`, with what was given up since the last."""
        with self._numbering:
            losses = self.spool.losses(site)
            event: dict[str, Any] = {"kind": "device.status", "device": "agent", "online": True, **more}
            if losses:
                event["lost"] = losses
                log.warning("gave up events: the outbox is full", extra={"given_up": self.spool.given_up()})
            self.put(site, [event], tells=losses)

    def pause(self, site: str) -> None:
        """The gateway is offline: keeps everything, sends nothing, hears nothing."""
        self._set_paused(site, True)

    def resume(self, site: str) -> None:
        self._set_paused(site, False)
        self.line.poke()

    def _set_paused(self, site: str, paused: bool) -> None:
        for name in ("live", "backlog"):
            # Also a lane that nothing was put into yet: its first event must wait as well.
            lane = self.spool.lane(site, name)
            lane.paused = paused
            lane.sent = lane.passage.passed

    def duplicate(self, site: str, wire_events: Sequence[bytes], retain: bool = False) -> None:
        """Send bytes once more that were sent before; `retain` lets the broker repeat them to whoever comes later."""
        for payload in wire_events:
            self.line.send_again(site, payload, retain)

    def last_sent(self, site: str, most: int) -> list[bytes]:
        """The newest payloads still in the outbox: what a nervous network would repeat."""
        lane = self.spool.lane(site)
        return [body for _, body in self.spool.waiting_after(lane, max(0, lane.next_seq - 1 - most), most)]

    def waiting(self, site: str | None = None) -> int:
        return sum(lane.waiting for lane in list(self.spool.lanes.values()) if site in (None, lane.site))

    def waiting_backlog(self) -> int:
        return sum(lane.waiting for lane in list(self.spool.lanes.values()) if lane.name == "backlog")

    def status_line(self) -> str:
        """One line that a person can read."""
        state = "connected" if self.line.connected.is_set() else "no connection"
        acked = self.line.acked_at
        age = "no ack yet" if acked is None else f"last ack {time.monotonic() - acked:.1f} s ago"
        whose = f"site {self._single}" if self._single else f"{len({site for site, _ in self.spool.lanes})} sites"
        parts = (
            state,
            f"{self.waiting()} waiting",
            age,
            f"refused {self.spool.refused()}",
            f"gave up {self.spool.given_up()}",
        )
        return f"{whose}: " + ", ".join(parts)


def _as_object(line: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None
