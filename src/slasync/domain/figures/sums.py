"""One month's sums over all leads: leads go by one after the other, and only numbers stay.

What a month is made of: hand-overs count in the month in which they were, whatever came of them
later; what ended, broke or was closed counts in the month in which it did.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from slasync.domain.agreement import End, Stage
from slasync.domain.figures.breaches import Breach
from slasync.domain.figures.custody import Holder
from slasync.domain.figures.handed import DIMENSIONS, PHASES, Handed, Sequel
from slasync.domain.figures.obligations import Finding, Verdict
from slasync.domain.figures.orders import Opportunity, cycle_of

SOON = timedelta(days=7)
"""So soon after its hand-over a lead is to have become an opportunity."""
MANY = 6
"""Attempts from which on they are counted together."""


@dataclass(slots=True)
class Money:
    """What came of the leads of one source or campaign in a month."""

    handed: int = 0
    won: int = 0
    revenue: Fraction = field(default_factory=Fraction)


@dataclass(slots=True)
class Sums:
    """The sums of one month."""

    handed: int = 0
    touch: Counter[Verdict] = field(default_factory=Counter)
    accepted: Counter[Verdict] = field(default_factory=Counter)
    soon: Counter[Verdict] = field(default_factory=Counter)  # an opportunity within seven days
    reached: Counter[Stage] = field(default_factory=Counter)
    standing: Counter[Stage] = field(default_factory=Counter)  # open: the phase it is in
    waited: list[timedelta] = field(default_factory=list)
    gaps: list[timedelta] = field(default_factory=list)
    attempts: Counter[int] = field(default_factory=Counter)  # hand-overs with so many
    spoken: int = 0  # hand-overs with a conversation
    conversations: int = 0
    rejected: int = 0  # of the hand-overs of this month
    rejected_by_end: int = 0  # of these: before the month was over
    rejected_with_reason: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    owed: dict[str, Counter[Verdict]] = field(default_factory=dict)  # by obligation
    missing: Counter[str] = field(default_factory=Counter)
    ended: int = 0  # cycles that ended in this month, deleted ones apart
    recycled: int = 0
    recycled_reasons: Counter[str] = field(default_factory=Counter)
    sequels: Counter[Sequel] = field(default_factory=Counter)
    fired: Counter[tuple[str, str]] = field(default_factory=Counter)  # by clock and rung
    corrected: Counter[tuple[str, str]] = field(default_factory=Counter)
    broken: dict[str, Counter[str]] = field(
        default_factory=lambda: {name: Counter() for name in DIMENSIONS}
    )
    booked: Counter[Holder] = field(default_factory=Counter)  # breaches, by who held the clock
    unbooked: int = 0
    held: dict[Holder, timedelta] = field(default_factory=dict)
    won: int = 0
    lost: int = 0
    won_value: Fraction = field(default_factory=Fraction)
    without_amount: int = 0
    deal_cycles: list[timedelta] = field(default_factory=list)  # of opportunities closed
    won_cycles: list[timedelta] = field(default_factory=list)
    to_order: list[timedelta] = field(default_factory=list)  # of hand-overs that became one
    names: int = 0  # new in the marketing system
    leads: int = 0  # became worth reaching out to
    entered: Counter[Stage] = field(default_factory=Counter)  # phases, in the month in which
    sources: dict[str, Money] = field(default_factory=dict)
    campaigns: dict[str, Money] = field(default_factory=dict)


def take_handed(sums: Sums, handed: Handed, ends: datetime, known_to: datetime) -> None:
    """Add a hand-over of the month; `ends`: when the month does."""
    sums.handed += 1
    sums.touch[handed.touch] += 1
    sums.accepted[handed.accepted] += 1
    sums.soon[handed.opportunity_within(SOON, known_to)] += 1
    sums.reached[Stage.MQL] += 1
    sums.reached.update(handed.reached.keys())
    if handed.on_the_way:
        sums.standing[_standing(handed)] += 1
    if Stage.CUSTOMER in handed.reached:
        sums.to_order.append(handed.reached[Stage.CUSTOMER] - handed.at)
    if handed.waited is not None:
        sums.waited.append(handed.waited)
    sums.gaps += handed.gaps
    sums.attempts[min(handed.attempts, MANY)] += 1
    sums.spoken += bool(handed.conversations)
    sums.conversations += handed.conversations
    if handed.rejected and handed.ended:
        sums.rejected += 1
        sums.rejected_by_end += handed.ended[0] < ends
        sums.rejected_with_reason += bool(handed.reason)
        sums.reasons[handed.reason] += 1
    for groups, name in _money(sums, handed):
        groups.setdefault(name, Money()).handed += 1


def _standing(handed: Handed) -> Stage:
    return max((Stage.MQL, *handed.reached), key=PHASES.index)


def _money(sums: Sums, handed: Handed) -> tuple[tuple[dict[str, Money], str], ...]:
    return (sums.sources, handed.group.source), (sums.campaigns, handed.group.campaign)


def take_end(sums: Sums, handed: Handed) -> None:
    """Add a cycle that ended in the month."""
    end = handed.ended
    if end is None or end[1] is End.DELETED:
        return
    sums.ended += 1
    if end[1] is End.RECYCLED:
        sums.recycled += 1
        sums.recycled_reasons[handed.reason] += 1
        sums.sequels[handed.sequel or Sequel.WAITING] += 1


def take_breach(sums: Sums, breach: Breach) -> None:
    """Add a rung that fired in the month."""
    rung = breach.clock, breach.rung
    sums.fired[rung] += 1
    if breach.corrected:
        sums.corrected[rung] += 1
        return
    for name in DIMENSIONS:
        sums.broken[name][getattr(breach.group, name)] += 1
    holder = breach.holder
    if holder is None:
        sums.unbooked += 1
    else:
        sums.booked[holder] += 1


def take_held(sums: Sums, breach: Breach) -> None:
    """Add whose hands a broken clock was in, by the last of its rungs."""
    for held in breach.booked:
        sums.held[held.holder] = sums.held.get(held.holder, timedelta(0)) + held.worked


def take_findings(sums: Sums, name: str, findings: Iterable[Finding]) -> None:
    """Add what was owed under a name, finding by finding."""
    counts = sums.owed.setdefault(name, Counter())
    for finding in findings:
        counts[finding.verdict] += 1
        if finding.verdict is Verdict.BROKEN:
            sums.missing.update(finding.fields)


def take_closed(sums: Sums, opportunity: Opportunity, handed: Handed) -> None:
    """Add an opportunity that was closed in the month."""
    sums.won += opportunity.won
    sums.lost += opportunity.lost
    span = cycle_of(opportunity)
    if span is not None:
        sums.deal_cycles.append(span)
    if not opportunity.won:
        return
    if span is not None:
        sums.won_cycles.append(span)
    value = opportunity.amount or Fraction(0)
    sums.won_value += value
    sums.without_amount += opportunity.amount is None
    for groups, name in _money(sums, handed):
        money = groups.setdefault(name, Money())
        money.won, money.revenue = money.won + 1, money.revenue + value
