"""What all repositories are built on: the connection of one transaction."""

from sqlalchemy import Connection


class Repository:
    """A family of tables, seen from within one transaction."""

    __slots__ = ("_db",)

    def __init__(self, db: Connection) -> None:
        self._db = db

    @property
    def _postgres(self) -> bool:
        """Tell whether rows are locked one by one; SQLite locks all of them."""
        return self._db.dialect.name == "postgresql"
