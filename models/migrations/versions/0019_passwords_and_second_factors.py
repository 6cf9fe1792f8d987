"""passwords, second factors, what guards them, and when keys were used"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


BIG = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")
SMALL = sa.SmallInteger().with_variant(sa.INTEGER(), "sqlite")
ADDED = {
    "account": (
        ("seen_at", BIG),
        ("language", sa.Text()),
        ("password_hash", sa.Text()),
        ("password_at", BIG),
        ("provider_subject", sa.Text()),
        ("totp_sealed", sa.LargeBinary()),
        ("totp_step", BIG),
        ("totp_next", sa.LargeBinary()),
    ),
    "session": (("way", sa.Text()), ("client", sa.Text()), ("browser", sa.Text())),
    "api_key": (("made_by", sa.Text()), ("used_at", BIG)),
}
CLUSTERED = {"sqlite_strict": True, "sqlite_with_rowid": False}


def upgrade() -> None:
    for table, columns in ADDED.items():
        for name, kind in columns:
            op.add_column(table, sa.Column(name, kind, nullable=True))
    op.create_index("ux_account_provider_subject", "account", ["provider_subject"], unique=True)
    _guards()
    op.create_table(
        "recovery_code",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", BIG, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_recovery_code_account_id")),
        sa.PrimaryKeyConstraint("account_id", "code_hash", name=op.f("pk_recovery_code")),
        **CLUSTERED,
    )


def _guards() -> None:
    op.create_table(
        "sign_in_step",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("expires_at", BIG, nullable=False),
        sa.Column("tries", SMALL, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sign_in_step_account_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in_step")),
        **CLUSTERED,
    )
    op.create_table(
        "sign_in_tally",
        sa.Column("name_hash", sa.LargeBinary(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("wrong", SMALL, nullable=False),
        sa.Column("wrong_at", BIG, nullable=False),
        sa.Column("good_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("name_hash", "client", name=op.f("pk_sign_in_tally")),
        **CLUSTERED,
    )
    op.create_table(
        "provider_visit",
        sa.Column("state_hash", sa.LargeBinary(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("verifier", sa.Text(), nullable=False),
        sa.Column("expires_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_provider_visit")),
        **CLUSTERED,
    )


def downgrade() -> None:
    for table in ("provider_visit", "recovery_code", "sign_in_tally", "sign_in_step"):
        op.drop_table(table)
    op.drop_index("ux_account_provider_subject", "account")
    for table, columns in ADDED.items():
        for name, _ in columns:
            op.drop_column(table, name)
