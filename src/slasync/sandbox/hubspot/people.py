"""What people do in the account, not through the API: same rules, same journal, own name on it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from slasync.sandbox.hubspot import derive, forms, merging, rules, stamps
from slasync.sandbox.hubspot.associations import plain, primary
from slasync.sandbox.hubspot.catalogue import Kind
from slasync.sandbox.hubspot.errors import not_found
from slasync.sandbox.hubspot.objects import as_id
from slasync.sandbox.hubspot.portal import Portal
from slasync.sandbox.hubspot.properties import Property
from slasync.sandbox.hubspot.properties_api import define
from slasync.sandbox.hubspot.record import Origin, Record, flat

CONTACTS_TYPE = "0-1"
SOMEBODY = "4630501"  # the user that acts when nobody is named
IMPORT = Origin("IMPORT", "import", "import")
CONNECTOR = "salesforce"
"""Stands in a user's place where HubSpot's own connector to Salesforce writes."""
Given = Mapping[str, Any]


class People:
    """Acts of users, visitors and loaders. `by` is a user id. Refusals raise `errors.Problem`."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal

    def create(
        self, object_name: str, properties: Given, by: str = SOMEBODY, at: datetime | None = None
    ) -> str:
        """Make a record and return its id; `at` backdates its creation."""
        with self.portal.lock:
            kind, origin = self.portal.kind(object_name), person(by)
            values = rules.check_create(self.portal, kind, properties, origin)
            created = None if at is None else stamps.millis(at)
            return str(rules.create(self.portal, kind, values, origin, created=created).id)

    def update(
        self, object_name: str, record_id: str, properties: Given, by: str = SOMEBODY
    ) -> None:
        """Write values into a record."""
        with self.portal.lock:
            kind, origin = self.portal.kind(object_name), person(by)
            record = self._need(kind, record_id)
            values = rules.check_update(self.portal, kind, record, properties, origin)
            rules.update(self.portal, kind, record, values, origin)

    def note(self, object_name: str, contact: str, properties: Given, by: str = SOMEBODY) -> str:
        """Write down something that was done with a contact, or is to be; return its id."""
        with self.portal.lock:
            made = self.create(object_name, properties, by)
            kind = self.portal.kind(object_name)
            one, other = (kind.name, int(made)), ("contacts", int(contact))
            self.portal.links.tie(one, other, plain(kind.name, other[0]))
            return made

    def tie(self, one: str, one_id: str, other: str, other_id: str) -> None:
        """Associate two records; a company becomes the primary one of a contact or deal."""
        with self.portal.lock:
            names = self.portal.kind(one).name, self.portal.kind(other).name
            types = plain(*names) | primary(*names)
            self.portal.links.tie((names[0], int(one_id)), (names[1], int(other_id)), types)

    def untie(self, one: str, one_id: str, other: str, other_id: str) -> None:
        """Part two records again."""
        with self.portal.lock:
            names = self.portal.kind(one).name, self.portal.kind(other).name
            self.portal.links.untie((names[0], int(one_id)), (names[1], int(other_id)))

    def submit_form(
        self,
        contact: str,
        form_name: str,
        at: datetime | None = None,
        properties: Given | None = None,
    ) -> str:
        """Have the contact with this id or e-mail send in a form; a new e-mail makes a contact.

        Sets the conversion properties, to `at` (default: now). Returns the contact's id.
        """
        with self.portal.lock:
            email = contact if "@" in contact else self.get("contacts", contact).get("email", "")
            values = {**(properties or {}), "email": email}
            when = self.portal.now if at is None else stamps.millis(at)
            return str(forms.convert(self.portal, form_name, values, when).id)

    def archive(self, object_name: str, record_id: str, by: str = SOMEBODY) -> None:
        """Put a record into the recycling bin."""
        with self.portal.lock:
            kind = self.portal.kind(object_name)
            rules.archive(self.portal, kind, self._need(kind, record_id), person(by))

    def restore(self, object_name: str, record_id: str, by: str = SOMEBODY) -> None:
        """Take a record out of the recycling bin."""
        with self.portal.lock:
            kind = self.portal.kind(object_name)
            record = self.portal.table(kind).archived.get(as_id(record_id))
            if record is None:
                raise not_found()
            rules.restore(self.portal, kind, record, person(by))

    def merge(self, object_name: str, primary_id: str, loser_id: str, by: str = SOMEBODY) -> str:
        """Make one record of two and return its id."""
        with self.portal.lock:
            kind = self.portal.kind(object_name)
            primary, loser = self._need(kind, primary_id), self._need(kind, loser_id)
            return str(merging.merge(self.portal, kind, primary, loser, person(by)).id)

    def gdpr_delete(self, object_name: str, record_id: str, by: str = SOMEBODY) -> None:
        """Erase a record for good."""
        with self.portal.lock:
            kind = self.portal.kind(object_name)
            merging.forget(self.portal, kind, self._need(kind, record_id), person(by))

    def make_list(self, name: str, kind: str = "MANUAL") -> str:
        """Have a user make a list of contacts; return its number."""
        with self.portal.lock:
            made = self.portal.lists.make(name, CONTACTS_TYPE, kind, self.portal.now)
            return str(made.id)

    def members(self, number: str) -> list[str]:
        """Return who is on a list, by id."""
        with self.portal.lock:
            return [str(record) for record in sorted(self.portal.lists.need(number).members)]

    def get(self, object_name: str, record_id: str) -> dict[str, str]:
        """Return the values that are set, with `hs_object_id` and the stamps. Raises 404."""
        with self.portal.lock:
            kind = self.portal.kind(object_name)
            return flat(kind, self._need(kind, record_id))

    def rows(self, object_name: str) -> Iterator[dict[str, str]]:
        """Yield every live record as `get` shows it."""
        kind = self.portal.kind(object_name)
        for record in list(self.portal.table(kind)):
            yield flat(kind, record)

    def searchable_from(self, object_name: str, record_id: str) -> datetime | None:
        """Return when search shows the last write of a record; None when it was imported."""
        with self.portal.lock:
            visible = self.portal.visible_from(self.portal.kind(object_name), int(record_id))
            return None if visible is None else stamps.instant(visible)

    def tied(self, object_name: str, record_id: str, to: str) -> list[str]:
        """Return the ids of the records of type `to` that are associated with this one."""
        kind = self.portal.kind(object_name)
        found = self.portal.links.of((kind.name, int(record_id)), self.portal.kind(to).name)
        return [str(other) for other in sorted(found)]

    def add_owner(
        self, email: str, first: str, last: str, *, archived: bool = False, team: str = ""
    ) -> str:
        """Make an owner and return the owner's id (which is not the user's)."""
        with self.portal.lock:
            teams = (("1", team),) if team else ()
            owner = self.portal.owners.add(email, first, last, teams)
            if archived:
                self.portal.owners.archive(owner.id)
            return str(owner.id)

    def archive_owner(self, owner_id: str) -> None:
        """Deactivate an owner's user."""
        with self.portal.lock:
            self.portal.owners.archive(int(owner_id))

    def add_property(
        self, object_name: str, name: str, type_: str = "string", field_type: str = "text"
    ) -> Property:
        """Add a custom property, as an admin does in the settings."""
        with self.portal.lock:
            schema = self.portal.schema(self.portal.kind(object_name))
            group = next(iter(schema.groups))
            body = {"name": name, "type": type_, "fieldType": field_type, "groupName": group}
            return define(schema, body, self.portal.now)

    def remove_property(self, object_name: str, name: str) -> None:
        """Archive a property, as an admin does: answers show nothing in its place from then on."""
        with self.portal.lock:
            schema = self.portal.schema(self.portal.kind(object_name))
            schema.archive(name, self.portal.now)

    def load(self, object_name: str, rows: Iterable[Given]) -> int:
        """Import many records fast and return how many are new. The journal does not tell.

        A row may give the stamps themselves (`createdate`, `lastmodifieddate`). A row whose unique
        value is known already, or came earlier in the same load, updates that record instead.
        """
        with self.portal.lock:
            return Loader(self.portal, self.portal.kind(object_name)).load(rows)

    def _need(self, kind: Kind, record_id: str) -> Record:
        record = self.portal.table(kind).find(as_id(record_id))
        if record is None:
            raise not_found()
        return record


