"""What an ordinary client can see of the broker: whether it lets in whom it should, and keeps what it must keep.

Everything happens under a client id made for this look and below an `ack` topic of a site that nobody has, so that the
worker does not hear it, and is taken away again.
"""

import secrets
from ipaddress import ip_address
from typing import NamedTuple

from config import Broker
from contract import MAX_MESSAGE_BYTES, ack_topic
from ingest.broker_files import DOCTOR_SITE
from ingest.broker_rights import look_at_rights, not_looked_at
from ingest.broker_version import look_at_version
from ingest.broker_visitor import RefusedEntry, Visitor, visiting
from ingest.findings import Finding, fail, ok, warn

QUEUED = 1200
"""More than Mosquitto's default of 1000, above which it drops messages that it has acknowledged."""


def look_at_broker(cfg: Broker) -> list[Finding]:
    """Reach, entry, then behaviour; what cannot be looked at any more is left out."""
    # Each question has a client id of its own: amqtt remembers of an id that its first session was a clean one.
    name = f"doctor-{secrets.token_hex(4)}"
    where = f"{cfg.host}:{cfg.port}"
    eyes = cfg.as_user(cfg.doctor_user, cfg.doctor_password_file) if cfg.doctor_user else cfg
    try:
        is_tied = _ties_sessions_to_users(eyes, name)
    except RefusedEntry as refusal:
        return [fail("broker", f"{where} refuses {eyes.user or 'a client without a name'}: {refusal}", _ENTRY)]
    except OSError as error:
        return [
            fail("broker", f"{where} does not answer: {error}", "start it, or set broker.url (ELDERCARE_BROKER_URL)")
        ]
    found = [
        ok("broker", f"{where} lets in {eyes.user or 'a client without a name'}"),
        _line(cfg),
        _anonymous(cfg, name),
        _sessions(is_tied, bool(cfg.doctor_user)),
        look_at_rights(eyes, _sender(eyes), name) if cfg.doctor_user else not_looked_at(),
    ]
    if is_tied and not cfg.doctor_user:
        return found
    try:
        found.append(look_at_version(eyes, name))
        found += _behaviour(_Eyes(eyes, _sender(eyes) if is_tied else eyes, name))
    except (OSError, RefusedEntry) as error:
        found.append(fail("broker session", str(error), "look at the broker's log"))
    finally:
        _forget(eyes, name)
    return found


def _ties_sessions_to_users(cfg: Broker, name: str) -> bool:
    """Whether a session belongs to a user, whatever client id he gives.

    If so, this may be the worker's own session: it is neither cleaned nor acknowledged, and the worker takes it back.
    """
    with visiting(cfg, f"{name}-one", clean=False, keeps=True):
        pass
    with visiting(cfg, f"{name}-two", clean=False, keeps=True) as second:
        is_tied = second.session_present
    if not is_tied:
        for one in ("one", "two"):
            _forget(cfg, f"{name}-{one}")
    return is_tied


def _sessions(is_tied: bool, has_own_user: bool) -> Finding:
    if not is_tied:
        to_do = "`use_username_as_clientid true`, and a user for the doctor (python -m ingest broker-files DIR)"
        return warn("broker sessions", "any client may take over another's session by its client id", to_do)
    if has_own_user:
        return ok("broker sessions", "belong to users: nobody takes over another's")
    to_do = "set broker.doctor_user and broker.doctor_password_file, which `broker-files` makes"
    return warn("broker sessions", "belong to users, so the worker's user must not be tried out", to_do)


def _sender(eyes: Broker) -> Broker:
    """Where a session is a user, who is away and who sends must be two."""
    return eyes.as_user(f"{eyes.user}.sender", eyes.password_file)


_UNSEEN = "a restart it outlives only with `persistence true`, which no client can see"

_ENTRY = "check user and password in broker.url or broker.password_file, and the broker's password file"


def _line(cfg: Broker) -> Finding:
    if cfg.tls or _is_loopback(cfg.host):
        return ok("broker line", "encrypted" if cfg.tls else "on this machine")
    return warn("broker line", "not encrypted, and the broker is another machine", "use mqtts:// in broker.url")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _anonymous(cfg: Broker, name: str) -> Finding:
    try:
        Visitor(cfg, f"{name}-anyone", anonymous=True).leave()
    except (RefusedEntry, OSError):
        return ok("broker entry", "nobody without a password")
    to_do = "`allow_anonymous false` and a password for each site (python -m ingest broker-files DIR)"
    return warn("broker entry", "anybody may connect without a password and speak for any site", to_do)


