"""A mark tells kind, load and freshness without colour: no two are drawn alike."""

from xml.etree import ElementTree

import pytest

from dashboard.figures.pins import FILLED, GLASS, QUIET
from dashboard.parts.map_card import map_svg
from models.place import SiteKind
from models.site_state import State

KEYS = ("0", *map(str, FILLED), *QUIET)


@pytest.fixture(scope="module")
def symbols():
    return {node.get("id"): node for node in ElementTree.fromstring(map_svg()).iter("symbol")}


@pytest.mark.parametrize("kind", SiteKind)
def test_every_kind_has_a_mark_for_every_load_and_every_state_that_hides_it(symbols, kind):
    assert {f"pin-{kind}-{key}" for key in KEYS} <= symbols.keys()


def test_every_state_is_told_by_a_mark_or_by_the_dashes_of_late():
    assert {*QUIET, "live", "late"} == {str(state) for state in State}


def colourless(symbol):
    """Shapes and outlines, without what only a colour would tell."""
    said = [(node.get("d"), node.get("clip-path"), node.get("fill")) for node in symbol if node.tag != "clipPath"]
    return tuple(said), symbol[-1].get("class")


def test_no_two_marks_are_drawn_alike(symbols):
    drawn = [colourless(symbols[f"pin-{kind}-{key}"]) for kind in GLASS for key in KEYS]
    assert len(set(drawn)) == len(drawn)


@pytest.mark.parametrize("kind", GLASS)
def test_the_glass_fills_with_the_load_and_has_a_lid_only_above_its_capacity(symbols, kind):
    levels = [float(symbols[f"pin-{kind}-{band}"].find("clipPath/rect").get("height")) for band in FILLED]
    assert levels == sorted(levels)
    assert levels[0] < levels[1] < levels[2] < levels[3]
    lids = [band for band in FILLED if any(n.get("class") == "lid" for n in symbols[f"pin-{kind}-{band}"])]
    assert lids == [5]


@pytest.mark.parametrize("kind", GLASS)
@pytest.mark.parametrize("state", QUIET)
def test_what_is_not_heard_shows_no_load(symbols, kind, state):
    classes = [node.get("class") or "" for node in symbols[f"pin-{kind}-{state}"].iter()]
    assert [name for name in classes if name.startswith("fill-")] == []
