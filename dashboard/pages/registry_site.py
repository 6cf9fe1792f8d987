"""One site in the registry: whether it speaks, who may speak for it, what it was and is, and its end."""

import dash
from dash.development.base_component import Component

from dashboard.parts.missing import missing
from dashboard.parts.reader import reader
from dashboard.parts.registry_cards import fresh_card, line_card, past_card, users_card
from dashboard.parts.registry_end import end_card
from dashboard.parts.registry_form import registry_form
from dashboard.parts.tags import main
from dashboard.registry_reading import registry_site_page

dash.register_page(__name__, path_template="/registry/<site>", name="registry_site")  # type: ignore[no-untyped-call]


def layout(site: str = "", **_address: str) -> Component:
    found = registry_site_page(site)
    if found is None:
        return missing()
    here = reader()
    say, page, one = here.say, found.page, found.site
    title = (one.name_zh if say.language == "zh" else one.name_en) or site
    names = {"data_view": "overview", "data_title": title, "data_registered": site}
    names |= {"data_back": "/registry", "data_back_word": say("menu.registry")}
    cards = [line_card(say, one, page.zone), fresh_card(say), users_card(say, one, page.zone)]
    form = [registry_form(say, page, one.cells, is_new=False)] if one.kin.ended_from is None else []
    cards += [*form, past_card(say, one, page.zone), end_card(say, page, one)]
    return main(*cards, kind="page calmpage registrypage", id="main", tabIndex=-1, **names)