class Loader:
    """One import: rows become records that the index knows at once."""

    def __init__(self, portal: Portal, kind: Kind) -> None:
        self._portal = portal
        self._kind = kind
        self._table = portal.table(kind)
        self._new: list[Record] = []
        self._again: list[tuple[int, dict[str, str]]] = []

    def load(self, rows: Iterable[Given]) -> int:
        for row in rows:
            given = {name: value for name, value in row.items() if value not in (None, "")}
            created = self._stamp(given.pop(self._kind.created, None))
            modified = self._stamp(given.pop(self._kind.modified, None), created)
            schema = self._portal.schema(self._kind)
            values = derive.on_create(self._kind) | schema.checked(given, read_only_too=True)
            self._take(Record(self._portal.new_id(), values, created, modified, IMPORT))
        self._table.index.load(self._new)
        for known, further in self._again:  # only now, for the index must know them first
            rules.update(self._portal, self._kind, self._table.live[known], further, IMPORT)
        return len(self._new)

    def _take(self, record: Record) -> None:
        keys = self._table.keys(record)
        holders = [h for key in keys if (h := self._table.holder(*key)) is not None]
        if holders:
            self._again.append((holders[0], dict(record.properties)))
        else:
            self._table.load(record)
            self._new.append(record)

    def _stamp(self, given: Any, otherwise: int | None = None) -> int:
        if given is not None:
            return stamps.parse(str(given))
        return self._portal.now if otherwise is None else otherwise


def person(user_id: str) -> Origin:
    """Return the origin of what a user, or the connector to Salesforce, does."""
    if user_id == CONNECTOR:
        return Origin("SALESFORCE", CONNECTOR, CONNECTOR)
    return Origin("CRM_UI", f"userId:{user_id}", user_id)
