"""The tables that are shipped: read once, each proved by its own samples; one that fails is refused with a sentence."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from contract import Event, format_instant, parse_instant
from ingest.vendors.decoding import CAPTURE, Arrival, Hanging, decode
from ingest.vendors.expressions import TableRefused
from ingest.vendors.payloads import Unreadable
from ingest.vendors.settling import Notebook, of_wrapped, settle
from ingest.vendors.tables import Read, Table, envelope_of, given_params, table_of
from ingest.vendors.tokens import token_for_samples

HERE = Path(__file__).parent
SAMPLES = HERE / "samples"
SAMPLE_ZONE = "Asia/Shanghai"
HEARD = "2026-11-23T09:00:00+08:00"


@dataclass(frozen=True)
class Shelf:
    """`refused`: file or table → why it cannot be used."""

    tables: Mapping[str, Table]
    refused: Mapping[str, str]

    def table(self, name: str) -> Table:
        """Raises TableRefused with what there is instead."""
        if name in self.tables:
            return self.tables[name]
        why = self.refused.get(name)
        raise TableRefused(f"table {name}: {why}" if why else f"no table {name!r}; there are: {', '.join(self.tables)}")


@cache
def shelf() -> Shelf:
    """The product's own tables."""
    found = load(HERE / "tables", SAMPLES)
    for name, why in found.refused.items():
        logging.getLogger(__name__).error("a vendor table is refused", extra={"table": name, "why": why})
    return found


def load(folder: Path, samples: Path) -> Shelf:
    """Every `*.yaml` of a folder; envelopes first, as tables stand on them."""
    said: dict[Path, Any] = {}
    tables: dict[str, Table] = {}
    refused: dict[str, str] = {}
    envelopes: dict[str, tuple[Read, ...]] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            said[path] = yaml.safe_load(path.read_text(encoding="utf-8"))
            if isinstance(said[path], dict) and "envelope" in said[path]:
                name, reads = envelope_of(said.pop(path))
                envelopes[name] = reads
        except (yaml.YAMLError, TableRefused, KeyError, TypeError, ValueError) as error:
            said.pop(path, None)
            refused[path.stem] = _sentence(path, error)
    for path, one in said.items():
        try:
            table = table_of(one, envelopes)
            prove(table, samples)
            tables[table.name] = table
        except (TableRefused, KeyError, TypeError, ValueError) as error:
            refused[path.stem] = _sentence(path, error)
    return Shelf(tables, refused)


def _sentence(path: Path, error: Exception) -> str:
    words = f"{error}" if isinstance(error, TableRefused) else f"{type(error).__name__}: {error}"
    return f"{path.name}: {' '.join(words.split())}"


def prove(table: Table, samples: Path) -> None:
    """Run the table's samples. Raises TableRefused for the first that gives something else than it says."""
    if not table.samples:
        raise TableRefused(f"{table.name} has no samples")
    for sample in table.samples:
        unknown = sample.keys() - {"says", "params", "area", "messages", "events", "unreadable"}
        if unknown:
            raise TableRefused(f"a sample has no {sorted(unknown)[0]}")
        _prove(table, sample, samples)


def _prove(table: Table, sample: Mapping[str, Any], folder: Path) -> None:
    says = sample.get("says", "a sample")
    hanging = Hanging("s-001", "dev-1", table, given_params(table, sample.get("params", {})), sample.get("area"))
    try:
        events = _events(hanging, [_arrival(one, folder) for one in sample["messages"]])
    except Unreadable as error:
        if not sample.get("unreadable"):
            raise TableRefused(f"sample “{says}” cannot be read: {error}") from error
        return
    if sample.get("unreadable"):
        raise TableRefused(f"sample “{says}” should be unreadable and is not")
    found, wanted = [wire(event) for event in events], sample["events"]
    if len(found) != len(wanted) or not all(map(_agrees, found, wanted)):
        raise TableRefused(f"sample “{says}” gives {found}, not {wanted}")


def _events(hanging: Hanging, arrivals: list[Arrival]) -> list[Event]:
    memory = Notebook()
    events: list[Event] = []
    for number, arrival in enumerate(arrivals):
        reading = decode(hanging, arrival, SAMPLE_ZONE, token_for_samples)
        events += settle(hanging, arrival, reading, of_wrapped(f"m{number}", False), memory, SAMPLE_ZONE).events
    return events


def _arrival(said: Mapping[str, Any], folder: Path) -> Arrival:
    payload = said["text"].encode() if "text" in said else (folder / said["file"]).read_bytes()
    heard = parse_instant(said.get("heard", HEARD))
    return Arrival(said.get("topic", CAPTURE), payload, heard, bool(said.get("retained", False)))


def wire(event: Event) -> dict[str, Any]:
    """An event as its fields on the wire, without its id."""
    said: dict[str, Any] = msgspec.to_builtins(event, enc_hook=int)
    del said["id"]
    return said | {"at": format_instant(event.at)}


def _agrees(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Time and device only where the sample says them; everything else exactly."""
    aside = {"at", "device"} - wanted.keys()
    told = dict(wanted)
    if "at" in told:
        told["at"] = format_instant(parse_instant(told["at"]))
    return {name: value for name, value in found.items() if name not in aside} == told
