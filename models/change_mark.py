"""How a process notices, many times a second and for next to nothing, that another one has committed."""

from typing import Any

from sqlalchemy import Engine

_SQLITE = "pragma data_version"
_POSTGRESQL = "select coalesce(sum(n), 0) from change"
"""Numbers only grow, so the sum moves with each of them. A replica answers as well."""


class ChangeMark:
    """A connection of its own, outside any transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sql = _SQLITE if engine.dialect.name == "sqlite" else _POSTGRESQL
        self._watch: Any = None

    def look(self) -> int:
        """A number that differs from the last one if there may be news.

        Raises the driver's error when the database does not answer; the next look connects anew.
        """
        if self._watch is None:
            self._watch = self._engine.raw_connection()
        try:
            cursor = self._watch.cursor()
            cursor.execute(self._sql)
            return int(cursor.fetchone()[0])
        except Exception:
            self._watch.invalidate()
            self._watch = None
            raise
