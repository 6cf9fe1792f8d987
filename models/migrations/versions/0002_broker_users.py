"""broker users"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")
    op.create_table(
        "broker_user",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("made_at", big, nullable=False),
        sa.Column("revoked_at", big, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_broker_user")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("broker_user")
