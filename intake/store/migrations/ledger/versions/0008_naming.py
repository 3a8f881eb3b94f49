"""Which inquiries name another client or a file, and what was answered of a client: found by an index."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "naming",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("inquiry_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", "inquiry_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("suspect_other", "suspect", ["suspect_id"], unique=False)
    op.create_index("verdict_client", "verdict", ["client_id"], unique=False)
    connection = op.get_bind()
    found = connection.execute(
        sa.text(
            "SELECT id, client_id, body, decision FROM inquiry "
            "WHERE body LIKE '%\"stored\"%' OR decision LIKE '%\"candidates\"%'"
        )
    )
    for rows in found.partitions(500):
        put = [
            {"key": key, "ident": row.id}
            for row in rows
            for key in named(row.client_id, json.loads(row.body), json.loads(row.decision))
        ]
        if put:
            connection.execute(
                sa.text("INSERT INTO naming VALUES (:key, :ident) ON CONFLICT DO NOTHING"), put
            )


def named(client_id: str, body: dict[str, Any], decision: dict[str, Any]) -> list[str]:
    clients = [f"client:{one}" for one, _ in decision.get("candidates", ()) if one != client_id]
    return clients + [f"file:{one['stored']}" for one in body.get("attachments", ()) if one.get("stored")]