class _Eyes(NamedTuple):
    """Who looks, who sends meanwhile, and the client id of this look."""

    reader: Broker
    sender: Broker
    name: str

    @property
    def topic(self) -> str:
        return ack_topic(DOCTOR_SITE)


def _behaviour(eyes: _Eyes) -> list[Finding]:
    topic, user = eyes.topic, eyes.reader.user
    with visiting(eyes.reader, eyes.name, clean=False) as subscriber:
        subscriber.subscribe(topic)
        subscriber.publish(topic, b"heard")
        if not subscriber.hears(b"heard"):
            said = f"{user or 'the client'} may not both read and write {topic}: cannot look at sessions"
            return [warn("broker session", said, "let this user read and write that topic, then ask again")]
    with visiting(eyes.sender, f"{eyes.name}-sender") as sender:
        sender.publish(topic, *(b"kept %d" % number for number in range(QUEUED)))
    return [*_session(eyes), _in_flight(eyes), _retained(eyes), _size(eyes)]


def _session(eyes: _Eyes) -> list[Finding]:
    with visiting(eyes.reader, eyes.name, clean=False) as subscriber:
        if not subscriber.session_present:
            to_do = "allow sessions that outlive their connection (no expiry for the worker's)"
            return [fail("broker session", "is forgotten when a client leaves: what comes meanwhile is lost", to_do)]
        subscriber.listen(QUEUED)
        kept = len(set(subscriber.heard))
    found = [ok("broker session", f"outlives its connection; {_UNSEEN}")]
    if kept == QUEUED:
        return [*found, ok("broker queue", f"kept {kept:,} of {QUEUED:,} messages for a client that was away")]
    said = f"kept {kept:,} of {QUEUED:,} messages for a client that was away, and acknowledged all"
    return [
        *found,
        fail("broker queue", said, "set `max_queued_messages 0` and a max_queued_bytes that fits your memory"),
    ]


def _in_flight(eyes: _Eyes) -> Finding:
    """How many it hands over before the first is acknowledged: the worker acknowledges after its commit."""
    with visiting(eyes.reader, f"{eyes.name}-held", keeps=True) as subscriber:
        subscriber.subscribe(eyes.topic)
        with visiting(eyes.sender, f"{eyes.name}-sender") as sender:
            sender.publish(eyes.topic, *(b"held %d" % number for number in range(QUEUED)))
        # Mosquitto's answer comes after all that may be under way, however slow this machine is; amqtt has no such order.
        subscriber.subscribe(eyes.topic)
        subscriber.listen(QUEUED)
        held = len(set(subscriber.heard))
    if held == QUEUED:
        return ok("broker in flight", f"{held:,} messages without an acknowledgement")
    said = f"{held:,} messages without an acknowledgement: a commit of the worker can hold no more"
    return warn("broker in flight", said, "set `max_inflight_messages 10000`, at least twice ingest.batch_events")


def _retained(eyes: _Eyes) -> Finding:
    with visiting(eyes.sender, f"{eyes.name}-sender") as sender:
        sender.publish(eyes.topic, b"retained", retain=True)
    with visiting(eyes.reader, f"{eyes.name}-late") as late:
        late.subscribe(eyes.topic)
        works = late.hears(b"retained")
        late.publish(eyes.topic, b"", retain=True)
    if works:
        return ok("broker retained", "a late client hears the last status")
    return warn("broker retained", "a late client hears no last status", "set `retain_available true`")


def _size(eyes: _Eyes) -> Finding:
    payload = b"x" * MAX_MESSAGE_BYTES
    with visiting(eyes.reader, f"{eyes.name}-large") as client:
        client.subscribe(eyes.topic)
        # Others may come first: amqtt acknowledges before it hands on, so what was retained may still be on its way.
        passes = client.publish(eyes.topic, payload) and client.hears(payload)
    if passes:
        return ok("broker packets", f"a message of {MAX_MESSAGE_BYTES:,} bytes passes")
    said = f"a message of {MAX_MESSAGE_BYTES:,} bytes, which the contract allows, does not pass"
    return fail("broker packets", said, "set `max_packet_size 1048576`, and no smaller message_size_limit")


def _forget(cfg: Broker, name: str) -> None:
    """A clean connection under the same id takes the session away, and its queue with it."""
    try:
        with visiting(cfg, name):
            pass
    except (OSError, RefusedEntry):
        return
