"""What stands at today's date of a site whose day begins later in the morning: when it does, and the day that still runs."""

from dash.development.base_component import Component

from dashboard.day_rows import NotBegun
from dashboard.parts.blank import DAWN, blank
from dashboard.parts.day_sheet import long_date
from dashboard.parts.tags import a, main, p, section
from dashboard.words import Speech
from models.civil_day import wall_clock


def not_begun_card(say: Speech, later: NotBegun, zone: str) -> Component:
    name, at = say.either(later.name_zh, later.name_en), wall_clock(later.begins_at, zone)[11:]
    told = p(say("day.not_begun_long", name=name, at=at, running=long_date(say, later.running)))
    link = a(say("day.not_begun_link"), href=f"/days/{later.site}/{later.running}", kind="btn main")
    inner = blank(DAWN, say("day.not_begun", day=long_date(say, later.day)), told, link)
    title = f"{say('title.days')} · {name}"
    return main(section(inner, kind="card"), kind="page", id="main", tabIndex=-1, data_title=title)
