"""The registry: all sites with who may speak for them, and a whole file of them with a dry run."""

import dash
from dash.development.base_component import Component

from dashboard.parts.missing import missing
from dashboard.parts.reader import reader
from dashboard.parts.registry_list import file_card, list_card
from dashboard.parts.tags import main
from dashboard.registry_reading import registry_page

dash.register_page(__name__, path="/registry", name="registry")  # type: ignore[no-untyped-call]


def layout(**_address: str) -> Component:
    found = registry_page()
    if found is None:
        return missing()
    say = reader().say
    names = {"data_view": "overview", "data_title": say("title.registry")}
    return main(
        list_card(say, found), file_card(say), kind="page calmpage registrypage", id="main", tabIndex=-1, **names
    )
