"""sealed names of persons, and deeds that nobody can change or take out"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")
CLUSTERED = {"sqlite_strict": True, "sqlite_with_rowid": False}
ON_SQLITE = (
    "create trigger audit_entry_stays before update on audit_entry"
    " begin select raise(abort, 'deeds are never changed and never deleted'); end",
    "create trigger audit_entry_remains before delete on audit_entry"
    " begin select raise(abort, 'deeds are never changed and never deleted'); end",
    # `insert or replace` would delete a row without asking the trigger above.
    "create trigger audit_entry_is_new before insert on audit_entry"
    " when exists (select 1 from audit_entry where id = new.id)"
    " begin select raise(abort, 'deeds are never changed and never deleted'); end",
)
ON_POSTGRESQL = (
    "create function audit_entry_stays() returns trigger language plpgsql as"
    " $$ begin raise exception 'deeds are never changed and never deleted'; end $$",
    "create trigger audit_entry_stays before update or delete on audit_entry"
    " for each row execute function audit_entry_stays()",
)


def upgrade() -> None:
    op.create_table(
        "person_name",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("contact_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("entered_at", BIG, nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_person_name_site_id")),
        sa.PrimaryKeyConstraint("site_id", "person", name=op.f("pk_person_name")),
        **CLUSTERED,
    )
    op.create_table(
        "audit_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("upto", sa.Integer(), nullable=False),
        sa.Column("broken", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_check")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_audit_entry_at"), "audit_entry", ["at"])
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in ON_SQLITE if is_sqlite else ON_POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("person_name")
    op.drop_table("audit_check")
    op.drop_index(op.f("ix_audit_entry_at"), "audit_entry")
    if op.get_bind().dialect.name == "sqlite":
        for name in ("stays", "remains", "is_new"):
            op.execute(f"drop trigger audit_entry_{name}")
    else:
        op.execute("drop trigger audit_entry_stays on audit_entry")
        op.execute("drop function audit_entry_stays")
