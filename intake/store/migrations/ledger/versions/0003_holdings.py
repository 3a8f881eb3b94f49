"""What a client holds is found through its people; the three keys of a name stand side by side."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

# name<: and name>: were written for the halves of a surname; now they follow from the key of the whole name:
# name:GIVEN|FATHER|ROOT, its beginning as name:GIVEN|FATHER|<RO, its end as name:GIVEN|FATHER|>OOT
GONE = """
DELETE FROM holding WHERE key LIKE 'name<%' OR key LIKE 'name>%' OR key LIKE 'name:%|<%' OR key LIKE 'name:%|>%'
"""
_SQLITE = """
SELECT substr(key, 1, first + second) AS known, substr(key, first + second + 1) AS root, person_id, client_id
FROM (SELECT *, instr(substr(key, first + 1), '|') AS second
      FROM (SELECT *, instr(key, '|') AS first FROM holding WHERE key LIKE 'name:%')) AS one
"""
_POSTGRESQL = """
SELECT split_part(key, '|', 1) || '|' || split_part(key, '|', 2) || '|' AS known, split_part(key, '|', 3) AS root,
       person_id, client_id
FROM holding WHERE key LIKE 'name:%'
"""
_HALVES = (
    "known || '<' || substr(root, 1, CASE WHEN length(root) < 6 THEN 2 WHEN length(root) < 8 THEN 3 ELSE 4 END)",
    (
        "known || '>' || substr(root, CASE WHEN length(root) <= 3 THEN 1 WHEN length(root) < 7 THEN length(root) - 2 "
        "ELSE length(root) - 3 END)"
    ),
)


def statements(dialect: str) -> list[str]:
    """What makes the halves anew. They may be run again."""
    whole = _SQLITE if dialect == "sqlite" else _POSTGRESQL
    made = " UNION ALL ".join(f"SELECT {half} AS key, person_id, client_id FROM whole" for half in _HALVES)  # noqa: S608  our own text
    return [GONE, f"INSERT INTO holding (key, person_id, client_id) WITH whole AS ({whole}) {made}"]


def upgrade() -> None:
    op.drop_index("holding_client", table_name="holding")
    for statement in statements(op.get_bind().dialect.name):
        op.execute(sa.text(statement.replace(":", "\\:")))
