"""`python -m ingest broker-files DIR`: Mosquitto's password and ACL files, made from the database.

A site's user may write its own events, status and raw topics and read its own acks, and nothing else. Every user is
written out by name: Mosquitto's patterns would not know that `site.device` speaks for `site`.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from sqlalchemy import Connection, select

import contract
from clock import real_now
from config import Config
from contract import SUBSCRIPTIONS
from ingest.broker_topics import DROPPED
from models.base import Instant
from models.broker_user import DOCTOR, DOCTOR_SENDER, WORKER, BrokerUser, let_in, mosquitto_hash, site_of
from models.database import check_schema, engine_for, transaction

DOCTOR_SITE = "eldercare-doctor"
"""The doctor tries things out below this site's topics, which nobody else may touch."""

DOCTOR_SENDER_SITE = f"{DOCTOR_SITE}-sender"
"""And below this one's only the second of its users may: the first tries whether it can."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="where `passwords` and `acl` are written")


def run(arguments: argparse.Namespace, cfg: Config) -> int:
    """The platform's own users are made the first time; their passwords are then written beside the files."""
    engine = engine_for(cfg.database.url)
    check_schema(engine)
    folder: Path = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    with transaction(engine) as connection:
        made = _own_users(connection, folder, real_now())
        write_users(connection, folder)
        count = len(_users(connection))
    sys.stdout.writelines(f"{line}\n" for line in [f"{count} users in {folder}/passwords and {folder}/acl", *made])
    return 0


def write_users(connection: Connection, folder: Path) -> int:
    """The password and ACL files of everybody who is let in; how many of the two were not so already."""
    users = _users(connection)
    passwords = _write(folder / "passwords", (f"{name}:{password_hash}" for name, password_hash in users))
    return passwords + _write(folder / "acl", acl([name for name, _ in users]))


def _users(connection: Connection) -> list[tuple[str, str]]:
    good = select(BrokerUser.name, BrokerUser.password_hash).where(BrokerUser.revoked_at.is_(None))
    return [(row.name, row.password_hash) for row in connection.execute(good.order_by(BrokerUser.name))]


def acl(users: Sequence[str]) -> Iterable[str]:
    """Lines of an acl_file; whoever is not named may do nothing."""
    for user in users:
        yield f"user {user}"
        yield from _rights(user)
        yield ""


def _rights(user: str) -> list[str]:
    site = site_of(user)
    if user == WORKER:
        heard = [f"topic read {topic}" for topic in (*SUBSCRIPTIONS, DROPPED)]
        return [*heard, f"topic write {contract.ack_topic('+')}"]
    if user in (DOCTOR, DOCTOR_SENDER):
        own = [DOCTOR_SITE, DOCTOR_SENDER_SITE] if user == DOCTOR_SENDER else [DOCTOR_SITE]
        return [*(f"topic readwrite {contract.ack_topic(site)}" for site in own), "topic read $SYS/#"]
    if site is None:
        return []
    return [
        f"topic write {contract.events_topic(site)}",
        f"topic write {contract.status_topic(site)}",
        f"topic write {contract.raw_topic(site, '+', '#')}",
        f"topic read {contract.ack_topic(site)}",
    ]


def _own_users(connection: Connection, folder: Path, now: Instant) -> list[str]:
    """Make what is missing; the doctor's two users share a password."""
    known = set(connection.execute(select(BrokerUser.name)).scalars())
    said = []
    if WORKER not in known:
        _write(folder / "worker-password", [let_in(connection, WORKER, now)])
        said.append(f"for the worker: user {WORKER}, broker.password_file {folder}/worker-password")
    if DOCTOR not in known:
        password = let_in(connection, DOCTOR, now)
        connection.execute(
            BrokerUser.__table__.insert().values(  # type: ignore[attr-defined]
                name=DOCTOR_SENDER, password_hash=mosquitto_hash(password), made_at=now
            )
        )
        _write(folder / "doctor-password", [password])
        said.append(f"for doctor: broker.doctor_user {DOCTOR}, broker.doctor_password_file {folder}/doctor-password")
    return said


def _write(path: Path, lines: Iterable[str]) -> bool:
    """Readable by its owner only, and never half written: the broker may reload at any moment. False: it was so already."""
    text = "".join(f"{line}\n" for line in lines)
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
    return True
