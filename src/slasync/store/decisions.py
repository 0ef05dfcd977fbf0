"""What was decided about each lead, by which agreement, from which facts: append-only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from slasync.domain.lead import LeadKey
from slasync.store.bulk import plainly, put
from slasync.store.repository import Repository
from slasync.store.tables import DECISION


@dataclass(frozen=True, slots=True)
class DecisionRow:
    lead: LeadKey
    at: datetime
    agreement_hash: str
    mode: str
    because: tuple[str, ...]
    writes: tuple[str, ...]  # keys
    facts: tuple[str, ...]  # source ids


KEPT = tuple(DecisionRow.__dataclass_fields__)[1:]


class Decisions(Repository):
    def add(self, decisions: Sequence[DecisionRow]) -> None:
        rows = [
            {"lead_key": decision.lead, **{name: getattr(decision, name) for name in KEPT}}
            for decision in decisions
        ]
        put(self._db, DECISION, plainly, rows)

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
