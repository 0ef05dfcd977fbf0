"""Pages of records other than contacts: a stream may read several types, one after another."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from slasync.connectors.hubspot.answers import onward, rows
from slasync.connectors.hubspot.contact import Record
from slasync.connectors.hubspot.objects import Objects, tied
from slasync.connectors.hubspot.positions import Listed, Moment, Window, decode, encode
from slasync.connectors.hubspot.transport import Json
from slasync.connectors.hubspot.values import instant, to_ms
from slasync.errors import Refused, TryLater
from slasync.ports import Ask, Position

Contacts = Mapping[str, tuple[str, ...]]
"""By the id of a record: the contacts that it is tied to."""


@dataclass(frozen=True, slots=True)
class Part:
    """One type of records, searched by one of its times."""

    kind: str
    stamp: str
    tied: bool = True  # the contacts that records are tied to are wanted


Page = tuple[Part, Sequence[Record], Contacts, Position | None]


class Parts:
    """Reads the parts of a stream: a first load by lists, what changed since by searches."""

    def __init__(self, objects: Objects, search_size: int) -> None:
        self._objects = objects
        self._search_size = search_size

    def page(
        self, ask: Ask, parts: Sequence[Part], properties: Callable[[str], Sequence[str]]
    ) -> Page:
        """Return one page, the contacts of its records, and where the next one begins."""
        wanted = parts if ask.since is not None else _each_kind(parts)
        number, inner = _decode(ask.position)
        if number >= len(wanted):
            raise Refused(f"a position of HubSpot is of no part: {ask.position!r}")
        part = wanted[number]
        names = properties(part.kind)
        read = self._listed if ask.since is None else self._searched
        found, contacts, more = read(ask, part, inner, names)
        return part, found, contacts, _onto(number, len(wanted), more)

    def _listed(
        self, _: Ask, part: Part, inner: str | None, properties: Sequence[str]
    ) -> tuple[Sequence[Record], Contacts, str | None]:
        place = decode(inner) if inner else Listed()
        if not isinstance(place, Listed):
            raise Refused("a position of HubSpot's search does not fit a list")
        listed = self._objects.page(part.kind, properties, place.after)
        onto, found = onward(place, listed), rows(listed)
        contacts = {str(record["id"]): tied(record) for record in found if "id" in record}
        return found, contacts, None if onto is None else encode(onto)

    def _searched(
        self, ask: Ask, part: Part, inner: str | None, properties: Sequence[str]
    ) -> tuple[Sequence[Record], Contacts, str | None]:
        since = to_ms(ask.since) if ask.since is not None else 0
        place = decode(inner) if inner else Window(since)
        if isinstance(place, Listed):
            raise Refused("a position of HubSpot's list does not fit a search")
        upto = to_ms(ask.upto)
        request = _request(part, place, upto, properties, self._search_size)
        told = self._objects.search(part.kind, request)
        found = rows(told)
        onto = _after(part, place, told, upto)
        ids = [str(record["id"]) for record in found if "id" in record]
        contacts = self._objects.contacts_of(part.kind, ids) if ids and part.tied else {}
        return found, contacts, None if onto is None else encode(onto)


def _each_kind(parts: Sequence[Part]) -> Sequence[Part]:
    """A list holds all of a type, whatever the time it is searched by."""
    return list({part.kind: part for part in reversed(parts)}.values())[::-1]


def _onto(number: int, parts: int, inner: str | None) -> Position | None:
    if inner is not None:
        return json.dumps({"part": number, "at": inner})
    return json.dumps({"part": number + 1, "at": None}) if number + 1 < parts else None


def _decode(position: Position | None) -> tuple[int, str | None]:
    if position is None:
        return 0, None
    try:
        told = json.loads(position)
        return int(told["part"]), told["at"]
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(f"a position of HubSpot cannot be read: {position[:80]!r}") from error


def _request(
    part: Part, place: Window | Moment, upto: int, properties: Sequence[str], size: int
) -> Json:
    match place:
        case Window(low):
            filters = [_filter(part.stamp, "GTE", low), _filter(part.stamp, "LTE", upto)]
            sort = part.stamp
        case Moment(at, last):
            same = [_filter(part.stamp, "GTE", at), _filter(part.stamp, "LTE", at)]
            filters, sort = [*same, _filter("hs_object_id", "GT", last)], "hs_object_id"
    return {
        "filterGroups": [{"filters": filters}],
        "sorts": [{"propertyName": sort, "direction": "ASCENDING"}],
        "properties": list(dict.fromkeys((*properties, part.stamp))),
        "limit": size,
    }


def _after(part: Part, place: Window | Moment, told: Json, upto: int) -> Window | Moment | None:
    """Tell where the next page begins: anew at the last stamp, whose rows come again."""
    found = rows(told)
    more = ((told.get("paging") or {}).get("next") or {}).get("after") is not None
    if more and not found:
        raise TryLater("HubSpot announced more rows and gave none: the page does not advance")
    match place:
        case Window(low):
            return _later(part, low, found, upto) if more else None
        case Moment(at, last):
            if more:
                greatest = max(int(row["id"]) for row in found if str(row.get("id")).isdigit())
                if greatest <= last:
                    raise TryLater(f"HubSpot's page after id {last} does not advance")
                return Moment(at, greatest)
            return Window(at + 1) if at < upto else None


def _later(part: Part, low: int, found: Sequence[Record], upto: int) -> Window | Moment:
    stamps = [_stamp(part, row) for row in found]
    ahead = [ms for ms in stamps if ms is not None and low < ms <= upto]
    if not ahead:
        return Moment(low)
    return Moment(ahead[0]) if set(stamps) == {ahead[0]} else Window(ahead[-1])


def _stamp(part: Part, record: Record) -> int | None:
    try:
        return to_ms(instant(str((record.get("properties") or {}).get(part.stamp))))
    except (ValueError, AttributeError):
        return None


def _filter(name: str, operator: str, value: int) -> dict[str, str]:
    return {"propertyName": name, "operator": operator, "value": str(value)}
