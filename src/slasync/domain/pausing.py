"""When a clock stood still, worked out from a lead's history: never kept by a running counter."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from slasync.domain.agreement import Agreement, ClockPolicy
from slasync.domain.lead import Roster
from slasync.domain.snooze import resting
from slasync.domain.state import Cycle, OwnedFrom, State
from slasync.domain.time.pauses import Pause


def pauses_in(
    cycle: Cycle, state: State, agreement: Agreement, roster: Roster
) -> dict[str, tuple[Pause, ...]]:
    """Return when each clock stood still that ever did. No clock counts while a cycle is closed."""
    found = {
        policy.name: (
            *pauses_of(policy, state, roster),
            *cycle.closed,
            *resting(cycle.rests, agreement.rests, policy.name),
        )
        for policy in agreement.clocks
        if policy.pausing or cycle.closed or cycle.rests
    }
    if not cycle.closed and not cycle.rests:
        return found
    return {
        name: tuple(sorted(each, key=lambda pause: pause.begins)) for name, each in found.items()
    }


def pauses_of(policy: ClockPolicy, state: State, roster: Roster) -> tuple[Pause, ...]:
    """Return when the clock stood still, in order; they may overlap, and begin before it did."""
    pausing = policy.pausing
    if pausing is None:
        return ()
    in_status = [(at, status in pausing.statuses) for at, status in state.statuses]
    held = state.held.get(pausing.condition.question, ()) if pausing.condition else ()
    found = [*spans(in_status), *spans(held)]
    if pausing.absent:
        found += _absences(state.owners, roster)
    return tuple(sorted(found, key=lambda pause: pause.begins))


def spans(truths: Iterable[tuple[datetime, bool]]) -> Iterator[Pause]:
    """Turn "since when it is so or not" into the times in which it was."""
    since: datetime | None = None
    for at, holds in truths:
        if holds and since is None:
            since = at
        elif not holds and since is not None:
            yield Pause(since, at)
            since = None
    if since is not None:
        yield Pause(since, None)


def _absences(owners: Sequence[OwnedFrom], roster: Roster) -> Iterator[Pause]:
    """Absences of whoever owned the lead, for as long as it was theirs."""
    for owned, following in zip(owners, [*owners[1:], None], strict=False):
        user = roster.users.get(owned.owner)
        address = user.email.lower() if user and user.email else None
        until = following.at if following else None
        for absence in roster.absences:
            if absence.email.lower() != address:
                continue
            begins = max(absence.begins, owned.at)
            ends = min(absence.ends, until) if until else absence.ends
            if begins < ends:
                yield Pause(begins, ends)
