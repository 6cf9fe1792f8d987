"""what began or ended last is found along an index"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("started_at", "completed_at"):
        there = sa.text(f"{name} is not null")
        op.create_index(f"ix_service_{name}", "service", [name], sqlite_where=there, postgresql_where=there)


def downgrade() -> None:
    op.drop_index("ix_service_completed_at", "service")
    op.drop_index("ix_service_started_at", "service")
