"""Whether the broker keeps its users apart: the doctor's two, of whom one has a topic of its own, try to break in."""

import secrets

from config import Broker
from contract import ack_topic
from ingest.broker_files import DOCTOR_SENDER_SITE
from ingest.broker_visitor import RefusedEntry, Visitor, visiting
from ingest.findings import Finding, fail, ok, warn

_TOPIC = ack_topic(DOCTOR_SENDER_SITE)
_NAME = "broker rights"
_MAKE = "`python -m ingest broker-files DIR`, `acl_file DIR/acl` in the broker's configuration, then SIGHUP"


def look_at_rights(thief: Broker, owner: Broker, name: str) -> Finding:
    """`thief` tries to read and to write what only `owner` may."""
    try:
        with visiting(owner, f"{name}-owner") as one:
            one.subscribe(_TOPIC)
            found = _tried(thief, one, name)
    except (OSError, RefusedEntry) as error:
        return warn(_NAME, f"not looked at, {owner.user}: {error}", _MAKE)
    return found or warn(_NAME, f"not looked at: {owner.user} may not use {_TOPIC}", _MAKE)


def not_looked_at() -> Finding:
    to_do = "set broker.doctor_user and broker.doctor_password_file, which `broker-files` makes"
    return warn(_NAME, "not looked at: it takes two users who must not reach each other's topics", to_do)


def _tried(thief: Broker, owner: Visitor, name: str) -> Finding | None:
    """None where even the owner does not get through."""
    own, stolen = secrets.token_bytes(16), secrets.token_bytes(16)
    with visiting(thief, f"{name}-thief") as reader:
        reader.subscribe(_TOPIC)
        owner.publish(_TOPIC, own)
        if not owner.hears(own):
            return None
        # Another answer of the broker's comes after whatever it hands on to this client.
        reader.subscribe(_TOPIC)
        reads = own in reader.heard
    with visiting(thief, f"{name}-thief") as writer:
        # It may be answered as if it had been taken, or end the connection; only whether it arrives tells.
        writer.publish(_TOPIC, stolen)
    owner.subscribe(_TOPIC)
    writes = stolen in owner.heard
    if not reads and not writes:
        return ok(_NAME, "a user neither reads nor writes what is another's")
    done = " and ".join(word for word, is_so in (("reads", reads), ("writes", writes)) if is_so)
    return fail(_NAME, f"a user {done} what is another's: any site may do so to every other", _MAKE)
