"""Static lists, and the folder they stand in."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from slasync.sandbox.marketo.failures import Failure, Json, no_object

FIRST_LIST = 1001
FOLDER = 12
FOLDER_NAME = "Group Lists"
WORKSPACE = "Default"


@dataclass(slots=True)
class StaticList:
    """One list: its members, with when each was added in milliseconds."""

    id: int
    name: str
    made: int
    changed: int
    description: str | None = None
    members: dict[int, int] = field(default_factory=dict)


class Lists:
    """All static lists of the instance."""

    def __init__(self) -> None:
        self._all: dict[int, StaticList] = {}
        self.next_id = FIRST_LIST

    def make(self, name: str, now: int, description: str | None = None) -> StaticList:
        """Make a list. Raises Failure 701, 709."""
        if not name:
            raise Failure("701", "name cannot be blank")
        if any(each.name == name for each in self):
            raise Failure("709", "Static List with the same name already exists")
        made = StaticList(self.next_id, name, now, now, description)
        self._all[made.id] = made
        self.next_id += 1
        return made

    def __iter__(self) -> Iterator[StaticList]:
        return iter(self._all.values())

    def need(self, number: int) -> StaticList:
        """Return a list. Raises Failure 1013."""
        if number not in self._all:
            raise no_object("List")
        return self._all[number]

    def named(self, name: str) -> StaticList | None:
        return next((each for each in self if each.name == name), None)

    def delete(self, number: int) -> None:
        """Forget a list; its members stay what they are."""
        del self._all[self.need(number).id]

    def forget(self, lead: int) -> None:
        """Take a lead that is no more off all lists."""
        for each in self:
            each.members.pop(lead, None)

    def merge(self, loser: int, winner: int) -> None:
        """Put the winner of a merge onto the lists of the loser."""
        for each in self:
            at = each.members.pop(loser, None)
            if at is not None:
                each.members.setdefault(winner, at)


def folder() -> Json:
    return {"id": FOLDER, "type": "Folder"}
