"""The CRM's accounts as they were last read, found by domain, by name and by their own keys."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select

from slasync.domain.identity.company import Company, Key, KeyKind, found_by, keys_of
from slasync.domain.lead import UserKey
from slasync.store.bulk import LIST, AnyRow, Insert, among, keep_old, put
from slasync.store.repository import Repository
from slasync.store.tables import COMPANY, COMPANY_KEY


@dataclass(frozen=True, slots=True)
class StoredCompany:
    """An account as the CRM last showed it, when that was changed, and its raw form."""

    company: Company
    modified_at: datetime  # vendor time
    raw: Mapping[str, Any]


COLUMNS = [
    COMPANY.c[name]
    for name in ("key", "name", "owner", "domains", "parent", "deleted", "merged_into")
]
EVERY = select(*COLUMNS)
STAMPS = select(COMPANY.c.key, COMPANY.c.modified_at)
NAMED = select(COMPANY_KEY.c.company, COMPANY_KEY.c.kind, COMPANY_KEY.c.value)


class Companies(Repository):
    def put(self, companies: Sequence[StoredCompany], now: datetime) -> None:
        """Store readings, and what they are found by. An older one never replaces a newer one."""
        latest: dict[str, StoredCompany] = {}
        for each in sorted(companies, key=lambda stored: stored.modified_at):
            latest[each.company.key] = each
        stamps = {
            row.key: row.modified_at for row in among(self._db, STAMPS, COMPANY.c.key, latest)
        }
        news = [
            latest[key]
            for key in sorted(latest)
            if key not in stamps or stamps[key] <= latest[key].modified_at
        ]
        put(self._db, COMPANY, _unless_older, [_row(each, now) for each in news])
        self._index([each.company for each in news])

    def _index(self, companies: Sequence[Company]) -> None:
        keys = [company.key for company in companies]
        for start in range(0, len(keys), LIST):
            some = keys[start : start + LIST]
            self._db.execute(delete(COMPANY_KEY).where(COMPANY_KEY.c.company.in_(some)))
        rows = [
            {"kind": kind.value, "value": value, "company": company.key}
            for company in companies
            for kind, value in keys_of(company)
            if kind != KeyKind.COMPANY  # by its own key the company itself is found
        ]
        rows.sort(key=lambda row: (row["kind"], row["value"], row["company"]))
        put(self._db, COMPANY_KEY, keep_old, rows)

    def found(self, keys: Collection[Key]) -> tuple[Company, ...]:
        """Return the companies kept by any of `keys`, what they were merged into or belong to."""
        return found_by(keys, self._look)

    def _look(self, keys: Collection[Key]) -> list[Company]:
        wanted, own = set(keys), {value for kind, value in keys if kind == KeyKind.COMPANY}
        values = sorted({value for kind, value in keys if kind != KeyKind.COMPANY})
        for row in among(self._db, NAMED, COMPANY_KEY.c.value, values):
            if (KeyKind(row.kind), row.value) in wanted:
                own.add(row.company)
        return [_company(row) for row in among(self._db, EVERY, COMPANY.c.key, sorted(own))]

    def all(self) -> list[Company]:
        """Return every company, in order: for reports, not for steps."""
        return [_company(row) for row in self._db.execute(EVERY.order_by(COMPANY.c.key))]

    def count(self) -> int:
        """Count the companies that exist."""
        query = select(func.count()).where(COMPANY.c.deleted.is_(False))
        return self._db.execute(query).scalar_one()


def _unless_older(insert: Insert) -> Insert:
    new = insert.excluded
    values = {c.name: new[c.name] for c in COMPANY.columns if not c.primary_key}
    return insert.on_conflict_do_update(
        index_elements=[COMPANY.c.key],
        set_=values,
        where=COMPANY.c.modified_at <= new.modified_at,
    )


def _row(stored: StoredCompany, now: datetime) -> dict[str, Any]:
    company = stored.company
    return {
        "key": company.key,
        "name": company.name,
        "owner": company.owner,
        "domains": list(company.domains),
        "parent": company.parent,
        "deleted": company.deleted,
        "merged_into": company.merged_into,
        "modified_at": stored.modified_at,
        "seen_at": now,
        "raw": stored.raw,
    }


def _company(row: AnyRow) -> Company:
    key, name, owner, domains, parent, deleted, merged_into = row
    return Company(
        key=key,
        name=name,
        owner=None if owner is None else UserKey(owner),
        domains=tuple(domains),
        parent=parent,
        deleted=deleted,
        merged_into=merged_into,
    )
