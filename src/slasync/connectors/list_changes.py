"""Static lists of a marketing system: changes sent list by list, each record in its turn."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from slasync.connectors.receipts import receipt_of
from slasync.domain.lead import Ref
from slasync.domain.writes import Write
from slasync.errors import Refused, TryLater
from slasync.ports import Outcome, Receipt

LISTS = "lists"
"""The lane of such writes."""
ADD, REMOVE = "add", "remove"
IN_TURN = Receipt(Outcome.TRY_LATER, message="an earlier change of the same list comes first")
NOT_CHANGED = "the list was not changed"


@dataclass(frozen=True, slots=True)
class Group:
    """What one call changes: a list by its number, and whether records are added or removed."""

    number: str
    change: str


class ListChanges(ABC):
    """Writes of one action: who is on which list. A system says how it is sent and read."""

    def __init__(self, system: str, lists: Mapping[str, str]) -> None:
        self._system = system
        self._numbers = lists

    @abstractmethod
    def send(self, group: Group, writes: Sequence[Write]) -> dict[str, Receipt]:
        """Change one list; return receipts by key. Raises TryLater, Refused or Stopped."""

    @abstractmethod
    def look(self, writes: Sequence[Write]) -> dict[str, Receipt]:
        """Tell by reading who is on which list. Raises TryLater or Stopped."""

    def refusal(self, write: Write) -> str | None:
        """Say why the system could not even be asked; None when it can."""
        name, change = write.values.get("list"), write.values.get("change")
        if name not in self._numbers:
            return f"connectors/{self._system}/connector.yaml names no list {name!r} in `lists`"
        return None if change in {ADD, REMOVE} else f"a list is not changed by {change!r}"

    def apply(self, writes: Sequence[Write]) -> dict[str, Receipt]:
        """Send each list's changes together; return receipts by key. Raises TryLater, Stopped."""
        groups, receipts = self._grouped(writes)
        sent = False
        for group, members in groups.items():
            try:
                receipts |= self.send(group, members)
            except TryLater as error:
                if not sent and not error.unknown:
                    raise  # nothing at all was sent
                receipts |= {write.key: receipt_of(error, write.target) for write in members}
            except Refused as error:  # the list is at fault: nobody is told to be gone for that
                words = f"list {group.number}: {error}"
                receipts |= {
                    w.key: Receipt(Outcome.REFUSED, w.target, message=words) for w in members
                }
            sent = True
        return receipts

    def number(self, write: Write) -> str:
        return self._numbers[str(write.values["list"])]

    def _grouped(
        self, writes: Sequence[Write]
    ) -> tuple[dict[Group, list[Write]], dict[str, Receipt]]:
        """Of several changes of one record on one list only the first is sent now."""
        groups: dict[Group, list[Write]] = {}
        waiting: dict[str, Receipt] = {}
        taken: set[tuple[str, Ref | None]] = set()
        for write in writes:
            number = self.number(write)
            if (number, write.target) in taken:
                waiting[write.key] = IN_TURN
                continue
            taken.add((number, write.target))
            groups.setdefault(Group(number, str(write.values["change"])), []).append(write)
        return groups, waiting
