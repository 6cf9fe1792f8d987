"""Which errors of a database go away by themselves: those are waited out, every other one is a fault of data or code."""

import psycopg
import pysqlite3
import pytest
from psycopg import errors
from sqlalchemy.exc import DBAPIError

from models.database import is_transient

PASSING = [
    psycopg.OperationalError("connection refused"),
    psycopg.InterfaceError("the connection is closed"),
    errors.AdminShutdown(),
    errors.CrashShutdown(),
    errors.CannotConnectNow(),
    errors.ConnectionFailure(),
    errors.TooManyConnections(),
    errors.DiskFull(),
    errors.SerializationFailure(),
    errors.DeadlockDetected(),
    errors.LockNotAvailable(),
    errors.QueryCanceled(),
    errors.ReadOnlySqlTransaction(),
    errors.IoError(),
    pysqlite3.dbapi2.OperationalError("database is locked"),
    pysqlite3.dbapi2.OperationalError("database or disk is full"),
]
LASTING = [
    errors.UniqueViolation(),
    errors.NotNullViolation(),
    errors.NumericValueOutOfRange(),
    errors.UntranslatableCharacter(),
    errors.UndefinedTable(),
    errors.SyntaxError(),
    errors.ProgramLimitExceeded(),
    errors.InFailedSqlTransaction(),
    psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes"),
    pysqlite3.dbapi2.IntegrityError("UNIQUE constraint failed"),
    pysqlite3.dbapi2.OperationalError("no such table: event"),
    ValueError("ours"),
]


@pytest.mark.parametrize("error", PASSING, ids=repr)
def test_it_passes(error):
    assert is_transient(error)
    assert is_transient(DBAPIError("select 1", {}, error))


@pytest.mark.parametrize("error", LASTING, ids=repr)
def test_it_lasts(error):
    assert not is_transient(error)
    assert not is_transient(DBAPIError("select 1", {}, error))
