"""Check scores beside the marketing system's, lead by lead from the mirror; nothing is asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from slasync.domain.agreement import Agreement
from slasync.domain.explaining.score_words import contradicted, marketing_score
from slasync.domain.facts import Fact, FactKind, in_order
from slasync.domain.lead import Lead, LeadKey
from slasync.domain.scoring import Contradiction, Immediate, Score, immediates, score
from slasync.store.unit import Unit

AT_ONCE = 500  # leads read together


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One lead's two scores."""

    lead: Lead
    marketing: float | None
    check: Score
    against: Contradiction | None
    immediate: tuple[Immediate, ...]  # what has not lapsed

    @property
    def apart(self) -> float:
        """How far the scores are apart; a score that is missing counts as none."""
        return abs((self.marketing or 0.0) - self.check.total)


def scores(unit: Unit, agreement: Agreement, now: datetime) -> Iterator[Scored]:
    """Yield every lead that is still worked, in the order of keys.

    Leads that were converted or deleted are left out: their score decides nothing any more.
    ValueError when the agreement has no check.
    """
    keys = iter(unit.leads.all_keys())
    while chunk := list(islice(keys, AT_ONCE)):
        yield from scores_of(unit, chunk, agreement, now)


def scores_of(
    unit: Unit, keys: Sequence[LeadKey], agreement: Agreement, now: datetime
) -> Iterator[Scored]:
    """Yield those of `keys` that are still worked."""
    leads, facts = unit.leads.get(keys), unit.facts.of(keys)
    for key in keys:
        if key in leads and not _over(facts[key]):
            yield _scored(leads[key], facts[key], agreement, now)


def _over(facts: Sequence[Fact]) -> bool:
    if any(fact.kind == FactKind.CONVERTED for fact in facts):
        return True
    gone = [f for f in facts if f.kind in {FactKind.DELETED, FactKind.RESTORED}]
    return bool(gone) and in_order(gone)[-1].kind == FactKind.DELETED


def _scored(lead: Lead, facts: Sequence[Fact], agreement: Agreement, now: datetime) -> Scored:
    scoring = agreement.scoring
    if scoring is None or scoring.check is None:
        raise ValueError("the agreement has no check score")
    check = score(facts, scoring.check, now, lead.fields)
    urgent = immediates(facts, scoring)
    return Scored(
        lead=lead,
        marketing=marketing_score(lead.fields),
        check=check,
        against=contradicted(check, agreement, lead.fields),
        immediate=tuple(i for i in urgent if i.lapses_at is None or i.lapses_at > now),
    )
