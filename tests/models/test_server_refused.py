"""A server that cannot be used is refused at the start, with what to do."""

import pytest

from models.database import DatabaseRefused, check_schema, engine_for
from models.postgresql import check_server
from tests.running import free_port


@pytest.mark.parametrize(
    ("version", "encoding", "sentence"),
    [(140012, "UTF8", "15 or newer is needed"), (150000, "LATIN1", "encoding 'UTF8'"), (160002, None, "encoding")],
)
def test_too_old_or_unable_to_keep_a_name(version, encoding, sentence):
    with pytest.raises(DatabaseRefused, match=sentence):
        check_server(version, encoding)


def test_fifteen_with_every_letter_is_good():
    check_server(150000, "UTF8")


def test_a_database_of_another_encoding_is_refused(postgresql):
    postgresql.execute("create database old_letters encoding 'LATIN1' template template0")
    with pytest.raises(DatabaseRefused, match="LATIN1"):
        check_schema(engine_for(postgresql.url("old_letters")))


def test_a_server_that_does_not_answer_is_one_sentence_without_the_password():
    with pytest.raises(DatabaseRefused, match="does not answer") as refusal:
        check_schema(engine_for(f"postgresql://who:secret@127.0.0.1:{free_port()}/x"))
    assert "secret" not in str(refusal.value)


def test_another_kind_of_database_is_refused():
    with pytest.raises(DatabaseRefused, match="postgresql://"):
        engine_for("mysql://x")
