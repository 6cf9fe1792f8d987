"""letters: who wants which days by mail, and one row for every letter"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")
    small = sa.SmallInteger().with_variant(sa.INTEGER(), "sqlite")
    op.create_table(
        "subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("sites", sa.Text(), nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("made_at", big, nullable=False),
        sa.Column("ended_at", big, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_subscription_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_subscription_account_id"), "subscription", ["account_id"])
    op.create_table(
        "letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscription_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=True),
        sa.Column("tries", small, nullable=False),
        sa.Column("next_at", big, nullable=True),
        sa.Column("ordered_at", big, nullable=False),
        sa.Column("claimed_at", big, nullable=True),
        sa.Column("sent_at", big, nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscription.id"], name=op.f("fk_letter_subscription_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("subscription_id", "kind", "day", name=op.f("uq_letter_subscription_id_kind_day")),
        sqlite_strict=True,
    )
    pending = sa.text("next_at is not null")
    op.create_index("ix_letter_pending", "letter", ["next_at"], sqlite_where=pending, postgresql_where=pending)


def downgrade() -> None:
    op.drop_table("letter")
    op.drop_table("subscription")
