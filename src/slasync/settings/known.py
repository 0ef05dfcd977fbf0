"""What the files name, gathered before they are validated, so that each can refer to the others."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from string import Template
from typing import Any, TypeVar

from pydantic import AfterValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from slasync.domain.wording import PLACEHOLDERS
from slasync.settings.document import Document
from slasync.settings.environment import Environment, not_set
from slasync.settings.problems import did_you_mean
from slasync.settings.rules import compile_rule
from slasync.systems import FieldType

Names = frozenset[str]
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Known:
    """Names that exist. None where the file that gives them cannot be read: nothing is refused."""

    environment: Environment
    calendars: Names | None = None
    pools: Names | None = None
    members: Names | None = None
    members_of: Mapping[str, Names] | None = None  # each pool's
    readers: Names | None = None  # pools, and everybody they name
    texts: Names | None = None
    statuses: Names | None = None
    lists: Names | None = None  # of the marketing system
    programmes: Names | None = None  # of the marketing system
    marketing: str = ""  # which one it is; empty: not known
    fields: Mapping[str, FieldType] | None = None
    told_by: Mapping[str, frozenset[tuple[str, str]]] | None = None
    """By field: the records, as (system, kind), that have it."""
    rungs: Mapping[str, Names] | None = None  # of each clock


def known_names(
    environment: Environment, policy: Mapping[str, Document], connectors: Mapping[str, Document]
) -> Known:
    """Gather names from what could be read, right or wrong as it may otherwise be."""
    agreement, teams = policy["agreement"].data, policy["teams"].data
    marketing = connectors.get("hubspot") or connectors.get("marketo")
    systems = [document.data for document in connectors.values()]
    return Known(
        environment=environment,
        calendars=_names(policy["calendars"].data, "calendars"),
        pools=_names(teams, "pools"),
        members=_members(teams),
        members_of=_members_of(teams),
        readers=_readers(teams),
        texts=_names(agreement, "texts"),
        statuses=_statuses(connectors),
        lists=_names(marketing.data, "lists") or frozenset() if marketing else None,
        marketing=next((n for n in ("hubspot", "marketo") if n in connectors), ""),
        programmes=_names(marketing.data, "programmes") or frozenset() if marketing else None,
        fields=None if None in systems else _fields(systems),
        told_by=_told_by(connectors),
        rungs=_rungs(agreement),
    )


def _statuses(connectors: Mapping[str, Document]) -> Names | None:
    """Return the statuses that leads have: Salesforce's, or those of HubSpot as the CRM."""
    crm, other = connectors.get("salesforce"), connectors.get("hubspot")
    if crm:
        return _listed(crm.data, "lead_statuses")
    return _listed(_get(other.data, "crm"), "lead_statuses") if other else None


def _get(data: Any, *path: str) -> Any:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _names(data: Any, key: str) -> Names | None:
    found = _get(data, key)
    return frozenset(found) if isinstance(found, dict) else None


def _listed(data: Any, key: str) -> Names | None:
    found = _get(data, key)
    return frozenset(map(str, found)) if isinstance(found, list) else None


def _members(teams: Any) -> Names | None:
    pools = _get(teams, "pools")
    if not isinstance(pools, dict):
        return None
    listed = (_get(pool, "members") for pool in pools.values())
    every = [each for members in listed if isinstance(members, list) for each in members]
    return frozenset(str(_get(each, "who") or each).lower() for each in every)


def _members_of(teams: Any) -> Mapping[str, Names] | None:
    pools = _get(teams, "pools")
    if not isinstance(pools, dict):
        return None
    return {name: _members({"pools": {name: pool}}) or frozenset() for name, pool in pools.items()}


def _readers(teams: Any) -> Names | None:
    pools = _get(teams, "pools")
    if not isinstance(pools, dict):
        return None
    lists = [_listed(pool, key) for pool in pools.values() for key in ("members", "leadership")]
    lists.append(_listed(_get(teams, "roles"), "marketing"))
    managers = {str(name) for pool in pools.values() if (name := _get(pool, "manager"))}
    return frozenset(pools).union(managers, *(found for found in lists if found))


def _rungs(agreement: Any) -> Mapping[str, Names] | None:
    clocks = _get(agreement, "clocks")
    if not isinstance(clocks, dict):
        return None
    return {name: _ladder(_get(clock, "ladder")) for name, clock in clocks.items()}


def _ladder(ladder: Any) -> Names:
    found = ladder if isinstance(ladder, list) else []
    return frozenset(str(_get(rung, "rung")) for rung in found)


