"""What a look asks of the database, statement by statement: what each takes until its last row is here. The rest is ours."""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pysqlite3
from sqlalchemy import Engine, event

_TABLES = re.compile(r"\b(?:from|join)\s+(\w+)", re.IGNORECASE)


@dataclass(frozen=True)
class Statement:
    """Its processor time: in this process, a file's database included, and in the backend of a server."""

    tables: str
    own_ms: float
    server_ms: float

    @property
    def ms(self) -> float:
        return self.own_ms + self.server_ms


@dataclass
class Ledger:
    """Every statement of an engine since it was last emptied."""

    entries: list[Statement] = field(default_factory=list)

    def note(self, sql: Any, own_s: float, server_s: float) -> None:
        tables = " ".join(dict.fromkeys(_TABLES.findall(str(sql))))
        self.entries.append(Statement(tables, own_s * 1000, server_s * 1000))

    def emptied(self) -> list[Statement]:
        entries, self.entries = self.entries, []
        return entries


def listened_to(engine: Engine) -> Ledger:
    """From its next connection on. A statement is timed with all its rows, in whatever pieces they are taken later."""
    ledger = Ledger()
    if engine.dialect.name == "sqlite":
        made = type("Connection", (pysqlite3.Connection,), {"cursor": lambda self: _file_cursor(self, ledger)})

        def factory(_dialect: Any, _record: Any, _arguments: Any, named: dict[str, Any]) -> None:
            named["factory"] = made

        event.listen(engine, "do_connect", factory, insert=True)
    else:
        served = type("Cursor", (_Rows, psycopg.Cursor), {"ledger": ledger})
        event.listen(engine, "connect", lambda raw, _record: setattr(raw, "cursor_factory", served))
    return ledger


class _Rows:
    """Of a driver's cursor: all rows are taken at once, and lie here until somebody asks."""

    ledger: Ledger
    kept: Iterable[Any] = iter(())

    def execute(self, sql: Any, *arguments: Any, **named: Any) -> Any:
        server_s, began = self.server_s(), time.thread_time()
        super().execute(sql, *arguments, **named)  # type: ignore[misc]
        self.kept = iter(super().fetchall() if self.description else ())  # type: ignore[attr-defined,misc]
        spent_s = time.thread_time() - began
        self.ledger.note(sql, spent_s, self.server_s() - server_s)
        return self

    def server_s(self) -> float:
        """What the backend of a server has had of a processor, to the nanosecond; a file has none."""
        connection = self.connection  # type: ignore[attr-defined]
        if not isinstance(connection, psycopg.Connection):
            return 0.0
        return int(Path(f"/proc/{connection.info.backend_pid}/schedstat").read_text().split()[0]) / 1e9

    def fetchone(self) -> Any:
        return next(iter(self.kept), None)

    def fetchmany(self, size: int = 1) -> list[Any]:
        return [row for row, _ in zip(self.kept, range(size), strict=False)]

    def fetchall(self) -> list[Any]:
        return list(self.kept)


class _FileCursor(_Rows, pysqlite3.Cursor):
    pass


def _file_cursor(connection: Any, ledger: Ledger) -> _FileCursor:
    made = _FileCursor(connection)
    made.ledger = ledger
    return made
