"""Topics: the topic is the authority for the site that speaks."""

import re

from msgspec import Struct

SITE = r"[a-z0-9][a-z0-9-]{1,31}"
VERSION = "v1"
SUBSCRIPTIONS = (
    "eldercare/+/+/events",
    "eldercare/v1/+/status",
    "eldercare/v1/+/raw/+/#",
)
"""What the platform listens to; events of every version, so that a newer sender's are kept."""

_SITE = re.compile(SITE)


class Topic(Struct, frozen=True, gc=False):
    version: str
    site: str
    branch: str
    """events, status, raw or ack."""
    device: str | None = None
    rest: str | None = None


def is_site(text: str) -> bool:
    return _SITE.fullmatch(text) is not None


def parse_topic(topic: str) -> Topic | None:
    """None for a topic that is none of ours or names a site that cannot exist; `device` is None for one that cannot."""
    parts = topic.split("/")
    if len(parts) < 4 or parts[0] != "eldercare" or not is_site(parts[2]):
        return None
    version, site, branch = parts[1], parts[2], parts[3]
    if branch in ("events", "status", "ack") and len(parts) == 4:
        return Topic(version, site, branch)
    if branch == "raw" and len(parts) > 4:
        device = parts[4] if is_site(parts[4]) and len(parts) > 5 else None
        return Topic(version, site, branch, device, "/".join(parts[5:]))
    return None


def events_topic(site: str) -> str:
    return f"eldercare/v1/{site}/events"


def status_topic(site: str) -> str:
    return f"eldercare/v1/{site}/status"


def ack_topic(site: str) -> str:
    return f"eldercare/v1/{site}/ack"


def raw_topic(site: str, device: str, rest: str) -> str:
    """`rest` is the device's own topic; a leading slash is dropped."""
    return f"eldercare/v1/{site}/raw/{device}/{rest.removeprefix('/')}"
