"""Which write path belongs to a connection."""

from sqlalchemy import Connection

from ingest.store import Store
from ingest.store.postgresql import PostgresqlStore
from ingest.store.sqlite import SqliteStore


def store_for(connection: Connection) -> Store:
    """The store of this connection's database; it lives as long as the transaction."""
    return SqliteStore(connection) if connection.dialect.name == "sqlite" else PostgresqlStore(connection)
