"""Whose record each one of a page is: linked, found by what it carries, or a lead of its own."""

from collections.abc import Mapping
from datetime import datetime

from slasync.domain.identity.belonging import Ambiguous, Same, match, normalised
from slasync.domain.lead import LeadKey, Ref, lead_key
from slasync.ports import PersonReading, Rejected
from slasync.store.unit import Unit


class Identifying:
    """The records of one page, being identified. What is new about them is noted."""

    def __init__(self, unit: Unit, now: datetime) -> None:
        self._unit, self._now = unit, now
        self.founded: set[LeadKey] = set()  # leads of which no record was known before
        self.linked: set[Ref] = set()
        self.rejected: list[Rejected] = []
        self._refused: dict[str, list[LeadKey]] = {}  # by record: what somebody has undone
        self._evidence: dict[Ref, Mapping[str, str]] = {}

    def owners(self, people: list[PersonReading]) -> dict[Ref, LeadKey]:
        """Return whose each record is. Ambiguous ones are rejected."""
        unit = self._unit
        self._refused = unit.link_notes.refused(
            [str(ref) for p in people for ref in (p.ref, *p.links)]
        )
        named = [ref for p in people for ref in p.links]
        links = dict(unit.links.of([*(p.ref for p in people), *named]))
        # of a record that was gone before it was first read, nothing is left to be known
        people = [p for p in people if p.merged_into is None or p.ref in links]
        strangers = [p for p in people if p.ref not in links]
        emails = {e for p in strangers if (e := normalised(p.email))}
        by_email = {e: list(keys) for e, keys in unit.leads.by_email(sorted(emails)).items()}
        carried = [LeadKey(p.lead_key) for p in strangers if p.lead_key]
        roots = unit.joins.roots(carried)
        keys = {key: roots.get(key, key) for key in unit.leads.existing(carried)}
        candidates = {k for found in by_email.values() for k in found}
        refs_of = {k: list(refs) for k, refs in unit.links.of_leads(sorted(candidates)).items()}
        owners: dict[Ref, LeadKey] = {}
        added: list[tuple[Ref, LeadKey, str]] = []
        for person in people:
            lead = links.get(person.ref)
            if lead is None:
                lead = self._who(person, links, keys, by_email, refs_of, added)
            if lead is None or self._contradicted(person, lead, links):
                continue
            owners[person.ref] = lead
            for ref in _named_by(person):
                if ref not in links and not self._undone(ref, lead):
                    links[ref] = lead
                    added.append((ref, lead, "id"))
                    self._evidence[ref] = {"named_by": str(person.ref)}
        if added:
            unit.links.add(added, self._now, self._evidence)
            self.linked = {ref for ref, _, _ in added}
        return owners

    def _who(  # noqa: PLR0913, PLR0917
        self,
        person: PersonReading,
        links: dict[Ref, LeadKey],
        keys: Mapping[LeadKey, LeadKey],
        by_email: dict[str, list[LeadKey]],
        refs_of: dict[LeadKey, list[Ref]],
        added: list[tuple[Ref, LeadKey, str]],
    ) -> LeadKey | None:
        """Find or found the lead of a record not seen before; note it for the rest of the page."""
        email = normalised(person.email)
        naming = {links[ref]: ref for ref in reversed(person.links) if ref in links}
        named = list(naming)
        if person.lead_key and person.lead_key in keys:
            named.append(keys[LeadKey(person.lead_key)])
        refused = self._refused.get(str(person.ref), ())
        alike = by_email.get(email, []) if email else []
        found = match(person.ref, named, alike, refs_of, refused)
        if isinstance(found, Ambiguous):
            self._reject(person, found.why)
            return None
        lead = found.lead if isinstance(found, Same) else lead_key(person.ref)
        if not isinstance(found, Same):
            self.founded.add(lead)
        links[person.ref] = lead
        how = found.how if isinstance(found, Same) else "first"
        if how == "id":
            by = naming.get(lead)
            how = "id" if by else "key"
            self._evidence[person.ref] = {"names": str(by or lead)}
        added.append((person.ref, lead, how))
        refs_of.setdefault(lead, []).append(person.ref)
        if email and lead not in by_email.setdefault(email, []):
            by_email[email].append(lead)
        return lead

    def _contradicted(
        self, person: PersonReading, lead: LeadKey, links: Mapping[Ref, LeadKey]
    ) -> bool:
        """Tell whether a link of the record names another lead than its own."""
        named = {links[ref] for ref in person.links if ref in links and not self._undone(ref, lead)}
        others = sorted(named - {lead})
        if others:
            self._reject(person, f"it is {lead}, but its links name {', '.join(others)}")
        return bool(others)

    def _undone(self, ref: Ref, lead: LeadKey) -> bool:
        """Tell whether somebody has said that a record which another one names is not this lead."""
        return lead in self._refused.get(str(ref), ())

    def _reject(self, person: PersonReading, why: str) -> None:
        reason = (
            f"{why}. Merge the duplicates in the CRM or correct the link, then retry; or say whose"
            f" it is: slasync links make {person.ref} LEAD."
        )
        stream = stream_of(person.ref)  # not the one that brought it: webhooks bring some as well
        self.rejected.append(Rejected(stream, person.ref.id, reason, person.raw))


def stream_of(ref: Ref) -> str:
    """Name the stream that a record is read by."""
    return f"{ref.system}.{ref.kind}s"


def _named_by(person: PersonReading) -> list[Ref]:
    """Records that this one names: links, and the contact and opportunity it was converted to."""
    made = person.converted or {}
    kinds = [kind for kind in ("contact", "opportunity") if made.get(kind)]
    return [*person.links, *(Ref(person.ref.system, kind, str(made[kind])) for kind in kinds)]
