"""services are counted from an index"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_service_due", "service", ["state", "due_at", "site_id", "type", "started_at", "minutes"])
    op.drop_index("ix_service_state_due_at", "service")


def downgrade() -> None:
    op.create_index("ix_service_state_due_at", "service", ["state", "due_at"])
    op.drop_index("ix_service_due", "service")
