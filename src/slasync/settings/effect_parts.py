"""What single effects of a rung need, take and refuse, told apart by what they `do`."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationInfo

from slasync.domain.agreement import EffectKind
from slasync.domain.lead import Value
from slasync.domain.writes import Role
from slasync.settings.known import known_in, refused
from slasync.systems import FieldType

Scalar = str | bool | int | float | None
SPEAKS = frozenset({EffectKind.TASK, EffectKind.DIGEST, EffectKind.NOTIFY})
SETS_STATUS = frozenset({EffectKind.RECYCLE, EffectKind.STATUS})
OUTSIDE = frozenset({Role.MARKETING, Role.POOL})
NEEDS: Mapping[EffectKind, tuple[str, ...]] = {
    EffectKind.STATUS: ("status",),
    EffectKind.PROPERTY: ("property", "value"),
    EffectKind.LIST: ("list", "change"),
    EffectKind.PROGRAMME: ("programme",),
}
ONLY_FOR: Mapping[str, EffectKind] = {
    "via": EffectKind.NOTIFY,
    "property": EffectKind.PROPERTY,
    "value": EffectKind.PROPERTY,
    "list": EffectKind.LIST,
    "change": EffectKind.LIST,
    "programme": EffectKind.PROGRAMME,
}
"""Keys that one kind of effect has to itself."""


def _no_programme(value: Any, info: ValidationInfo) -> Any:
    if value == EffectKind.PROGRAMME and known_in(info).marketing == "hubspot":
        raise refused(
            "do: programme is for Marketo, and here marketing works in HubSpot, which has no"
            " programmes: there do: list or do: property can begin a workflow"
        )
    return value


Doing = Annotated[EffectKind, BeforeValidator(_no_programme)]


def roles_for(do: EffectKind) -> str:
    """Name the roles that an effect can be addressed to."""
    more = "" if do == EffectKind.TASK else ", marketing, pool"
    return f"owner, manager, leadership{more}"


def misfit(do: EffectKind, to: Role, given: frozenset[str]) -> str:
    """Say what does not belong to an effect, or is missing; empty where it is complete."""
    if do == EffectKind.TASK and to in OUTSIDE:
        return f"a task belongs to one user of the CRM: {to.value} hears by do: notify or digest"
    strange = [key for key, kind in ONLY_FOR.items() if key in given and kind != do]
    if strange:
        return f"do: {do.value} takes no {strange[0]}: that belongs to do: {ONLY_FOR[strange[0]]}"
    missing = [key for key in NEEDS.get(do, ()) if key not in given]
    return f"do: {do.value} needs {' and '.join(missing)}" if missing else ""


def fits(value: Value, kind: FieldType) -> bool:
    """Tell whether a field of a type can have this value; every one can be cleared."""
    if value is None:
        return True
    if kind == FieldType.BOOL or isinstance(value, bool):
        return kind == FieldType.BOOL and isinstance(value, bool)
    return isinstance(value, int | float) if kind == FieldType.NUMBER else isinstance(value, str)
