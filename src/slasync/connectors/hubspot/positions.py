"""How far a pass has read: a page of the list, or a window of a search, as opaque text."""

import json
from dataclasses import dataclass

from slasync.errors import Refused
from slasync.ports import Position


@dataclass(frozen=True, slots=True)
class Listed:
    """The list has been read up to this page; `archived` owners and contacts are a second list."""

    after: str | None = None
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """Everything before `low` (epoch ms) has been read.

    Each page starts anew at the last stamp of the page before, whose rows come again. Paging on
    by offset would lose a row whenever one already read is modified and so leaves the window.
    """

    low: int


@dataclass(frozen=True, slots=True)
class Moment:
    """Rows that share one stamp, more than a page of them: read by id, up to `last`."""

    at: int
    last: int = 0


Place = Listed | Window | Moment


def encode(place: Place) -> Position:
    match place:
        case Listed(after, archived):
            return json.dumps({"after": after, "archived": archived})
        case Window(low):
            return json.dumps({"low": low})
        case Moment(at, last):
            return json.dumps({"at": at, "last": last})


def decode(position: Position) -> Place:
    """Read a position again. Raises Refused when no connector can have written it."""
    try:
        told = json.loads(position)
        if "after" in told:
            return Listed(told["after"], bool(told["archived"]))
        if "low" in told:
            return Window(int(told["low"]))
        return Moment(int(told["at"]), int(told["last"]))
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(f"a position of HubSpot cannot be read: {position[:80]!r}") from error
