"""Quarantine: sites that nobody registered, devices that no table reads, and the way to make their messages count."""

import dash
from dash.development.base_component import Component

from dashboard.parts.missing import missing
from dashboard.parts.quality_site import rejected_card
from dashboard.parts.quarantine_lists import bind_card, devices_card, register_card, sites_card
from dashboard.parts.reader import reader
from dashboard.parts.tags import div, main, p
from dashboard.quality_reading import QuarantinePage, quarantine_page
from dashboard.quality_rows import UnknownDevice
from dashboard.vendor_tables import tables
from dashboard.words import Speech

dash.register_page(__name__, path="/quarantine", name="quarantine")  # type: ignore[no-untyped-call]


def layout(unknown: str = "", site: str = "", device: str = "", table: str = "", **_address: str) -> Component:
    found = quarantine_page(unknown, site, device)
    if found is None:
        return missing()
    say = reader().say
    lists = [sites_card(say, found.sites, found.unknown, found.zone)] if found.sees_all else []
    lists.append(devices_card(say, found.devices, (site, device), found.zone))
    names = {"data_view": "overview", "data_title": say("title.quarantine")}
    body = div(div(*lists, kind="stack"), div(*_detail(say, found, table), kind="stack"), kind="quarantine")
    return main(body, kind="page quarantinepage", id="main", tabIndex=-1, **names)


def _detail(say: Speech, found: QuarantinePage, table: str) -> list[Component]:
    if found.device is not None:
        rows = rejected_card(say, say("unknown.last"), found.device_rows, found.zone, None, found.may_mend)
        return [*_binding(say, found, found.device, table), rows]
    if found.unknown:
        rows = rejected_card(say, say("unknown.last"), found.unknown_rows, found.zone, None, False)
        return [register_card(say, found.unknown, may_register=reader().may("registry.manage")), rows]
    nobody = not found.sites and not found.devices
    return [p(say("unknown.nobody" if nobody else "unknown.choose"), kind="card none qhint")]


def _binding(say: Speech, found: QuarantinePage, device: UnknownDevice, table: str) -> list[Component]:
    """For who may bind."""
    if not found.may_mend:
        return []
    known = tables()
    best = max(known, key=lambda one: found.fits.get(one.name, 0)).name
    chosen = table if any(one.name == table for one in known) else best
    return [bind_card(say, device, found.messages, known, found.fits, chosen)]
