"""What a system lacks of what slasync needs, and having it made: values that all systems share."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Standing(StrEnum):
    """How something needed stands in a system."""

    THERE = "there"
    MISSING = "missing"
    INCOMPLETE = "incomplete"  # it is slasync's own and is completed
    DIFFERENT = "different"  # it is somebody's, or was made otherwise: it is left as it is
    BY_HAND = "by hand"  # no API makes it


@dataclass(frozen=True, slots=True)
class Needed:
    """One thing that slasync needs, and how it stands."""

    kind: str  # the vendor's word: CustomField, property
    name: str
    standing: Standing
    words: str = ""  # what is lacking, or how to mend it

    @property
    def to_make(self) -> bool:
        return self.standing in {Standing.MISSING, Standing.INCOMPLETE}


@dataclass(frozen=True, slots=True)
class Made:
    """What became of one thing that was to be made. `why` says why it was not."""

    kind: str
    name: str
    why: str = ""

    @property
    def ok(self) -> bool:
        return not self.why


class Provisioner(Protocol):
    """A system that can be given what slasync needs. Raises TryLater, Refused or Stopped."""

    def compare(self) -> Sequence[Needed]:
        """Return everything needed, as it stands now; nothing is written."""

    def apply(self) -> Sequence[Made]:
        """Make what is missing; what was made is told although something else failed."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in a system: what to mend, what to know, and what was shown to hold."""

    problems: tuple[str, ...] = ()  # one sentence each, with the remedy
    notes: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()

    def __add__(self, other: "Findings") -> "Findings":
        return Findings(
            self.problems + other.problems, self.notes + other.notes, self.shown + other.shown
        )
