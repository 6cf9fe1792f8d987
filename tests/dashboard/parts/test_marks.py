"""Marks are files of ours, laid over a colour by CSS: each has its address, none its own colour."""

import re
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from dashboard.parts.frame import MENU
from dashboard.parts.marks import FOLDER, marks_css
from models.place import SiteKind
from models.site_state import State


def addresses():
    return dict(re.findall(r'(?:--|\.ic-)([\w-]+)(?::|\{--m:)url\("data:image/svg\+xml,([^"]*)"\)', marks_css()))


@pytest.mark.parametrize("name", [path.stem for path in FOLDER.glob("*.svg") if path.stem != "logo"])
def test_every_file_is_well_formed_and_in_the_style(name):
    drawing = unquote(addresses()[name.removeprefix("icon-")])
    assert ElementTree.fromstring(drawing).tag.endswith("svg")
    assert "<script" not in drawing


@pytest.mark.parametrize("state", State)
def test_every_state_has_a_mark(state):
    assert f"state-{state}" in addresses()


@pytest.mark.parametrize("kind", SiteKind)
def test_every_kind_of_site_has_a_shape_and_its_filled_twin(kind):
    found = addresses()
    assert "fill='none'" in unquote(found[f"kind-{kind}"])
    assert "fill='none'" not in unquote(found[f"kind-{kind}-full"])


@pytest.mark.parametrize("grade", [1, 2, 3, 4])
def test_every_grade_has_a_glyph(grade):
    assert f"grade-p{grade}-glyph" in addresses()


def test_every_item_of_the_menu_has_an_icon():
    assert {name for name, _, _ in MENU} <= addresses().keys()
