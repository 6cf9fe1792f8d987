"""the chain of deeds has an end that is remembered, and a table of deeds is not emptied either"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

ON_SQLITE = (
    "create trigger audit_check_stays before update on audit_check"
    " begin select raise(abort, 'deeds are never changed and never deleted'); end",
    "create trigger audit_check_remains before delete on audit_check"
    " begin select raise(abort, 'deeds are never changed and never deleted'); end",
    "create trigger audit_check_is_new before insert on audit_check"
    " when exists (select 1 from audit_check where id = new.id)"
    " begin select raise(abort, 'deeds are never changed and never deleted'); end",
)
ON_POSTGRESQL = (
    "create trigger audit_check_stays before update or delete on audit_check"
    " for each row execute function audit_entry_stays()",
    # A trigger for each row does not hear of a table that is emptied at once.
    "create trigger audit_entry_remains before truncate on audit_entry"
    " for each statement execute function audit_entry_stays()",
    "create trigger audit_check_remains before truncate on audit_check"
    " for each statement execute function audit_entry_stays()",
)


def upgrade() -> None:
    op.add_column("audit_check", sa.Column("hash", sa.LargeBinary(), nullable=True))
    op.add_column("audit_check", sa.Column("cut", sa.Integer(), nullable=True))
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in ON_SQLITE if is_sqlite else ON_POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in ("stays", "remains", "is_new"):
            op.execute(f"drop trigger audit_check_{name}")
    else:
        op.execute("drop trigger audit_entry_remains on audit_entry")
        for name in ("stays", "remains"):
            op.execute(f"drop trigger audit_check_{name} on audit_check")
    op.drop_column("audit_check", "cut")
    op.drop_column("audit_check", "hash")
