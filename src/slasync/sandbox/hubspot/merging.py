"""Two records made one, and a record erased for good."""

from collections.abc import Mapping
from dataclasses import replace

from slasync.sandbox.hubspot import catalogue
from slasync.sandbox.hubspot.catalogue import Kind
from slasync.sandbox.hubspot.errors import bad
from slasync.sandbox.hubspot.portal import Portal, addresses
from slasync.sandbox.hubspot.record import Origin, Record

_MOST_IDENTITIES = 250


def merge(portal: Portal, kind: Kind, primary: Record, loser: Record, origin: Origin) -> Record:
    """Make one record of two; both old ids stand for it. The primary one's values win."""
    if primary.id == loser.id:
        raise bad("Cannot merge a record with itself")
    merged_ids = (*_own(portal, primary), loser.id, *loser.merged)
    if len(merged_ids) > _MOST_IDENTITIES:
        raise bad(f"A record cannot have more than {_MOST_IDENTITIES} merged records")
    new_id = primary.id if portal.options.merge_keeps_primary_id else portal.new_id()
    values = _joined(kind, primary, loser)
    moved = len(set(values) - set(primary.properties))
    for old in (primary, loser):
        portal.remove(kind, old)
        if old.id != new_id:
            portal.links.move(kind.name, old.id, new_id)
            portal.lists.merged(kind.type_id, old.id, new_id, portal.now)
            portal.table(kind).alias(old.id, new_id)
    record = replace(
        primary,
        id=new_id,
        properties=values,
        created=min(primary.created, loser.created),
        modified=portal.now,
        merged=merged_ids,
    )
    after: Mapping[str, str | None] = {
        "hs_merged_object_ids": ";".join(map(str, merged_ids)),
        **{n: v for n, v in values.items() if primary.properties.get(n) != v},
    }
    before = {name: primary.properties.get(name) for name in after}
    record = portal.commit(
        kind, record, operation="merge", origin=origin, before=before, after=after
    )
    portal.say(kind, new_id, "merge", _told(primary, loser, new_id, moved), origin)
    return record


def forget(portal: Portal, kind: Kind, record: Record, origin: Origin) -> None:
    """Erase a record on its person's demand: it is in no list, bin or history any more."""
    portal.remove(kind, record)
    portal.links.cut(kind.name, record.id)
    portal.table(kind).history.pop(record.id, None)
    portal.journal(kind, record.id, "delete", origin=origin, before={}, after={})
    portal.say(kind, record.id, "privacyDeletion", {"changeFlag": "DELETED"}, origin)
    portal.say(kind, record.id, "deletion", {"changeFlag": "DELETED"}, origin)


def _own(portal: Portal, primary: Record) -> tuple[int, ...]:
    """Return the ids that the primary record brings into the merged one."""
    if portal.options.merge_keeps_primary_id:
        return primary.merged
    return (primary.id, *primary.merged)


def _joined(kind: Kind, primary: Record, loser: Record) -> dict[str, str]:
    """Return the merged values: the primary's, then the other's; the further stage of the two."""
    values = {**loser.properties, **primary.properties}
    stages = [r.properties.get("lifecyclestage", "") for r in (primary, loser)]
    known = [stage for stage in stages if stage in catalogue.LIFECYCLE]
    if known:
        values["lifecyclestage"] = max(known, key=catalogue.LIFECYCLE.index)
    if kind.name == "contacts":
        every = dict.fromkeys(addresses(primary) + addresses(loser))
        further = [address for address in every if address != values.get("email")]
        if further:
            values["hs_additional_emails"] = ";".join(further)
    return values


def _told(primary: Record, loser: Record, new_id: int, moved: int) -> dict[str, object]:
    return {
        "primaryObjectId": primary.id,
        "mergedObjectIds": [loser.id],
        "newObjectId": new_id,
        "numberOfPropertiesMoved": moved,
    }
