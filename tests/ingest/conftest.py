"""A small registered district and an intake without a broker."""

from dataclasses import dataclass, field

import pytest

import config
from ingest.inbox import answer
from ingest.intake import Batch, Taken
from ingest.reading import Message, read
from ingest.registry import Registry
from ingest.store.choice import store_for
from models.database import engine_for, transaction
from tests.databases import FileDatabase, ServerDatabase

NOW = 1_795_395_731_250_000
"""2026-11-23 09:02:11.250 in Shenzhen."""


@dataclass(frozen=True)
class Nowhere:
    """An origin that nobody acknowledges."""

    by_broker: bool = True
    rejected_id: int | None = None


@dataclass
class District:
    """Takes messages in as the worker does, batch by batch."""

    engine: object
    cfg: config.Config
    registry: Registry = field(default_factory=Registry)

    def register(self, *sites: str) -> None:
        with transaction(self.engine) as connection:
            store = store_for(connection)
            street = [("440309002", "民治街道", "Minzhi")]
            store.write("insert into street (code, name_zh, name_en) values (?, ?, ?) on conflict do nothing", street)
            store.write(
                "insert into site (code, name_zh, name_en, kind, street, count_by, created_at)"
                " values (?, ?, ?, 'CST', '440309002', 'counter', 0)",
                [(site, site, site) for site in sites],
            )
            store.next_change("registry")

    def take(
        self,
        *payloads: bytes,
        site: str = "s-001",
        topic: str | None = None,
        received_at: int = NOW,
        retained: bool = False,
    ) -> Taken:
        topic = topic or f"eldercare/v1/{site}/events"
        messages = [Message(topic, payload, retained, received_at, Nowhere()) for payload in payloads]
        return self.take_messages(messages, received_at)

    def take_messages(self, messages: list[Message], now: int) -> Taken:
        items = [item for message in messages for item in read(message)]
        try:
            with transaction(self.engine) as connection:
                store = store_for(connection)
                taken = Batch(store, self.registry, self.cfg, items, now).take_in()
                answer(store, items, taken.verdicts, now)
                return taken
        except BaseException:
            self.registry.forget()
            raise

    def write(self, sql: str, *rows: tuple) -> None:
        with transaction(self.engine) as connection:
            store_for(connection).write(sql, rows)

    def rows(self, sql: str, *values: object) -> list[tuple]:
        with transaction(self.engine) as connection:
            return store_for(connection).rows(sql, values)


@pytest.fixture
def district(database: FileDatabase | ServerDatabase) -> District:
    engine = engine_for(database.url)
    made = District(engine, config.load())
    made.register("s-001", "s-002")
    yield made
    engine.dispose()
