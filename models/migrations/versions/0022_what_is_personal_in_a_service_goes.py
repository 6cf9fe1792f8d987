"""what is personal in a service goes: from when on its row holds a position, and until when a token"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

COLUMNS = ("placed_at", "named_at")
PLACED = """
    update service set placed_at = coalesce(started_at, completed_at)
    where start like '%"place":%' or finish like '%"place":%'
"""
NAMED = """
    update service set named_at = coalesce(completed_at, started_at, due_at)
    where "plan" like '%"person":%' or "plan" like '%"worker":%' or start like '%"person":%' or start like '%"worker":%'
"""


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")
    for name in COLUMNS:
        op.add_column("service", sa.Column(name, big))
    op.execute(PLACED)
    op.execute(NAMED)
    for name in COLUMNS:
        there = sa.column(name).is_not(None)
        op.create_index(f"ix_service_{name}", "service", [name], sqlite_where=there, postgresql_where=there)
    named = sa.text("person is not null")
    op.create_index("ix_alarm_named", "alarm", ["opened_at"], sqlite_where=named, postgresql_where=named)


def downgrade() -> None:
    op.drop_index("ix_alarm_named", "alarm")
    for name in COLUMNS:
        op.drop_index(f"ix_service_{name}", "service")
        op.drop_column("service", name)
