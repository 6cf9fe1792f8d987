"""The account of each outbox, and what could not be used: nothing is lost, and here is how we know."""

import base64
import json
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, or_, select, true

from contract.personal import without_tokens
from dashboard.access import Viewer
from dashboard.queries.places import seen_by
from dashboard.rows import StreamRow
from models.event import Rejected, Stream
from models.place import Site
from models.stream import Kept, size

_GAPS = select(Stream).where(Stream.site == bindparam("site"), Stream.highest > Stream.upto)
"""An outbox that is kept up to its highest number has none."""


def integrity(connection: Connection, viewer: Viewer, site: str | None) -> list[StreamRow]:
    """Every outbox of the viewer's sites; those of sites that nobody registered only for who sees the whole district."""
    wanted = select(Stream).order_by(Stream.site, Stream.boot)
    if site is not None:
        wanted = wanted.where(Stream.site == site)
    if viewer.scope:
        wanted = wanted.where(Stream.site.in_(sites_seen(viewer)))
    return [_stream_row(row) for row in connection.execute(wanted)]


@lru_cache(256)
def _sums(scope: str) -> tuple[Any, Any]:
    """Duplicates by site; and the outboxes of which a number is missing or was given up, which are few."""
    mine = Stream.site.in_(sites_seen(Viewer("", "", scope))) if scope else true()
    duplicates = select(Stream.site, func.sum(Stream.duplicates)).where(mine).group_by(Stream.site)
    return duplicates, select(Stream).where(mine, or_(Stream.highest > Stream.upto, Stream.lost != "[]"))


def outbox_sums(connection: Connection, viewer: Viewer) -> dict[str, tuple[int, int, int]]:
    """(missing, lost, duplicates) by site; of whom `integrity` tells each outbox."""
    duplicates, troubled = _sums(viewer.scope)
    sums = {site: (0, 0, int(n)) for site, n in connection.execute(duplicates)}
    for row in connection.execute(troubled):
        kept, (missing, lost, n) = _kept(row), sums[row.site]
        sums[row.site] = missing + size(kept.missing), lost + size(kept.lost), n
    return sums


def sites_seen(viewer: Viewer) -> Select[str]:
    return select(Site.code).where(seen_by(viewer))


def _kept(row: Any) -> Kept:
    return Kept(row.upto, row.highest, _ranges(row.beyond), _ranges(row.lost), row.received)


def _ranges(text: str) -> tuple[tuple[int, int], ...]:
    return tuple((start, end) for start, end in json.loads(text))


def _stream_row(row: Any) -> StreamRow:
    kept = _kept(row)
    return StreamRow(
        row.site,
        row.boot,
        row.highest,
        row.received,
        tuple(kept.missing),
        size(kept.lost),
        row.duplicates,
        row.rejected,
    )


def missing_of(connection: Connection, site: str) -> int:
    """How many numbers of a site's outboxes have not arrived."""
    found = connection.execute(_GAPS, {"site": site})
    return sum(size(_kept(row).missing) for row in found)


def rejected(
    connection: Connection, viewer: Viewer, site: str | None, reason: str | None, after: int, most: int = 500
) -> list[dict[str, Any]]:
    """Rows that wait, oldest first; bytes as base64, without tokens for a role that knows of no person."""
    wanted = select(Rejected).where(Rejected.id > after, Rejected.replayed_at.is_(None)).order_by(Rejected.id)
    if site is not None:
        wanted = wanted.where(Rejected.site == site)
    if reason is not None:
        wanted = wanted.where(Rejected.reason == reason)
    if viewer.scope:
        wanted = wanted.where(Rejected.site.in_(sites_seen(viewer)))
    whole = viewer.may("person.reveal")
    return [_rejected_row(row, whole) for row in connection.execute(wanted.limit(most))]


def _rejected_row(row: Any, whole: bool) -> dict[str, Any]:
    return {
        "id": row.id,
        "site": row.site,
        "topic": row.topic,
        "received_at": row.received_at,
        "reason": row.reason,
        "detail": row.detail,
        "bytes_base64": base64.b64encode(row.bytes if whole else without_tokens(row.bytes)).decode(),
        "index": row.index,
        "times": row.times,
    }


def rejected_row(connection: Connection, viewer: Viewer, number: int) -> Any:
    """One row that waits, or None when it is not there or not the viewer's."""
    wanted = select(Rejected).where(Rejected.id == number, Rejected.replayed_at.is_(None))
    if viewer.scope:
        wanted = wanted.where(Rejected.site.in_(sites_seen(viewer)))
    return connection.execute(wanted).first()
