"""What the vendors' journals say of merges: which record became part of which, and when."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from slasync.rehearsal.simulation.evidence import Evidence
from slasync.rehearsal.simulation.story import Story
from slasync.sandbox.journal import Entry

Record = tuple[str, str, str]
"""System, kind and id."""
LEAD, CONTACT = ("salesforce", "lead"), ("hubspot", "contact")


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
    return {"Lead": LEAD, "contacts": CONTACT}.get(entry.object)


def _gone(entry: Entry) -> Iterator[str]:
    """The CRM names those that are gone; marketing makes a new record, and names both."""
    named = entry.after.get("losers") or str(entry.after.get("hs_merged_object_ids") or "").split(
        ";"
    )
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
        own |= {(*CONTACT, story.contact)} if story.contact else set()
        if own & records:
            story.merged = True
            story.unclear = story.unclear or "its records were merged with others"
