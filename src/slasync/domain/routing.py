"""Who of a pool gets a lead: round robin over the eligible members, fair by what each was given.

Each member stands at a turn; who stands lowest is next, and each lead given moves him on, less far
the more weight he has. Nobody who is away falls behind: he stands at least where the lowest of
those present does. What a choice made of that is kept in its fact, so where everybody stands
follows from the history alone (`standings`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from slasync.domain.lead import InHours, Member, Pool, Roster, User, UserKey, UserKind
from slasync.domain.recorded import said
from slasync.domain.time.calendars import Calendar

PoolState = Mapping[str, float]
"""At which turn each member (by e-mail address) stands."""
TOLD = 20
"""Members whom a choice tells why they were passed over, at most."""
_PRECISION = 6


@dataclass(frozen=True, slots=True)
class Assign:
    """The wish for an owner; `route` fulfils it."""

    pool: str
    cycle: str
    generation: int
    exclude: frozenset[UserKey] = frozenset()  # earlier owners
    reason: str = ""
    skills: frozenset[str] = frozenset()  # that who takes it must have
    refused: frozenset[UserKey] = frozenset()  # by the CRM, as owners of this lead


@dataclass(frozen=True, slots=True)
class Choice:
    """Who was chosen, and why not the others. None: neither a member nor the queue can take it.

    `pool` is the one that he was chosen as a member of. `kept` goes into the fact of the choice.
    """

    owner: UserKey | None
    why: str
    pool: str = ""
    kept: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Load:
    """What somebody has: leads in an open cycle, and those given to him since midnight."""

    open: int = 0
    today: int = 0


@dataclass(frozen=True, slots=True)
class Duty:
    """What besides the roster may keep somebody from taking a lead: his hours, and his load."""

    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    calendar: str = ""  # of pools that name none
    loads: Mapping[str, Mapping[UserKey, Load]] = field(default_factory=dict)  # by pool

    def in_hours(self, pool: Pool, email: str, now: datetime) -> bool:
        """Tell whether a member works at `now`; one without any calendar always does."""
        name = pool.terms_of(email).calendar or pool.calendar or self.calendar
        calendar = self.calendars.get(name)
        return calendar is None or calendar.is_open(now)

    def load(self, pool: Pool, user: UserKey) -> Load:
        return self.loads.get(pool.name, {}).get(user, _NOTHING)


_NOTHING, _ANYBODY = Load(), Duty()


@dataclass(slots=True)
class _Asked:
    """The members of a pool, sorted by what they can do about one lead."""

    eligible: list[str] = field(default_factory=list)
    present: list[str] = field(default_factory=list)  # could take another lead, if not this one
    passed_over: list[str] = field(default_factory=list)  # with the reason


def route(  # noqa: PLR0913, PLR0917 - all that a choice depends on
    assign: Assign,
    pool: Pool,
    state: PoolState,
    roster: Roster,
    now: datetime,
    duty: Duty = _ANYBODY,
) -> tuple[Choice, PoolState]:
    """Choose for one lead; the state returned counts it, for the next."""
    asked = _ask(assign, pool, roster, now, duty)
    if not asked.eligible:
        choice = to_queue(assign, pool, roster, "nobody_eligible")
        why, unfilled = _noted(choice.why, asked), {"unfilled": pool.name, **_over(asked)}
        return replace(choice, why=why, kept=unfilled), state
    turns = _turns(pool, state)
    chosen = min(asked.eligible, key=lambda email: (turns[email], pool.members.index(email)))
    after, floor = _moved_on(turns, chosen, pool.terms_of(chosen).weight, asked.present)
    user = roster.member(chosen)
    rest = [e for e in asked.eligible if e != chosen][:TOLD]
    others = ", ".join(said("turn", address=e, turn=f"{turns[e]:g}") for e in rest)
    key, turn = "next_turn_before" if others else "next_turn", f"{turns[chosen]:g}"
    why = _noted(said(key, pool=pool.name, member=chosen, turn=turn, others=others), asked)
    kept = {"member": chosen, "turn": after[chosen], "floor": floor, **_over(asked)}
    return Choice(user.key if user else None, why, pool.name, kept), after


def routed_id(cycle: str, generation: int, refused: Collection[UserKey]) -> str:
    """Name a choice, apart from those before it whom the CRM refused."""
    return f"routed:{cycle}:{generation}{f':{len(refused)}' if refused else ''}"


def standings(members: Iterable[str], last: Mapping[str, float], floor: float) -> dict[str, float]:
    """Return where everybody stands by the history: `last` turns and the highest floor kept."""
    return {email: max(last.get(email, 0), floor) for email in (*members, *last)}


def to_queue(assign: Assign, pool: Pool, roster: Roster, reason: str, **told: object) -> Choice:
    """Choose the pool's queue, because nobody else can take it; `reason` names the sentence."""
    queue = roster.by_queue.get(pool.queue or "")
    told = {"pool": pool.name, "queue": queue.name if queue else "", **told}
    if queue is None:
        return Choice(None, said(f"{reason}_none", **told), pool.name)
    if queue.key in assign.refused:
        return Choice(None, said(f"{reason}_refused", **told), pool.name)
    return Choice(queue.key, said(f"{reason}_queue", **told), pool.name)


