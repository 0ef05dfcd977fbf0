"""Who is on a static list: added and removed, with an activity and a line in the journal."""

from slasync.sandbox.marketo.activity_types import ADD_TO_LIST, REMOVE_FROM_LIST
from slasync.sandbox.marketo.instance import Instance, Source
from slasync.sandbox.marketo.leads import Lead
from slasync.sandbox.marketo.lists import StaticList


def add(instance: Instance, to: StaticList, lead: Lead, source: Source) -> None:
    """Put a lead on a list; one that is on it stays as it is."""
    if lead.id in to.members:
        return
    to.members[lead.id] = to.changed = instance.now
    _tell(instance, ADD_TO_LIST, to, lead, source)


def remove(instance: Instance, of: StaticList, lead: Lead, source: Source) -> bool:
    """Take a lead off a list; tell whether it was on it."""
    if of.members.pop(lead.id, None) is None:
        return False
    of.changed = instance.now
    _tell(instance, REMOVE_FROM_LIST, of, lead, source)
    return True


def _tell(instance: Instance, type_: int, of: StaticList, lead: Lead, source: Source) -> None:
    name, on = f"list:{of.id}", type_ == ADD_TO_LIST
    before, after = {name: None if on else "member"}, {name: "member" if on else None}
    instance.journal(lead.id, "list", source.by, before=before, after=after)
    told = (("Source", source.name),)
    instance.tell(type_, lead.id, primary_id=of.id, primary=of.name, attributes=told)
