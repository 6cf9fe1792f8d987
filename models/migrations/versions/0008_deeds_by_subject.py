"""what was done to one thing, without reading all that was ever done"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_audit_entry_subject"), "audit_entry", ["subject"])
