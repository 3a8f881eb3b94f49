"""What a client holds is found through its people; the three keys of a name stand side by side."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

# name<:GIVEN|FATHER|ROOT was written for the beginning of a surname, name>: for its end
SQLITE = """
UPDATE holding SET key = (
    SELECT 'name:' || substr(told, 1, first + second) || substr(key, 5, 1) || substr(told, first + second + 1)
    FROM (SELECT told, first, instr(substr(told, first + 1), '|') AS second
          FROM (SELECT substr(key, 7) AS told, instr(substr(key, 7), '|') AS first)))
WHERE key >= 'name<:' AND key < 'name?'
"""
POSTGRESQL = r"""
UPDATE holding SET key = regexp_replace(key, '^name([<>]):([^|]*)[|]([^|]*)[|]', 'name:\2|\3|\1')
WHERE key LIKE 'name<:%' OR key LIKE 'name>:%'
"""


def upgrade() -> None:
    op.drop_index("holding_client", table_name="holding")
    op.execute(sa.text(SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL))
