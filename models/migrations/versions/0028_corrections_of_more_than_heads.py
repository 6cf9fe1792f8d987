"""a correction may be of meals, services, moves and doors as well as of heads"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("alter table correction rename column area to subject")
    op.execute("alter table correction rename column count to n")
    op.add_column("correction", sa.Column("what", sa.Text(), nullable=False, server_default="heads"))


def downgrade() -> None:
    op.execute("delete from correction where what <> 'heads'")
    op.drop_column("correction", "what")
    op.execute("alter table correction rename column n to count")
    op.execute("alter table correction rename column subject to area")
