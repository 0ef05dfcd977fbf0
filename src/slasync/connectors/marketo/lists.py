"""Static lists: leads put on them and taken off, list by list, 300 a call.

Doing it once more changes nothing, so what may have been done is done again without harm. Whoever
changes a list last decides.
"""

from collections.abc import Mapping, Sequence

from slasync.connectors.marketo.errors import Missing, complaint_of, row_error
from slasync.connectors.marketo.receipts import receipt_of
from slasync.connectors.marketo.transport import Json, Transport
from slasync.domain.lead import Ref
from slasync.domain.writes import Write
from slasync.errors import Refused, TryLater
from slasync.ports import Outcome, Receipt

LISTS = "lists"
CHANGES = {"add": "added", "remove": "removed"}
NOT_ON_IT = "1015"
IN_TURN = Receipt(Outcome.TRY_LATER, message="an earlier change of the same list comes first")

Group = tuple[str, str]
"""Number of a list, and add or remove."""


class ListChanges:
    """Writes of one action: who is on which list."""

    def __init__(self, transport: Transport, lists: Mapping[str, str]) -> None:
        self._transport = transport
        self._numbers = lists

    def refusal(self, write: Write) -> str | None:
        """Say why Marketo could not even be asked; None when it can."""
        name, change = write.values.get("list"), write.values.get("change")
        if name not in self._numbers:
            return f"connectors/marketo/connector.yaml names no list {name!r} in `lists`"
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
                receipts |= {write.key: receipt_of(error, write.target) for write in members}
            except Refused as error:  # the list is at fault: nobody is told to be gone for that
                words = f"list {group[0]}: {error}"
                refused = {
                    w.key: Receipt(Outcome.REFUSED, w.target, message=words) for w in members
                }
                receipts |= refused
            sent = True
        return receipts

    def look(self, writes: Sequence[Write]) -> dict[str, Receipt]:
        """Tell by reading who is on which list. Raises TryLater or Stopped."""
        groups: dict[str, list[Write]] = {}
        for write in writes:
            groups.setdefault(self._number(write), []).append(write)
        receipts: dict[str, Receipt] = {}
        for number, members in groups.items():
            ids = list(dict.fromkeys(write.target.id for write in members if write.target))
            try:
                told = {str(row.get("id")): row for row in self._transport.members(number, ids)}
            except Missing as error:
                refused = Receipt(Outcome.REFUSED, message=f"list {number}: {error}")
                receipts |= dict.fromkeys((write.key for write in members), refused)
                continue
            receipts |= {write.key: _looked(write, told) for write in members}
        return receipts

    def _grouped(
        self, writes: Sequence[Write]
    ) -> tuple[dict[Group, list[Write]], dict[str, Receipt]]:
        """Of several changes of one lead on one list only the first is sent now."""
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
        told = {str(row.get("id")): row for row in self._transport.change_list(number, change, ids)}
        return {write.key: _settled(write, told, change) for write in writes}

    def _number(self, write: Write) -> str:
        return self._numbers[str(write.values["list"])]


def _settled(write: Write, told: Mapping[str, Json], change: str) -> Receipt:
    """Read one lead's outcome; here those that were skipped have their id too."""
    row = told.get(write.target.id if write.target else "")
    if row is None:
        words = "Marketo's answer does not name this lead"
        return Receipt(Outcome.UNKNOWN, write.target, message=words)
    if row.get("status") == CHANGES[change]:
        return Receipt(Outcome.APPLIED, write.target)
    why = complaint_of(row.get("reasons") or row.get("reason"))
    if why.code == NOT_ON_IT and change == "remove":
        return Receipt(Outcome.ALREADY, write.target)
    return receipt_of(row_error(why), write.target)


def _looked(write: Write, told: Mapping[str, Json]) -> Receipt:
    row = told.get(write.target.id if write.target else "")
    status = row.get("status") if row else None
    if row is None or status not in {"memberof", "notmemberof"}:
        return Receipt(Outcome.GONE, write.target, message="Marketo has no such lead")
    if (status == "memberof") == (write.values["change"] == "add"):
        return Receipt(Outcome.APPLIED, write.target)
    return Receipt(Outcome.TRY_LATER, write.target, message="the list was not changed")
