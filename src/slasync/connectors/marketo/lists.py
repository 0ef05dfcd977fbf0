"""Static lists: leads put on them and taken off, list by list, 300 a call.

Doing it once more changes nothing, so what may have been done is done again without harm. Whoever
changes a list last decides.
"""

from collections.abc import Mapping, Sequence

from slasync.connectors.list_changes import ADD, NOT_CHANGED, REMOVE, Group, ListChanges
from slasync.connectors.marketo.contact import SYSTEM
from slasync.connectors.marketo.errors import complaint_of, row_error
from slasync.connectors.marketo.transport import Json, Transport
from slasync.connectors.receipts import Missing, receipt_of
from slasync.domain.writes import Write
from slasync.ports import Outcome, Receipt

CHANGES = {ADD: "added", REMOVE: "removed"}
NOT_ON_IT = "1015"


class LeadLists(ListChanges):
    """Marketo's static lists: the answer tells each lead for itself, a list tells its members."""

    def __init__(self, transport: Transport, lists: Mapping[str, str]) -> None:
        super().__init__(SYSTEM, lists)
        self._transport = transport

    def send(self, group: Group, writes: Sequence[Write]) -> dict[str, Receipt]:
        ids = [write.target.id for write in writes if write.target]
        rows = self._transport.change_list(group.number, group.change, ids)
        told = {str(row.get("id")): row for row in rows}
        return {write.key: _settled(write, told, group.change) for write in writes}

    def look(self, writes: Sequence[Write]) -> dict[str, Receipt]:
        """Tell by reading who is on which list. Raises TryLater or Stopped."""
        groups: dict[str, list[Write]] = {}
        for write in writes:
            groups.setdefault(self.number(write), []).append(write)
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


def _settled(write: Write, told: Mapping[str, Json], change: str) -> Receipt:
    """Read one lead's outcome; here those that were skipped have their id too."""
    row = told.get(write.target.id if write.target else "")
    if row is None:
        words = "Marketo's answer does not name this lead"
        return Receipt(Outcome.UNKNOWN, write.target, message=words)
    if row.get("status") == CHANGES[change]:
        return Receipt(Outcome.APPLIED, write.target)
    why = complaint_of(row.get("reasons") or row.get("reason"))
    if why.code == NOT_ON_IT and change == REMOVE:
        return Receipt(Outcome.ALREADY, write.target)
    return receipt_of(row_error(why), write.target)


def _looked(write: Write, told: Mapping[str, Json]) -> Receipt:
    row = told.get(write.target.id if write.target else "")
    status = row.get("status") if row else None
    if row is None or status not in {"memberof", "notmemberof"}:
        return Receipt(Outcome.GONE, write.target, message="Marketo has no such lead")
    if (status == "memberof") == (write.values["change"] == ADD):
        return Receipt(Outcome.APPLIED, write.target)
    return Receipt(Outcome.TRY_LATER, write.target, message=NOT_CHANGED)
