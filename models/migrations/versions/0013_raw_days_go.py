"""raw days go"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

DROP_EVENT_DAY = """
create function drop_event_day(day date, before bigint) returns boolean language plpgsql as $$
-- The partition of one UTC day of keys goes, unless it holds an event of `before` (µs) or later.
declare
    name text := 'event_' || to_char(day, 'YYYYMMDD');
    is_needed boolean;
begin
    if to_regclass(name) is null then
        return false;
    end if;
    execute format('select exists (select from %I where at >= %s)', name, before) into is_needed;
    if is_needed then
        return false;
    end if;
    perform set_config('lock_timeout', '200', true);
    execute format('drop table %I', name);
    return true;
end $$
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(DROP_EVENT_DAY)
