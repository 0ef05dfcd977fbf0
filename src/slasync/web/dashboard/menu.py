"""The menu: which pages there are, for whom, in which order."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from slasync.domain.access import Rank

if TYPE_CHECKING:
    from slasync.web.dashboard.visit import Visit


@dataclass(frozen=True, slots=True)
class Item:
    """One page of the menu; its words are `menu.<name>`."""

    name: str
    path: str
    rank: Rank = Rank.VIEWER


@dataclass(frozen=True, slots=True)
class Shown:
    """An item, and whether the visitor is there."""

    name: str
    path: str
    here: bool


GROUPS: tuple[tuple[str, tuple[Item, ...]], ...] = (
    ("today", (Item("overview", "/"), Item("queue", "/queue"), Item("teams", "/teams"))),
    ("decide", (Item("held", "/held"), Item("parked", "/parked"))),
    ("look", (Item("funnel", "/funnel"), Item("accounts", "/accounts"),
              Item("quality", "/quality"), Item("agreement", "/agreement"))),
    ("run", (Item("systems", "/systems"), Item("people", "/users", Rank.ADMIN),
             Item("audit", "/audit", Rank.ADMIN))),
)  # fmt: skip


def menu_of(visit: "Visit") -> list[tuple[str, list[Shown]]]:
    """Return the groups of pages that the visitor may see."""
    if visit.person is None:
        return []
    person = visit.person
    groups = [
        (name, [Shown(i.name, i.path, _here(i, visit.path)) for i in items if person.may(i.rank)])
        for name, items in GROUPS
    ]
    return [(name, items) for name, items in groups if items]


def _here(item: Item, path: str) -> bool:
    if item.path == "/":
        return path == "/"
    also = {"/queue": "/leads", "/teams": "/reps"}.get(item.path)
    return path.startswith(item.path) or (also is not None and path.startswith(also))
