"""What changed about a person, found by comparing what was read with what the mirror held."""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from slasync.domain.facts import Fact, FactKind
from slasync.ports import PersonReading
from slasync.store.records import StoredRecord


def facts_of(  # noqa: PLR0913 - what a comparison needs
    person: PersonReading,
    stored: StoredRecord | None,
    watched: Collection[str],
    tracked: Collection[str],
    now: datetime,
    *,
    baseline: bool,
    by_merge: bool = False,
    crm: str,
) -> list[Fact]:
    """Return the facts that this version of a record tells beyond the version `stored`.

    In a first load (`baseline`) what a record says is taken to have been so since it was created:
    nothing of the past is judged as if it had just happened. Of one that is somebody's `by_merge`,
    however old, the merge and what it says by then are as new as that.
    """
    found = _Comparison(person, stored, now, baseline=baseline, by_merge=by_merge)
    return list(found.facts(watched, tracked, crm))


class _Comparison:
    def __init__(
        self,
        person: PersonReading,
        stored: StoredRecord | None,
        now: datetime,
        *,
        baseline: bool,
        by_merge: bool,
    ) -> None:
        self._person, self._stored, self._now = person, stored, now
        self._since = self._says_since = person.modified_at
        if stored is None:
            told = person.since or person.modified_at
            self._since = person.created_at if baseline else told
            self._says_since = told if by_merge else self._since

    def facts(self, watched: Collection[str], tracked: Collection[str], crm: str) -> Iterator[Fact]:
        person, stored = self._person, self._stored
        if person.merged_into is not None:
            return  # it lives on in another record: what that one says is what counts
        if stored is None:
            yield self._fact(FactKind.ENTERED, person.created_at, _where(person), once=True)
        if person.merged:  # once for each set of records: later versions tell of the same again
            name = f"{FactKind.MERGED}:{person.ref}:{_digest(person.merged)}"
            merged = {"from": list(person.merged)}
            yield replace(self._fact(FactKind.MERGED, self._says_since, merged), source_id=name)
        changed = self._changed(watched)
        if changed:
            yield self._fact(FactKind.CHANGED, self._says_since, changed)
        yield from self._owner(tracked)
        yield from self._status(tracked)
        yield from self._endings(crm)

    def _changed(self, watched: Collection[str]) -> dict[str, Any]:
        if self._stored is None and self._person.deleted:
            return {}  # gone before it was first read: nothing begins with that
        before: Mapping[str, Any] = self._stored.fields if self._stored else {}
        fields = self._person.fields
        return {
            name: fields[name]
            for name in sorted(watched)
            if name in fields and name not in self._person.logged
            if fields[name] != before.get(name)
        }

    def _owner(self, tracked: Collection[str]) -> Iterator[Fact]:
        person, stored = self._person, self._stored
        if person.owner is None or (stored is not None and stored.owner == person.owner):
            return
        if stored is None:  # since when is not known: he need not have been the first
            dated = {"history": True} if self._told(tracked, "owner") else {}
            yield self._fact(FactKind.OWNER, self._since, self._owned() | dated, once=True)
        elif not self._told(tracked, "owner"):
            yield self._fact(FactKind.OWNER, self._since, self._owned())

    def _owned(self) -> dict[str, Any]:
        """A contact's owner is told apart: there may be a lead of the same person."""
        of = {"of": "contact"} if self._person.ref.kind == "contact" else {}
        return {"owner": str(self._person.owner), **of}

    def _status(self, tracked: Collection[str]) -> Iterator[Fact]:
        person, stored = self._person, self._stored
        if person.status is None or (stored is not None and stored.status == person.status):
            return
        if stored is None:
            data = {"status": person.status}
            yield self._fact(FactKind.STATUS, self._since, data, once=True)
        elif not self._told(tracked, "status"):
            yield self._fact(FactKind.STATUS, self._since, {"status": person.status})

    def _told(self, tracked: Collection[str], name: str) -> bool:
        """Leads have a field history; contacts are compared."""
        return self._person.ref.kind == "lead" and name in tracked

    def _endings(self, crm: str) -> Iterator[Fact]:
        person, stored = self._person, self._stored
        was_deleted = stored.deleted if stored else False
        if person.ref.system == crm and person.deleted != was_deleted:
            kind = FactKind.DELETED if person.deleted else FactKind.RESTORED
            data = {"system": person.ref.system, "id": person.ref.id}
            yield self._fact(kind, self._since, data)
        was_converted = bool(stored and stored.fields.get("converted"))
        if person.converted and not was_converted:
            yield self._fact(FactKind.CONVERTED, self._since, dict(person.converted))

    def _second(self, data: Mapping[str, Any]) -> str:
        """Tell changes apart that have one stamp: stamps are of whole seconds in places."""
        stored = self._stored
        same = stored is not None and stored.modified_at == self._person.modified_at
        return f":{_digest(data)}" if same else ""

    def _fact(
        self,
        kind: FactKind,
        at: datetime,
        data: Mapping[str, Any],
        *,
        once: bool = False,
    ) -> Fact:
        person = self._person
        version = "" if once else f":{person.modified_at.isoformat()}{self._second(data)}"
        return Fact(
            kind=kind,
            occurred_at=at,
            seen_at=self._now,
            source=person.ref.system,
            source_id=f"{kind}:{person.ref}{version}",
            by=None if once else person.modified_by,
            data=data,
            at_latest=not once,
            about=str(person.ref),
        )


def _digest(data: Any) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()[:8]


def _where(person: PersonReading) -> dict[str, str]:
    return {"system": person.ref.system, "kind": person.ref.kind, "id": person.ref.id}
