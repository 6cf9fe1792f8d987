"""who came by card on a day, and services with and without a plan, so that a running day is counted as its summary is"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")
SMALL = sa.SmallInteger().with_variant(sa.INTEGER(), "sqlite")
CLUSTERED: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}
HOT: dict[str, Any] = CLUSTERED | {"postgresql_with": {"fillfactor": 70}}
PLANNED = (
    "update service set planned = 1 where plan is not null"
    """ and not (state = 'cancelled' and cancel like '%"by":"elder"%')"""
)
COUNTED_BY = ["state", "due_at", "site_id", "type", "started_at", "minutes"]


def upgrade() -> None:
    op.create_table(
        "card_entry",
        sa.Column("token", BIG, autoincrement=False, nullable=False),
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", BIG, autoincrement=False, nullable=False),
        sa.Column("area_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("token", "site_id", "at", "area_id", name=op.f("pk_card_entry")),
        **CLUSTERED,
    )
    op.create_index(op.f("ix_card_entry_at"), "card_entry", ["at"])
    op.create_table(
        "card_day",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("area_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("visits", BIG, nullable=False),
        sa.Column("persons", BIG, nullable=False),
        sa.PrimaryKeyConstraint("day", "site_id", "area_id", name=op.f("pk_card_day")),
        **HOT,
    )
    op.add_column("service", sa.Column("planned", SMALL, nullable=False, server_default="0"))
    op.execute(PLANNED)
    op.drop_index("ix_service_due", "service")
    op.create_index("ix_service_due", "service", [*COUNTED_BY, "planned"])


def downgrade() -> None:
    op.drop_index("ix_service_due", "service")
    op.drop_column("service", "planned")
    op.create_index("ix_service_due", "service", COUNTED_BY)
    op.drop_table("card_day")
    op.drop_table("card_entry")
