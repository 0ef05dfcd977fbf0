"""What this database knows of itself: the organisation's id, the cut-over date."""

from sqlalchemy import bindparam, select

from slasync.store.bulk import keep_old, put, replace
from slasync.store.repository import Repository
from slasync.store.tables import META

VALUE = select(META.c.value).where(META.c.key == bindparam("of_key"))


def account_key(system: str) -> str:
    """Return under what the account of marketing's system is kept."""
    return f"{system}.account"


def alone_key(system: str) -> str:
    """Return under what it is kept until when a system asked to be left alone."""
    return f"{system}.alone_until"


class Meta(Repository):
    def get(self, key: str) -> str | None:
        return self._db.execute(VALUE, {"of_key": key}).scalar()

    def put(self, key: str, value: str) -> None:
        put(self._db, META, replace, [{"key": key, "value": value}])

    def put_new(self, key: str, value: str) -> str:
        """Store `value` unless there is one already; return the one that stands."""
        put(self._db, META, keep_old, [{"key": key, "value": value}])
        stored = self.get(key)
        if stored is None:
            raise RuntimeError(f"meta {key} vanished")
        return stored
