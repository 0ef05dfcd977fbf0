"""Rows put into a simulated system as an import does it: rows of a known key update."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from slasync.sandbox.hubspot import HubSpot
from slasync.sandbox.hubspot.errors import Problem
from slasync.sandbox.marketo import Failure, Marketo
from slasync.sandbox.salesforce import Salesforce
from slasync.sandbox.salesforce.errors import Trouble

Row = Mapping[str, Any]
IMPORTER = "import"


class Refusal(Exception):
    """The system would not take a row; nothing of it and of those after it is loaded."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows for one object. `key` is the field that tells them apart; every row has it."""

    system: str  # "hubspot" | "marketo" | "salesforce"
    object: str
    key: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Loaded:
    created: int
    updated: int


class Loader:
    """Loads into the systems of one sandbox."""

    def __init__(self, salesforce: Salesforce, hubspot: HubSpot, marketo: Marketo) -> None:
        self._salesforce = salesforce
        self._hubspot = hubspot
        self._marketo = marketo
        self._known: dict[tuple[str, str], dict[str, str]] = {}

    def fields(self, system: str, object_name: str) -> list[str]:
        """Return the names of the fields that can be loaded. Raises Refusal."""
        if system == "salesforce":
            return self._salesforce_fields(object_name)
        if system == "hubspot":
            return self._hubspot_fields(object_name)
        if system == "marketo":
            return self._marketo_fields(object_name)
        raise Refusal(f"there is no system {system!r}")

    def load(self, batch: Batch) -> Loaded:
        """Load the rows in order. Raises Refusal naming the row."""
        self.fields(batch.system, batch.object)
        for number, row in enumerate(batch.rows, 1):
            if row.get(batch.key) in (None, ""):
                raise Refusal(f"row {number}: {batch.key} is empty")
        if batch.system == "salesforce":
            return _one_by_one(batch, self._into_salesforce)
        if batch.system == "marketo":
            return _one_by_one(batch, self._into_marketo)
        if self._is_unique(batch):
            return self._import(batch)
        return _one_by_one(batch, self._into_hubspot)

    def _salesforce_fields(self, object_name: str) -> list[str]:
        found = self._salesforce.org.schema.find(object_name)
        if found is None or found.name != object_name or not found.writable:
            raise Refusal(f"salesforce has no object {object_name!r} that can be loaded")
        return [f.name for f in found.fields.values() if f.createable]

    def _hubspot_fields(self, object_name: str) -> list[str]:
        portal = self._hubspot.portal
        try:
            kind = portal.kind(object_name)
        except Problem as error:
            raise Refusal(f"hubspot has no object {object_name!r}") from error
        return [p.name for p in portal.schema(kind).all() if p.archived is None]

    def _marketo_fields(self, object_name: str) -> list[str]:
        if object_name != "leads":
            raise Refusal(f"marketo has no object {object_name!r}: only leads")
        schema = self._marketo.instance.schema
        return [field.name for field in schema if field.name != "id" and not field.read_only]

    def _into_marketo(self, batch: Batch, row: Row) -> bool:
        """Create or update one lead, found by any field whose value tells leads apart."""
        instance = self._marketo.instance
        with instance.lock:
            found = instance.leads.find(batch.key, row[batch.key])
        if not found:
            self._marketo.create(row, IMPORTER)
            return True
        self._marketo.update(str(found[0]), row, IMPORTER)
        return False

    def _into_salesforce(self, batch: Batch, row: Row) -> bool:
        """Create or update one record; tell whether it is new."""
        people, admin = self._salesforce, self._salesforce.admin_id
        store = people.org.stores[batch.object]
        with people.lock:
            if batch.key not in store.matching:
                store.index(batch.key)
            found = store.live(batch.key, str(row[batch.key]))
        if not found:
            people.create(batch.object, row, admin)
            return True
        people.update(batch.object, found[0]["Id"], row, admin)
        return False

    def _is_unique(self, batch: Batch) -> bool:
        portal = self._hubspot.portal
        kind = portal.kind(batch.object)
        named = portal.schema(kind).unique_names
        return batch.key in named or (kind.name, batch.key) == ("contacts", "email")

    def _import(self, batch: Batch) -> Loaded:
        """Load many at once. The rows are checked first: an import does not stop half-way."""
        portal = self._hubspot.portal
        kind = portal.kind(batch.object)
        schema, stamps = portal.schema(kind), {kind.created, kind.modified}
        for number, row in enumerate(batch.rows, 1):
            given = {name: value for name, value in row.items() if name not in stamps}
            with _named(number):
                schema.checked(given, read_only_too=True)
        created = self._hubspot.load(batch.object, batch.rows)
        return Loaded(created, len(batch.rows) - created)

    def _into_hubspot(self, batch: Batch, row: Row) -> bool:
        """Create or update one record whose key HubSpot itself does not hold to be unique."""
        known = self._known.get((batch.object, batch.key))
        if known is None:
            rows = self._hubspot.rows(batch.object)
            known = {r[batch.key]: r["hs_object_id"] for r in rows if batch.key in r}
            self._known[batch.object, batch.key] = known
        value = str(row[batch.key])
        if value in known:
            self._hubspot.update(batch.object, known[value], row, IMPORTER)
            return False
        known[value] = self._hubspot.create(batch.object, row, IMPORTER)
        return True


def _one_by_one(batch: Batch, load: Callable[[Batch, Row], bool]) -> Loaded:
    created = 0
    for number, row in enumerate(batch.rows, 1):
        with _named(number):
            created += load(batch, row)
    return Loaded(created, len(batch.rows) - created)


@contextmanager
def _named(number: int) -> Iterator[None]:
    """Turn a system's refusal into one that names the row."""
    try:
        yield
    except (Problem, Trouble, Failure) as error:
        raise Refusal(f"row {number}: {error}") from error
