"""Alembic's entry: one transaction, on the connection that `migrate.py` provides."""

from __future__ import annotations

from alembic import context

from notegen_desktop.services.library.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    # SQLite supports it, contrary to Alembic's default; a killed upgrade leaves nothing behind
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
