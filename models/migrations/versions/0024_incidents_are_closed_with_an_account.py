"""incidents are closed with an account of what was done"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("transition", sa.Column("account", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("transition", "account")
