"""bindings, and what devices said last"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_big = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "binding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=True),
        sa.Column("valid_from", _big, nullable=False),
        sa.Column("made_at", _big, nullable=False),
        sa.Column("author", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_binding_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_binding")),
        sa.UniqueConstraint("site_id", "device", "valid_from", name=op.f("uq_binding_site_id_device_valid_from")),
        sqlite_strict=True,
    )
    op.create_table(
        "device_memory",
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", _big, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", "name", name=op.f("pk_device_memory")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "device_seen",
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("at", _big, nullable=False),
        sa.PrimaryKeyConstraint("device_id", "token", name=op.f("pk_device_seen")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_device_seen_at"), "device_seen", ["at"], unique=False)
