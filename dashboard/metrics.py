"""The business state as Prometheus text."""

from dashboard.guarded import House
from dashboard.live import Feed, overview_frame
from dashboard.queries.worker import Health


def metrics_text(feed: Feed, health: Health, house: House) -> str:
    """Gauges only; a value that is not known is left out, never zero."""
    frame = overview_frame(feed.picture, "", feed.picture.version, house.rules)
    strip = frame.strip
    values: list[tuple[str, str, float | None]] = [
        ("eldercare_up", "1 when the worker is healthy", 0 if health.reasons else 1),
        ("eldercare_sites_reporting", "Sites that are live or late", strip.sites_reporting),
        ("eldercare_sites_total", "Sites that should report", strip.sites_total),
        ("eldercare_sites_silent", "Sites silent in their opening hours", strip.silent),
        ("eldercare_people", "People now, at reporting sites", frame.tiles[0].value),
        ("eldercare_ingest_lag_p95_ms", "Receive to commit, last minute", strip.lag_p95_ms),
        ("eldercare_ingest_waiting", "Messages received and not committed", health.waiting),
        ("eldercare_streams", "Open live streams", feed.streams),
        ("eldercare_needs", "Matters that wait for a person", frame.needs_total),
    ]
    lines = []
    for name, sentence, value in values:
        if value is not None:
            lines += [f"# HELP {name} {sentence}", f"# TYPE {name} gauge", f"{name} {value}"]
    lines += ["# HELP eldercare_alarms_open Open alarms", "# TYPE eldercare_alarms_open gauge"]
    lines += [f'eldercare_alarms_open{{grade="{n}"}} {count}' for n, count in enumerate(strip.alarms, 1)]
    return "\n".join(lines) + "\n"
