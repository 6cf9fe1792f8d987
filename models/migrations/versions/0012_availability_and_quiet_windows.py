"""availability of ended days; windows in which only what may wait stays quiet"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "availability_day",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("expected_min", sa.Integer(), nullable=False),
        sa.Column("up_min", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "day", name=op.f("pk_availability_day")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.add_column("maintenance", sa.Column("kind", sa.Text(), nullable=False, server_default="maintenance"))


def downgrade() -> None:
    op.drop_column("maintenance", "kind")
    op.drop_table("availability_day")
