"""what rules ask of meals and sensors"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

CLUSTERED = {"sqlite_strict": True, "sqlite_with_rowid": False}


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")
    op.create_table(
        "serving",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("meal", sa.Text(), nullable=False),
        sa.Column("last_at", big, nullable=False),
        sa.PrimaryKeyConstraint("site_id", "meal", name=op.f("pk_serving")),
        **CLUSTERED,
    )
    op.create_table(
        "observed",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("value", sa.Double().with_variant(sa.REAL(), "sqlite"), nullable=False),
        sa.Column("at", big, nullable=False),
        sa.Column("since", big, nullable=False),
        sa.Column("active_at", big, nullable=True),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("site_id", "device_id", "metric", name=op.f("pk_observed")),
        postgresql_with={"fillfactor": 70},
        **CLUSTERED,
    )
    op.add_column("watch", sa.Column("unreported", sa.Text(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("watch", "unreported")
    for name in ("observed", "serving"):
        op.drop_table(name)
