"""minutes of a day's availability that are expected of nobody because we did not listen, and an index of our own outages"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_OWN = sa.text("type = 'OWN'")


def upgrade() -> None:
    op.add_column("availability_day", sa.Column("own_min", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_alarm_own", "alarm", ["raised_at"], sqlite_where=_OWN, postgresql_where=_OWN)


def downgrade() -> None:
    op.drop_index("ix_alarm_own", "alarm")
    op.drop_column("availability_day", "own_min")
