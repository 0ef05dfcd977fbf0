"""Where leads go that come back to marketing: nurture paths, and what follows from each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

REASON, PATH, RETURN = "recycle_reason", "nurture_path", "nurture_return"
"""Fields of the CRM, by slasync's names: why a lead went back, into which path, until when."""
REFUSAL = "disqualify_reason"
"""Why a lead was disqualified."""
RETURN_ON = "nurture_return_on"
"""Of a write: the return as a date, for a field that holds no time of day."""
OWN_FIELDS = frozenset({REASON, PATH, RETURN, REFUSAL})
NURTURE = "nurture"
"""Stands in the clock's place of what is due after a lead went back."""
BY_HAND = "by_hand"
"""Stands in the definition's place: a person set the status of a lead that had gone back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """One programme: for which reasons, and how long a lead in it is left alone."""

    name: str
    reasons: frozenset[str] = frozenset()
    default: bool = False  # for reasons that no path names
    cool_down: timedelta = timedelta(0)  # so long nothing automatic hands the lead over again
    returns_after: timedelta | None = None  # then it is looked at again
    what: Mapping[str, str] = field(default_factory=dict, hash=False)  # leads get, by language
    enrol_within: timedelta | None = None  # so soon a lead is in it; None: as all are

    def returns_at(self, since: datetime) -> datetime | None:
        """Return when a lead that went back at `since` is looked at again."""
        return since + self.returns_after if self.returns_after is not None else None


@dataclass(frozen=True, kw_only=True)  # no slots: what follows from it is worked out once
class Nurture:
    """What was agreed of leads that go back, or are given up."""

    paths: tuple[Path, ...] = ()
    through: frozenset[str] = frozenset()  # definitions that no cool-down holds back
    required: frozenset[str] = frozenset()  # ends that are to have a reason: recycled, ...
    reopens_within: timedelta | None = None  # None: a status that is set back begins nothing
    checks: bool = False  # at the return date a lead that qualifies then is handed over
    reminds: str = ""  # name of the text that marketing is told then
    reads: frozenset[str] = frozenset()  # of the fields above, those that the CRM tells
    writes: frozenset[str] = frozenset()  # and those that are written

    @cached_property
    def waits(self) -> bool:
        """Tell whether a lead that went back has anything to wait for."""
        return any(path.cool_down or path.returns_after for path in self.paths)

    @property
    def looks_again(self) -> bool:
        """Tell whether anything is done at a return date."""
        return self.checks or bool(self.reminds)

    def named(self, name: str) -> Path | None:
        return next((path for path in self.paths if plain(path.name) == plain(name)), None)

    def path_for(self, reason: str) -> Path | None:
        """Return the first path that is for a reason; the default one where none is."""
        meant = [p for p in self.paths if plain(reason) in map(plain, p.reasons)]
        return next(iter(meant or [path for path in self.paths if path.default]), None)


def plain(text: str) -> str:
    """Write a reason or a name as it is compared."""
    return " ".join(text.split()).casefold()
