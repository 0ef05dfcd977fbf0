"""The state of one simulated account, and the one way a record version gets into it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from threading import RLock
from typing import Any

from slasync.sandbox.hubspot import stamps
from slasync.sandbox.hubspot.associations import End, Links, primary
from slasync.sandbox.hubspot.catalogue import KINDS, Kind, aliases
from slasync.sandbox.hubspot.derive import Computed, computed
from slasync.sandbox.hubspot.errors import Json, bad
from slasync.sandbox.hubspot.index import Keys
from slasync.sandbox.hubspot.lists import Lists
from slasync.sandbox.hubspot.options import Options
from slasync.sandbox.hubspot.owners import Owners
from slasync.sandbox.hubspot.properties import Schema, fresh_schema
from slasync.sandbox.hubspot.record import Change, Origin, Record
from slasync.sandbox.hubspot.table import Table
from slasync.sandbox.world import World

SYSTEM = "hubspot"
FIRST_ID = 90_000_000_001
COMPANY = "associatedcompanyid"
LINKING = Origin("ASSOCIATIONS", "associations", "associations")
_GAP = 5  # ids of real records are not dense

Tell = Callable[[Kind, int, str, Json, Origin], None]


@dataclass(frozen=True, slots=True)
class Submission:
    """One form that a contact sent in, at an instant in milliseconds."""

    id: str
    form: str
    at: int
    values: Mapping[str, Any]


class Portal:
    """Records, schemas, owners and links; `tell` hears of what happens, when somebody listens."""

    def __init__(self, world: World, options: Options) -> None:
        self.world = world
        self.options = options
        self.owners = Owners(world, id_is_user_id=options.owner_ids_are_user_ids)
        self.computed: dict[str, dict[str, Computed]] = {k.name: computed(k) for k in KINDS}
        self.schemas = {
            kind.name: fresh_schema(
                kind, options.portal_id, self.owners.can_own, self.computed[kind.name].keys()
            )
            for kind in KINDS
        }
        self.tables = {kind.name: Table(kind, _keys(self.schemas[kind.name])) for kind in KINDS}
        self.links = Links(self._linked)
        self.lists = Lists()
        self.submissions: dict[int, list[Submission]] = {}
        self.lock = RLock()
        self.tell: Tell | None = None
        self._kinds = aliases()
        self._next_id = FIRST_ID

    @property
    def now(self) -> int:
        return stamps.millis(self.world.now())

    @property
    def lag(self) -> int:
        return stamps.length(self.options.index_lag)

    def kind(self, name: str) -> Kind:
        """Return the object type that a path names. Raises 400."""
        found = self._kinds.get(name.lower())
        if found is None:
            raise bad(f"Unable to infer object type from: {name}")
        return found

    def table(self, kind: Kind) -> Table:
        return self.tables[kind.name]

    def schema(self, kind: Kind) -> Schema:
        return self.schemas[kind.name]

    def new_id(self) -> int:
        self._next_id += 1 + self.world.chance("hubspot.ids").randrange(_GAP)
        return self._next_id

    def value(self, kind: Kind, record: Record, name: str) -> str | None:
        """Return the value of one property, worked out or stored."""
        work_out = self.computed[kind.name].get(name)
        return work_out(record, self.now) if work_out else record.properties.get(name)

    def commit(  # noqa: PLR0913 - a write has that many parts
        self,
        kind: Kind,
        record: Record,
        *,
        operation: str,
        origin: Origin,
        before: Mapping[str, str | None],
        after: Mapping[str, str | None],
    ) -> Record:
        """Apply one write: to the table, the index (later), the history and the journal."""
        table = self.table(kind)
        record = replace(record, version=table.next_version())
        stamp = record.modified
        late = self._late(kind)
        table.put(record, late_until=stamp + late if late else None)
        table.index.settle(self.now)  # what nobody searches must not pile up
        visible = stamp + max(self.lag, late)
        table.index.later(visible, record.id, record.version, record)
        if operation == "update":
            applied = Change(stamp, origin, before, after)
            table.history.setdefault(record.id, []).append(applied)
        self.journal(kind, record.id, operation, origin=origin, before=before, after=after)
        if operation == "create":
            self.say(kind, record.id, "creation", {"changeFlag": "NEW"}, origin)
        for name, value in after.items():
            change = {"propertyName": name, "propertyValue": value or ""}
            self.say(kind, record.id, "propertyChange", change, origin)
        return record

    def say(self, kind: Kind, object_id: int, event: str, more: Json, origin: Origin) -> None:
        """Tell whoever listens that something happened."""
        if self.tell is not None:
            self.tell(kind, object_id, event, more, origin)

    def _linked(self, one: End, other: End, *, removed: bool) -> None:
        """Tell of a link from both sides; a contact shows the company that is its primary one."""
        for near, far in ((one, other), (other, one)):
            types = (self.kind(near[0]).singular, self.kind(far[0]).singular)
            event = {
                "associationType": "_TO_".join(types).upper(),
                "fromObjectId": near[1],
                "toObjectId": far[1],
                "associationRemoved": removed,
                "isPrimaryAssociation": bool(
                    primary(near[0], far[0]) & self.links.of(near, far[0]).get(far[1], set())
                ),
            }
            self.say(self.kind(near[0]), near[1], "associationChange", event, LINKING)
            if (near[0], far[0]) == ("contacts", "companies"):
                self._show_company(near[1])

    def _show_company(self, contact: int) -> None:
        kind = self.kind("contacts")
        record = self.table(kind).live.get(contact)
        ends = self.links.of(("contacts", contact), "companies")
        mine = primary("contacts", "companies")
        company = next((str(n) for n, types in sorted(ends.items()) if types & mine), "")
        shown = record.properties.get(COMPANY, "") if record else company
        if record is None or shown == company:
            return
        left = {name: value for name, value in record.properties.items() if name != COMPANY}
        self.commit(
            kind,
            replace(
                record,
                properties={**left, **({COMPANY: company} if company else {})},
                modified=self.now,
            ),
            operation="update",
            origin=LINKING,
            before={COMPANY: shown or None},
            after={COMPANY: company or None},
        )

    def remove(self, kind: Kind, record: Record) -> None:
        """Take a record out of the live ones and, later, out of the index."""
        table = self.table(kind)
        table.take_out(record)
        visible = self.now + (self.lag if self.options.stale_totals else 0)
        table.index.later(visible, record.id, table.next_version(), None)

    def journal(  # noqa: PLR0913 - an entry has that many parts
        self,
        kind: Kind,
        record_id: int,
        operation: str,
        *,
        origin: Origin,
        before: Mapping[str, str | None],
        after: Mapping[str, str | None],
    ) -> None:
        self.world.journal.add(
            at=self.world.now(),
            system=SYSTEM,
            operation=operation,
            object_name=kind.name,
            record_id=str(record_id),
            by=origin.by,
            before=before,
            after=after,
        )

    def visible_from(self, kind: Kind, record_id: int) -> int | None:
        """Return when the last write of a record can be found by search; None when it was gone."""
        return self.table(kind).index.visible_from(record_id)

    def _late(self, kind: Kind) -> int:
        chance = self.world.chance("hubspot.visible")
        return stamps.length(self.world.faults.visible_after(SYSTEM, kind.name, chance))


def _keys(schema: Schema) -> Keys:
    """Return what yields a record's unique values; a contact's further addresses count too."""

    def keys(record: Record) -> Iterator[tuple[str, str]]:
        if schema.kind.name == "contacts":
            yield from (("email", address) for address in addresses(record))
        for name in schema.unique_names:
            if value := record.properties.get(name):
                yield name, value.lower()

    return keys


def addresses(record: Record) -> list[str]:
    """Return a contact's e-mail addresses, the primary one first."""
    primary = record.properties.get("email")
    further = record.properties.get("hs_additional_emails")
    found = [primary] if primary else []
    return found + [a for a in further.split(";") if a] if further else found
