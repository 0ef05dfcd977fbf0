"""What mode shadow would have written against what people and other tools did, lead by lead.

Thoughts are writes that shadow kept back. Deeds are facts of the mirror, of the time in which the
lead was shadowed. Each deed answers one thought at most: the nearest of the same value first.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from slasync.domain.agreement import Agreement, Stage
from slasync.domain.facts import OURS, Fact, FactKind, in_order
from slasync.domain.lead import LeadKey, Roster, UserKey, UserKind
from slasync.domain.modes import Mode
from slasync.domain.writes import Action, Role, Write


class What(StrEnum):
    """What is compared."""

    OWNER = "owner"  # the lead is given to somebody
    TASK = "task"  # somebody is asked to work it; the deed is that he does, or that others ask him
    STATUS = "status"  # it goes back to marketing
    FLAG = "flag"  # it is flagged as stale; the mirror tells of no other flag than ours


class Outcome(StrEnum):
    """How a thought and the deeds of others stand to one another."""

    AGREED = "agreed"  # the same, within the tolerance
    OTHER = "other"  # within the tolerance, and another owner, person or status
    EARLIER = "earlier"  # the same, longer before than the tolerance
    LATER = "later"  # the same, longer after than the tolerance
    NOT_DONE = "not_done"  # nobody did it
    TOO_EARLY = "too_early"  # nobody did it yet, and the tolerance has not passed
    ONLY_OTHERS = "only_others"  # others did it, and slasync would not have


_DID = {
    Action.OWNER: What.OWNER,
    Action.CREATE_LEAD: What.OWNER,  # the owner it is made with
    Action.TASK: What.TASK,
    Action.STATUS: What.STATUS,
    Action.FLAG_STALE: What.FLAG,
}


@dataclass(frozen=True, slots=True)
class Thought:
    """One write that shadow kept back, as it is compared."""

    what: What
    at: datetime
    value: str  # user key or status
    why: str
    rung: str  # clock/rung, empty where a hand-over or owner is what it is about
    role: Role
    cycle: str
    teams: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody else did, as the mirror has it. `how` tells a person from another tool."""

    what: What
    at: datetime
    value: str
    by: UserKey | None
    how: str


@dataclass(frozen=True, slots=True)
class Compared:
    """One thought with its deed; one of them where the other is missing."""

    lead: LeadKey
    teams: tuple[str, ...]
    what: What
    outcome: Outcome
    thought: Thought | None
    deed: Deed | None

    @property
    def apart(self) -> timedelta | None:
        """How much later the deed was than the thought; less than nothing where it was earlier."""
        return self.deed.at - self.thought.at if self.thought and self.deed else None


@dataclass(frozen=True, slots=True)
class Span:
    """The time that is compared. What happened up to `until` is completely known."""

    since: datetime
    until: datetime
    tolerance: timedelta


@dataclass(frozen=True, slots=True)
class Kept:
    """One write that shadow kept back, with its time and the lead's teams then."""

    at: datetime
    teams: tuple[str, ...]
    write: Write


@dataclass(frozen=True, slots=True)
class House:
    """What the mirror's facts are read by."""

    agreement: Agreement
    roster: Roster

    def deed(self, what: What, at: datetime, value: str, by: UserKey | None) -> Deed:
        """Tell what somebody did, and whether a person or another tool."""
        user = self.roster.users.get(by) if by else None
        how = "nobody known"
        if user is not None:
            how = "a person" if user.kind is UserKind.PERSON else "another tool"
        return Deed(what, at, value, by, how)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A time, its end not included: of a cycle, or of mode shadow with the lead's teams.

    It holds what others did a little before it began: `since` is earlier by the tolerance.
    """

    began: datetime
    since: datetime
    until: datetime
    cycle: str = ""
    teams: tuple[str, ...] = ()

    def holds(self, at: datetime) -> bool:
        return self.since <= at < self.until


def compare(  # noqa: PLR0913, PLR0917 - all that is known of a lead
    lead: LeadKey,
    kept: Iterable[Kept],
    facts: Iterable[Fact],
    house: House,
    span: Span,
    asked: Iterable[Deed] = (),
) -> list[Compared]:
    """Compare one lead's thoughts with what others did, in order of time.

    `asked`: deeds that the mirror knows nothing of, tasks that others made.
    """
    history, own = in_order(facts), thoughts(kept)
    shadowed = list(_shadowed(history, span))
    wanted = {thought.value for thought in own if thought.what is What.STATUS}
    deeds = [
        deed
        for deed in (*_deeds(history, house, wanted), *asked)
        if deed.at <= span.until and any(time.holds(deed.at) for time in shadowed)
    ]
    result: list[Compared] = []
    for cycle in _cycles(history, span):
        for what in What:
            mine = [t for t in own if (t.cycle, t.what) == (cycle.cycle, what)]
            theirs = [d for d in deeds if d.what is what and cycle.holds(d.at)]
            result += _matched(lead, mine, theirs, span)
            since = max(cycle.began, span.since)
            result += _only_others(lead, [d for d in theirs if d.at > since], shadowed)
    return sorted(result, key=_when)


def _when(compared: Compared) -> tuple[datetime, str]:
    first = compared.thought or compared.deed
    if first is None:
        raise ValueError(f"{compared.lead}: nothing is compared with nothing")
    return first.at, compared.what


def thoughts(kept: Iterable[Kept]) -> list[Thought]:
    """Return what is compared, oldest first. Reminders, moves and closings of tasks are not."""
    found = (thought for each in kept if (thought := _thought(each)))
    return sorted(found, key=lambda thought: (thought.at, thought.what, thought.role))


def _thought(kept: Kept) -> Thought | None:
    write = kept.write
    what = _DID.get(write.action)
    if what is None or (what is What.TASK and write.task_key != write.key):
        return None
    value = write.values.get("status" if what is What.STATUS else "owner") or ""
    rung = f"{write.clock}/{write.rung}" if what is not What.OWNER else ""
    return Thought(
        what, kept.at, str(value), write.because, rung, write.role, write.cycle, kept.teams
    )


# what others did


def _deeds(history: Sequence[Fact], house: House, wanted: Collection[str]) -> Iterator[Deed]:
    owner = None
    for fact in history:
        match fact.kind:
            case FactKind.OWNER if fact.data.get("of") != "contact":
                before, owner = owner, fact.data["owner"]
                if fact.source != OURS and owner != before:
                    yield house.deed(What.OWNER, fact.occurred_at, str(owner), fact.by)
            case FactKind.STATUS if _gives_back(fact, house.agreement, wanted):
                status = str(fact.data["status"])
                yield house.deed(What.STATUS, fact.occurred_at, status, fact.by)
            case FactKind.TOUCH if house.roster.is_person(fact.by) and "task_key" not in fact.data:
                yield house.deed(What.TASK, fact.occurred_at, str(fact.by), fact.by)
            case _:
                pass


def _gives_back(fact: Fact, agreement: Agreement, wanted: Collection[str]) -> bool:
    """Tell whether a status is one that slasync could have written: others are a rep's work."""
    status = str(fact.data["status"])
    return status in wanted or agreement.stages.get(status) is Stage.RECYCLED


