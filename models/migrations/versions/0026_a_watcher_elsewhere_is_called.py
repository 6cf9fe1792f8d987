"""a watcher elsewhere is called each minute, and when it last took the call is known"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")


def upgrade() -> None:
    op.add_column("clock_process", sa.Column("watcher_at", BIG, nullable=True))


def downgrade() -> None:
    op.drop_column("clock_process", "watcher_at")
