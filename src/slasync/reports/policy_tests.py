"""Playing policy tests: what happened in each, and where that is not what was expected."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from slasync.domain.counting import so_many
from slasync.domain.facts import FactKind
from slasync.domain.lead import UserKey, UserKind
from slasync.domain.state import State
from slasync.domain.time.calendars import CoverageEnded
from slasync.domain.writes import Action, DigestLine, Write
from slasync.reports.playing import Play, Taken
from slasync.reports.policy_cases import Case, Impossible
from slasync.reports.policy_effects import Told, told
from slasync.settings.policy_test_file import (
    FiredPart,
    HandoverPart,
    LinePart,
    OpenPart,
    StatePart,
    TaskPart,
)
from slasync.settings.policy_test_values import AUTOMATION, NOBODY

Part = TypeVar("Part")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one test. No failures: it passed."""

    name: str
    failures: tuple[str, ...]
    taken: tuple[Taken, ...] = field(repr=False, default=())


@dataclass(frozen=True, slots=True)
class Fired:
    at: datetime
    clock: str
    rung: str
    superseded: bool


@dataclass(frozen=True, slots=True)
class Happened:
    """What a play amounts to, in the words of a test."""

    taken: Sequence[Taken]

    def handovers(self) -> list[tuple[datetime, str]]:
        return [
            (fact.occurred_at, str(fact.data["definition"]))
            for taken in self.taken
            for fact in taken.decision.facts
            if fact.kind == FactKind.HANDOVER
        ]

    def fired(self, clocks: frozenset[str]) -> list[Fired]:
        """Rungs of `clocks`: what stands for placing an owner is none."""
        return [
            Fired(taken.at, data["clock"], data["rung"], bool(data.get("superseded")))
            for taken in self.taken
            for fact in taken.decision.facts
            if fact.kind == FactKind.FIRED and (data := fact.data)["clock"] in clocks
        ]

    def tasks(self) -> list[tuple[datetime, Write]]:
        """Tasks written, and written anew; not those that only changed hands."""
        return [
            (taken.at, write)
            for taken in self.taken
            for write in taken.decision.writes
            if write.action == Action.TASK and "subject" in write.values
        ]

    def digest(self) -> list[tuple[datetime, DigestLine]]:
        return [(taken.at, line) for taken in self.taken for line in taken.decision.digest]

    def owned(self) -> list[tuple[datetime, str]]:
        """Owners that slasync set."""
        return [
            (taken.at, str(write.values["owner"]))
            for taken in self.taken
            for write in taken.decision.writes
            if write.action in {Action.OWNER, Action.CREATE_LEAD}
        ]


def judged(case: Case) -> Result:
    """Play a test to its end and compare."""
    play = Play(case.scene, [case.story])
    judging = _Judging(case, play)
    try:
        failures = tuple(judging.failures())
    except (Impossible, CoverageEnded) as error:
        failures = (str(error),)
    return Result(case.part.name, failures, tuple(judging.taken))


