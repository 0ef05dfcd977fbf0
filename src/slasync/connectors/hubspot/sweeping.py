"""HubSpot's contacts by id and stamp: its list, which is in the order of ids, 100 to a call."""

from collections.abc import Mapping, Sequence

from slasync.connectors.hubspot.answers import onward, rows
from slasync.connectors.hubspot.contact import MODIFIED, Record, contact_ref, modified_at
from slasync.connectors.hubspot.positions import Listed as Place
from slasync.connectors.hubspot.positions import decode, encode
from slasync.connectors.hubspot.read import CONTACTS
from slasync.connectors.hubspot.transport import Transport
from slasync.domain.lead import Ref
from slasync.errors import TryLater
from slasync.ports import Listed, Listing, Position, Reading, Source


class HubSpotLister:
    """Contacts that are not archived: what is archived is read in full each hour anyway."""

    kinds: Mapping[str, str] = {CONTACTS: "contact"}

    def __init__(self, source: Source, transport: Transport) -> None:
        self._source, self._transport = source, transport

    def page(self, stream: str, position: Position | None) -> Listing:
        place = decode(position) if position else Place()
        if not isinstance(place, Place):
            raise TryLater(f"{stream}: {position} is no place in a list")
        answer = self._transport.contacts([MODIFIED], place.after)
        onto = onward(place, answer)
        records = tuple(_listed(stream, row) for row in rows(answer))
        return Listing(records, encode(onto) if onto else None)

    def reread(self, refs: Sequence[Ref]) -> Sequence[Reading]:
        return self._source.fetch(refs)


def _listed(stream: str, row: Record) -> Listed:
    try:
        return Listed(contact_ref(str(row["id"])), modified_at(row))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TryLater(f"{stream}: a row has no id or stamp") from error
