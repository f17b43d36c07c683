"""What part of the head's rights a stand-in was given."""

from alembic import op
from sqlalchemy import Column, Text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("role_grants") as table:
        table.add_column(Column("part", Text()))


def downgrade() -> None:
    with op.batch_alter_table("role_grants") as table:
        table.drop_column("part")
