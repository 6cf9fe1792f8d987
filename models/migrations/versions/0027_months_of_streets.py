"""months of streets and of the district are kept, and years of sites: the next run of the clock adds them up"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "scope_month",
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("members", sa.Text(), nullable=False),
        sa.Column("sums", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("month", "scope", name=op.f("pk_scope_month")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.execute("delete from job_run where job = 'add_up_months'")


def downgrade() -> None:
    op.drop_table("scope_month")
    op.execute("delete from month_sum where length(month) = 4")
