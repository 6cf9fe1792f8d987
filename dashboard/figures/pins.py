"""The marks of the map, each drawn once: shape says the kind, filling the load, outline whether the site is heard."""

from collections.abc import Mapping

FILLED = {1: 0.28, 2: 0.52, 3: 0.76, 4: 1.0, 5: 1.0}
"""Load band -> how full the glass is."""
QUIET = ("silent", "new", "closed")
"""States that hide the load: what is not known now is not shown as if it were."""
GLASS = {
    "INST": (-6.5, 6.5), "STC": (-8.4, 7.4), "CST": (-6.6, 6.6), "NSP": (-4.7, 4.7), "DCC": (-8.2, 8.2),
    "MEAL": (-4.4, 4.6), "MPT": (-6.0, 6.2), "HCO": (-7.0, 7.0), "HUB": (-7.5, 7.5),
}  # fmt: skip
"""Kind -> top and bottom of its shape, in the 20 units of a mark."""
HATCH = (
    '<pattern id="hatch" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path class="hatch" d="M0,0V4"/></pattern>'
)
TOUCH = '<circle class="touch" r="12"/>'


def pins(shapes: Mapping[str, str]) -> str:
    """Symbols `pin-KIND-KEY`, where the key is a load band, 0 without one, or a state that hides it."""
    return HATCH + "".join(_kind(kind, shape) for kind, shape in shapes.items())


def _kind(kind: str, shape: str) -> str:
    top, bottom = GLASS[kind]
    drawn = {"0": "", **{str(band): _filling(kind, shape, band, top, bottom) for band in FILLED}}
    drawn["silent"] = f'<path fill="url(#hatch)" d="{shape}"/>'
    drawn["new"] = ""
    drawn["closed"] = '<path class="bar" d="M-3.5,0H3.5"/>'
    return "".join(_symbol(kind, key, shape, inside) for key, inside in drawn.items())


def _symbol(kind: str, key: str, shape: str, inside: str) -> str:
    line = f"line {key}" if key in QUIET else "line"
    return (
        f'<symbol id="pin-{kind}-{key}" overflow="visible">{TOUCH}<path class="body" d="{shape}"/>{inside}'
        f'<path class="{line}" d="{shape}"/></symbol>'
    )


def _filling(kind: str, shape: str, band: int, top: float, bottom: float) -> str:
    """Band 5 has a lid above: more than fits in."""
    level = bottom - (bottom - top) * FILLED[band]
    lid = f'<path class="lid" d="M-5.5,{top - 3.4:.1f}H5.5"/>' if band == 5 else ""
    return (
        f'<clipPath id="glass-{kind}-{band}"><rect x="-10" y="{level:.1f}" width="20" height="{bottom - level:.1f}"/></clipPath>'
        f'<path class="fill-{band}" clip-path="url(#glass-{kind}-{band})" d="{shape}"/>{lid}'
    )
