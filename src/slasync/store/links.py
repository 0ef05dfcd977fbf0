"""Which record of which system is which lead."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select

from slasync.domain.lead import LeadKey, Ref
from slasync.store.bulk import among, by_ref, grouped, keep_old, put
from slasync.store.repository import Repository
from slasync.store.tables import LINK

REF = [LINK.c.system, LINK.c.kind, LINK.c.external_id]
EVERY = select(*REF, LINK.c.lead_key)


class Links(Repository):
    def of(self, refs: Collection[Ref]) -> dict[Ref, LeadKey]:
        """Return the lead of each of `refs` that is linked."""
        rows = by_ref(self._db, EVERY, LINK, refs)
        return {Ref(system, kind, id_): lead for system, kind, id_, lead in rows}

    def of_leads(self, keys: Collection[LeadKey]) -> dict[LeadKey, tuple[Ref, ...]]:
        """Return the records of each lead, in order."""
        rows = among(self._db, EVERY, LINK.c.lead_key, keys)
        found = grouped(keys, ((lead, Ref(s, kind, id_)) for s, kind, id_, lead in rows))
        return {key: tuple(sorted(refs)) for key, refs in found.items()}

    def add(self, links: Sequence[tuple[Ref, LeadKey, str]], now: datetime) -> None:
        """Link records to leads, each with how it was found out. The first link stands."""
        rows = [
            {
                "system": ref.system,
                "kind": ref.kind,
                "external_id": ref.id,
                "lead_key": lead,
                "how": how,
                "linked_at": now,
            }
            for ref, lead, how in sorted(links)
        ]
        put(self._db, LINK, keep_old, rows)
