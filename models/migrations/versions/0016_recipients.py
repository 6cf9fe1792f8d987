"""recipients by level and place"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


BIG = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "recipient",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("level", sa.SmallInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", BIG, nullable=False),
        sa.Column("ended_at", BIG, nullable=True),
        sa.Column("test_state", sa.Text(), nullable=False),
        sa.Column("test_at", BIG, nullable=True),
        sa.Column("test_detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipient")),
        sqlite_strict=True,
    )
    live = sa.text("ended_at is null")
    op.create_index(
        "ux_recipient_live",
        "recipient",
        ["level", "scope", "channel", "address"],
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )


def downgrade() -> None:
    op.drop_table("recipient")
