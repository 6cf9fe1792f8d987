"""From the moment a site publishes until the number stands in a browser's next frame, while the district goes on."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import Browser, BrowserContext, Page

from bench.browser import chromium, overview, signed_in
from bench.events import site_code, topic_of
from bench.platform import Platform, platform
from bench.publisher import Plan
from bench.report import Limit, Row, most
from bench.sending import begin, boot, go, warm_up
from bench.sizes import Sizes
from bench.streams import streams
from bench.web import Web, web

_PAUSES_S = (0.31, 0.47, 0.23, 0.59, 0.41)
"""Between two probes: never in step with the frames, which come at most five times a second."""

_WATCH = """seen => {
  const cell = document.querySelector(seen);
  window.painted = {};
  new MutationObserver(() => requestAnimationFrame(() => {
    window.painted[cell.textContent.replaceAll(',', '')] ??= performance.timeOrigin + performance.now();
  })).observe(cell, { characterData: true, childList: true, subtree: true });
  return cell.textContent;
}"""


@dataclass(frozen=True)
class Look:
    """What is looked at while so much happens beside it."""

    sites: int
    rate: int = 0
    """Events a second."""
    viewers: int = 0
    """Others who look on."""
    of_site: bool = False
    """At the site's own page; else at its row among all sites."""

    @property
    def name(self) -> str:
        seen = "a site's page" if self.of_site else "overview"
        beside = f" beside {self.viewers} viewers" if self.viewers else ""
        happens = f"{self.rate:,}/s" if self.rate else "nothing else happens"
        return f"{seen}, {self.sites:,} sites, {happens}{beside}"

    @property
    def limit(self) -> Limit | None:
        return most(300 if self.viewers or self.rate > 100 else 150) if self.rate else None


def pixel(sizes: Sizes) -> list[Row]:
    rows: list[Row] = []
    with chromium() as browser:
        for look in looks(sizes)[: sizes.looks]:
            rows += _rows(look, waits_of(look, browser, sizes))
    return rows


def looks(sizes: Sizes) -> list[Look]:
    shown = Look(sizes.shown, 100)
    ways = [Look(sizes.shown), shown, replace(shown, viewers=200), Look(sizes.city, 1000)]
    return [replace(way, of_site=of_site) for way in ways for of_site in (False, True)]


def waits_of(look: Look, browser: Browser, sizes: Sizes) -> list[float]:
    """Milliseconds of each probe, sorted."""
    with platform(look.sites, sizes.database) as its_platform, web(its_platform) as its_web:
        warm_up(its_platform)
        _raise_alarm(its_platform)
        context = signed_in(browser, its_web)
        page, seen = _page(context, its_web, site_code(look.sites - 1), look.of_site)
        page.wait_for_selector(seen)
        page.evaluate(_WATCH, seen)
        with streams(its_web, look.viewers):
            return _waits(its_platform, page, look.rate, sizes.probes)


def _page(context: BrowserContext, web: Web, code: str, of_site: bool) -> tuple[Page, str]:
    """And where in it the site's number of people stands."""
    if not of_site:
        return overview(context, web), f"a.site[href='/sites/{code}'] .count b"
    page = context.new_page()
    page.goto(f"{web.url}/sites/{code}")
    page.wait_for_selector("[data-painted]")
    return page, "[data-part=head] [data-f=people]"


def _rows(look: Look, waits: list[float]) -> list[Row]:
    return [
        Row(f"publish→pixel p50, {look.name}", "ms", (_share(waits, 0.5),), None, f"{len(waits)} probes"),
        Row(f"publish→pixel p95, {look.name}", "ms", (_share(waits, 0.95),), look.limit),
    ]


def _share(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _waits(platform: Platform, page: Page, rate: int, probes: int) -> list[float]:
    sent: dict[str, float] = {}
    with _background(platform, rate, probes), _site(platform) as client:
        for probe in range(probes):
            people = str(1000 + probe)
            sent[people] = time.time() * 1000
            _tell(client, platform, "occupancy.count", count=int(people), method="staff", area="hall")
            time.sleep(_PAUSES_S[probe % len(_PAUSES_S)])
        page.wait_for_function("people => people in window.painted", arg=people, timeout=30_000)
        painted: dict[str, float] = page.evaluate("window.painted")
    # A number that a later one overtook before the next frame counts as seen when that one was.
    return sorted(min(painted[p] for p in painted if int(p) >= int(people)) - at for people, at in sent.items())


@contextmanager
def _background(platform: Platform, rate: int, probes: int) -> Iterator[None]:
    """The district goes on during all probes; the last site is left to them, so nothing else moves its number."""
    if not rate:
        yield
        return
    seconds = probes * sum(_PAUSES_S) / len(_PAUSES_S) + 3
    plan = Plan(platform.broker.port, platform.sites - 1, boot(), int(rate * seconds), rate)
    publisher = begin(platform, plan)
    go(publisher, time.time())
    time.sleep(1)
    try:
        yield
    finally:
        publisher.end()


@contextmanager
def _site(platform: Platform) -> Iterator[mqtt.Client]:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv311)
    client.connect("127.0.0.1", platform.broker.port)
    client.loop_start()
    try:
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


def _tell(client: mqtt.Client, platform: Platform, kind: str, **fields: object) -> mqtt.MQTTMessageInfo:
    now = time.time()
    at = datetime.fromtimestamp(now, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    event = {"id": f"probe-{now:.6f}-{kind}", "kind": kind, "at": at, **fields}
    return client.publish(topic_of(platform.sites - 1), json.dumps(event).encode(), qos=1)


def _raise_alarm(platform: Platform) -> None:
    """The list shows the worst first: a call for help keeps the probed site on the screen among thousands."""
    with _site(platform) as client:
        _tell(client, platform, "alarm.raised", alarm="probe", type="SOS").wait_for_publish(10)
        time.sleep(1)
