"""How leads moved from stage to stage, and which of these moves the agreement does not know.

Observed, never refused: the stages follow from the facts, and so do the moves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from slasync.domain.agreement import Stage
from slasync.domain.contact import news_in
from slasync.domain.draft import Terms
from slasync.domain.facts import Fact, FactKind, in_order
from slasync.domain.figures.obligations import Moves
from slasync.domain.history import Folding
from slasync.domain.lead import LeadKey
from slasync.domain.lifecycle import Lifecycle

CRM_MOVES = frozenset({FactKind.STATUS, FactKind.CONVERTED, FactKind.HANDOVER})


@dataclass(frozen=True, slots=True, kw_only=True)
class StageMove:
    """A lead went from one stage to another; `by`: whoever did it, empty where nobody is told."""

    lead: LeadKey
    at: datetime
    seen_at: datetime
    before: Stage
    after: Stage
    by: str
    told_by: FactKind  # what showed it; `handover`: slasync itself handed it over
    status: str = ""  # the CRM's word, where it told of the move


def moves_of(lead: LeadKey, facts: Sequence[Fact], terms: Terms) -> Iterator[StageMove]:
    """Yield a lead's moves, in order. The first stage that is known of it is no move.

    What a status means in a cycle that an earlier edition rules is by that.
    """
    ordered, agreement = in_order(facts), terms.agreement
    reads = agreement.lead_rule.reads if agreement.lead_rule else frozenset()
    folding = Folding((), agreement, terms.roster, terms.ruled)
    stage: Stage | None = None
    since = 0
    for place, fact in enumerate(ordered):
        if not _may_move(fact, reads, terms):
            continue
        if fact.kind is FactKind.HANDOVER and terms.ruled and terms.ruled(fact):
            folding = Folding(ordered[: place + 1], agreement, terms.roster, terms.ruled)
        else:
            folding.add(ordered[since : place + 1])
        since = place + 1
        before, stage = stage, folding.state.stage
        if before is not None and before != stage:
            yield from _steps(lead, fact, before, stage, agreement.lifecycle)


def _may_move(fact: Fact, reads: frozenset[str], terms: Terms) -> bool:
    news = news_in(fact, terms.agreement, terms.roster)
    if news is None:
        return fact.kind in CRM_MOVES
    definitions = frozenset().union(*(d.reads for d in terms.agreement.definitions))
    return not (reads | definitions).isdisjoint(news.data)


def _steps(
    lead: LeadKey, fact: Fact, before: Stage, after: Stage, lifecycle: Lifecycle
) -> Iterator[StageMove]:
    """A conversion that makes an opportunity passes sql on the way, where there is that stage."""
    stages, passed = [before, after], Stage.SQL not in {before, *lifecycle.left_out}
    if fact.kind == FactKind.CONVERTED and after == Stage.OPPORTUNITY and passed:
        stages = [before, Stage.SQL, after]
    for begins, ends in pairwise(stages):
        yield StageMove(
            lead=lead,
            at=fact.occurred_at,
            seen_at=fact.seen_at,
            before=begins,
            after=ends,
            by=fact.by or "",
            told_by=fact.kind,
            status=str(fact.data.get("status", "")),
        )


def unknown(move: StageMove, agreed: Moves) -> bool:
    """Tell whether the agreement does not know a move; where it names none, nothing is judged."""
    return bool(agreed.allowed) and move.after not in agreed.allowed.get(move.before, frozenset())
