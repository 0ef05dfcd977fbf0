"""Custody ledger of one lead: each clock's working time, booked to whoever held the lead."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from slasync.domain.agreement import ClockPolicy
from slasync.domain.clocks import end_of, run, starts_of
from slasync.domain.draft import Terms
from slasync.domain.figures.custody import Hands, Held, Holder, Outage, custody, roles_of
from slasync.domain.figures.measuring import Case
from slasync.domain.lead import LeadKey
from slasync.domain.state import Cycle
from slasync.store.unit import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """One run of one clock: from its beginning to its end, or to now, or to where it began anew."""

    cycle: str
    clock: str
    begins: datetime
    ends: datetime
    ended: bool
    due: datetime | None
    elapsed: timedelta
    held: tuple[Held, ...]

    @property
    def sums(self) -> dict[Holder, timedelta]:
        """Add up what each kind of holder held; those who held nothing are left out."""
        found: dict[Holder, timedelta] = {}
        for each in self.held:
            if each.worked:
                found[each.holder] = found.get(each.holder, timedelta(0)) + each.worked
        return found


def ledgers(unit: Unit, terms: Terms, key: LeadKey, ongoing: Sequence[Outage]) -> list[Ledger]:
    """Return the ledger of every run of every clock of a lead, in order."""
    lead, facts = unit.leads.get([key])[key], unit.facts.of([key])[key]
    case = Case.read(lead, facts, terms, terms.now)
    outages = [*unit.outages.all(), *ongoing]
    found = [
        ledger
        for cycle in case.state.cycles
        for policy in case.clocks(cycle)
        for ledger in _of_clock(case, cycle, policy, outages)
    ]
    return sorted(found, key=lambda each: (each.begins, each.clock))


def _of_clock(
    case: Case, cycle: Cycle, policy: ClockPolicy, outages: Sequence[Outage]
) -> Iterator[Ledger]:
    own = [each for each in outages if each.stream in policy.streams]
    pauses, calendar = cycle.pauses.get(policy.name, ()), case.calendar(cycle, policy)
    roles = roles_of(case.terms.roster)
    hands = Hands(policy, calendar, case.state.owners, pauses, own, roles)
    starts = starts_of(policy, cycle)
    for since, again in zip(starts, [*starts[1:], None], strict=True):
        end = end_of(policy, cycle, since)
        until = min(filter(None, (end[0] if end else None, again, case.terms.now)))
        until = max(until, since)
        clock = run(policy, cycle, calendar) if again is None else None
        yield Ledger(
            cycle=cycle.key,
            clock=policy.name,
            begins=since,
            ends=until,
            ended=end is not None or again is not None,
            due=clock.deadline if clock else None,
            elapsed=calendar.elapsed(since, until, pauses),
            held=custody(hands, since, until),
        )
