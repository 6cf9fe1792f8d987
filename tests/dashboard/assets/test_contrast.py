"""Every colour against every ground it may stand on, by the WCAG 2 formula, for all three themes."""

import itertools
import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[3] / "dashboard" / "assets" / "tokens.css"
THEMES = ("light", "dark", "wall")
TEXTS = ("ink", "ink-2", "ink-3", "accent", "p1", "p2", "p3", "p4")
MARKS = ("accent-fill", "p1-fill", "p2-fill", "line-ui", "l2", "l3", "l4", "l5")
OUTLINES = ("p3", "p4", "l2")
"""Fills too light to stand alone (p3-fill, p4-fill, l1) always have one of these around them."""
FILLED = ("accent", "p1", "p2", "p3")


def tokens(css: str) -> dict[str, dict[str, str]]:
    """Theme -> name -> colour; dark builds on light, wall on dark."""
    found: dict[str, dict[str, str]] = {theme: {} for theme in THEMES}
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", re.sub(r"/\*.*?\*/", "", css, flags=re.S)):
        theme = "dark" if "dark" in selector else "wall" if "wall" in selector else "light"
        found[theme] |= re.findall(r"--([\w-]+):\s*(#[0-9A-Fa-f]{6})", body)
    found["dark"] = found["light"] | found["dark"]
    found["wall"] = found["dark"] | found["wall"]
    return found


def luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.fixture(scope="module")
def colours() -> dict[str, dict[str, str]]:
    return tokens(TOKENS.read_text("utf-8"))


def test_black_on_white_is_21_and_a_colour_on_itself_1():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#0F7480", "#0F7480") == 1


@pytest.mark.parametrize(
    ("theme", "name", "ground"), list(itertools.product(THEMES, TEXTS, ("bg", "surface", "sunken")))
)
def test_text_can_be_read_on_every_ground(colours, theme, name, ground):
    assert contrast(colours[theme][name], colours[theme][ground]) >= 4.5


@pytest.mark.parametrize(("theme", "name"), list(itertools.product(THEMES, ("p1", "p2", "p3", "p4", "accent"))))
def test_text_can_be_read_on_its_own_soft_ground(colours, theme, name):
    assert contrast(colours[theme][name], colours[theme][f"{name}-soft"]) >= 4.5


@pytest.mark.parametrize(("theme", "ink"), list(itertools.product(THEMES, ("ink", "ink-2", "ink-3"))))
def test_plain_text_can_be_read_on_the_ground_of_an_urgent_row(colours, theme, ink):
    assert contrast(colours[theme][ink], colours[theme]["p1-soft"]) >= 4.5


@pytest.mark.parametrize(("theme", "name"), list(itertools.product(THEMES, MARKS + OUTLINES)))
def test_marks_and_outlines_stand_out_from_the_card(colours, theme, name):
    assert contrast(colours[theme][name], colours[theme]["surface"]) >= 3


@pytest.mark.parametrize(("theme", "name"), list(itertools.product(THEMES, FILLED)))
def test_text_on_a_filled_button_or_badge_can_be_read(colours, theme, name):
    assert contrast(colours[theme][f"{name}-fill"], colours[theme][f"on-{name}"]) >= 4.5
