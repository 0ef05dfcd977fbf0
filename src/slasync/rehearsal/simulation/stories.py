"""Who is who: contacts and leads of one person become one story, with its hand-overs."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Any

from slasync.rehearsal.simulation.evidence import Evidence
from slasync.rehearsal.simulation.story import Ended, Episode, Met, Story
from slasync.rehearsal.simulation.story_crm import CrmReader, leads_of
from slasync.rehearsal.simulation.story_marketing import (
    ContactReader,
    Passes,
    mets_of,
)
from slasync.rehearsal.simulation.story_merges import merges_of, told_apart

LEADS = "salesforce.leads"


def tell(evidence: Evidence) -> list[Story]:
    """Read the journal: return a story for each person, those without a contact last."""
    contacts = ContactReader(evidence).read()
    leads = leads_of(evidence.journal)
    of_lead = _joined(contacts, leads, f"{evidence.policy.marketing.system}:contact:")
    CrmReader(evidence, of_lead).read()
    for story in {id(s): s for s in of_lead.values()}.values():
        story.ends = [replace(e, certain=_surely_seen(e, story, evidence)) for e in story.ends]
    alone = {id(s): s for s in of_lead.values() if s.contact is None}
    stories = [*contacts.values(), *alone.values()]
    _name(stories, evidence)
    told_apart(stories, merges_of(evidence))
    passes = _passes(evidence)
    first_load = passes.ended[0] if passes.ended else evidence.ended
    for story in stories:
        story.mets = mets_of(story, evidence.policy, passes, first_load)
        story.episodes = episodes_of(story, evidence)
    return stories


def _surely_seen(end: Ended, story: Story, evidence: Evidence) -> bool:
    """Tell whether an end was read before it was undone: a record that is deleted and undeleted
    between two looks shows no trace of it."""
    undone = min((at for at in story.restored if at > end.at), default=None)
    if end.reason != "deleted" or undone is None:
        return True
    return _read_between(end.visible, undone, evidence)


def _surely_back(restored: datetime, story: Story, evidence: Evidence) -> bool:
    """Tell whether it was read that a record was undeleted, before it was deleted again."""
    deletions = (e.at for e in story.ends if e.reason == "deleted" and e.at > restored)
    again = min(deletions, default=None)
    return again is None or _read_between(restored, again, evidence)


def _read_between(seen: datetime, until: datetime, evidence: Evidence) -> bool:
    return any(
        c.stream == LEADS
        and c.new_watermark is not None
        and c.new_watermark >= seen
        and c.at <= until
        for c in evidence.cursor_log
    )


def _passes(evidence: Evidence) -> Passes:
    complete = sorted(
        (c.at, c.new_watermark + evidence.policy.settle)
        for c in evidence.cursor_log
        if c.stream == evidence.policy.marketing.stream
        and c.new_watermark is not None
        and c.new_watermark != c.old_watermark
    )
    return Passes([at for at, _ in complete], [upto for _, upto in complete])


def _joined(
    contacts: Mapping[str, Story], leads: Mapping[str, dict[str, Any]], prefix: str
) -> dict[str, Story]:
    """Return whose each lead is: by the key slasync wrote into it, else by its e-mail address."""
    by_email = _addresses(contacts)
    of_lead: dict[str, Story] = {}
    for lead, known in leads.items():
        named = {c for e in known["emails"] for c in by_email.get(e, ())}
        key = str(known["key"] or "").removeprefix(prefix)
        if key in contacts:
            named.add(key)
        for contact in sorted(named) if len(named) > 1 else ():
            contacts[contact].unclear = "an e-mail address belongs to several contacts"
        story = contacts[key if key in contacts else min(named)] if named else Story()
        of_lead[lead] = story
        story.leads.append(lead)
        if len(story.leads) > 1:
            story.unclear = story.unclear or "the CRM has several leads of this person"
    return of_lead


def _addresses(contacts: Mapping[str, Story]) -> dict[str, set[str]]:
    """Return whose each e-mail address ever was."""
    by_email: dict[str, set[str]] = defaultdict(set)
    for contact, story in contacts.items():
        for version in story.versions:
            if email := version.values.get("email"):
                by_email[str(email).strip().lower()].add(contact)
    for sharing in by_email.values():
        for contact in sorted(sharing) if len(sharing) > 1 else ():
            contacts[contact].unclear = "an e-mail address belongs to several contacts"
    return by_email


def _name(stories: list[Story], evidence: Evidence) -> None:
    """Find slasync's keys for each person; two persons under one key are not told apart."""
    linked: dict[tuple[str, str, str], str] = {}
    for row in evidence.tables.get("link", ()):
        linked[row["system"], row["kind"], str(row["external_id"])] = str(row["lead_key"])
    users: dict[str, list[Story]] = defaultdict(list)
    for story in stories:
        refs = [(story.marketing, "contact", story.contact)] if story.contact else []
        refs += [("salesforce", "lead", lead) for lead in story.leads]
        keys = dict.fromkeys(linked[ref] for ref in refs if ref in linked)
        story.keys = list(keys)
        if len(keys) > 1:
            story.unclear = story.unclear or "slasync keeps the records as several leads"
        for key in keys:
            users[key].append(story)
    for sharing in users.values():
        if len(sharing) > 1:
            for story in sharing:
                story.unclear = story.unclear or "slasync keeps several persons as one lead"


def episodes_of(story: Story, evidence: Evidence) -> list[Episode]:
    """Walk through what happened: each definition met while nothing was open opens a cycle."""
    walk = _Walk()
    steps: list[tuple[datetime, int, Callable[[], None]]] = []
    steps += [(e.at, 0, partial(walk.end, e)) for e in story.ends]
    for at in story.restored:
        steps.append((at, 1, partial(walk.restore, surely=_surely_back(at, story, evidence))))
    judged = [m for m in story.mets if m.at >= evidence.policy.effective_from]
    steps += [(m.at, 2, partial(walk.met, m)) for m in judged]
    for _, _, step in sorted(steps, key=itemgetter(0, 1)):
        step()
    return walk.found


class _Walk:
    """An uncertain hand-over opens nothing, but a certain one after it may have begun with it."""

    def __init__(self) -> None:
        self.found: list[Episode] = []
        self._deleted = self._converted = self._open = self._perhaps_deleted = False
        self._maybe: datetime | None = None

    def restore(self, *, surely: bool) -> None:
        self._deleted, self._perhaps_deleted = False, not surely

    def end(self, event: Ended) -> None:
        if not event.certain:  # what is open may be open still
            self._perhaps_deleted = True
            return
        self._converted = self._converted or event.reason == "converted"
        self._deleted = self._deleted or event.reason == "deleted"
        if self._open:
            self.found[-1] = replace(self.found[-1], ended=event)
        self._open, self._maybe = False, None

    def met(self, event: Met) -> None:
        if self._open or self._converted or self._deleted:
            return
        if not event.certain or self._perhaps_deleted:
            self._maybe = self._maybe or event.at
            return
        at = self._maybe or event.at
        self._open, self._maybe = True, None
        self.found.append(Episode(at, event.latest, event.definition, ended=None))
