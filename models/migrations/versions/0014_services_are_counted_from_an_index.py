"""services are counted from an index, members of an alarm found by one"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_service_due", "service", ["state", "due_at", "site_id", "type", "started_at", "minutes"])
    op.drop_index("ix_service_state_due_at", "service")
    members = sa.text("parent_id is not null")
    op.create_index("ix_alarm_parent_id", "alarm", ["parent_id"], sqlite_where=members, postgresql_where=members)


def downgrade() -> None:
    op.drop_index("ix_alarm_parent_id", "alarm")
    op.create_index("ix_service_state_due_at", "service", ["state", "due_at"])
    op.drop_index("ix_service_due", "service")
