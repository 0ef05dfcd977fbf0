"""Breaches: rungs that fired because something had not been done, and who had held the clock.

A rung that fired on what was known then, though the deed had been done in time, is a breach no
more: it stays in the original figure and leaves the corrected one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from slasync.domain.agreement import Agreement, ClockPolicy
from slasync.domain.clocks import began, end_of
from slasync.domain.facts import Fact
from slasync.domain.figures.custody import Hands, Held, Holder, Outage, blamed, custody
from slasync.domain.figures.handed import Group, owner_at
from slasync.domain.figures.measuring import Case
from slasync.domain.lead import LeadKey, UserKey
from slasync.domain.snooze import pardoned_until
from slasync.domain.state import Cycle


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One rung that fired after its time. `booked`: by whom how long the clock was held."""

    lead: LeadKey
    run: tuple[str, str, int]  # cycle, clock, generation: rungs of one run share its time
    clock: str
    rung: str
    due: datetime
    corrected: bool  # learned later: it had been done in time
    group: Group
    booked: tuple[Held, ...]

    @property
    def holder(self) -> Holder | None:
        """Who held the clock longest; None: nobody for any working time, or an outage alone."""
        held = blamed(self.booked)
        return held.holder if held else None


def breaches(
    case: Case,
    groups: dict[str, Group],
    outages: Sequence[Outage],
    roles: dict[UserKey, Holder],
) -> Iterator[Breach]:
    """Yield the rungs of all cycles that fired; those due at once tell people, and breach nothing.

    `groups`: by cycle, whose hand-over it is. `outages` of any stream.
    """
    for cycle in case.state.cycles:
        agreement = case.by(cycle).agreement
        for (clock, _, rung), fact in cycle.fired.items():
            policy = _late(agreement, clock, rung)
            if policy is not None:
                yield _breach(case, cycle, policy, fact, groups[cycle.key], outages, roles)


def _late(agreement: Agreement, clock: str, rung: str) -> ClockPolicy | None:
    """Return the clock, if it is still agreed and the rung comes after its start."""
    policy = next((each for each in agreement.clocks if each.name == clock), None)
    found = next((r for r in policy.rungs if r.name == rung), None) if policy else None
    return policy if found is not None and found.after.amount else None


def _breach(  # noqa: PLR0913, PLR0917
    case: Case,
    cycle: Cycle,
    policy: ClockPolicy,
    fact: Fact,
    group: Group,
    outages: Sequence[Outage],
    roles: dict[UserKey, Holder],
) -> Breach:
    due = datetime.fromisoformat(str(fact.data["due"]))
    since = began(policy, cycle, int(fact.data["generation"]))
    end = end_of(policy, cycle, since)
    own = [each for each in outages if each.stream in policy.streams]
    pauses = cycle.pauses.get(policy.name, ())
    hands = Hands(policy, case.calendar(cycle, policy), case.state.owners, pauses, own, roles)
    booked = custody(hands, since, due)
    return Breach(
        lead=case.lead.key,
        run=(cycle.key, policy.name, int(fact.data["generation"])),
        clock=policy.name,
        rung=str(fact.data["rung"]),
        due=due,
        corrected=(end is not None and end[0] <= due) or _pardoned(case, cycle, policy, due),
        group=replace(group, owner=_whose(case, booked, due)),
        booked=booked,
    )


def _whose(case: Case, booked: Sequence[Held], due: datetime) -> UserKey:
    """Return who held the clock longest: who has the lead at last may have come to it late.

    An outage alone is nobody's; where no working time passed at all, who had the lead then.
    """
    held = blamed(booked)
    if held is not None:
        return held.who or UserKey("")
    worked = any(each.worked for each in booked)
    return UserKey("") if worked else owner_at(case, due)


def _pardoned(case: Case, cycle: Cycle, policy: ClockPolicy, due: datetime) -> bool:
    """Tell whether a dispute about it was accepted."""
    agreement = case.by(cycle).agreement
    until = pardoned_until(cycle.rests, policy.name, agreement.rests)
    return until is not None and due <= until
