"""Alembic's environment: always inside a transaction that ``store.schema`` opened."""

from alembic import context

from dokodemo.store.rows import every_table

context.configure(
    connection=context.config.attributes["transaction"],
    target_metadata=every_table(),
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