def _shadowed(history: Sequence[Fact], span: Span) -> Iterator[_Stretch]:
    """Yield the times in which the lead was shadowed."""
    modes = [fact for fact in history if fact.kind is FactKind.MODE]
    ends = [fact.occurred_at for fact in modes[1:]]
    last = span.until + timedelta(microseconds=1)
    for fact, end in zip(modes, [*ends, last], strict=True):
        if fact.data["mode"] == Mode.SHADOW:
            began, teams = fact.occurred_at, tuple(fact.data["teams"])
            yield _Stretch(began, began - span.tolerance, end, teams=teams)


def _cycles(history: Sequence[Fact], span: Span) -> Iterator[_Stretch]:
    """Yield the cycles, each from its hand-over to the next."""
    opened = [fact for fact in history if fact.kind is FactKind.HANDOVER]
    last = span.until + timedelta(microseconds=1)
    ends = [*(fact.occurred_at - span.tolerance for fact in opened[1:]), last]
    for fact, end in zip(opened, ends, strict=False):
        began = fact.occurred_at
        yield _Stretch(began, began - span.tolerance, end, cycle=str(fact.data["cycle"]))


# thoughts and deeds


def _matched(
    lead: LeadKey, mine: list[Thought], theirs: list[Deed], span: Span
) -> Iterator[Compared]:
    """Give each thought a deed, and take that from `theirs`; those without one come last."""

    def near(thought: Thought, deed: Deed) -> bool:
        return abs(deed.at - thought.at) <= span.tolerance

    def same(thought: Thought, deed: Deed) -> bool:
        return thought.value == deed.value

    left = list(mine)
    for fits in (lambda t, d: same(t, d) and near(t, d), same, near):
        for thought, deed in _taken(left, theirs, fits):
            outcome = _outcome(thought, deed, span.tolerance)
            yield Compared(lead, thought.teams, thought.what, outcome, thought, deed)
    for thought in left:
        early = thought.at + span.tolerance > span.until
        outcome = Outcome.TOO_EARLY if early else Outcome.NOT_DONE
        yield Compared(lead, thought.teams, thought.what, outcome, thought, None)


def _taken(
    left: list[Thought], theirs: list[Deed], fits: Callable[[Thought, Deed], bool]
) -> Iterator[tuple[Thought, Deed]]:
    for thought in list(left):
        fitting = [deed for deed in theirs if fits(thought, deed)]
        if fitting:
            nearest = min(fitting, key=lambda deed: (abs(deed.at - thought.at), deed.at))
            left.remove(thought)
            theirs.remove(nearest)
            yield thought, nearest


def _outcome(thought: Thought, deed: Deed, tolerance: timedelta) -> Outcome:
    if thought.value != deed.value:
        return Outcome.OTHER
    if abs(deed.at - thought.at) <= tolerance:
        return Outcome.AGREED
    return Outcome.EARLIER if deed.at < thought.at else Outcome.LATER


def _only_others(
    lead: LeadKey, left: Iterable[Deed], shadowed: Sequence[_Stretch]
) -> Iterator[Compared]:
    """Yield what slasync would not have done. Work on a lead is no difference.

    Nor is what came before its hand-over, or brought it to a team that is shadowed.
    """
    for deed in left:
        teams = [time.teams for time in shadowed if time.began < deed.at < time.until]
        if teams and deed.what is not What.TASK:
            yield Compared(lead, teams[-1], deed.what, Outcome.ONLY_OTHERS, None, deed)


# counts


@dataclass(frozen=True, slots=True)
class Count:
    """How thoughts of one kind fared, and what only others did."""

    by: Mapping[Outcome, int]

    def of(self, outcome: Outcome) -> int:
        return self.by.get(outcome, 0)

    @property
    def judged(self) -> int:
        """Thoughts that something can be said about."""
        return self.thought_of - self.of(Outcome.TOO_EARLY)

    @property
    def thought_of(self) -> int:
        return sum(self.by.values()) - self.of(Outcome.ONLY_OTHERS)

    def share(self, outcome: Outcome) -> float | None:
        """Return the part of the thoughts judged that ended so; None where there are none."""
        return self.of(outcome) / self.judged if self.judged else None


def counted(compared: Iterable[Compared]) -> Count:
    return Count(Counter(each.outcome for each in compared))
