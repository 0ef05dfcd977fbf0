"""What the vendors' journals say of merges: which record became part of which, and when."""

from collections.abc import Iterable, Iterator, Mapping
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
    """One record became part of another; readers could see that from `visible` on."""

    at: datetime
    visible: datetime
    gone: Record
    stays: Record


def merges_of(evidence: Evidence) -> list[Merged]:
    """Return every merge of leads and of contacts, in order."""
    return [
        Merged(e.at, evidence.visible.get(e.number, e.at), (*kind, gone), (*kind, e.id))
        for e in evidence.journal
        if e.operation == "merge" and (kind := _kind(e)) is not None
        for gone in _gone(e)
    ]


def _kind(entry: Entry) -> tuple[str, str] | None:
    return {"Lead": LEAD, **CONTACTS}.get(entry.object)


def _gone(entry: Entry) -> Iterator[str]:
    """The CRM and Marketo name those that are gone; HubSpot makes a new record, and names both."""
    after = entry.after
    told = str(after.get("hs_merged_object_ids") or after.get("mergedIds") or "")
    named = after.get("losers") or told.replace(",", ";").split(";")
    yield from (str(id_) for id_ in named if str(id_) not in {"", entry.id})


def becomes(merges: Iterable[Merged]) -> Mapping[Record, Record]:
    """Return what each record that is gone is part of at last."""
    into = {merge.gone: merge.stays for merge in merges}
    return {record: _end(record, into) for record in into}


def _end(record: Record, into: Mapping[Record, Record]) -> Record:
    while record in into:
        record = into[record]
    return record


def told_apart(stories: Iterable[Story], merges: Iterable[Merged]) -> None:
    """What merged records mean is judged by itself: `invariants/merges.py`."""
    records = {record for merge in merges for record in (merge.gone, merge.stays)}
    for story in stories:
        own = {(*LEAD, lead) for lead in story.leads}
        own |= {(story.marketing, "contact", story.contact)} if story.contact else set()
        if own & records:
            story.merged = True
            story.unclear = story.unclear or "its records were merged with others"
