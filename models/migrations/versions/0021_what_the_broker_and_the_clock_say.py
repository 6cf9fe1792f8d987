"""what the broker says that it dropped, and that the clock process runs"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")


def upgrade() -> None:
    op.add_column("worker", sa.Column("dropped", BIG, nullable=True))
    op.create_table(
        "clock_process",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("seen_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_process")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
        postgresql_with={"fillfactor": 70},
    )


def downgrade() -> None:
    op.drop_table("clock_process")
    op.drop_column("worker", "dropped")
