"""By what the clocks of open leads are run after the agreement has changed.

Each edition says what becomes of the leads that are open when it comes into force. What a cycle's
clocks are run by follows from the edition it began under and from those that came after: nothing
is remembered, so every process comes to the same answer.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from slasync.domain.agreement import Agreement, ClockPolicy, Definition, OnChange, Rung
from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import Pool
from slasync.domain.time.calendars import Calendar

SHOWN = 12  # characters of a hash in the name of a gate


class Unreadable(Exception):
    """An edition that this version cannot compile any more; says why."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """One edition, compiled. Of the pools only the calendars count: people are always today's."""

    agreement: Agreement
    calendars: Mapping[str, Calendar]
    pools: Mapping[str, Pool]


@dataclass(frozen=True, slots=True)
class Change:
    """An edition came into force. `values`: equal where nothing that was agreed differs."""

    hash: str
    at: datetime
    choice: OnChange
    values: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a cycle's clocks are run by where that is not just the agreement in force.

    With `before` nothing is stricter than by that: see `Draft.run`.
    """

    agreement: Agreement
    calendars: Mapping[str, Calendar]
    pools: Mapping[str, Pool]
    before: "Ruling | None" = None

    @property
    def choice(self) -> OnChange:
        return OnChange.GRANDFATHER if self.before else OnChange.KEEP

    @property
    def first(self) -> Agreement:
        """The agreement that the cycle began under, or the oldest that still counts."""
        return self.before.first if self.before else self.agreement


class Ruled(Protocol):
    """Takes a hand-over; gives None where the agreement in force rules.

    `ended`: when the cycle was over. What came into force later does not concern it.
    """

    def __call__(self, handed_over: Fact, ended: datetime | None = None, /) -> Ruling | None: ...


def having_a_say(changes: Sequence[Change], begun: int) -> list[int]:
    """Return the editions, oldest first, by which a cycle is run that began under one of them.

    More than one: of each pair the later and milder terms count. An edition in which nothing that
    was agreed differs from the one before changes nothing.
    """
    found = [begun]
    for number in range(begun + 1, len(changes)):
        change = changes[number]
        if change.values == changes[number - 1].values or change.choice is OnChange.KEEP:
            continue
        found = [number] if change.choice is OnChange.RECOMPUTE else [*found, number]
    last = {changes[number].values: number for number in found}  # the same terms count once
    return sorted(last.values())


class Rulings:
    """The rulings of all cycles there can be. `read` compiles an edition, or raises Unreadable.

    `problems` tells of editions that cannot be read any more: their cycles are judged anew.
    """

    def __init__(
        self, changes: Sequence[Change], present: Agreed, read: Callable[[str], Agreed]
    ) -> None:
        self._changes, self._present, self._read = changes, present, read
        self._agreed: dict[str, Agreed | None] = {changes[-1].values: present} if changes else {}
        self._made: dict[tuple[int, int], Ruling | None] = {}
        self._times = [change.at for change in changes]
        self._places: dict[str, list[int]] = {}
        for number, change in enumerate(changes):
            self._places.setdefault(change.hash, []).append(number)
        self._clocks: tuple[ClockPolicy, ...] | None = None
        self.problems: dict[str, str] = {}

    def of(self, handed_over: Fact, ended: datetime | None = None, /) -> Ruling | None:
        """Return what the cycle is run by that a hand-over opened; once it ended, by then."""
        if not self._changes:
            return None
        begun, known = self._begun(handed_over), len(self._changes)
        if ended is not None:
            known = max(begun + 1, bisect_right(self._times, ended))
        return self._of(begun, known)

    def _of(self, begun: int, known: int) -> Ruling | None:
        """Rule what began under one edition by the first so many."""
        if (begun, known) not in self._made:
            wanted = having_a_say(self._changes[:known], begun)
            self._made[begun, known] = self._ruling(wanted)
        return self._made[begun, known]

    def problem(self, handed_over: Fact) -> tuple[str, str] | None:
        """Return the hash of an edition that should rule and cannot be read, and why."""
        self.of(handed_over)
        if not self._changes:
            return None
        wanted = having_a_say(self._changes, self._begun(handed_over))
        hashes = [self._changes[number].hash for number in wanted]
        return next(((h, self.problems[h]) for h in hashes if h in self.problems), None)

    def read_all(self) -> Mapping[str, str]:
        """Read each edition that has a say; return those that cannot be read, and why."""
        for _ in self.every():
            pass  # asking for a ruling reads what it needs
        return self.problems

    def every(self) -> Iterator[Ruling]:
        """Yield each ruling of open cycles there can be, once, those before them included."""
        known = len(self._changes)
        made = [self._of(begun, known) for begun in range(known)]
        found = {id(ruling): ruling for ruling in made if ruling}
        for ruling in found.values():
            while True:
                yield ruling
                if ruling.before is None:
                    break
                ruling = ruling.before  # noqa: PLW2901 - on to the one before

    @property
    def clocks(self) -> tuple[ClockPolicy, ...]:
        """The clocks of all rulings; those of one gate are the same."""
        if self._clocks is None:
            found = {clock.gate: clock for each in self.every() for clock in each.agreement.clocks}
            self._clocks = tuple(found.values())
        return self._clocks

    @property
    def gates(self) -> dict[str, tuple[str, ...]]:
        """The streams that the clocks of all rulings wait for, by their gates."""
        return {clock.gate: clock.streams for clock in self.clocks}

    @property
    def watched(self) -> frozenset[str]:
        """Fields that a rule or model of any ruling reads."""
        return frozenset().union(*(ruling.agreement.watched for ruling in self.every()))

    def _begun(self, handed_over: Fact) -> int:
        """Return the edition that a hand-over was decided by; the first where all are younger."""
        by_then = bisect_right(self._times, handed_over.seen_at) - 1
        places = self._places.get(handed_over.data.get("agreement", ""), [])
        before = [number for number in places if number <= by_then] if len(places) > 1 else places
        return (before or places or [max(by_then, 0)])[-1]

    def _ruling(self, wanted: Iterable[int]) -> Ruling | None:
        read = [agreed for number in wanted if (agreed := self._compiled(number))]
        if all(agreed is self._present for agreed in read):
            return None
        made: Ruling | None = None
        for agreed in read:
            made = _eased(agreed, made, self._present) if made else _kept(agreed, self._present)
        return made

    def _compiled(self, number: int) -> Agreed | None:
        change = self._changes[number]
        if change.values not in self._agreed:
            try:
                self._agreed[change.values] = self._read(change.hash)
            except Unreadable as error:
                self.problems[change.hash] = str(error)
                self._agreed[change.values] = None
        return self._agreed[change.values]


def _kept(agreed: Agreed, present: Agreed, before: Ruling | None = None) -> Ruling:
    """Take from an edition what its clocks are run by; all else is as it is now."""
    old = agreed.agreement
    agreement = replace(
        present.agreement,
        name=old.name,
        version=old.version,
        hash=old.hash,
        clocks=tuple(replace(clock, edition=old.hash[:SHOWN]) for clock in old.clocks),
        calendar=old.calendar,
        texts={**present.agreement.texts, **old.texts},
        stages=old.stages,
        lifecycle=old.lifecycle,
        evidence=old.evidence,
        statuses_touch=old.statuses_touch,
        scoring=old.scoring,
    )
    calendars = {**present.calendars, **agreed.calendars}
    return Ruling(agreement, calendars, agreed.pools, before)


def _eased(agreed: Agreed, before: Ruling, present: Agreed) -> Ruling:
    """Take an edition as far as it is no stricter than what was before."""
    kept = _kept(agreed, present, before)
    old = {clock.name: clock for clock in before.agreement.clocks}
    clocks = [
        _milder(clock, old[clock.name]) for clock in kept.agreement.clocks if clock.name in old
    ]
    texts = {**before.agreement.texts, **kept.agreement.texts}
    agreement = replace(kept.agreement, clocks=tuple(clocks), texts=texts)
    return replace(kept, agreement=agreement)


def _milder(new: ClockPolicy, old: ClockPolicy) -> ClockPolicy:
    """Join a clock with what it was before; one that starts otherwise now stays what it was."""
    if (new.starts_on, new.on_reassign) != (old.starts_on, old.on_reassign):
        return old
    if new.begins_in and not new.begins_in.is_same(old.begins_in):
        return old
    had = {rung.name: rung for rung in old.rungs}
    rungs = tuple(_no_more(rung, had[rung.name]) for rung in new.rungs if rung.name in had)
    return replace(
        new,
        rungs=rungs,
        ends=new.ends | old.ends,
        stops=(*new.stops, *old.stops),
        streams=tuple(dict.fromkeys((*old.streams, *new.streams))),
        edition=f"{old.edition}+{new.edition}",
    )


def _no_more(new: Rung, old: Rung) -> Rung:
    """A rung that would do more than it did keeps what it did."""
    did = {(effect.kind, effect.role) for effect in old.effects}
    more = any((effect.kind, effect.role) not in did for effect in new.effects)
    return replace(new, effects=old.effects) if more else new


def rulings_of(facts: Iterable[Fact], ruled: Ruled) -> dict[str, Ruling]:
    """Return what rules the cycles, by their keys, that an earlier edition has a say in."""
    opened = (fact for fact in facts if fact.kind == FactKind.HANDOVER)
    return {fact.data["cycle"]: ruling for fact in opened if (ruling := ruled(fact))}


def conditions_of(agreement: Agreement, rulings: Mapping[str, Ruling]) -> tuple[Definition, ...]:
    """Return the rules that clocks ask, by any of the agreements, each question once."""
    each = (agreement, *(ruling.agreement for ruling in rulings.values()))
    return tuple({c.question: c for one in each for c in one.conditions}.values())
