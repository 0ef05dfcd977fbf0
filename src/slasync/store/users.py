"""Users and queues of the CRM."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select

from slasync.domain.languages import Language
from slasync.domain.lead import User, UserKey, UserKind
from slasync.store.bulk import put, replace
from slasync.store.repository import Repository
from slasync.store.tables import USER

EVERYBODY = select(USER).order_by(USER.c.key)
OF_KIND = select(USER.c.key).where(USER.c.kind == bindparam("of_kind"))


class Users(Repository):
    def put(self, users: Sequence[User], now: datetime) -> None:
        """Store users as they are now."""
        rows = [
            {
                "key": user.key,
                "name": user.name,
                "email": user.email,
                "kind": user.kind.value,
                "active": user.active,
                "manager": user.manager,
                "zone": user.zone,
                "language": user.language.value if user.language else None,
                "seen_at": now,
            }
            for user in sorted(users, key=lambda user: user.key)
        ]
        put(self._db, USER, replace, rows)

    def all(self) -> dict[UserKey, User]:
        """Return everybody ever seen, inactive ones too."""
        return {
            UserKey(row.key): User(
                key=UserKey(row.key),
                name=row.name,
                email=row.email,
                kind=UserKind(row.kind),
                active=row.active,
                manager=None if row.manager is None else UserKey(row.manager),
                zone=row.zone,
                language=None if row.language is None else Language(row.language),
            )
            for row in self._db.execute(EVERYBODY)
        }

    def of_kind(self, kind: UserKind) -> set[UserKey]:
        """Return the keys of those ever seen who are of one kind."""
        rows = self._db.execute(OF_KIND, {"of_kind": kind.value})
        return {UserKey(key) for key in rows.scalars()}
