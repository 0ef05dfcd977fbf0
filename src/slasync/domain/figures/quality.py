"""What is lacking in a lead's data: reasons nobody gave, paths nobody knows, doings nobody did."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from slasync.domain.agreement import Agreement, End
from slasync.domain.nurture import PATH, plain
from slasync.domain.protection import outcome_of
from slasync.domain.recorded import said
from slasync.domain.state import Cycle, State


class Kind(StrEnum):
    """What is lacking."""

    NO_REASON = "no_reason"  # a lead went back, or was given up, and nobody says why
    NO_PATH = "no_path"  # of a lead that went back: no programme is for its reason
    UNKNOWN_PATH = "unknown_path"  # somebody chose a path that the agreement does not have
    UNCLASSIFIED = "unclassified"  # something was done, nobody can tell whether by a person


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that is lacking, since when, and in which cycle."""

    kind: Kind
    at: datetime
    words: str
    cycle: str = ""


def lacks_of(state: State, agreement: Agreement) -> tuple[Lack, ...]:
    """Return what is lacking in a lead's data, in the order in which it came about."""
    found = [lack for cycle in state.cycles for lack in _of_cycle(cycle, agreement)]
    for each in state.uncounted:
        subject = f" {each.subject!r}" if each.subject else ""
        words = said("unclassified", touch=f"{each.touch.channel}{subject}")
        found.append(Lack(Kind.UNCLASSIFIED, each.touch.at, words))
    return tuple(sorted(found, key=lambda lack: (lack.at, lack.kind)))


def _of_cycle(cycle: Cycle, agreement: Agreement) -> Iterator[Lack]:
    nurture = agreement.nurture
    outcome = outcome_of(cycle, nurture)
    if outcome is None or cycle.ended is None:
        return
    at, end = cycle.ended
    if not outcome.reason and end.value in nurture.required:
        yield Lack(Kind.NO_REASON, at, said("no_reason_given", end=end), cycle.key)
    lost = outcome.path is None and bool(nurture.paths) and end is End.RECYCLED
    if lost and outcome.reason:
        words = said("no_programme", reason=repr(outcome.reason))
        yield Lack(Kind.NO_PATH, at, words, cycle.key)
    chosen = cycle.said.get(PATH)
    if chosen and end is End.RECYCLED and nurture.paths and nurture.named(chosen.value) is None:
        names = ", ".join(path.name for path in nurture.paths)
        words = said("unknown_path", path=repr(plain(chosen.value)), paths=names)
        yield Lack(Kind.UNKNOWN_PATH, chosen.at, words, cycle.key)
