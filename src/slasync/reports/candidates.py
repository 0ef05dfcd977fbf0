"""Records whose lead is unclear and leads that may be one person, from the mirror alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from slasync.domain.identity.matching import LEAST, Candidate, candidates
from slasync.domain.lead import Lead
from slasync.store.unit import Unit

AT_ONCE = 500  # leads read together
UNCLEAR = ("its links name", "its e-mail address is that of", "but its links name")


@dataclass(frozen=True, slots=True)
class Found:
    """A record that is set aside until somebody says whose it is."""

    record: str
    why: str
    settle: str  # the command that does


def set_aside(unit: Unit) -> list[Found]:
    """Return the records whose lead several could be, longest first."""
    found = []
    for record in unit.quarantine.list():
        system, _, plural = record.stream.partition(".")
        if any(words in record.reason for words in UNCLEAR):
            name = f"{system}:{plural.removesuffix('s')}:{record.id}"
            why = record.reason.partition(". Merge")[0]
            found.append(Found(name, why, f"slasync links make {name} LEAD"))
    return found


def found_pairs(unit: Unit, least: int = LEAST) -> list[Candidate]:
    """Return the pairs of leads worth a look; those that somebody has parted are left out."""
    return candidates(_leads(unit), unit.link_notes.all_refused(), least)


def _leads(unit: Unit) -> Iterator[Lead]:
    keys = iter(unit.leads.all_keys())
    while chunk := list(islice(keys, AT_ONCE)):
        yield from unit.leads.get(chunk).values()
