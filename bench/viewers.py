"""What streams cost the web process while the district moves."""

import time

from bench.platform import platform
from bench.publisher import Plan
from bench.report import Row, most
from bench.sending import begin, boot, go, warm_up
from bench.sizes import Sizes
from bench.streams import streams
from bench.web import Web, web

RATE = 100


def viewers(sizes: Sizes) -> list[Row]:
    with platform(sizes.shown, sizes.database) as its_platform, web(its_platform) as its_web:
        warm_up(its_platform)
        rows = [
            Row("web process, nobody watches", "% of a core", (_share(its_web, 0, sizes.watch_s),), None, _how(sizes))
        ]
        alone = rows[0].median
        for count in sizes.viewers:
            share = _share(its_web, count, sizes.watch_s)
            rows.append(Row(f"web process, {count} viewers", "% of a core", (share,)))
            # The reading of the district is paid once, whoever watches: the streams are what comes on top.
            streams_limit = most(5) if count == 500 else None
            rows.append(Row("  the streams alone", "% of a core", (max(0.0, share - alone),), streams_limit))
            rows.append(Row("  memory", "MiB", (its_web.child.rss_mib(),), most(250) if count == 500 else None))
    return rows


def _how(sizes: Sizes) -> str:
    return f"{sizes.shown} sites, {RATE} events/s"


def _share(web: Web, count: int, seconds: float) -> float:
    """Processor time of the web process over a stretch of the district's ordinary traffic, in per cent of one core."""
    platform = web.platform
    publisher = begin(platform, Plan(platform.broker.port, platform.sites, boot(), int(RATE * (seconds + 60)), RATE))
    try:
        with streams(web, count):
            go(publisher, time.time())
            time.sleep(2)
            began, spent = time.monotonic(), web.child.cpu_s()
            time.sleep(seconds)
            return (web.child.cpu_s() - spent) / (time.monotonic() - began) * 100
    finally:
        publisher.end()
