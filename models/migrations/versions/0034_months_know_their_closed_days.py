"""months are added up anew: they say now on how many days a site was closed, which nobody has to report or sign"""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """They follow from the days: the next run of the clock adds them up, and until then they are added up as they are read."""
    op.execute("delete from month_sum")
    op.execute("delete from scope_month")
    op.execute("delete from job_run where job = 'add_up_months'")


def downgrade() -> None:
    """A name that nobody reads does no harm."""
