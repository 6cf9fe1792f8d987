"""What the worker knows of sites, areas and devices: read again whenever the registry's change number moves."""

import logging
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ingest.bindings import Bindings, read_bindings
from ingest.store import Store
from models.base import SECOND, Instant
from models.civil_day import Begins
from models.day_begin import gathered

_TELL_DEVICE_EVERY = 30 * SECOND
"""A device's last message need not be written more often than anybody looks at it."""


@dataclass
class Registry:
    """Names to row numbers. After a rolled back batch it may name rows that were never kept: then `forget`."""

    bindings: Bindings = field(default_factory=lambda: Bindings({}))
    begins: Mapping[int, Begins] = field(default_factory=dict)
    """Of the sites whose days begin at another hour than midnight."""
    _number: int = -1
    _sites: dict[str, int] = field(default_factory=dict)
    _areas: dict[tuple[int, str], int] = field(default_factory=dict)
    _devices: dict[tuple[int, str], int] = field(default_factory=dict)
    _device_told: dict[int, Instant] = field(default_factory=dict)

    def forget(self) -> None:
        self._number = -1

    def refresh(self, store: Store) -> None:
        number = store.registry_number()
        if number == self._number:
            return
        self._sites = {code: id_ for id_, code in store.rows("select id, code from site", ())}
        self._areas = _numbers(store.rows("select id, site_id, code from area", ()))
        self._devices = _numbers(store.rows("select id, site_id, code from device", ()))
        self._device_told = {}
        self.begins = gathered(store.rows("select site_id, from_day, minutes from day_begin order by 1, 2", ()))
        self.bindings = read_bindings(store)
        self._number = number
        logging.getLogger(__name__).info("registry read", extra={"sites": len(self._sites), "number": number})

    def site(self, code: str) -> int | None:
        return self._sites.get(code)

    def area(self, store: Store, site_id: int, code: str) -> int:
        """The area's number; an area that an event names for the first time is added."""
        known = self._areas.get((site_id, code))
        if known is None:
            added = store.rows("insert into area (site_id, code) values (?, ?) returning id", (site_id, code))
            known = self._areas[site_id, code] = int(added[0][0])
        return known

    def device(self, store: Store, site_id: int, code: str, now: Instant) -> int:
        """The device's number; one that a registered site names registers itself, marked new."""
        known = self._devices.get((site_id, code))
        if known is None:
            added = store.rows(
                "insert into device (site_id, code, new, since) values (?, ?, 1, ?) returning id", (site_id, code, now)
            )
            known = self._devices[site_id, code] = int(added[0][0])
        return known

    def devices_to_tell(self, heard: dict[int, Instant]) -> list[tuple[Instant, int]]:
        """(heard at, device number) of those whose row is out of date by more than half a minute."""
        stale = [
            (at, id_)
            for id_, at in heard.items()
            if not 0 <= at - self._device_told.get(id_, 0) < _TELL_DEVICE_EVERY  # below 0: the clock was set back
        ]
        self._device_told.update((id_, at) for at, id_ in stale)
        return stale


def _numbers(rows: Iterable[tuple[int, int, str]]) -> dict[tuple[int, str], int]:
    """Hundreds of thousands of sites call their areas and devices by the same few names: each name is kept once."""
    return {(site, sys.intern(code)): id_ for id_, site, code in rows}
