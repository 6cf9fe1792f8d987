"""days have blocks and signatures"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TOLD = {
    # Shifts and moves that raw events still hold; the id only settles a tie within a microsecond.
    "sqlite": "insert into diary (site_id, kind, at, id, seq, rest) select site_id, kind, at,"
    " coalesce(id, lower(hex(key))), coalesce(seq, 0), coalesce(rest, '{}') from event where kind in (13, 18, 19)",
    "postgresql": "insert into diary (site_id, kind, at, id, seq, rest) select site_id, kind, at,"
    " coalesce(id, encode(key, 'hex')), coalesce(seq, 0), coalesce(rest, '{}') from event where kind in (13, 18, 19)",
}
CLUSTERED = {"sqlite_strict": True, "sqlite_with_rowid": False}


def upgrade() -> None:
    op.add_column("site_day", sa.Column("changes", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("site_day", sa.Column("why", sa.Text(), nullable=False, server_default="first"))
    _diary()
    _signatures()
    op.execute(TOLD[op.get_bind().dialect.name])


def _diary() -> None:
    big = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")
    op.create_table(
        "diary",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.SmallInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("at", big, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("seq", big, nullable=False),
        sa.Column("rest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "kind", "at", "id", name=op.f("pk_diary")),
        **CLUSTERED,
    )


def _signatures() -> None:
    big = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")
    op.create_table(
        "signature",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("signed_at", big, nullable=False),
        sa.Column("real_at", big, nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "day", "version", name=op.f("pk_signature")),
        **CLUSTERED,
    )
    op.create_table(
        "correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("at", big, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("made_at", big, nullable=False),
        sa.Column("real_at", big, nullable=False),
        sa.Column("inbox_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_correction_site_id_day"), "correction", ["site_id", "day"])


def downgrade() -> None:
    for name in ("correction", "signature", "diary"):
        op.drop_table(name)
    for name in ("why", "changes"):
        op.drop_column("site_day", name)
