"""A figure over what is usual for it, as SVG text: the range, the spread as a band, the middle as a tick, the day as a dot."""

from html import escape

WIDTH, HEIGHT, EDGE = 100, 12, 5


def gauge(value: float, low: float, middle: float, high: float, label: str) -> str:
    """The range reaches a little beyond the farthest of the four."""
    first, last = min(value, low), max(value, high)
    room = (last - first) * 0.25 or max(abs(middle) * 0.25, 1)
    first, last = first - room, last + room

    def x(at: float) -> float:
        return EDGE + (WIDTH - 2 * EDGE) * (at - first) / (last - first)

    return (
        f'<svg class="gauge" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">'
        f'<path class="base" d="M0,6H{WIDTH}"/>'
        f'<rect class="bandfill" x="{x(low):.1f}" y="2" width="{max(x(high) - x(low), 2):.1f}" height="8" rx="2"/>'
        f'<path class="tick" d="M{x(middle):.1f},1V11"/><circle class="dot" cx="{x(value):.1f}" cy="6" r="4"/></svg>'
    )
