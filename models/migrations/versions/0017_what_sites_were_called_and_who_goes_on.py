"""what sites were called and where they belonged, and who goes on where one has closed"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "site_term",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", BIG, autoincrement=False, nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("street", sa.Text(), nullable=False),
        sa.Column("community", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_term_site_id")),
        sa.PrimaryKeyConstraint("site_id", "valid_from", name=op.f("pk_site_term")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "succession",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("successor_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", BIG, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_succession_site_id")),
        sa.ForeignKeyConstraint(["successor_id"], ["site.id"], name=op.f("fk_succession_successor_id")),
        sa.PrimaryKeyConstraint("site_id", "successor_id", name=op.f("pk_succession")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.add_column("site", sa.Column("ended_from", BIG, nullable=True))


def downgrade() -> None:
    op.drop_column("site", "ended_from")
    op.drop_table("succession")
    op.drop_table("site_term")
