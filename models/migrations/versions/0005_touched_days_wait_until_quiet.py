"""touched days wait until quiet"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COLUMNS = ("since", "touched_at")


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")
    for name in COLUMNS:
        op.add_column("touched_day", sa.Column(name, big, nullable=False, server_default="0"))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("touched_day", name)
