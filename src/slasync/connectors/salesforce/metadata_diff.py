"""How a component that is there differs from what slasync needs."""

from collections.abc import Iterator

from slasync.connectors.provisioning import Standing
from slasync.connectors.salesforce.metadata import (
    Component,
    CustomField,
    Kind,
    ObjectRights,
    PermissionSet,
)
from slasync.connectors.salesforce.soap_xml import Element

LEAVE = "slasync changes no field that is there: mend it by hand, or give another name in"
WHERE = f"{LEAVE} connector.yaml (slasync_fields, ledger)"
FEW = 5
RIGHTS = {
    "create": "allowCreate",
    "edit": "allowEdit",
    "delete": "allowDelete",
    "view_all": "viewAllRecords",
    "modify_all": "modifyAllRecords",
}


def standing_of(component: Component, there: Element | None) -> tuple[Standing, str]:
    """Return how a component stands, and what to know of it. Others' list views are theirs."""
    if there is None:
        return Standing.MISSING, ""
    if isinstance(component, CustomField):
        found = [*_field(component, there)]
        return (Standing.DIFFERENT, f"{'; '.join(found)}. {WHERE}") if found else _THERE
    if isinstance(component, PermissionSet):
        lacking = [*_lacking(component, there)]
        return (Standing.INCOMPLETE, f"lacks {_some(lacking)}") if lacking else _THERE
    return _THERE


_THERE = (Standing.THERE, "")


def _field(field: CustomField, there: Element) -> Iterator[str]:
    kind = there.of("type")
    if kind != field.kind.value:
        yield f"it is of type {kind or 'unknown'}, needed is {field.kind.value}"
        return
    if field.kind is Kind.TEXT and int(there.of("length") or 0) < field.length:
        yield f"it holds {there.of('length') or 0} characters, needed are {field.length}"
    for word, tag in (("unique", "unique"), ("an external ID", "externalId")):
        if field.unique and there.of(tag) != "true":
            yield f"it is not {word}"
    if field.kind is Kind.PICKLIST:
        yield from _values(field, there)


def _values(field: CustomField, there: Element) -> Iterator[str]:
    """A picklist that takes only its own values must have those that slasync writes."""
    chosen = there.find("valueSet")
    known = {each.of("fullName") for each in there.all("value")}
    lacking = [value for value in field.values if value not in known]
    if lacking and chosen is not None and chosen.of("restricted") == "true":
        yield f"it takes no other values and lacks {_some(lacking)}"


def _lacking(wanted: PermissionSet, there: Element) -> Iterator[str]:
    fields = {each.of("field"): each for each in there.all("fieldPermissions")}
    for name, edit in wanted.fields.items():
        given = fields.get(name)
        if given is None or (edit and given.of("editable") != "true"):
            yield name
    objects = {each.of("object"): each for each in there.all("objectPermissions")}
    for name, rights in wanted.objects.items():
        if name not in objects or any(_short(rights, objects[name])):
            yield f"rights on {name}"
    enabled = {e.of("name") for e in there.all("userPermissions") if e.of("enabled") == "true"}
    yield from (right for right in wanted.rights if right not in enabled)


def _short(rights: ObjectRights, given: Element) -> Iterator[bool]:
    return (getattr(rights, word) and given.of(tag) != "true" for word, tag in RIGHTS.items())


def _some(names: list[str]) -> str:
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(names[:FEW]) + more
