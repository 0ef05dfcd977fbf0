"""What a deployed component does to an org, and what speaks against it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from slasync.sandbox.salesforce import permissions
from slasync.sandbox.salesforce.customizing import add_object
from slasync.sandbox.salesforce.org import Org
from slasync.sandbox.salesforce.schema import Field
from slasync.sandbox.salesforce.unit import Unit

SPACE = "{http://soap.sforce.com/2006/04/metadata}"
TYPES = {
    "Text": "string", "Checkbox": "boolean", "DateTime": "datetime", "Number": "double",
    "Picklist": "picklist",
}  # fmt: skip
ORDER = ("CustomObject", "CustomField", "ListView", "ReportType", "PermissionSet")
LEAD_COLUMNS = {
    "FULL_NAME", "LEAD.COMPANY", "LEAD.STATE", "LEAD.PHONE", "LEAD.EMAIL", "LEAD.STATUS",
    "LEAD.RATING", "LEAD.UNREAD", "LEAD.CREATED_DATE", "CORE.USERS.ALIAS",
}  # fmt: skip
MOST_EXTERNAL_IDS = 25  # an object


@dataclass(frozen=True, slots=True)
class Component:
    """One component: its type, full name and definition."""

    kind: str
    name: str
    root: ET.Element

    def text(self, tag: str) -> str:
        return self.root.findtext(f"{SPACE}{tag}") or ""

    def all(self, tag: str) -> list[ET.Element]:
        return self.root.findall(f"{SPACE}{tag}")

    def texts(self) -> Iterator[str]:
        """Yield the definition's elements but its name, as the API words them."""
        ET.register_namespace("", SPACE.strip("{}"))
        for each in self.root:
            if each.tag != f"{SPACE}fullName":
                yield ET.tostring(each, encoding="unicode")


Problem = tuple[Component, str]
Stored = dict[tuple[str, str], Component]


def stored(org: Org) -> Stored:
    """Return what is there by type and full name; what the org was born with is written down."""
    if org.metadata is None:
        known = permissions.customs(org).made.items()
        born = [Component("CustomField", name, _written(made)) for name, made in known]
        org.metadata = {(each.kind, each.name): each for each in born}
    found: Stored = org.metadata
    return found


def _written(made: Field) -> ET.Element:
    kinds = {described: kind for kind, described in TYPES.items()}
    root = ET.Element(f"{SPACE}CustomField")
    told = {"label": made.label, "type": kinds.get(made.type, "Text")}
    if made.type == "string":
        unique = str(made.unique).lower()
        told |= {"externalId": unique, "length": str(made.length), "unique": unique}
    for tag, text in sorted(told.items()):
        ET.SubElement(root, f"{SPACE}{tag}").text = text
    return root


def problems(org: Org, components: Iterable[Component]) -> list[Problem]:
    """Return what keeps components from being made, one sentence each."""
    every = list(components)
    coming = {each.name for each in every if each.kind in {"CustomField", "CustomObject"}}
    known = {name for kind, name in stored(org) if kind == "CustomField"} | coming
    return [(each, words) for each in every for words in _against(org, each, known, coming)][:1000]


def _against(org: Org, each: Component, known: set[str], coming: set[str]) -> Iterator[str]:
    refused = org.switches.refused_components.get(each.name)
    if refused:
        yield refused
    elif each.kind == "CustomField":
        yield from _against_field(org, each, coming)
    elif each.kind == "ListView":
        own = {name.partition(".")[2] for name in known if name.startswith("Lead.")}
        for column in each.all("columns"):
            if column.text not in LEAD_COLUMNS | own:
                yield f"Could not resolve list view column: {column.text}"
                return
    elif each.kind == "PermissionSet":
        for granted in each.all("fieldPermissions"):
            name = granted.findtext(f"{SPACE}field") or ""
            if name not in known:
                yield f"In field: field - no CustomField named {name} found"
                return


def _against_field(org: Org, each: Component, coming: set[str]) -> Iterator[str]:
    owner = each.name.partition(".")[0]
    there = stored(org).get((each.kind, each.name))
    if owner != "Activity" and org.schema.find(owner) is None and owner not in coming:
        yield f"Entity {owner} does not exist"
    elif each.text("type") not in TYPES:
        yield f"Invalid type: {each.text('type')}"
    elif there is not None and there.text("type") != each.text("type"):
        yield f"Cannot change field type from {there.text('type')} to {each.text('type')}"
    elif owner == "Activity" and each.text("unique") == "true" and not org.switches.activity_keys:
        yield "The maximum number of external ID and unique fields on Activity is reached"


def apply(org: Org, unit: Unit, components: Iterable[Component]) -> None:
    """Make components, those first that others need."""
    for each in sorted(components, key=lambda c: ORDER.index(c.kind)):
        if each.kind == "CustomObject" and org.schema.find(each.name) is None:
            add_object(org, each.name, each.text("label"), each.text("pluralLabel"), ())
        elif each.kind == "CustomField":
            permissions.customs(org).made[each.name] = _field(each)
        elif each.kind == "PermissionSet":
            _grant(org, unit, each)
        stored(org)[each.kind, each.name] = each
    permissions.show_what_is_granted(org)


def _field(each: Component) -> Field:
    kind = each.text("type")
    values = [v.findtext(f"{SPACE}fullName") or "" for v in each.root.iter(f"{SPACE}value")]
    return Field(
        name=each.name.partition(".")[2],
        type=TYPES[kind],
        length=int(each.text("length") or 0),
        label=each.text("label"),
        nillable=kind != "Checkbox",
        defaulted=kind == "Checkbox",
        default=False if kind == "Checkbox" else None,
        id_lookup=each.text("externalId") == "true",
        unique=each.text("unique") == "true",
        external_id=each.text("externalId") == "true",
        choices=tuple(values),
    )


def _grant(org: Org, unit: Unit, each: Component) -> None:
    rights = {
        granted.findtext(f"{SPACE}name") or "": True for granted in each.all("userPermissions")
    }
    made = permissions.permission_set(org, unit, each.name, each.text("label"), rights)
    for granted in each.all("objectPermissions"):
        kinds = [
            kind for kind, tag in _KINDS.items() if granted.findtext(f"{SPACE}{tag}") == "true"
        ]
        object_name = granted.findtext(f"{SPACE}object") or ""
        permissions.grant_object(org, unit, made, object_name, kinds)
    for granted in each.all("fieldPermissions"):
        edit = granted.findtext(f"{SPACE}editable") == "true"
        name = granted.findtext(f"{SPACE}field") or ""
        permissions.grant_field(org, unit, made, name, edit=edit)


_KINDS = {
    "Create": "allowCreate", "Read": "allowRead", "Edit": "allowEdit", "Delete": "allowDelete",
    "ViewAllRecords": "viewAllRecords", "ModifyAllRecords": "modifyAllRecords",
}  # fmt: skip
