"""What every table shares: constraint names that migrations can find again, column types, and the unit of time."""

from typing import Annotated, Any

from sqlalchemy import BigInteger, Double, Integer, LargeBinary, MetaData, SmallInteger, Text
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeEngine

Instant = int
"""Microseconds since 1970-01-01T00:00:00 UTC; integers compare, add and index alike in every database."""

SECOND: Instant = 1_000_000
MINUTE: Instant = 60 * SECOND
HOUR: Instant = 60 * MINUTE

# STRICT tables of SQLite know only INTEGER, REAL, TEXT and BLOB; they refuse 'abc' in a count, which plain ones accept.
_INTEGER = sqlite.INTEGER()
big: TypeEngine[int] = BigInteger().with_variant(_INTEGER, "sqlite")
small: TypeEngine[int] = SmallInteger().with_variant(_INTEGER, "sqlite")
real: TypeEngine[float] = Double().with_variant(sqlite.REAL(), "sqlite")

Big = Annotated[int, mapped_column(big)]
Small = Annotated[int, mapped_column(small)]
Flag = Annotated[int, mapped_column(small)]
"""0 or 1."""
Real = Annotated[float, mapped_column(real)]
Words = Annotated[str, mapped_column(Text)]
Bytes = Annotated[bytes, mapped_column(LargeBinary)]
Number = Annotated[int, mapped_column(Integer, primary_key=True)]
"""A row number of our own making; never leaves the database."""

STRICT: dict[str, Any] = {"sqlite_strict": True}
CLUSTERED: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}
"""Rows live in their primary key's tree: one page touched for a row instead of two."""
HOT = CLUSTERED | {"postgresql_with": {"fillfactor": 70}}
"""Rows that every batch changes: PostgreSQL leaves room for the next version on the same page, so no index is touched."""


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
