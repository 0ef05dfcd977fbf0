"""Lists of contacts that are kept by hand: contacts put on them and taken off, list by list.

Putting somebody on a list who is there already changes nothing, so what may have been done is done
again without harm. Whoever changes a list last decides.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from slasync.connectors.hubspot.contact import SYSTEM
from slasync.connectors.hubspot.transport import Transport
from slasync.domain.lead import Ref
from slasync.domain.writes import Write
from slasync.errors import Refused, TryLater
from slasync.ports import Outcome, Receipt

LISTS = "lists"
MOST = 50  # a batch: after a lost answer each contact is a call
CHANGES = {"add": ("recordsIdsAdded", "recordIdsAdded"), "remove": ("recordIdsRemoved",)}
"""How an answer names those it changed; the first spelling of added ones is HubSpot's own."""
MISSING = "recordIdsMissing"
IN_TURN = Receipt(Outcome.TRY_LATER, message="an earlier change of the same list comes first")

Group = tuple[str, str]
"""Number of a list, and add or remove."""


class ListChanges:
    """Writes of one action: who is on which list."""

    def __init__(self, transport: Transport, lists: Mapping[str, str]) -> None:
        self._transport = transport
        self._numbers = lists

    def refusal(self, write: Write) -> str | None:
        """Say why HubSpot could not even be asked; None when it can."""
        name, change = write.values.get("list"), write.values.get("change")
        if name not in self._numbers:
            return f"connectors/hubspot/connector.yaml names no list {name!r} in `lists`"
        return None if change in CHANGES else f"a list is not changed by {change!r}"

    def apply(self, writes: Sequence[Write]) -> dict[str, Receipt]:
        """Send each list's changes together; return receipts by key. Raises TryLater, Stopped."""
        groups, receipts = self._grouped(writes)
        sent = False
        for group, members in groups.items():
            try:
                receipts |= self._send(group, members)
            except TryLater as error:
                if not sent and not error.unknown:
                    raise  # nothing at all was sent
                receipts |= {write.key: _failed(error, write) for write in members}
            except Refused as error:  # the list is at fault: it is gone, or fills itself
                told = str(error)
                receipts |= {
                    w.key: Receipt(Outcome.REFUSED, w.target, message=told) for w in members
                }
            sent = True
        return receipts

    def look(self, writes: Sequence[Write]) -> dict[str, Receipt]:
        """Tell by reading who is on which list. Raises TryLater or Stopped."""
        contacts = dict.fromkeys(write.target for write in writes if write.target)
        on = {contact: self._lists_of(contact) for contact in contacts}
        return {write.key: self._looked(write, on) for write in writes}

    def _grouped(
        self, writes: Sequence[Write]
    ) -> tuple[dict[Group, list[Write]], dict[str, Receipt]]:
        """Of several changes of one contact on one list only the first is sent now."""
        groups: dict[Group, list[Write]] = {}
        waiting: dict[str, Receipt] = {}
        taken: set[tuple[str, Ref | None]] = set()
        for write in writes:
            number = self._number(write)
            if (number, write.target) in taken:
                waiting[write.key] = IN_TURN
                continue
            taken.add((number, write.target))
            groups.setdefault((number, str(write.values["change"])), []).append(write)
        return groups, waiting

    def _send(self, group: Group, writes: Sequence[Write]) -> dict[str, Receipt]:
        number, change = group
        ids = [write.target.id for write in writes if write.target]
        answer = self._transport.change_list(number, change, ids)
        return {write.key: _settled(write, answer, change) for write in writes}

    def _lists_of(self, contact: Ref) -> frozenset[str]:
        rows = self._transport.lists_of(contact.id).get("results") or ()
        return frozenset(str(row.get("listId")) for row in rows if isinstance(row, Mapping))

    def _looked(self, write: Write, on: Mapping[Ref, frozenset[str]]) -> Receipt:
        if write.target is None:
            return Receipt(Outcome.REFUSED, message="the write names no HubSpot contact")
        there = self._number(write) in on[write.target]
        if there == (write.values["change"] == "add"):
            return Receipt(Outcome.APPLIED, write.target)
        return Receipt(Outcome.TRY_LATER, write.target, message="the list was not changed")

    def _number(self, write: Write) -> str:
        return self._numbers[str(write.values["list"])]


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


def _failed(error: TryLater, write: Write) -> Receipt:
    outcome = Outcome.UNKNOWN if error.unknown else Outcome.TRY_LATER
    return Receipt(outcome, write.target, message=str(error), after=error.after)