def unfit(  # noqa: PLR0913, PLR0917 - all that eligibility depends on
    email: str, assign: Assign, pool: Pool, roster: Roster, now: datetime, duty: Duty = _ANYBODY
) -> str | None:
    """Say why a member cannot take this lead; None when he can."""
    away = _away(email, pool, roster, now, duty)
    return away or _unfit_for(email, assign, pool, roster)


def away(user: User | None, email: str, roster: Roster, now: datetime) -> str | None:
    """Say why somebody can be given no lead at all."""
    if user is None:
        return said("is_no_user")
    if not user.active:
        return said("is_inactive")
    if user.kind != UserKind.PERSON:
        return said("is_no_person")
    if roster.absent(email, now):
        return said("is_absent")
    return None


def kept_from(user: User | None, assign: Assign) -> str | None:
    """Say why somebody is not to have this lead, or not again."""
    if user is not None and user.key in assign.refused:
        return said("was_refused")
    return said("had_it") if user is not None and user.key in assign.exclude else None


def _ask(assign: Assign, pool: Pool, roster: Roster, now: datetime, duty: Duty) -> _Asked:
    asked, late = _Asked(), []
    for email in pool.members:
        kept_away = _away(email, pool, roster, now, duty)
        reason = kept_away or _unfit_for(email, assign, pool, roster)
        prefers = pool.in_hours == InHours.PREFERRED
        if reason is None and prefers and not duty.in_hours(pool, email, now):
            late.append(email)
            continue
        if not kept_away:
            asked.present.append(email)
        if reason is None:
            asked.eligible.append(email)
        else:
            asked.passed_over.append(said("unfit", address=email, what=reason))
    if asked.eligible:
        out = said("is_out_of_hours")
        asked.passed_over += [said("unfit", address=email, what=out) for email in late]
    else:
        asked.eligible, asked.present = late, [*asked.present, *late]
    return asked


def _away(email: str, pool: Pool, roster: Roster, now: datetime, duty: Duty) -> str | None:
    user = roster.member(email)
    reason = away(user, email, roster, now)
    if reason or user is None:
        return reason
    if pool.in_hours == InHours.REQUIRED and not duty.in_hours(pool, email, now):
        return said("is_out_of_hours")
    return _full(pool.terms_of(email), duty.load(pool, user.key))


def _full(terms: Member, load: Load) -> str | None:
    if terms.most_open is not None and load.open >= terms.most_open:
        return said("has_most", n=load.open, most=terms.most_open)
    if terms.most_a_day is not None and load.today >= terms.most_a_day:
        return said("given_most", n=load.today, most=terms.most_a_day)
    return None


def _unfit_for(email: str, assign: Assign, pool: Pool, roster: Roster) -> str | None:
    """Say why a member who is there cannot take this lead of all."""
    if reason := kept_from(roster.member(email), assign):
        return reason
    lacking = sorted(assign.skills - pool.terms_of(email).skills)
    return said("lacks", skills=", ".join(lacking)) if lacking else None


def _turns(pool: Pool, state: PoolState) -> dict[str, float]:
    """A member who joins stands where the lowest does, not at nought."""
    start = min(state.values(), default=0)
    return {**state, **{email: state.get(email, start) for email in pool.members}}


def _moved_on(
    turns: Mapping[str, float], chosen: str, weight: int, present: Sequence[str]
) -> tuple[dict[str, float], float]:
    """Count a lead given. Who is away stands at least at the floor: the lowest of who is there."""
    turn = turns[chosen]
    after = {**turns, chosen: turn + 1 if weight == 1 else round(turn + 1 / weight, _PRECISION)}
    floor = min(after[email] for email in present)
    here = frozenset(present)
    return {e: at if e in here else max(at, floor) for e, at in after.items()}, floor


def _over(asked: _Asked) -> dict[str, list[str]]:
    told = asked.passed_over[:TOLD]
    if len(asked.passed_over) > TOLD:
        told = [*told, said("more", n=len(asked.passed_over) - TOLD)]
    return {"passed_over": told} if told else {}


def _noted(why: str, asked: _Asked) -> str:
    """Say behind a reason who was passed over."""
    over, more = ", ".join(asked.passed_over[:TOLD]), len(asked.passed_over) - TOLD
    if not over:
        return why
    return said("over_more" if more > 0 else "passed_over", what=why, over=over, n=more)
