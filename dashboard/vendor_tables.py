"""The vendor tables and what a device's messages would mean under one: the only file here that knows the vendors' engine.

The engine is pure and imports the contract only (decision 0050), so nothing of the worker comes with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.quality_rows import VendorMessage
from ingest.vendors.decoding import Arrival
from ingest.vendors.expressions import TableRefused
from ingest.vendors.preview import preview
from ingest.vendors.shelf import shelf, wire
from ingest.vendors.tables import Param, given_params

HIDDEN = frozenset(("at", "device", "kind", "person", "worker", "boot", "seq"))
"""What a preview does not repeat: it stands beside it, or names somebody."""


class ChoiceRefused(Exception):
    """A table or parameter that cannot be; the message says what is allowed."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A parameter that is chosen when a device is bound."""

    name: str
    about_en: str
    about_zh: str
    default: str
    one_of: tuple[str, ...]
    needed: bool


@dataclass(frozen=True, slots=True)
class TableFacts:
    name: str
    title_en: str
    title_zh: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Meaning:
    """One message under a table: kinds with their fields, or why there is nothing."""

    at: int
    events: tuple[tuple[str, str], ...]
    trouble: str


def tables() -> list[TableFacts]:
    """By title."""
    found = [
        TableFacts(
            table.name,
            table.title,
            table.title_zh,
            tuple(
                Choice(p.name, p.about, p.about_zh, _text(p.default), _one_of(p), p.needed)
                for p in table.params.values()
            ),
        )
        for table in shelf().tables.values()
    ]
    return sorted(found, key=lambda one: one.title_en)


def _one_of(param: Param) -> tuple[str, ...]:
    return ("false", "true") if isinstance(param.default, bool) else tuple(map(str, param.one_of))


def _text(default: Any) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return "" if default is None or default == {} else str(default)


def checked(table: str, params: Mapping[str, str]) -> None:
    """Raises ChoiceRefused."""
    try:
        given_params(shelf().table(table), params)
    except TableRefused as refusal:
        raise ChoiceRefused(str(refusal)) from refusal


def meanings(
    table: str,
    params: Mapping[str, str],
    messages: Sequence[VendorMessage],
    *,
    site: str,
    device: str,
    area: str | None,
    zone: str,
) -> list[Meaning]:
    """Raises ChoiceRefused."""
    arrivals = [Arrival(one.topic, one.payload, one.heard_at) for one in messages]
    try:
        meant = preview(
            shelf().table(table), params, arrivals, site=site, device=device, area=area, zone=zone
        )  # fmt: skip
    except TableRefused as refusal:
        raise ChoiceRefused(str(refusal)) from refusal
    return [
        Meaning(message.heard_at, tuple(_told(wire(event)) for event in one.events), one.trouble or "")
        for message, one in zip(messages, meant, strict=True)
    ]


def _told(said: Mapping[str, Any]) -> tuple[str, str]:
    """(kind, its fields as text)."""
    fields = [f"{name} {value}" for name, value in said.items() if name not in HIDDEN and value is not None]
    return str(said["kind"]), ", ".join(fields)


def best_fit(messages: Sequence[VendorMessage], *, site: str, device: str, zone: str) -> dict[str, int]:
    """Table -> how many of the messages it reads as at least one event, without any choice made."""
    fits = {}
    for table in tables():
        needed = {choice.name: choice.one_of[0] for choice in table.choices if choice.needed and choice.one_of}
        try:
            meant = meanings(table.name, needed, messages, site=site, device=device, area=None, zone=zone)
        except ChoiceRefused:
            continue
        fits[table.name] = sum(bool(one.events) for one in meant)
    return fits
