"""From a contact or owner as HubSpot shows it to a reading; what is broken is set aside."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from slasync.connectors.hubspot.values import READ_AS, email, instant, salesforce_id
from slasync.domain.lead import Fields, Ref, User, UserKey, Value
from slasync.ports import PersonReading, Reading, Rejected, UserReading
from slasync.systems import Direction, HubSpotConfig

SYSTEM = "hubspot"
CRM = "salesforce"  # whose ids the connector properties hold
MODIFIED = "lastmodifieddate"
CREATED = "createdate"
MERGED = "hs_merged_object_ids"
MERGED_BEFORE = "hs_calculated_merged_vids"  # the same of earlier years: id:time;id:time
ALWAYS = (
    "email", CREATED, MODIFIED, MERGED, MERGED_BEFORE, "hs_object_source_id",
    "recent_conversion_date", "recent_conversion_event_name", "num_conversion_events",
)  # fmt: skip

Record = Mapping[str, Any]


class Contacts:
    """Reads contact records by the field map of connector.yaml."""

    def __init__(self, config: HubSpotConfig, more: Sequence[str] = ()) -> None:
        mapped = [m for m in config.contact_fields if m.direction is not Direction.WRITE]
        self._fields = [(m.name, m.field, READ_AS[m.type]) for m in mapped]
        self._links = (("lead", config.lead_id_property), ("contact", config.contact_id_property))
        names = [m.field for m in mapped] + [name for _, name in self._links if name]
        self.properties = tuple(dict.fromkeys((*names, *ALWAYS, *more)))

    def read(self, stream: str, record: Record) -> PersonReading | Rejected:
        """Return the reading of one record, or why there is none."""
        try:
            return self._reading(record)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            reason = f"{type(error).__name__}: {error}" if isinstance(error, KeyError) else error
            told = str(reason).replace("\x00", "")  # which PostgreSQL refuses
            return Rejected(stream, str(record.get("id", "")), told, record)

    def _reading(self, record: Record) -> PersonReading:
        properties = record["properties"]
        archived = record.get("archived") is True
        return PersonReading(
            ref=contact_ref(_id(record)),
            created_at=_time(properties.get(CREATED) or record.get("createdAt"), CREATED),
            modified_at=archived_at(record) if archived else modified_at(record),
            fields=self._read_fields(properties),
            email=email(properties.get("email")),
            links=self._linked(properties),
            deleted=archived,
            merged=known_ids(record)[1:],
            raw=record,
        )

    def _read_fields(self, properties: Mapping[str, str | None]) -> Fields:
        get = properties.get
        try:
            return {
                name: read(text) if (text := get(field)) else None
                for name, field, read in self._fields
            }
        except ValueError:
            # once more, slowly, to tell which field it was
            return {name: _value(properties, field, read) for name, field, read in self._fields}

    def _linked(self, properties: Mapping[str, str | None]) -> tuple[Ref, ...]:
        """Name the CRM's records; an id that cannot be one is no link, and stays in `raw`."""
        found = ((kind, salesforce_id(properties.get(name))) for kind, name in self._links)
        return tuple(Ref(CRM, kind, known) for kind, known in found if known)


def contact_ref(number: str) -> Ref:
    return Ref(SYSTEM, "contact", number)


def modified_at(record: Record) -> datetime:
    """When the record was last changed, as searches see it. Raises ValueError."""
    properties = record.get("properties") or {}
    return _time(properties.get(MODIFIED) or record.get("updatedAt"), MODIFIED)


def archived_at(record: Record) -> datetime:
    """When the record was archived. Raises ValueError."""
    return _time(record.get("archivedAt") or record.get("updatedAt"), "archivedAt")


def known_ids(record: Record) -> tuple[str, ...]:
    """Return the ids that lead to this record: its own, and those merged into it."""
    properties, own = record.get("properties") or {}, str(record["id"])
    told = f"{properties.get(MERGED) or ''};{properties.get(MERGED_BEFORE) or ''}"
    ids = (part.partition(":")[0].strip() for part in told.split(";"))
    return (own, *dict.fromkeys(id_ for id_ in ids if id_ and id_ != own))


def owner(stream: str, record: Record) -> Reading | Rejected:
    """Return the reading of an owner; deactivated ones are archived."""
    try:
        number = _id(record)
        name = " ".join(filter(None, (record.get("firstName"), record.get("lastName"))))
        address = email(record.get("email"))
        user = User(
            key=UserKey(number),
            name=name or address or number,
            email=address,
            active=record.get("archived") is not True,
        )
        at = _time(record.get("updatedAt"), "updatedAt")
        return UserReading(ref=Ref(SYSTEM, "user", number), user=user, modified_at=at, raw=record)
    except (ValueError, TypeError, AttributeError) as error:
        return Rejected(stream, str(record.get("id", "")), str(error), record)


def _id(record: Record) -> str:
    number = record.get("id")
    if not isinstance(number, str | int) or not str(number):
        raise ValueError("the record has no id")
    return str(number)


def _time(text: object, name: str) -> datetime:
    if not text:
        raise ValueError(f"{name} is empty")
    try:
        return instant(str(text))
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _value(properties: Mapping[str, str | None], field: str, read: Callable[[str], Value]) -> Value:
    text = properties.get(field)
    if text is None or text == "":
        return None
    try:
        return read(text)
    except ValueError as error:
        raise ValueError(f"{field}: {error}") from error
