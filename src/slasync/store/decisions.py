"""What was decided about each lead, by which agreement, from which facts: append-only."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select

from slasync.domain.lead import LeadKey
from slasync.store.bulk import among, plainly, put
from slasync.store.repository import Repository
from slasync.store.tables import DECISION
from slasync.store.types import UtcDateTime


@dataclass(frozen=True, slots=True)
class DecisionRow:
    lead: LeadKey
    at: datetime
    agreement_hash: str
    mode: str
    because: tuple[str, ...]
    writes: tuple[str, ...]  # keys
    facts: tuple[str, ...]  # source ids


LAST = (
    select(DECISION.c.lead_key, func.max(DECISION.c.at, type_=UtcDateTime))
    .where(DECISION.c.at < bindparam("before"))
    .group_by(DECISION.c.lead_key)
)
KEPT = tuple(DecisionRow.__dataclass_fields__)[1:]


class Decisions(Repository):
    def add(self, decisions: Sequence[DecisionRow]) -> None:
        rows = [
            {"lead_key": decision.lead, **{name: getattr(decision, name) for name in KEPT}}
            for decision in decisions
        ]
        put(self._db, DECISION, plainly, rows)

    def last(self, leads: Collection[LeadKey], before: datetime) -> dict[LeadKey, datetime]:
        """Return when something was last decided about each lead before a time, if it ever was."""
        rows = among(self._db, LAST, DECISION.c.lead_key, leads, before=before)
        return {LeadKey(key): at for key, at in rows}

    def of(self, lead: LeadKey) -> list[DecisionRow]:
        """Return what was decided about `lead`, oldest first."""
        query = select(DECISION).where(DECISION.c.lead_key == lead).order_by(DECISION.c.id)
        return [
            DecisionRow(
                lead=row.lead_key,
                at=row.at,
                agreement_hash=row.agreement_hash,
                mode=row.mode,
                because=tuple(row.because),
                writes=tuple(row.writes),
                facts=tuple(row.facts),
            )
            for row in self._db.execute(query)
        ]
