"""The sections of config.yaml, one file each; a key that has no place here is an error."""

from dataclasses import dataclass
from typing import Any, get_type_hints

from config.accounts import Accounts
from config.alarms import Alarms
from config.broker import Broker
from config.clock import ClockShift
from config.database import Database
from config.deadlines import Deadlines
from config.edge import Edge
from config.ingest import Ingest
from config.letters import Letters
from config.notify import Notify
from config.quality import Quality
from config.states import States
from config.time import Time
from config.wall import Wall
from config.web import Web


@dataclass(frozen=True)
class Config:
    database: Database
    broker: Broker
    web: Web
    accounts: Accounts
    time: Time
    clock: ClockShift
    ingest: Ingest
    states: States
    alarms: Alarms
    deadlines: Deadlines
    notify: Notify
    quality: Quality
    wall: Wall
    letters: Letters
    edge: Edge


SECTIONS: dict[str, type[Any]] = get_type_hints(Config)
