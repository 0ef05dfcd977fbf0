"""Owners: users of the account as records point to them; an owner's id is not the user's id."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from slasync.sandbox.http import is_number
from slasync.sandbox.hubspot import stamps
from slasync.sandbox.hubspot.errors import Json
from slasync.sandbox.world import World

FIRST_OWNER = 71_204_001
FIRST_USER = 4_630_501
_STEP = 17  # ids of real owners are not dense


@dataclass(frozen=True, slots=True)
class Owner:
    """One owner. Archived: the user was deactivated. `made`, `changed`: milliseconds."""

    id: int
    user_id: int
    email: str
    first: str
    last: str
    made: int
    changed: int
    archived: bool = False
    teams: tuple[tuple[str, str], ...] = ()  # id, name; the first is the primary one

    def json(self) -> Json:
        """Return the owner as the API shows it; an archived one has lost its user id."""
        shown: Json = {
            "id": str(self.id),
            "email": self.email,
            "type": "PERSON",
            "firstName": self.first,
            "lastName": self.last,
            "userId": None if self.archived else self.user_id,
            "userIdIncludingInactive": self.user_id,
            "createdAt": stamps.iso(self.made),
            "updatedAt": stamps.iso(self.changed),
            "archived": self.archived,
        }
        if self.teams:
            shown["teams"] = [
                {"id": team, "name": name, "primary": number == 0}
                for number, (team, name) in enumerate(self.teams)
            ]
        return shown


class Owners:
    """All owners of the account, by id."""

    def __init__(self, world: World, *, id_is_user_id: bool) -> None:
        self._world = world
        self._id_is_user_id = id_is_user_id
        self._owners: dict[int, Owner] = {}

    def add(self, email: str, first: str, last: str, teams: tuple[tuple[str, str], ...]) -> Owner:
        """Make an owner with ids of its own."""
        number = len(self._owners) * _STEP
        user_id = FIRST_USER + number
        owner_id = user_id if self._id_is_user_id else FIRST_OWNER + number
        now = stamps.millis(self._world.now())
        owner = Owner(owner_id, user_id, email, first, last, now, now, teams=teams)
        self._owners[owner_id] = owner
        return owner

    def archive(self, owner_id: int) -> None:
        """Deactivate the user: records keep pointing at it, new ones cannot."""
        now = stamps.millis(self._world.now())
        self._owners[owner_id] = replace(self._owners[owner_id], archived=True, changed=now)

    def can_own(self, owner_id: str) -> bool:
        """Tell whether a record can be given to this owner."""
        owner = self._owners.get(int(owner_id)) if is_number(owner_id) else None
        return owner is not None and not owner.archived

    def find(self, key: int, *, by_user_id: bool) -> Owner | None:
        if not by_user_id:
            return self._owners.get(key)
        return next((o for o in self if o.user_id == key), None)

    def __iter__(self) -> Iterator[Owner]:
        return iter(self._owners.values())
