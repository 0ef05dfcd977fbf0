"""The agreement's routing: rules in their order, territories, and the pool for all the rest."""

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    Field,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from slasync.domain.identity.company import By, domains_in, is_shared
from slasync.domain.routing_rules import Destination, To
from slasync.settings.clock_parts import refuse_twice
from slasync.settings.known import known_in, refused
from slasync.settings.problems import did_you_mean
from slasync.settings.strict import (
    EMAIL,
    Duration,
    Expression,
    FieldName,
    Name,
    PoolName,
    Strict,
    Text,
)

_FORMS = "a pool, account_owner, somebody's e-mail address, or {queue: its name in the CRM}"


def _destination(value: Any, info: ValidationInfo) -> Destination:
    if isinstance(value, dict):
        name = value.get("queue")
        if set(value) != {"queue"} or not isinstance(name, str) or not name:
            raise refused(f"name {_FORMS}")
        return Destination(To.QUEUE, name)
    if not isinstance(value, str) or not value:
        raise refused(f"name {_FORMS}")
    if value == To.ACCOUNT_OWNER.value:
        return Destination(To.ACCOUNT_OWNER)
    if "@" in value:
        if not re.match(EMAIL, value):
            raise refused(f"{value!r} is no e-mail address")
        return Destination(To.USER, value)
    pools = known_in(info).pools
    if pools is not None and value not in pools:
        near = did_you_mean(value, [*pools, To.ACCOUNT_OWNER.value])
        raise refused(f"there is no pool {value!r}{near}: name {_FORMS}")
    return Destination(To.POOL, value)


DestinationText = Annotated[
    Destination,
    PlainValidator(_destination),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {
                    "type": "object",
                    "properties": {"queue": {"type": "string", "minLength": 1}},
                    "required": ["queue"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]


class RulePart(Strict):
    """One rule: which leads, and to whom. Without `when`: every lead that comes to it."""

    name: Name
    when: Expression | None = None
    to: DestinationText
    skills: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _skills_of_a_pool(self) -> Self:
        if self.skills and self.to.kind != To.POOL:
            raise refused(f"skills are asked of a pool's members: {self.to} is none")
        return self

    @property
    def takes(self) -> str | None:
        """The condition that takes every lead which meets it; None where it may pass some on."""
        if self.to.kind not in {To.POOL, To.QUEUE}:
            return None
        return _same(self.when or "")


class TerritoryPart(Strict):
    """Leads with certain values of a field, or values that begin so, and their pool."""

    field: FieldName
    values: tuple[Text, ...] = ()
    starts_with: tuple[Text, ...] = ()
    pool: PoolName

    @model_validator(mode="after")
    def _has_values(self) -> Self:
        if not self.values and not self.starts_with:
            raise refused("name values of the field, or what they start with (starts_with)")
        return self


class ReassignmentsPart(Strict):
    """How often a lead may change hands over all its cycles; then it goes to the queue."""

    most: Annotated[int, Field(ge=1)] = 10
    within: Duration = timedelta(days=30)


class Family(StrEnum):
    """What becomes of a lead that several companies of one family fit alike."""

    NOBODY = "nobody"  # none of them is used
    TOP = "top"  # the one that the others belong to


def _provider(text: str) -> str:
    if is_shared(text.lower()):
        raise refused(f"{text!r} is known to be a provider: leave it out")
    if domains_in(text) != (text.lower(),):
        raise refused(f"{text!r} is no domain: write reseller.example")
    return text.lower()


Provider = Annotated[str, AfterValidator(_provider)]


class AccountMatchPart(Strict):
    """By what a lead is known to belong to an account of the CRM."""

    by: Annotated[tuple[By, ...], Field(min_length=1)] = tuple(By)
    providers: tuple[Provider, ...] = ()
    family: Family = Family.NOBODY

    @model_validator(mode="after")
    def _said_once(self) -> Self:
        refuse_twice("evidence", [each.value for each in self.by])
        refuse_twice("provider", self.providers)
        return self


class RoutingPart(Strict):
    """Who gets the leads: the first rule that is met, then territories, else the pool."""

    rules: tuple[RulePart, ...] = ()
    territories: Mapping[Name, TerritoryPart] = Field(default_factory=dict)
    pool: PoolName
    account_match: AccountMatchPart = AccountMatchPart()
    reassignments: ReassignmentsPart = ReassignmentsPart()

    @model_validator(mode="after")
    def _each_can_be_reached(self) -> Self:
        refuse_twice("rule", [*(rule.name for rule in self.rules), *self.territories])
        self._refuse_shadowed_rules()
        self._refuse_shadowed_territories()
        return self

    def _refuse_shadowed_rules(self) -> None:
        taken: dict[str, str] = {}
        for rule in self.rules:
            _refuse_after_all("rule", rule.name, taken)
            same = taken.get(_same(rule.when or ""))
            if same:
                raise refused(
                    f"rule {rule.name} is never reached: {same} before it has the same condition"
                )
            if rule.takes is not None:
                taken[rule.takes] = rule.name
        for name in self.territories:
            _refuse_after_all("territory", name, taken)

    def _refuse_shadowed_territories(self) -> None:
        taken: dict[tuple[str, str], str] = {}
        for name, part in self.territories.items():
            for value in part.values:
                before = taken.setdefault((part.field, value.strip().lower()), name)
                if before != name:
                    raise refused(f"{part.field} {value} of territory {name} is {before}'s already")


def _refuse_after_all(noun: str, name: str, taken: Mapping[str, str]) -> None:
    if "" in taken:
        raise refused(f"{noun} {name} is never reached: {taken['']} before it takes every lead")


def _same(text: str) -> str:
    """Write an expression in the one way: blanks do not make it another."""
    return " ".join(text.split())
