"""walls"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

CLUSTERED = {"sqlite_strict": True, "sqlite_with_rowid": False}


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")
    op.create_table(
        "wall",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("approved_at", big, nullable=False),
        sa.Column("seen_at", big, nullable=True),
        sa.Column("revoked_at", big, nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wall")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_wall_key_hash")),
        sqlite_strict=True,
    )
    op.create_table(
        "wall_pairing",
        sa.Column("claim_hash", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("made_at", big, nullable=False),
        sa.Column("expires_at", big, nullable=False),
        sa.Column("wall_id", sa.Integer(), nullable=True),
        sa.Column("claimed_at", big, nullable=True),
        sa.PrimaryKeyConstraint("claim_hash", name=op.f("pk_wall_pairing")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_wall_pairing_code_hash")),
        **CLUSTERED,
    )
    op.create_index(op.f("ix_wall_pairing_made_at"), "wall_pairing", ["made_at"])


def downgrade() -> None:
    op.drop_table("wall_pairing")
    op.drop_table("wall")
