"""Alembic's entry: the connection is handed in by crm.migrate, already inside a transaction."""

from alembic import context

from crm.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
