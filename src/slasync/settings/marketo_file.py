"""connectors/marketo/connector.yaml: Marketo's fields, activities that count, and limits."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from slasync.settings.connector_files import BudgetPart, FieldPart, PersonFields, WrittenPart
from slasync.settings.known import refused
from slasync.settings.strict import LIST_NUMBER, ApiName, Duration, Name, Strict, Text
from slasync.systems import FieldType

MOST_BEHAVIOURS = 5  # Marketo takes ten types a call, and five are asked for in any case
SYSTEM_MANAGED = frozenset({"priority", "relativeScore", "relativeUrgency", "urgency", "id"})
"""Marketo's own, whatever its description of them says."""

Number = Annotated[str, Field(pattern=LIST_NUMBER)]


class BehaviourPart(Strict):
    """What leads do that becomes a field: the last activity of a type."""

    activity: Text
    at: Name | None = None
    value: Text | None = None


class MarketoTimeouts(Strict):
    connect: Duration = timedelta(seconds=5)
    read: Duration = timedelta(seconds=100)
    total: Duration = timedelta(minutes=4)


class FirstLoadPart(Strict):
    """How the leads that are there already are read."""

    oldest: date = date(2015, 1, 1)
    jobs: Annotated[int, Field(ge=1, le=10)] = 2


class MarketoFile(Strict):
    """Marketo's side."""

    contact: PersonFields
    behaviour: Mapping[Name, BehaviourPart] = Field(default_factory=dict)
    lead_id_field: ApiName = "sfdcLeadId"
    contact_id_field: ApiName = "sfdcContactId"
    written: WrittenPart = WrittenPart()
    lists: Mapping[Name, Number] = Field(default_factory=dict)
    programmes: Mapping[Name, Number] = Field(default_factory=dict)
    first_load: FirstLoadPart = FirstLoadPart()
    page_size: Annotated[int, Field(ge=1, le=300)] = 300
    batch_size: Annotated[int, Field(ge=1, le=300)] = 300
    timeouts: MarketoTimeouts = MarketoTimeouts()
    budget: BudgetPart

    @model_validator(mode="after")
    def _fit(self) -> Self:
        if len(self.behaviour) > MOST_BEHAVIOURS:
            raise refused(
                f"behaviour: {MOST_BEHAVIOURS} at most, for Marketo takes 10 types a call"
            )
        told = [*self.behaviour, *(part.at for part in self.behaviour.values() if part.at)]
        twice = [n for n in told if told.count(n) > 1 or n in self.contact.by_name()]
        if twice:
            raise refused(f"behaviour: {twice[0]} is the name of another field already")
        wrong = [n for n, part in self.contact.by_name().items() if _managed(part)]
        wrong += [n for n, field in self.written if field in SYSTEM_MANAGED]
        if wrong:
            raise refused(f"{wrong[0]}: Marketo keeps this field itself: it can only be read")
        return self

    def fields(self) -> PersonFields:
        """Return all fields that a lead gets from Marketo, those of its behaviour included."""
        more = {name: part for name, part in self._behaving() if name not in _OWN}
        own = {name: part for name, part in self._behaving() if name in _OWN}
        custom = {**self.contact.custom, **more}
        return self.contact.model_copy(update={**own, "custom": custom})

    def _behaving(self) -> Iterator[tuple[str, FieldPart]]:
        for name, part in self.behaviour.items():
            yield name, FieldPart(field=name)
            if part.at:
                yield part.at, FieldPart(field=part.at, type=FieldType.DATETIME)


_OWN = frozenset(PersonFields.model_fields)


def _managed(part: FieldPart) -> bool:
    return part.field in SYSTEM_MANAGED and part.direction.value != "read"
