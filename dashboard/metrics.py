"""The business state as Prometheus text."""

from dashboard.frames.overview import overview_frame
from dashboard.live import Feed
from dashboard.queries.worker import Health
from models.base import SECOND

Gauge = tuple[str, str, float | None]
"""Name (with labels), what it is, value; None is not known."""


def metrics_text(feed: Feed, health: Health, scope: str) -> str:
    """A value that is not known is left out, never zero: a feed that does not read knows nothing."""
    clock_s = None if health.clock_seen_at is None else health.clock_seen_at / SECOND
    gauges: list[Gauge] = [
        ("eldercare_up", "1 when the worker is healthy", 0 if health.reasons else 1),
        ("eldercare_feed_up", "1 when the web process reads the database", int(feed.is_alive)),
        ("eldercare_ingest_waiting", "Messages received and not committed", health.waiting),
        ("eldercare_broker_dropped", "Messages the broker dropped since its start", health.dropped),
        ("eldercare_clock_seen_at", "When the clock process last said that it runs, Unix seconds", clock_s),
        ("eldercare_streams", "Open live streams", feed.streams),
        *(_business(feed, scope) if feed.is_alive else ()),
    ]
    lines: list[str] = []
    told = ""
    for name, sentence, value in gauges:
        family = name.partition("{")[0]
        if value is not None and family != told:
            told = family
            lines += [f"# HELP {family} {sentence}", f"# TYPE {family} gauge"]
        lines += [] if value is None else [f"{name} {value}"]
    return "\n".join(lines) + "\n"


def _business(feed: Feed, scope: str) -> list[Gauge]:
    frame = overview_frame(feed.picture, scope, feed.picture.version)
    strip = frame.strip
    return [
        ("eldercare_sites_reporting", "Sites that are live or late", strip.sites_reporting),
        ("eldercare_sites_total", "Sites that should report", strip.sites_total),
        ("eldercare_sites_silent", "Sites silent in their opening hours", strip.silent),
        ("eldercare_people", "People now, at reporting sites", frame.tiles[0].value),
        ("eldercare_ingest_lag_p95_ms", "Receive to commit, last minute", feed.picture.lag_p95_ms),
        ("eldercare_needs", "Matters that wait for a person", frame.needs_total),
        *((f'eldercare_alarms_open{{grade="{n}"}}', "Open alarms", count) for n, count in enumerate(strip.alarms, 1)),
    ]
