"""Alembic's entry: one transaction, on the connection that `migrate.py` provides."""

from __future__ import annotations

from alembic import context

from notegen_desktop.services.library.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite can, whatever Alembic assumes: a killed upgrade never was
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
