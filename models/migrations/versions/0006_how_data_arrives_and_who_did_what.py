"""how data arrives, slot by slot; who did what"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")
COUNTS = ("events", "by_hand", "timed", "over_2s", "over_10s", "over_60s", "over_600s")


def upgrade() -> None:
    for name in COUNTS:
        op.add_column("site_slot", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sqlite_strict=True,
    )
    waiting = sa.text("replayed_at is null")
    op.drop_index("ix_rejected_site_reason", "rejected")
    op.create_index(
        "ix_rejected_waiting", "rejected", ["site", "reason"], sqlite_where=waiting, postgresql_where=waiting
    )
