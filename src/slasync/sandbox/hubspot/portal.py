"""The state of one simulated account, and the one way a record version gets into it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from slasync.sandbox.hubspot import stamps
from slasync.sandbox.hubspot.associations import Links
from slasync.sandbox.hubspot.catalogue import KINDS, Kind, aliases
from slasync.sandbox.hubspot.derive import Computed, computed
from slasync.sandbox.hubspot.errors import bad
from slasync.sandbox.hubspot.options import Options
from slasync.sandbox.hubspot.owners import Owners
from slasync.sandbox.hubspot.properties import Schema, fresh_schema
from slasync.sandbox.hubspot.record import Change, Origin, Record
from slasync.sandbox.hubspot.table import Table
from slasync.sandbox.world import World

SYSTEM = "hubspot"
FIRST_ID = 90_000_000_001
_GAP = 5  # ids of real records are not dense

Noticed = Callable[[Kind, Record, str, Mapping[str, str | None], Origin], None]


class Portal:
    """Records, schemas, owners and links; `noticed` is told of every applied write."""

    def __init__(self, world: World, options: Options) -> None:
        self.world = world
        self.options = options
        self.owners = Owners(world, id_is_user_id=options.owner_ids_are_user_ids)
        self.schemas = {
            kind.name: fresh_schema(kind, options.portal_id, self.owners.can_own) for kind in KINDS
        }
        self.tables = {kind.name: Table(kind, _keys(self.schemas[kind.name])) for kind in KINDS}
        self.computed: dict[str, dict[str, Computed]] = {k.name: computed(k) for k in KINDS}
        self.links = Links()
        self.submissions: list[dict[str, str | int]] = []
        self.noticed: Noticed = lambda *_: None
        self._kinds = aliases()
        self._next_id = FIRST_ID

    @property
    def now(self) -> int:
        return stamps.millis(self.world.now())

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
        late = stamps.millis(self.world.now() + self._visible_after(kind)) - self.now
        table.put(record, late_until=self.now + late if late else None)
        lag = stamps.millis(stamps.EPOCH + self.options.index_lag)
        table.index.later(self.now + max(lag, late), record.id, record.version, record)
        if operation == "update":
            change = Change(stamp, origin, before, after)
            table.history.setdefault(record.id, []).append(change)
        self.journal(kind, record.id, operation, origin, before, after)
        self.noticed(kind, record, operation, after, origin)
        return record

    def remove(self, kind: Kind, record: Record) -> None:
        """Take a record out of the live ones and, later, out of the index."""
        table = self.table(kind)
        table.take_out(record)
        lag = stamps.millis(stamps.EPOCH + self.options.index_lag)
        visible = self.now + lag if self.options.stale_totals else self.now
        table.index.later(visible, record.id, table.next_version(), None)

    def journal(  # noqa: PLR0913 - an entry has that many parts
        self,
        kind: Kind,
        record_id: int,
        operation: str,
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