class _Judging:
    def __init__(self, case: Case, play: Play) -> None:
        self._case, self._play = case, play
        self._roster = case.scene.roster
        self.taken: list[Taken] = []

    def failures(self) -> Iterator[str]:
        """Yield what is not as expected, in the order of time."""
        case = self._case
        for part in sorted(case.part.meanwhile, key=lambda part: case.instant(part.at)):
            at = case.instant(part.at)
            self._go_on(at)
            for what in self._standing(part):
                yield f"at {self._when(at)}: {what}"
        self._go_on(case.until)
        yield from self._history(Happened(self.taken))
        yield from self._standing(case.part.expect)

    def _go_on(self, until: datetime) -> None:
        self.taken += self._play.run(until)

    def _state(self) -> State:
        return self._play.state(self._case.story.lead.key)

    # what happened

    def _history(self, happened: Happened) -> Iterator[str]:
        expect = self._case.part.expect
        if expect.nothing:
            yield from self._nothing(happened)
        if expect.handed_over is not None:
            yield from self._handovers(expect.handed_over, happened.handovers())
        for clock, parts in (expect.rungs or {}).items():
            yield from self._rungs(clock, parts, happened.fired(frozenset({clock})))
        if expect.tasks is not None:
            words = [(w, self._task_words(*w)) for w in happened.tasks()]
            yield from _each("task", expect.tasks, words, self._is_task, _task_wanted)
        made = [w for _, w in happened.tasks() if w.key == w.task_key]
        if expect.tasks_made not in {None, len(made)}:
            yield f"expected {so_many(expect.tasks_made, 'task')} made, there were {len(made)}"
        if expect.digest is not None:
            lines = [(line, self._line_words(*line)) for line in happened.digest()]
            yield from _each("digest line", expect.digest, lines, self._is_line, _line_wanted)
        yield from self._effects()
        if expect.owners is not None:
            found = self._owners()
            if [owner.lower() for owner in expect.owners] != [who.lower() for who in found]:
                yield f"expected the owners {_listed(expect.owners)}; they were {_listed(found)}"

    def _owners(self) -> list[str]:
        """Return who has had the lead; a record has an owner before anybody is given it."""
        found = [self._who(owned.owner) for owned in self._state().owners]
        stands_in = self._case.part.given.owner is None and found[:1] == [AUTOMATION]
        return found[1:] if stands_in else found

    def _effects(self) -> Iterator[str]:
        for kind in self._told():
            if kind.parts is not None:
                yield from _each(kind.noun, kind.parts, kind.found, kind.fits, kind.wanted)

    def _told(self) -> Iterator[Told]:
        return told(self._case.part.expect, self.taken, self._is_at, self._when)

    def _nothing(self, happened: Happened) -> Iterator[str]:
        clocks = frozenset(clock.name for clock in self._case.scene.agreement.clocks)
        for at, name in happened.handovers():
            yield f"expected nothing; handed over by {name}, {self._when(at)}"
        for fired in happened.fired(clocks):
            yield f"expected nothing; {fired.clock} fired {self._fired_words(fired)}"
        for task in happened.tasks():
            yield f"expected nothing; task {self._task_words(*task)}"
        for line in happened.digest():
            yield f"expected nothing; digest line {self._line_words(*line)}"
        for kind in self._told():
            for _, words in kind.found:
                yield f"expected nothing; {kind.noun} {words}"
        for at, owner in happened.owned():
            yield f"expected nothing; given to {self._who(owner)}, {self._when(at)}"

    def _handovers(
        self, parts: Sequence[HandoverPart], found: Sequence[tuple[datetime, str]]
    ) -> Iterator[str]:
        fits = len(parts) == len(found) and all(
            part.definition == name and self._is_at(part.at, at)
            for part, (at, name) in zip(parts, found, strict=False)
        )
        if not fits:
            wanted = [self._named(part.definition, part.at) for part in parts]
            were = [f"{name} {self._when(at)}" for at, name in found]
            yield f"expected to be handed over by {_listed(wanted)}; was by {_listed(were)}"

    def _rungs(
        self, clock: str, parts: Sequence[FiredPart], found: Sequence[Fired]
    ) -> Iterator[str]:
        fits = len(parts) == len(found) and all(
            (part.rung, part.superseded) == (fired.rung, fired.superseded)
            and self._is_at(part.at, fired.at)
            for part, fired in zip(parts, found, strict=False)
        )
        if not fits:
            wanted = [
                self._named(part.rung, part.at) + " superseded" * part.superseded for part in parts
            ]
            were = [self._fired_words(fired) for fired in found]
            yield f"rungs of {clock}: expected {_listed(wanted)}; fired {_listed(were)}"

    def _is_task(self, part: TaskPart, found: tuple[datetime, Write]) -> bool:
        at, write = found
        return (
            (part.to is None or part.to.lower() == self._who(write.values["owner"]).lower())
            and (part.role is None or part.role == write.role)
            and (part.subject or "") in write.values["subject"]
            and (part.text or "") in write.values["text"]
            and self._is_at(part.at, at)
        )

    def _is_line(self, part: LinePart, found: tuple[datetime, DigestLine]) -> bool:
        at, line = found
        to = part.to is None or part.to.lower() == line.to.lower()
        return to and (part.text or "") in line.text and self._is_at(part.at, at)

    # how it stands

    def _standing(self, part: StatePart) -> Iterator[str]:
        state = self._state()
        cycle = state.cycle
        found: dict[str, object] = {
            "owner": self._who(state.owner),
            "stage": state.stage,
            "stale": bool(cycle and cycle.stale),
            "sla_state": self.taken[-1].decision.sla_state if self.taken else "",
            "pinned": state.pinned(self._roster),
            "cycles": len(state.cycles),
        }
        for name, there in found.items():
            wanted = getattr(part, name)
            if wanted is not None and str(wanted).lower() != str(there).lower():
                yield f"{name}: expected {wanted}, it is {there}"
        if part.open_tasks is not None:
            yield from self._open_tasks(part.open_tasks, state)

    def _open_tasks(self, parts: Sequence[OpenPart], state: State) -> Iterator[str]:
        tasks = [task for cycle in state.cycles for task in cycle.tasks.values() if task.made]
        wanted = sorted(f"{part.to.lower()} ({part.role.value})" for part in parts)
        found = sorted(f"{self._who(task.to).lower()} ({task.role})" for task in tasks)
        if wanted != found:
            yield f"open tasks: expected {_listed(wanted)}; there are {_listed(found)}"

    # words

    def _is_at(self, wanted: datetime | None, at: datetime) -> bool:
        return wanted is None or self._case.instant(wanted) == at

    def _named(self, name: str, at: datetime | None) -> str:
        return f"{name} {self._when(self._case.instant(at))}" if at else name

    def _when(self, at: datetime) -> str:
        wall = at.astimezone(self._case.zone)
        return f"{wall:%a %d %b %Y %H:%M:%S}".removesuffix(":00")

    def _who(self, key: UserKey | str | None) -> str:
        user = self._roster.users.get(UserKey(key)) if key else None
        if user is None:
            return str(key) if key else NOBODY
        return user.name if user.kind == UserKind.QUEUE else (user.email or user.name)

    def _fired_words(self, fired: Fired) -> str:
        return f"{fired.rung} {self._when(fired.at)}" + " superseded" * fired.superseded

    def _task_words(self, at: datetime, write: Write) -> str:
        to, values = self._who(write.values["owner"]), write.values
        return f"{self._when(at)} for {to} ({write.role.value}): {values['subject']!r}"

    def _line_words(self, at: datetime, line: DigestLine) -> str:
        return f"{self._when(at)} for {line.to}: {line.text!r}"


def _each(
    noun: str,
    parts: Sequence[Part],
    found: Sequence[tuple[Found, str]],
    fits: Callable[[Part, Found], bool],
    wanted: Callable[[Part], str],
) -> Iterator[str]:
    """Every part must be found, each in another; an empty list means that there is none."""
    were = [words for _, words in found]
    if not parts and found:
        yield f"expected no {noun}; there were {_listed(were)}"
    left = list(found)
    for part in parts:
        match = next((entry for entry in left if fits(part, entry[0])), None)
        if match is None:
            yield f"no {noun} {wanted(part)}; there were {_listed(were)}"
        else:
            left.remove(match)


def _task_wanted(part: TaskPart) -> str:
    return _wanted(
        ("for", part.to),
        ("of the", part.role),
        ("with the subject", part.subject),
        ("with the text", part.text),
        ("at", part.at),
    )


def _line_wanted(part: LinePart) -> str:
    return _wanted(("for", part.to), ("with the text", part.text), ("at", part.at))


def _wanted(*said: tuple[str, object]) -> str:
    return ", ".join(f"{word} {value}" for word, value in said if value is not None)


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words) or "none"
