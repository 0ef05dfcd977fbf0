"""Leads: the people mirrored, which of them are to be looked at, and a summary for people."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, case, func, or_, select, update

from slasync.domain.lead import Fields, Lead, LeadKey, UserKey
from slasync.store.bulk import Insert, Query, among, change, each, grouped, put
from slasync.store.joins import Joins
from slasync.store.links import Links
from slasync.store.repository import Repository
from slasync.store.tables import LEAD, LEAD_JOIN, LINK, RECORD
from slasync.store.types import BEGINNING

ID_LENGTHS = (15, 18)
"""Salesforce ids are given with or without the three letters that guard their case."""


@dataclass(frozen=True, slots=True)
class LeadUpdate:
    """A lead's merged fields, and from when on it is to be decided about (None: as before)."""

    key: LeadKey
    email: str | None  # normalised
    fields: Fields
    dirty_at: datetime | None


@dataclass(frozen=True, slots=True)
class Summary:
    """Where a lead stands, for lists and counts; decisions fold its facts instead."""

    key: LeadKey
    stage: str
    owner: UserKey | None
    sla_state: str
    due_at: datetime | None


KEYS = select(LEAD.c.key)
OWNERS = select(LEAD.c.key, LEAD.c.owner)
FIELDS = select(LEAD.c.key, LEAD.c.fields)
LOCK: Query = select(LEAD.c.key).order_by(LEAD.c.key).with_for_update()
LOCK_FREE: Query = select(LEAD.c.key).order_by(LEAD.c.key).with_for_update(skip_locked=True)
DIRTY = (
    select(LEAD.c.key)
    .where(LEAD.c.dirty_at >= BEGINNING, LEAD.c.dirty_at <= bindparam("now"))
    .order_by(LEAD.c.dirty_at, LEAD.c.key)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
NEWS = select(LEAD.c.key).where(LEAD.c.dirty_at <= bindparam("now"))
FIRST_DIRTY = (
    select(LEAD.c.dirty_at)
    .where(LEAD.c.dirty_at >= BEGINNING)
    .order_by(LEAD.c.dirty_at)
    .limit(1)
)  # fmt: skip
CLEAN = update(LEAD).values(dirty_at=None)
MARK = (
    update(LEAD)
    .where(or_(LEAD.c.dirty_at.is_(None), LEAD.c.dirty_at > bindparam("at")))
    .values(dirty_at=bindparam("at"))
)
SUMMARISE = (
    update(LEAD)
    .where(LEAD.c.key == bindparam("lead"))
    .values(
        {name: bindparam(name) for name in ("stage", "owner", "sla_state", "due_at", "updated_at")}
    )
)
NOT_JOINED = LEAD.c.key.not_in(select(LEAD_JOIN.c.lead))
ASLEEP = update(LEAD).values(
    email=None, stage="", sla_state="", owner=None, due_at=None, dirty_at=None
)
BY_EMAIL = select(LEAD.c.email, LEAD.c.key).order_by(LEAD.c.key)


class Leads(Repository):
    def by_email(self, emails: Collection[str]) -> dict[str, list[LeadKey]]:
        """Return the leads known by each address; addresses unknown are left out."""
        rows = list(among(self._db, BY_EMAIL, LEAD.c.email, emails))
        return grouped((row.email for row in rows), ((row.email, row.key) for row in rows))

    def existing(self, keys: Collection[LeadKey]) -> set[LeadKey]:
        """Return those of `keys` that are, or were, a lead's."""
        return {row.key for row in among(self._db, KEYS, LEAD.c.key, keys)}

    def all_keys(self) -> list[LeadKey]:
        """Return the key of every lead, in order: for reports, not for steps."""
        query = select(LEAD.c.key).where(NOT_JOINED).order_by(LEAD.c.key)
        return [LeadKey(key) for key in self._db.execute(query).scalars()]

    def get(self, keys: Collection[LeadKey]) -> dict[LeadKey, Lead]:
        """Return those of `keys` that exist, with the records linked to them."""
        rows = list(among(self._db, FIELDS, LEAD.c.key, keys))
        refs = Links(self._db).of_leads([row.key for row in rows])
        return {key: Lead(key, refs[key], fields) for key, fields in rows}

    def put(self, leads: Sequence[LeadUpdate], now: datetime) -> None:
        """Insert leads, or give them these fields. The earlier time of being dirty stands."""
        rows = [
            {
                "key": lead.key,
                "email": lead.email,
                "fields": lead.fields,
                "stage": "",
                "sla_state": "",
                "dirty_at": lead.dirty_at,
                "created_at": now,
                "updated_at": now,
            }
            for lead in sorted(leads, key=lambda lead: lead.key)
        ]
        put(self._db, LEAD, _merge, rows)

    def mark_dirty(self, keys: Collection[LeadKey], at: datetime) -> None:
        """Have these leads decided about from `at` on, or earlier if they were to be already.

        Instead of one that was joined to another, that one is.
        """
        roots = Joins(self._db).roots(keys) if keys else {}
        known = {roots.get(key, key) for key in keys}
        change(self._db, MARK, LEAD.c.key, self.lock(known, skip=False), at=at)

    def put_to_sleep(self, keys: Collection[LeadKey]) -> None:
        """Have nothing be decided about these leads by themselves: they are part of others."""
        change(self._db, ASLEEP, LEAD.c.key, keys)

    def claim_dirty(self, now: datetime, limit: int) -> list[LeadKey]:
        """Take leads that have become dirty, longest first; nobody else sees them dirty again.

        They are dirty once more when the transaction is undone.
        """
        oldest = {"now": now, "limit": limit}
        keys = list(self._db.execute(DIRTY, oldest).scalars())
        change(self._db, CLEAN, LEAD.c.key, keys)
        return keys

    def next_dirty(self) -> datetime | None:
        """Return the earliest time at which claim_dirty finds something."""
        return self._db.execute(FIRST_DIRTY).scalar()

    def with_news(self, keys: Collection[LeadKey], now: datetime) -> set[LeadKey]:
        """Return those of which something is known that was not decided upon yet."""
        roots = Joins(self._db).roots(keys)
        asked = [roots.get(key, key) for key in keys]
        news = {row.key for row in among(self._db, NEWS, LEAD.c.key, asked, now=now)}
        return {key for key in keys if roots.get(key, key) in news}

    def lock(self, keys: Iterable[LeadKey], *, skip: bool = True) -> list[LeadKey]:
        """Keep others from deciding about these leads until the transaction ends.

        Returns those that exist and that nobody else holds; with `skip=False` waits for the rest.
        SQLite has one writer anyway.
        """
        locking = LOCK_FREE if skip else LOCK
        return [row.key for row in among(self._db, locking, LEAD.c.key, sorted(keys))]

    def owners(self, keys: Collection[LeadKey]) -> dict[LeadKey, UserKey | None]:
        """Return the owner of each lead as of its last decision."""
        found = {row.key: row.owner for row in among(self._db, OWNERS, LEAD.c.key, keys)}
        return {key: found.get(key) for key in keys}

    def summarise(self, summaries: Sequence[Summary], now: datetime) -> None:
        """Store where leads stand."""
        rows = [
            {
                "lead": summary.key,
                "stage": summary.stage,
                "owner": summary.owner,
                "sla_state": summary.sla_state,
                "due_at": summary.due_at,
                "updated_at": now,
            }
            for summary in sorted(summaries, key=lambda summary: summary.key)
        ]
        each(self._db, SUMMARISE, rows)

    def find(self, text: str) -> list[LeadKey]:
        """Return leads whose key, e-mail address or id in any system is `text`. For people."""
        text = text.strip()
        query = select(LEAD.c.key).where(or_(LEAD.c.key == text, LEAD.c.email == text.lower()))
        found = {*self._db.execute(query).scalars(), *self._db.execute(_linked(text)).scalars()}
        found = found or {*self._db.execute(_told(text)).scalars()}
        roots = Joins(self._db).roots(found)
        return sorted({roots.get(key, key) for key in found})

    def counts(self) -> dict[str, int]:
        """Count leads by stage."""
        counted = select(LEAD.c.stage, func.count()).where(NOT_JOINED)
        query = counted.group_by(LEAD.c.stage).order_by(LEAD.c.stage)
        return {stage: count for stage, count in self._db.execute(query)}  # noqa: C416 - typed rows


def _told(text: str) -> Query:
    """Find by the address that a record tells or told, though the lead goes by another now."""
    same = (LINK.c.system == RECORD.c.system, LINK.c.kind == RECORD.c.kind,
            LINK.c.external_id == RECORD.c.external_id)  # fmt: skip
    return select(LINK.c.lead_key).where(*same, RECORD.c.email == text.lower())


def _linked(text: str) -> Query:
    query = select(LINK.c.lead_key)
    if len(text) not in ID_LENGTHS:
        return query.where(LINK.c.external_id == text)
    short = text[: ID_LENGTHS[0]]
    return query.where(
        func.substr(LINK.c.external_id, 1, ID_LENGTHS[0]) == short,
        func.length(LINK.c.external_id).in_(ID_LENGTHS),
    )


def _merge(insert: Insert) -> Insert:
    new, old = insert.excluded, LEAD.c
    dirty = case(
        (new.dirty_at.is_(None), old.dirty_at),
        (old.dirty_at < new.dirty_at, old.dirty_at),
        else_=new.dirty_at,
    )
    values = {
        "email": new.email,
        "fields": new.fields,
        "dirty_at": dirty,
        "updated_at": new.updated_at,
    }
    return insert.on_conflict_do_update(index_elements=[LEAD.c.key], set_=values)
