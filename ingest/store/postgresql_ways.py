"""How the rows that every batch writes go into their tables on PostgreSQL: a few out of one text, many by COPY."""

from typing import NamedTuple


class Way(NamedTuple):
    """How rows of a table are written: `few` out of one JSON text; else by `stage`, `copy` and `many`.

    Rows of a temporary table go with the commit, so a retry finds it empty. `if not exists`: a rollback takes it along.
    """

    few: str
    stage: str
    copy: str
    many: str


EVENT = Way(
    "insert into event select decode(key, 'base64'), site_id, digest, form, id, kind, at, received_at, slot, area_id,"
    " device_id, boot, seq, a, b, rest, flags from json_to_recordset(%s::json) as e (key text, site_id int,"
    " digest bigint, form smallint, id text, kind smallint, at bigint, received_at bigint, slot bigint, area_id int,"
    " device_id int, boot text, seq bigint, a int, b int, rest text, flags smallint) order by 1"
    " on conflict (key, site_id) do nothing returning key, site_id",
    "create temp table if not exists new_event (like event) on commit delete rows",
    "copy new_event from stdin",
    "insert into event select * from new_event order by key"
    " on conflict (key, site_id) do nothing returning key, site_id",
)
HEAD = Way(
    "insert into head_count select * from json_populate_recordset(null::head_count, %s::json)"
    " order by track on conflict (track) do update set signed = excluded.signed, last_at = excluded.last_at,"
    " own = excluded.own, received_at = excluded.received_at",
    "create temp table if not exists new_head_count (like head_count) on commit delete rows",
    "copy new_head_count from stdin",
    "insert into head_count select * from new_head_count"
    " order by track on conflict (track) do update set signed = excluded.signed, last_at = excluded.last_at,"
    " own = excluded.own, received_at = excluded.received_at",
)
SLOT = Way(
    "insert into slot select * from json_populate_recordset(null::slot, %s::json)"
    " order by track, slot on conflict (track, slot) do update set"
    " opening = excluded.opening, net = excluded.net, low = excluded.low, high = excluded.high,"
    " weight = excluded.weight, fixed_at = excluded.fixed_at, fixed = excluded.fixed, fixed_low = excluded.fixed_low,"
    " fixed_high = excluded.fixed_high, fixed_weight = excluded.fixed_weight, came = excluded.came,"
    " went = excluded.went, events = excluded.events, last_at = excluded.last_at",
    "create temp table if not exists new_slot (like slot) on commit delete rows",
    "copy new_slot from stdin",
    "insert into slot select * from new_slot"
    " order by track, slot on conflict (track, slot) do update set"
    " opening = excluded.opening, net = excluded.net, low = excluded.low, high = excluded.high,"
    " weight = excluded.weight, fixed_at = excluded.fixed_at, fixed = excluded.fixed, fixed_low = excluded.fixed_low,"
    " fixed_high = excluded.fixed_high, fixed_weight = excluded.fixed_weight, came = excluded.came,"
    " went = excluded.went, events = excluded.events, last_at = excluded.last_at",
)
SITE = Way(
    "insert into site_state select * from json_populate_recordset(null::site_state, %s::json)"
    " order by site_id on conflict (site_id) do update set"
    " changed = excluded.changed, heard_at = excluded.heard_at, event_at = excluded.event_at, online = excluded.online,"
    " boot = excluded.boot, agent = excluded.agent, door = excluded.door, door_at = excluded.door_at,"
    " door_seq = excluded.door_seq, door_id = excluded.door_id",
    "create temp table if not exists new_site_state (like site_state) on commit delete rows",
    "copy new_site_state from stdin",
    "insert into site_state select * from new_site_state"
    " order by site_id on conflict (site_id) do update set"
    " changed = excluded.changed, heard_at = excluded.heard_at, event_at = excluded.event_at, online = excluded.online,"
    " boot = excluded.boot, agent = excluded.agent, door = excluded.door, door_at = excluded.door_at,"
    " door_seq = excluded.door_seq, door_id = excluded.door_id",
)
STREAM = Way(
    "insert into stream select * from json_populate_recordset(null::stream, %s::json)"
    " order by site, boot on conflict (site, boot) do update set"
    " upto = excluded.upto, highest = excluded.highest, beyond = excluded.beyond, lost = excluded.lost,"
    " received = excluded.received, duplicates = excluded.duplicates, rejected = excluded.rejected,"
    " heard_at = excluded.heard_at",
    "create temp table if not exists new_stream (like stream) on commit delete rows",
    "copy new_stream from stdin",
    "insert into stream select * from new_stream"
    " order by site, boot on conflict (site, boot) do update set"
    " upto = excluded.upto, highest = excluded.highest, beyond = excluded.beyond, lost = excluded.lost,"
    " received = excluded.received, duplicates = excluded.duplicates, rejected = excluded.rejected,"
    " heard_at = excluded.heard_at",
)
