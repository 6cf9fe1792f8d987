"""who moved stands in the diary by itself, and the roll is found by who is on it, so that a day need not read all moves"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_MOVED = sa.text("person is not null")
_SAID = {
    "sqlite": "update diary set person = json_extract(rest, '$.person') where kind = 13",
    "postgresql": "update diary set person = rest::json ->> 'person' where kind = 13",
}


def upgrade() -> None:
    op.add_column("diary", sa.Column("person", sa.Text(), nullable=True))
    op.execute(_SAID[op.get_bind().dialect.name])
    op.create_index(
        "ix_diary_moved", "diary", ["site_id", "person", "at"], sqlite_where=_MOVED, postgresql_where=_MOVED
    )
    op.create_index(op.f("ix_resident_site_id_on_roll_since"), "resident", ["site_id", "on_roll", "since"])


def downgrade() -> None:
    op.drop_index(op.f("ix_resident_site_id_on_roll_since"), "resident")
    op.drop_index("ix_diary_moved", "diary")
    op.drop_column("diary", "person")
