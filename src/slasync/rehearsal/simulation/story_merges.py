"""What the vendors' journals say of merges: which record became part of which, and when."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from slasync.rehearsal.simulation.evidence import BOOKS, Evidence
from slasync.rehearsal.simulation.story import Story
from slasync.sandbox.journal import Entry

Record = tuple[str, str, str]
"""System, kind and id."""
LEAD = ("salesforce", "lead")
CONTACTS = {books.object: (books.system, "contact") for books in BOOKS.values()}


@dataclass(frozen=True, slots=True)
class Merged:
    """One record became part of another; readers could see that from `visible` on. Where somebody
    took it out of the bin again they could see that from `undone` on."""

    at: datetime
    visible: datetime
    gone: Record
    stays: Record
    undone: datetime | None = None


def merges_of(evidence: Evidence) -> list[Merged]:
    """Return every merge of leads and of contacts, in order."""
    return [
        Merged(e.at, _seen(evidence, e), (*kind, gone), (*kind, e.id), _undone(evidence, e, gone))
        for e in evidence.journal
        if e.operation == "merge" and (kind := _kind(e)) is not None
        for gone in _gone(e)
    ]


def _undone(evidence: Evidence, merge: Entry, gone: str) -> datetime | None:
    """Return since when it could be seen that a record was restored after a merge."""
    back = (
        _seen(evidence, e)
        for e in evidence.journal
        if e.operation == "undelete" and (e.object, e.id) == (merge.object, gone)
        if e.at > merge.at
    )
    return next(back, None)


def _seen(evidence: Evidence, entry: Entry) -> datetime:
    return evidence.visible.get(entry.number, entry.at)


def _kind(entry: Entry) -> tuple[str, str] | None:
    return {"Lead": LEAD, **CONTACTS}.get(entry.object)


def _gone(entry: Entry) -> Iterator[str]:
    """The CRM and Marketo name those that are gone; HubSpot makes a new record, and names both."""
    after = entry.after
    told = str(after.get("hs_merged_object_ids") or after.get("mergedIds") or "")
    named = after.get("losers") or told.replace(",", ";").split(";")
    yield from (str(id_) for id_ in named if str(id_) not in {"", entry.id})


def later_ids(merges: Sequence[Merged]) -> Mapping[str, set[str]]:
    """Return all the ids under which a contact of marketing's that is gone went on, one after the
    other: to write to an old id is to write to the contact that it is by then.
    """
    found: dict[str, set[str]] = {}
    for merge in reversed(merges):
        if merge.gone[:2] != LEAD:
            later = {merge.stays[2]} | found.get(merge.stays[2], set())
            found[merge.gone[2]] = found.get(merge.gone[2], set()) | later
    return found


def told_apart(stories: Iterable[Story], merges: Iterable[Merged]) -> None:
    """What merged records mean is judged by itself: `invariants/merges.py`."""
    records = {record for merge in merges for record in (merge.gone, merge.stays)}
    for story in stories:
        own = {(*LEAD, lead) for lead in story.leads}
        own |= {(story.marketing, "contact", story.contact)} if story.contact else set()
        if own & records:
            story.merged = True
            story.unclear = story.unclear or "its records were merged with others"
