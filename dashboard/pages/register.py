"""One form for a new site: what it is, where, when it is open, how many it has room for, and what stands there."""

import dash
from dash.development.base_component import Component

from dashboard.parts.missing import missing
from dashboard.parts.reader import reader
from dashboard.parts.registry_form import registry_form
from dashboard.parts.tags import main
from dashboard.registry_reading import registry_page

dash.register_page(__name__, path="/register", name="register")  # type: ignore[no-untyped-call]


def layout(site: str = "", **_address: str) -> Component:
    """`site`: a code that sends already and is not known."""
    found = registry_page(with_rows=False)
    if found is None:
        return missing()
    say = reader().say
    names = {"data_view": "overview", "data_title": say("title.register")}
    names |= {"data_back": "/registry", "data_back_word": say("menu.registry")}
    form = registry_form(say, found, {"site": site[:32]}, is_new=True)
    return main(form, kind="page calmpage registrypage", id="main", tabIndex=-1, **names)
