"""Objects and fields of an org: what exists, of which type, and who may write it."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

Row = dict[str, Any]

TEXTUAL = {
    "string", "textarea", "picklist", "multipicklist", "phone", "url", "email", "combobox",
    "encryptedstring", "time",
}  # fmt: skip
NUMERIC = {"int", "double", "currency", "percent"}
IDS = {"id", "reference"}
LONG_TEXT = 4000  # a textarea longer than this cannot be filtered or sorted


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `relation` is the name by which a query reaches the parent it refers to."""

    name: str
    type: str = "string"
    length: int = 0
    label: str = ""
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    defaulted: bool = False
    id_lookup: bool = False
    unique: bool = False
    external_id: bool = False
    refers_to: tuple[str, ...] = ()
    relation: str | None = None
    choices: tuple[str, ...] = ()
    restricted: bool = False
    compound: str | None = None  # the field that this one is a part of
    default: Any = None
    computed: Callable[[Mapping[str, Any]], Any] | None = None  # never stored

    @property
    def custom(self) -> bool:
        return self.name.endswith("__c")

    @property
    def required(self) -> bool:
        """Whether a record is refused that has no value here."""
        writable = self.createable or self.updateable
        return not self.nillable and self.type != "boolean" and writable

    @property
    def polymorphic(self) -> bool:
        return len(self.refers_to) > 1

    @property
    def filterable(self) -> bool:
        return not (self.type == "textarea" and self.length > LONG_TEXT)

    @property
    def folds_case(self) -> bool:
        """Whether text is compared without regard to case."""
        return self.type in TEXTUAL


@dataclass(slots=True)
class ObjectType:
    """One object: Lead, Task, ... Field and object names are found whatever their case."""

    name: str
    prefix: str
    label: str
    plural: str
    writable: bool = True
    deletable: bool = True
    soft_delete: bool = True
    fields: dict[str, Field] = field(default_factory=dict)
    indexed: set[str] = field(default_factory=set)
    references: tuple[Field, ...] = ()
    unique: tuple[Field, ...] = ()
    required: tuple[str, ...] = ()  # of those that a client may write
    defaults: Row = field(default_factory=dict)
    changes: int = 0  # of its fields
    _by_lower: dict[str, Field] = field(default_factory=dict)
    _by_relation: dict[str, Field] = field(default_factory=dict)

    def add(self, new: Field) -> None:
        self.fields[new.name] = new
        self._by_lower[new.name.lower()] = new
        if new.relation:
            self._by_relation[new.relation.lower()] = new
        self._summed_up()

    def remove(self, name: str) -> None:
        """Have the field not exist, as for a user without field-level security for it."""
        gone = self.fields.pop(name)
        del self._by_lower[name.lower()]
        if gone.relation:
            del self._by_relation[gone.relation.lower()]
        self._summed_up()

    def _summed_up(self) -> None:
        """Keep at hand what each write asks for."""
        every = self.fields.values()
        self.changes += 1
        self.references = tuple(f for f in every if f.refers_to)
        self.unique = tuple(f for f in every if f.unique)
        self.required = tuple(f.name for f in every if f.required)
        self.defaults = {f.name: f.default for f in every if f.default is not None}

    def find(self, name: str) -> Field | None:
        return self._by_lower.get(name.lower())

    def relation(self, name: str) -> Field | None:
        """Return the reference field behind a relationship name (Owner -> OwnerId)."""
        return self._by_relation.get(name.lower())

    def has(self, name: str) -> bool:
        return name in self.fields


class Schema:
    """All objects of an org."""

    @property
    def version(self) -> int:
        """Another number after each change of a field."""
        return sum(map(attrgetter("changes"), self.objects.values()))

    def __init__(self, objects: Iterable[ObjectType]) -> None:
        self.objects = {each.name: each for each in objects}
        self._by_lower = {each.name.lower(): each for each in self.objects.values()}
        self._by_prefix = {each.prefix: each for each in self.objects.values()}

    def add(self, new: ObjectType) -> None:
        self.objects[new.name] = self._by_lower[new.name.lower()] = new
        self._by_prefix[new.prefix] = new

    def remove(self, name: str) -> None:
        """Have an object not exist, as where its feature is off."""
        gone = self.objects.pop(name)
        del self._by_lower[name.lower()], self._by_prefix[gone.prefix]

    def find(self, name: str) -> ObjectType | None:
        return self._by_lower.get(name.lower())

    def of(self, record_id: str) -> ObjectType | None:
        """Return the object that a record id belongs to, by its first three characters."""
        return self._by_prefix.get(record_id[:3])

    def __getitem__(self, name: str) -> ObjectType:
        return self.objects[name]


LINE = re.compile(
    r"(?P<name>\w+) (?P<type>[a-z]+)(?::(?P<length>\d+))?(?P<flags>(?: [a-z!]+)*)"
    r"(?: = (?P<default>[^>]+?))?(?: -> (?P<refs>[\w,]+)(?: as (?P<relation>\w+))?)?"
)


def parsed(line: str) -> Field:
    """Read one line of a field table: `Name type:length flags = default -> Target as Relation`.

    Flags: `!` not nillable, `ro` read-only, `co` create only, `uo` update only, `d` defaulted on
    create, `look` usable as an upsert key, `key` unique external id, `closed` restricted picklist.
    """
    found = LINE.fullmatch(line.strip())
    if not found:
        raise ValueError(line)
    flags = set(found["flags"].split())
    name, refs = found["name"], tuple(filter(None, (found["refs"] or "").split(",")))
    relation = found["relation"] or (name.removesuffix("Id") if refs else None)
    default: Any = found["default"]
    if found["type"] == "boolean":
        default = default == "true"
    return Field(
        name=name,
        type=found["type"],
        length=int(found["length"] or (18 if found["type"] in IDS else 0)),
        label=spoken(name),
        nillable="!" not in flags and found["type"] != "boolean",
        createable=not flags & {"ro", "uo"},
        updateable=not flags & {"ro", "co"},
        defaulted="d" in flags or default is not None,
        id_lookup=bool(flags & {"look", "key"}),
        unique="key" in flags,
        external_id="key" in flags,
        refers_to=refs,
        relation=relation,
        restricted="closed" in flags,
        default=default,
    )


LABELS = {"WhoId": "Name ID", "WhatId": "Related To ID", "State": "State/Province",
          "OwnerId": "Owner ID", "ActivityDate": "Due Date Only",
          "Slasync_SLA_State__c": "SLA State",
          "SystemModstamp": "System Modstamp", "IsDeleted": "Deleted"}  # fmt: skip


def spoken(name: str) -> str:
    """Return the label of a field as an org words it: `MobilePhone` is "Mobile Phone"."""
    if name in LABELS:
        return LABELS[name]
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.removesuffix("__c").replace("_", " "))
    return re.sub(r"\bId\b", "ID", words)
