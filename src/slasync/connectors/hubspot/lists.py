"""Lists of contacts that are kept by hand: contacts put on them and taken off, list by list.

Putting somebody on a list who is there already changes nothing, so what may have been done is done
again without harm. Whoever changes a list last decides.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from slasync.connectors.hubspot.contact import SYSTEM
from slasync.connectors.hubspot.transport import Transport
from slasync.connectors.list_changes import ADD, NOT_CHANGED, REMOVE, Group, ListChanges
from slasync.domain.lead import Ref
from slasync.domain.writes import Write
from slasync.ports import Outcome, Receipt

MOST = 50  # a batch: after a lost answer each contact is a call
CHANGES = {ADD: ("recordsIdsAdded", "recordIdsAdded"), REMOVE: ("recordIdsRemoved",)}
"""How an answer names those it changed; the first spelling of added ones is HubSpot's own."""
MISSING = "recordIdsMissing"


class ContactLists(ListChanges):
    """HubSpot's lists: the answer says who was changed, and a contact says where it is."""

    def __init__(self, transport: Transport, lists: Mapping[str, str]) -> None:
        super().__init__(SYSTEM, lists)
        self._transport = transport

    def send(self, group: Group, writes: Sequence[Write]) -> dict[str, Receipt]:
        ids = [write.target.id for write in writes if write.target]
        answer = self._transport.change_list(group.number, group.change, ids)
        return {write.key: _settled(write, answer, group.change) for write in writes}

    def look(self, writes: Sequence[Write]) -> dict[str, Receipt]:
        """Tell by reading who is on which list. Raises TryLater or Stopped."""
        contacts = dict.fromkeys(write.target for write in writes if write.target)
        on = {contact: self._lists_of(contact) for contact in contacts}
        return {write.key: self._looked(write, on) for write in writes}

    def _lists_of(self, contact: Ref) -> frozenset[str]:
        rows = self._transport.lists_of(contact.id).get("results") or ()
        return frozenset(str(row.get("listId")) for row in rows if isinstance(row, Mapping))

    def _looked(self, write: Write, on: Mapping[Ref, frozenset[str]]) -> Receipt:
        if write.target is None:
            return Receipt(Outcome.REFUSED, message="the write names no HubSpot contact")
        there = self.number(write) in on[write.target]
        if there == (write.values["change"] == ADD):
            return Receipt(Outcome.APPLIED, write.target)
        return Receipt(Outcome.TRY_LATER, write.target, message=NOT_CHANGED)


def _settled(write: Write, answer: Mapping[str, Any], change: str) -> Receipt:
    """Read one contact's part of an answer. Who is in none of it was as wished already."""
    ref = write.target or Ref(SYSTEM, "contact", "")
    named = [answer[name] for name in CHANGES[change] if isinstance(answer.get(name), list)]
    if not named:
        return Receipt(
            Outcome.UNKNOWN, ref, message="HubSpot's answer does not say who was changed"
        )
    if ref.id in map(str, answer.get(MISSING) or ()):
        return Receipt(Outcome.GONE, ref, message="HubSpot has no such contact")
    changed = ref.id in {str(record) for records in named for record in records}
    return Receipt(Outcome.APPLIED if changed else Outcome.ALREADY, ref)
