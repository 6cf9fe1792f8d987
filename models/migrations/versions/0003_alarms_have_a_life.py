"""alarms have a life: states, steps, deadlines, what was told"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")
SMALL = sa.SmallInteger().with_variant(sa.INTEGER(), "sqlite")


def upgrade() -> None:
    # Made anew, as SQLite cannot loosen a column; nothing refers to an alarm by its number yet.
    op.execute("create table alarm_before as select * from alarm")
    op.drop_table("alarm")
    _alarm()
    op.execute(
        "insert into alarm (site_id, ref, cause, type, subject, grade, area, person, numbers, holds, open, late, times,"
        " raised_key, cleared_key, raised_at, cleared_at, received_at, opened_at, state, level, settled_at)"
        " select site_id, ref, 'site:' || site_id || '/' || type || '/' || ref, type, '', grade, area, person, '[]',"
        " open, open, late, 1, raised_key, cleared_key, raised_at, cleared_at, received_at, received_at,"
        " case open when 1 then 'raised' else 'closed' end, 0, case open when 1 then null else received_at end"
        " from alarm_before order by id"
    )
    op.drop_table("alarm_before")
    _transition()
    op.execute(
        "insert into transition (alarm_id, at, step, state, author, level, tell)"
        " select id, received_at, case open when 1 then 'raised' else 'cleared' end, state, 'site', 0, 0 from alarm"
    )
    _delivery()
    op.create_table(
        "watch",
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("due_at", BIG, nullable=False),
        sa.Column("brewing", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_watch")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_watch_due_at"), "watch", ["due_at"])
    op.create_table(
        "maintenance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("street", sa.Text(), nullable=True),
        sa.Column("since", BIG, nullable=False),
        sa.Column("until", BIG, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("made_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_maintenance_until"), "maintenance", ["until"])


def _alarm() -> None:
    op.create_table(
        "alarm",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("street", "ref")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("cause", "type", "subject")),
        sa.Column("grade", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("area", "person")),
        sa.Column("numbers", sa.Text(), nullable=False),
        *(sa.Column(name, SMALL, nullable=False) for name in ("holds", "open", "late")),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("raised_key", "cleared_key")),
        *(sa.Column(name, BIG, nullable=True) for name in ("raised_at", "cleared_at")),
        *(sa.Column(name, BIG, nullable=False) for name in ("received_at", "opened_at")),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("level", SMALL, nullable=False),
        sa.Column("due_at", BIG, nullable=True),
        sa.Column("post", sa.Text(), nullable=True),
        *(sa.Column(name, BIG, nullable=True) for name in ("acknowledged_at", "settled_at")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
        sa.ForeignKeyConstraint(["parent_id"], ["alarm.id"], name=op.f("fk_alarm_parent_id")),
        sa.UniqueConstraint("site_id", "ref", name=op.f("uq_alarm_site_id_ref")),
        sqlite_strict=True,
    )
    _index("ux_alarm_cause", "alarm", "cause", "holds = 1", unique=True)
    op.create_index(op.f("ix_alarm_open_grade"), "alarm", ["open", "grade"])
    op.create_index(op.f("ix_alarm_opened_at"), "alarm", ["opened_at"])
    _index("ix_alarm_due_at", "alarm", "due_at", "due_at is not null")
    _index("ix_alarm_unsettled", "alarm", "site_id", "settled_at is null")


def _transition() -> None:
    op.create_table(
        "transition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alarm_id", sa.Integer(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("real_at", BIG, nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("step", "state", "author")),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("code", "post")),
        *(sa.Column(name, SMALL, nullable=False) for name in ("level", "tell")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transition")),
        sa.ForeignKeyConstraint(["alarm_id"], ["alarm.id"], name=op.f("fk_transition_alarm_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_transition_alarm_id"), "transition", ["alarm_id"])
    _index("ix_transition_tell", "transition", "tell", "tell = 1")


def _delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("transition_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("channel", "state")),
        sa.Column("tries", sa.Integer(), nullable=False),
        *(sa.Column(name, BIG, nullable=True) for name in ("next_at", "claimed_at", "sent_at")),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.ForeignKeyConstraint(["transition_id"], ["transition.id"], name=op.f("fk_delivery_transition_id")),
        sa.UniqueConstraint("transition_id", "channel", name=op.f("uq_delivery_transition_id_channel")),
        sqlite_strict=True,
    )
    _index("ix_delivery_next_at", "delivery", "next_at", "next_at is not null")


def _index(name: str, table: str, column: str, where: str, unique: bool = False) -> None:
    op.create_index(name, table, [column], unique=unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    raise NotImplementedError("steps that people took cannot be put back into the table without them")
