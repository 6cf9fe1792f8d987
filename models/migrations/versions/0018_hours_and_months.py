"""hours of sites and scopes for histories; sums of months"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "site_hour",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("lowest", sa.Integer(), nullable=False),
        sa.Column("highest", sa.Integer(), nullable=False),
        sa.Column("person_us", BIG, nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("came", BIG, nullable=False),
        sa.Column("went", BIG, nullable=False),
        sa.Column("heard_min", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "at", name=op.f("pk_site_hour")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "scope_hour",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("last", BIG, nullable=False),
        sa.Column("person_us", BIG, nullable=False),
        sa.Column("came", BIG, nullable=False),
        sa.Column("went", BIG, nullable=False),
        sa.Column("heard_min", BIG, nullable=False),
        sa.Column("heard", sa.Integer(), nullable=False),
        sa.Column("sites", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "at", name=op.f("pk_scope_hour")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "month_sum",
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("made_at", BIG, nullable=False),
        sa.Column("sums", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("month", "site_id", name=op.f("pk_month_sum")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in ("month_sum", "scope_hour", "site_hour"):
        op.drop_table(table)
