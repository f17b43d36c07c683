"""Which version the tables have, and how they get to this one's (Alembic; a revision on main is never edited)."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from dokodemo.store import Transaction
from dokodemo.store.engine import Database

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(database: Database, *, to: str = "head") -> None:
    """Bring the tables to a revision, in one transaction; ``head`` is this version's."""

    database.write(lambda transaction: upgrade(transaction, to=to))


def upgrade(transaction: Transaction, *, to: str = "head", held: str | None = None) -> None:
    """The same inside a transaction; ``held`` is the revision of tables that do not say themselves which they have."""
    if held is not None:
        transaction.execute(text("INSERT INTO alembic_version (version_num) VALUES (:held)"), {"held": held})
    command.upgrade(_config(transaction), to)


def downgrade(database: Database, *, to: str) -> None:
    """Take the tables back to an older revision (``base``: none at all)."""

    def work(transaction: Any) -> None:
        command.downgrade(_config(transaction), to)

    database.write(work)


def revision(database: Database) -> str | None:
    """The revision that the database has; None for an empty one."""
    with database.read() as transaction:
        return MigrationContext.configure(transaction).get_current_revision()


def newest() -> str:
    """The revision that this version needs."""
    head = ScriptDirectory.from_config(_config(None)).get_current_head()
    assert head is not None
    return head


def is_current(database: Database) -> bool:
    """Whether the database has the tables of this version."""
    return revision(database) == newest()


def _config(transaction: Any) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["transaction"] = transaction
    return config
