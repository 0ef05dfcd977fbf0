"""Runs migrations on the connection it is handed: one process at a time, all or nothing."""

from alembic import context
from sqlalchemy import Connection, text

from slasync.store.engine import begin
from slasync.store.tables import METADATA

LOCK = 5_270_914
"""Advisory lock of slasync's migrations: any number, so long as it never changes."""


def run(db: Connection) -> None:
    context.configure(
        connection=db,
        target_metadata=METADATA,
        render_as_batch=True,  # SQLite alters a table by making it anew
        compare_type=True,
        transactional_ddl=True,  # on SQLite too
    )
    with context.begin_transaction():
        begin(db)
        if db.dialect.name == "postgresql":
            db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        context.run_migrations()


run(context.config.attributes["connection"])
