"""Lists of records: those kept by hand, and those that fill themselves and take nobody's orders."""

from dataclasses import dataclass, field

from slasync.sandbox.http import is_number
from slasync.sandbox.hubspot.errors import bad, not_found

FIRST_LIST = 1
KINDS = ("MANUAL", "DYNAMIC", "SNAPSHOT")
BY_HAND = ("MANUAL", "SNAPSHOT")


@dataclass(slots=True)
class RecordList:
    """One list: its members, with when each was added in milliseconds."""

    id: int
    name: str
    type_id: str  # of the records: "0-1" is contacts
    kind: str
    made: int
    changed: int
    members: dict[int, int] = field(default_factory=dict)
    deleted: bool = False


class Lists:
    """All lists of an account."""

    def __init__(self) -> None:
        self._all: dict[int, RecordList] = {}

    def make(self, name: str, type_id: str, kind: str, now: int) -> RecordList:
        """Make a list. Raises 400."""
        if kind not in KINDS:
            raise bad(f"Invalid input JSON: processingType must be one of {', '.join(KINDS)}")
        if not name or any(each.name == name for each in self.all()):
            raise bad(f"List with name {name} already exists" if name else "List name is empty")
        made = RecordList(FIRST_LIST + len(self._all), name, type_id, kind, now, now)
        self._all[made.id] = made
        return made

    def all(self) -> list[RecordList]:
        return [each for each in self._all.values() if not each.deleted]

    def restore(self, text: str) -> None:
        """Take a deleted list back. Raises 400 and 404."""
        if is_number(text) and int(text) in self._all:
            self._all[int(text)].deleted = False
        self.need(text)

    def need(self, text: str) -> RecordList:
        """Return a list by its number. Raises 400 and 404."""
        if not is_number(text):
            raise bad(f"Invalid list id: {text}")
        found = self._all.get(int(text))
        if found is None or found.deleted:
            raise not_found(f"List does not exist with ID {text}.")
        return found

    def of(self, type_id: str, record: int) -> list[RecordList]:
        """Return the lists that a record is on."""
        return [each for each in self.all() if each.type_id == type_id and record in each.members]

    def merged(self, type_id: str, old: int, new: int, now: int) -> None:
        """Put the survivor of a merge onto the lists of the other one."""
        for each in self.of(type_id, old):
            del each.members[old]
            each.members.setdefault(new, now)


def by_hand(found: RecordList) -> RecordList:
    """Return a list that members can be put on. Raises 400 for one that fills itself."""
    if found.kind not in BY_HAND:
        words = "Cannot manually add or remove records from list"
        raise bad(f"{words} {found.id}: its processing type is {found.kind}.")
    return found