def _fields(systems: Iterable[Any]) -> Mapping[str, FieldType]:
    found: dict[str, FieldType] = {}
    for data in systems:
        for kind in ("lead", "contact"):
            mapped = _get(data, kind)
            own = _get(mapped, "custom")
            for part in (mapped, own):
                found.update(_typed(part if isinstance(part, dict) else {}))
        found.update(_behaving(_get(data, "behaviour")))
    return found


def _behaving(part: Any) -> Mapping[str, FieldType]:
    """Return the fields that hold what leads did last, and those that hold when."""
    told = part if isinstance(part, dict) else {}
    times = [at for spec in told.values() if isinstance(at := _get(spec, "at"), str)]
    return dict.fromkeys(told, FieldType.TEXT) | dict.fromkeys(times, FieldType.DATETIME)


def _told_by(connectors: Mapping[str, Document]) -> Mapping[str, frozenset[tuple[str, str]]]:
    found: dict[str, frozenset[tuple[str, str]]] = {}
    for system, document in connectors.items():
        for kind in ("lead", "contact"):
            part = {kind: _get(document.data, kind)}
            if kind == "contact":
                part["behaviour"] = _get(document.data, "behaviour")
            for name in _fields([part]):
                found[name] = found.get(name, frozenset()) | {(system, kind)}
    return found


def _typed(part: Mapping[str, Any]) -> Mapping[str, FieldType]:
    return {
        name: _field_type(_get(spec, "type")) for name, spec in part.items() if name != "custom"
    }


def _field_type(word: Any) -> FieldType:
    return FieldType(word) if word in list(FieldType) else FieldType.TEXT


def refused(what: str) -> PydanticCustomError:
    """Make the error for a value that is well formed and wrong all the same."""
    return PydanticCustomError("refused", "{what}", {"what": what})


def known_in(info: ValidationInfo) -> Known:
    """Return what is known while a file is validated; nothing, when a model is made by hand."""
    return info.context if isinstance(info.context, Known) else Known(Environment({}))


def one_of(noun: str, pick: Callable[[Known], Names | None]) -> AfterValidator:
    """Accept the names of `pick` only."""

    def check(name: str, info: ValidationInfo) -> str:
        names = pick(known_in(info))
        if names is not None and name not in names:
            raise refused(f"there is no {noun} {name!r}{did_you_mean(name, names)}")
        return name

    return AfterValidator(check)


def valid_expression(text: str, info: ValidationInfo) -> str:
    """Accept what compiles over the mapped fields."""
    fields = known_in(info).fields
    if fields is not None:
        or_refuse(lambda: compile_rule(text, fields))
    return text


def mapped_field(name: str, info: ValidationInfo) -> str:
    """Accept the name of a mapped field."""
    fields = known_in(info).fields
    if fields is not None and name not in fields:
        raise refused(f"unknown field {name!r}{did_you_mean(name, fields)}")
    return name


def known_field(name: str, info: ValidationInfo) -> str:
    """Accept the name of a mapped field that holds a time."""
    fields = known_in(info).fields
    if fields is None:
        return name
    mapped_field(name, info)
    if fields[name] not in {FieldType.DATETIME, FieldType.DATE}:
        raise refused(f"field {name!r} holds {fields[name].value}: name one that holds a time")
    return name


def valid_template(text: str, info: ValidationInfo) -> str:
    """Accept text whose placeholders all have a meaning; fields of the lead are among them."""
    template = Template(text)
    if not template.is_valid():
        raise refused("a $ without a name behind it: write $$ for the sign itself")
    fields = known_in(info).fields
    allowed = PLACEHOLDERS.union(fields or ())
    for name in template.get_identifiers():
        if name not in allowed and fields is not None:
            raise refused(f"unknown placeholder ${name}{did_you_mean(name, allowed)}")
    return text


def variable_is_set(name: str, info: ValidationInfo) -> None:
    """Refuse a variable that has no value."""
    if or_refuse(lambda: known_in(info).environment.lacks(name)):
        raise refused(not_set(name))


def long_enough(name: str, least: int, info: ValidationInfo) -> None:
    """Refuse a variable whose value has fewer characters; one without a value is let pass."""
    value = or_refuse(lambda: known_in(info).environment.find(name))
    if value is not None and len(value) < least:
        raise refused(
            f"environment variable {name} has {len(value)} characters, and {least} are needed that"
            " nobody guesses: make it with `openssl rand -hex 24`"
        )


def or_refuse(ask: Callable[[], _Result]) -> _Result:
    """Return the answer, or refuse the value with the words of a ValueError."""
    try:
        return ask()
    except ValueError as error:
        raise refused(str(error)) from None
