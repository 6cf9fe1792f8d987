"""What a device's last messages would have meant under a table: for whoever binds it, before anything is kept. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from contract import Event
from ingest.vendors.decoding import Arrival, Hanging, decode
from ingest.vendors.payloads import Unreadable
from ingest.vendors.settling import Notebook, of_bytes, settle
from ingest.vendors.tables import Table, given_params
from ingest.vendors.tokens import token_for_samples


@dataclass(frozen=True)
class Meant:
    """One message: its events, or why there are none."""

    events: tuple[Event, ...]
    trouble: str | None = None


def preview(
    table: Table,
    params: Mapping[str, Any],
    messages: Iterable[Arrival],
    *,
    site: str = "site",
    device: str = "device",
    area: str | None = None,
    zone: str = "Asia/Shanghai",
) -> list[Meant]:
    """In the order in which they were heard, beginning with a memory that knows nothing.

    Raises TableRefused for a parameter that the table does not allow. Tokens in it are not the installation's.
    """
    hanging = Hanging(site, device, table, given_params(table, params), area)
    memory = Notebook()
    return [_meant(hanging, arrival, memory, zone) for arrival in messages]


def _meant(hanging: Hanging, arrival: Arrival, memory: Notebook, zone: str) -> Meant:
    try:
        reading = decode(hanging, arrival, zone, token_for_samples)
    except Unreadable as error:
        return Meant((), str(error))
    settled = settle(hanging, arrival, reading, of_bytes(hanging, arrival, reading.key, False), memory, zone)
    if settled.repeated:
        return Meant((), "the same message came before")
    if settled.undated and not settled.events:
        return Meant((), "retained: what it tells may have happened long ago")
    return Meant(settled.events)
