"""Pages as HubSpot answers them: their rows, and where the next one begins."""

from slasync.connectors.hubspot.contact import Record
from slasync.connectors.hubspot.positions import Listed
from slasync.connectors.hubspot.transport import Json
from slasync.errors import TryLater


def rows(answer: Json) -> list[Record]:
    """Return the records of a page; what is no object is told as a broken record, not lost."""
    results = answer.get("results")
    if not isinstance(results, list):
        raise TryLater("HubSpot answered a page without results")
    return [row if isinstance(row, dict) else {"properties": None, "is": row} for row in results]


def onward(place: Listed, answer: Json) -> Listed | None:
    """Return the next page of a list; None after the last. Raises TryLater on a page that stays."""
    after = following(answer)
    if after is None:
        return None
    if after == place.after or not rows(answer):
        raise TryLater(f"HubSpot's page after {place.after} does not advance")
    return Listed(after, place.archived)


def following(answer: Json) -> str | None:
    """Return where the next page begins; None after the last."""
    following = (answer.get("paging") or {}).get("next") or {}
    after = following.get("after")
    return None if after is None else str(after)
