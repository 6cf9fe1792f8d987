"""The form of a site: each field with what is allowed, and room beside it for what is wrong."""

from collections.abc import Mapping
from html import escape

from dash.development.base_component import Component

from dashboard.parts.card import card
from dashboard.parts.hours_words import hours_words
from dashboard.parts.native import options
from dashboard.parts.tags import div, p
from dashboard.registry_reading import RegistryPage
from dashboard.words import Speech
from models.civil_day import rule_fault
from models.place import CountBy, SiteKind

GROUPS = (
    ("what", ("site", "name_zh", "name_en", "kind")),
    ("where", ("street", "community", "address", "phone", "lat", "lon", "datum")),
    ("when", ("open_hours", "capacity", "areas", "count_by", "devices")),
)
NEEDED = ("site", "kind", "street")
LONGEST = {
    "site": 32,
    "name_zh": 200,
    "name_en": 200,
    "community": 240,
    "address": 300,
    "phone": 64,
    "lat": 24,
    "lon": 24,
}
NEW_STREET = "+"


def registry_form(say: Speech, found: RegistryPage, cells: Mapping[str, str], *, is_new: bool) -> Component:
    """`cells` as a line of a registry file has them; of a site that is known the code stays and a day may be given."""
    groups = [_group(say, found, cells, name, columns, is_new=is_new) for name, columns in GROUPS]
    if not is_new:
        since = _row(say, "valid_from", '<input type="date" name="valid_from" id="site-valid_from">')
        groups.append(f"<fieldset><legend>{escape(say('registry.since'))}</legend><div>{since}</div></fieldset>")
    word = say("registry.register" if is_new else "registry.change")
    go = f'<div class="ends"><button type="submit" class="btn main">{escape(word)}</button></div>'
    wrong = '<p class="wrong" role="alert" data-part="sitewrong"></p><p class="soft" role="status" data-part="sitesaid"></p>'
    kind = "new" if is_new else "known"
    form = (
        f'<form class="siteform" data-part="siteform" data-kind="{kind}" novalidate>{"".join(groups)}{go}{wrong}</form>'
    )
    title = say("title.register" if is_new else "registry.change_title")
    how = say("registry.how" if is_new else "registry.change_how")
    return card(title, p(how, kind="soft calmnight"), div(data_fields=form))


def _group(
    say: Speech, found: RegistryPage, cells: Mapping[str, str], name: str, columns: tuple[str, ...], *, is_new: bool
) -> str:
    shown = [column for column in columns if is_new or column != "site"]
    rows = "".join(_row(say, column, _control(say, found, cells, column), cells, found) for column in shown)
    return f"<fieldset><legend>{escape(say.named('sitegroup', name))}</legend><div>{rows}</div></fieldset>"


def _row(
    say: Speech, column: str, control: str, cells: Mapping[str, str] | None = None, found: RegistryPage | None = None
) -> str:
    """The hint and the fault are read out with the field."""
    hint = say.named("sitehint", column)
    hints = f'<small class="hint" id="hint-{column}">{escape(hint)}</small>' if hint != column else ""
    words = ""
    if column == "open_hours" and cells is not None and found is not None:
        rule = cells.get(column, "")
        told = "" if rule_fault(rule) else hours_words(say, rule, found.today)
        words = f'<output class="hourswords" data-part="hourswords">{escape(told)}</output>'
    label = escape(say.named("sitefield", column)) + ('<b aria-hidden="true"> *</b>' if column in NEEDED else "")
    fault = f'<p class="wrong" id="wrong-{column}" data-wrong="{column}"></p>'
    return f'<div class="field"><label for="site-{column}">{label}</label>{control}{words}{hints}{fault}</div>'


def _control(say: Speech, found: RegistryPage, cells: Mapping[str, str], column: str) -> str:
    value = cells.get(column, "")
    about = f'name="{column}" id="site-{column}" aria-describedby="hint-{column} wrong-{column}"'
    if column in NEEDED:
        about += " required"
    choices = _choices(say, found, column, value)
    if choices is not None:
        more = _new_street(say) if column == "street" and found.whole else ""
        return f"<select {about}>{options(choices, value)}</select>{more}"
    mode = ' inputmode="decimal"' if column in ("lat", "lon") else ""
    most = LONGEST.get(column, 2000)
    return f'<input type="text" {about} value="{escape(value)}" maxlength="{most}" autocomplete="off" spellcheck="false"{mode}>'


def _choices(say: Speech, found: RegistryPage, column: str, value: str) -> list[tuple[str, str]] | None:
    if column == "kind":
        return [("", say("registry.choose")), *((kind, f"{say.named('kind', kind)} ({kind})") for kind in SiteKind)]
    if column == "street":
        named = [
            (one.code, (one.name_zh if say.language == "zh" else one.name_en) or one.code) for one in found.streets
        ]
        more = [(NEW_STREET, say("registry.new_street"))] if found.whole else []
        return [("", say("registry.choose")), *named, *more]
    if column == "datum":
        return [(datum, say.named("datum", datum)) for datum in ("wgs84", "gcj02")]
    if column == "count_by":
        free = [(value, value)] if value and value not in tuple(CountBy) else []
        return [*((way, say.named("basis", way)) for way in CountBy), *free]
    return None


def _new_street(say: Speech) -> str:
    """Shown when it is chosen: its code and its names."""
    fields = "".join(
        f'<input type="text" name="{name}" aria-label="{escape(say.named("newstreet", name))}" '
        f'placeholder="{escape(say.named("newstreet", name))}" maxlength="{most}" autocomplete="off">'
        for name, most in (("street_code", 32), ("street_zh", 80), ("street_en", 80))
    )
    return f'<div class="newstreet" data-part="newstreet" hidden>{fields}</div>'
