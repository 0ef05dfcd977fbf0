"""Who gets a lead: round robin over the eligible members of a pool, fair by what each was given."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from slasync.domain.lead import Pool, Roster, User, UserKey

PoolState = Mapping[str, int]
"""How many leads each member (by e-mail address) was given."""


@dataclass(frozen=True, slots=True)
class Assign:
    """The wish for an owner; `route` fulfils it."""

    pool: str
    cycle: str
    generation: int
    exclude: frozenset[UserKey] = frozenset()  # earlier owners
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """Who was chosen, and why not the others. None: neither a member nor the queue can take it."""

    owner: UserKey | None
    why: str


def route(
    assign: Assign, pool: Pool, state: PoolState, roster: Roster, now: datetime
) -> tuple[Choice, PoolState]:
    """Choose for one lead; the state returned counts it, for the next."""
    eligible, passed_over = [], []
    for email in pool.members:
        reason = _unfit(email, assign, roster, now)
        if reason is None:
            eligible.append(email)
        else:
            passed_over.append(f"{email} {reason}")
    notes = f"; passed over: {', '.join(passed_over)}" if passed_over else ""
    if not eligible:
        return _queue(pool, roster, notes), state
    counts = _counts(pool, state)
    chosen = min(eligible, key=lambda email: (counts[email], pool.members.index(email)))
    user = roster.member(chosen)
    given = {**counts, chosen: counts[chosen] + 1}
    why = f"round robin in {pool.name}: {chosen} had {counts[chosen]}{notes}"
    return Choice(user.key if user else None, why), given


def _unfit(email: str, assign: Assign, roster: Roster, now: datetime) -> str | None:
    user: User | None = roster.member(email)
    if user is None:
        return "is no user of the CRM"
    if not user.active:
        return "is not active"
    if user.key in assign.exclude:
        return "had it before"
    if roster.absent(email, now):
        return "is absent"
    return None


def _counts(pool: Pool, state: PoolState) -> dict[str, int]:
    """A member who joins starts where the one with the fewest stands, not at nought."""
    known = [state[email] for email in pool.members if email in state]
    start = min(known, default=0)
    return {email: state.get(email, start) for email in pool.members}


def _queue(pool: Pool, roster: Roster, notes: str) -> Choice:
    queue = roster.by_queue.get(pool.queue or "")
    if queue is None:
        return Choice(None, f"nobody in {pool.name} is eligible and it has no queue{notes}")
    return Choice(queue.key, f"nobody in {pool.name} is eligible: to {queue.name}{notes}")
