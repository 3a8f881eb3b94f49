"""Departments, what decisions ask of a person, turns counted by the day, the promise's timer on the card."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "department",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("holidays", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.add_column("manager", sa.Column("terms", sa.Text(), nullable=False, server_default="{}"))
    op.add_column("turn", sa.Column("day", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("turn", sa.Column("given", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("card", sa.Column("alarm_at", sa.BigInteger(), nullable=True))
    op.add_column("card", sa.Column("asked", sa.Text(), nullable=False, server_default="[]"))
    op.create_index(
        "card_alarm",
        "card",
        ["alarm_at"],
        unique=False,
        postgresql_where=sa.text("alarm_at IS NOT NULL"),
        sqlite_where=sa.text("alarm_at IS NOT NULL"),
    )
    op.create_index(
        "deal_owner",
        "deal",
        ["owner"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
        sqlite_where=sa.text("state = 'open'"),
    )
