"""One simulated org: its schema, its rows, its switches. No HTTP here."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from slasync.sandbox.salesforce import ids
from slasync.sandbox.salesforce.objects import standard
from slasync.sandbox.salesforce.records import Store
from slasync.sandbox.salesforce.schema import Field, ObjectType, Row, Schema
from slasync.sandbox.world import World

View = Mapping[str, Any]
AssignmentRule = Callable[[View], str | None]  # a lead -> id of its new owner, None: as it is
Validation = Callable[[View | None, View], str | None]  # (before, after) -> the admin's text
FIRST = 1_000_000


@dataclass(slots=True)
class Switches:
    """What an admin of the org may change."""

    assignment_rule: AssignmentRule | None = None
    duplicate_rule: Literal["off", "alert", "block"] = "off"
    validations: dict[str, list[Validation]] = field(default_factory=dict)
    tracked: tuple[str, ...] = ("Status", "OwnerId")  # lead fields with history
    may_update_inactive_owners: bool = True  # the permission of that name
    preconditions: bool = True  # whether If-Unmodified-Since is heeded
    activity_keys: bool = True  # whether Activity takes another unique field
    refused_components: dict[str, str] = field(default_factory=dict)  # full name -> why
    storage_full: bool = False


class Org:
    """Rows by object, ids, and the few look-ups that rules need."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.schema = Schema(standard())
        self.stores = {name: Store(t) for name, t in self.schema.objects.items()}
        self.switches = Switches()
        self.schema_changed_at = world.now()
        self._numbers: Counter[str] = Counter()
        self.cascaded: dict[str, list[tuple[str, str]]] = {}  # deleted with their parent
        self.closed_statuses: set[str] = set()  # of tasks; `refresh` reads them from TaskStatus
        self.converted_status = ""  # of leads
        self.customs: Any = None  # see permissions.customs
        self.metadata: Any = None  # see metadata_apply.stored

    def new_id(self, prefix: str) -> str:
        self._numbers[prefix] += 1
        return ids.made(prefix, FIRST + self._numbers[prefix])

    def row(self, record_id: str | None) -> Row | None:
        """Return the current row of any object, deleted or not."""
        type_ = self.schema.of(record_id) if record_id else None
        return self.stores[type_.name].rows.get(record_id or "") if type_ else None

    def alive(self, record_id: str | None) -> Row | None:
        row = self.row(record_id)
        return None if row is None or row.get("IsDeleted") else row

    def seen(self, record_id: str | None) -> Row | None:
        """Return the version of a row that readers see, None when they see none or a deleted."""
        type_ = self.schema.of(record_id) if record_id else None
        if type_ is None or record_id is None:
            return None
        row = self.stores[type_.name].seen(record_id, self.world.now())
        return None if row is None or row.get("IsDeleted") else row

    def rows(self, object_name: str) -> Iterator[Row]:
        """Yield the current rows that are not deleted."""
        return (r for r in self.stores[object_name].rows.values() if not r.get("IsDeleted"))

    def zone(self, user_id: str) -> ZoneInfo:
        user = self.row(user_id) or {}
        return ZoneInfo(user.get("TimeZoneSidKey", "UTC"))

    def today(self, user_id: str) -> str:
        return self.world.now().astimezone(self.zone(user_id)).date().isoformat()

    def refresh(self) -> None:
        """Learn from TaskStatus and LeadStatus which values mean closed and converted."""
        tasks, leads = self.stores["TaskStatus"].rows, self.stores["LeadStatus"].rows
        self.closed_statuses = {r["ApiName"] for r in tasks.values() if r["IsClosed"]}
        self.converted_status = next(r["ApiName"] for r in leads.values() if r["IsConverted"])

    def add_object(self, new: ObjectType) -> None:
        self.schema.add(new)
        self.stores[new.name] = Store(new)
        self.schema_changed_at = self.world.now()

    def add_field(self, object_name: str, new: Field) -> None:
        """Add a field to an object, or bring a removed one back."""
        type_ = self.schema[object_name]
        type_.add(new)
        store = self.stores[object_name]
        if new.type == "boolean":
            store.rows = {i: {new.name: bool(new.default)} | r for i, r in store.rows.items()}
        if new.unique or new.external_id:
            store.index(new.name)
        self.schema_changed_at = self.world.now()

    def remove_field(self, object_name: str, name: str) -> None:
        self.schema[object_name].remove(name)
        self.schema_changed_at = self.world.now()

    def store(self, type_: ObjectType) -> Store:
        return self.stores[type_.name]


def start_of(now: datetime) -> datetime:
    """Return when the sandbox's set-up rows were made: long before anything happens in it."""
    return datetime(min(now.astimezone(UTC).year - 1, 2015), 1, 1, tzinfo=UTC)
