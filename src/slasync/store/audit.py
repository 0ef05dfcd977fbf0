"""The audit, as it is kept: deeds in a chain, one after another whoever writes."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select, text

from slasync.domain.audit import BEGINNING, Checked, Deed, Entry, chained, checked
from slasync.store.bulk import AnyRow, plainly, put
from slasync.store.meta import Meta
from slasync.store.repository import Repository
from slasync.store.tables import AUDIT

HEAD = "audit_head"
LAST = select(AUDIT.c.number, AUDIT.c.hash).order_by(AUDIT.c.number.desc()).limit(1)
ALL = select(AUDIT).order_by(AUDIT.c.number)
AT_ONCE = 1000


class Audit(Repository):
    def add(self, deed: Deed) -> str:
        """Write a deed down behind the last one; return its hash. Nobody else does meanwhile."""
        if self._postgres:
            self._db.execute(text("LOCK TABLE audit IN SHARE ROW EXCLUSIVE MODE"))
        last = self._db.execute(LAST).first()
        number, before = (last.number + 1, last.hash) if last else (1, BEGINNING)
        hash_ = chained(before, number, deed)
        row = {
            "number": number,
            "at": deed.at,
            "who": deed.who,
            "action": deed.action,
            "target": deed.target,
            "outcome": deed.outcome,
            "address": deed.address,
            "detail": dict(deed.detail),
            "before": before,
            "hash": hash_,
        }
        put(self._db, AUDIT, plainly, [row])
        Meta(self._db).put(HEAD, hash_)
        return hash_

    def page(self, limit: int, before: int | None = None) -> list[Entry]:
        """Return the latest entries, or those before a number; the newest first."""
        query = select(AUDIT).order_by(AUDIT.c.number.desc()).limit(limit)
        if before is not None:
            query = query.where(AUDIT.c.number < before)
        return [_entry(row) for row in self._db.execute(query)]

    def check(self) -> Checked:
        """See whether the chain is whole, to the entry that was written last."""
        return checked(self._all(), Meta(self._db).get(HEAD) or BEGINNING)

    def _all(self) -> Iterator[Entry]:
        number = 0
        while rows := self._db.execute(ALL.where(AUDIT.c.number > number).limit(AT_ONCE)).all():
            yield from map(_entry, rows)
            number = rows[-1].number


def _entry(row: AnyRow) -> Entry:
    at: datetime = row.at
    deed = Deed(
        at=at,
        who=row.who,
        action=row.action,
        target=row.target,
        outcome=row.outcome,
        address=row.address,
        detail=row.detail,
    )
    return Entry(row.number, deed, row.before, row.hash)
