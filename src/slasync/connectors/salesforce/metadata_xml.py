"""Metadata as files: in source format for Salesforce's own tools, and zipped for a deployment."""

import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape

from slasync.connectors.salesforce.metadata import (
    Component,
    CustomField,
    CustomObject,
    Filter,
    Kind,
    ListView,
    ObjectRights,
    Package,
    PermissionSet,
    ReportType,
)

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
ROOT = "slasync"  # the folder of the components, in source format
DIGITS = 6
Element = tuple[str, Any]  # a name, and text or elements

TYPES: Mapping[type[Component], str] = {
    CustomObject: "CustomObject",
    CustomField: "CustomField",
    ListView: "ListView",
    ReportType: "ReportType",
    PermissionSet: "PermissionSet",
}


def source_files(package: Package, version: str) -> dict[str, str]:
    """Return the folder in source format: each file's path and text."""
    files = {
        "package.xml": manifest(package, version),
        "sfdx-project.json": _project(version),
    }
    return files | {f"{ROOT}/{_place(each)}": _document(each) for each in package}


def deployable(components: Iterable[Component], version: str) -> bytes:
    """Return the zip that `deploy` takes: components of one object stand in one file there."""
    components = list(components)
    files = {"package.xml": manifest(components, version)} | _by_object(components)
    for each in components:
        if isinstance(each, ReportType):
            files[f"reportTypes/{each.name}.reportType"] = _document(each)
        elif isinstance(each, PermissionSet):
            files[f"permissionsets/{each.name}.permissionset"] = _document(each)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return packed.getvalue()


def manifest(components: Iterable[Component], version: str) -> str:
    """Return package.xml: what is there, by type."""
    found: dict[str, list[str]] = {}
    for each in components:
        found.setdefault(TYPES[type(each)], []).append(each.full_name)
    types: list[Element] = [
        ("types", [*(("members", name) for name in sorted(names)), ("name", kind)])
        for kind, names in sorted(found.items())
    ]
    return _file("Package", [*types, ("version", version)])


def _project(version: str) -> str:
    folders = [{"path": ROOT, "default": True}]
    return json.dumps({"packageDirectories": folders, "sourceApiVersion": version}, indent=2) + "\n"


def _place(component: Component) -> str:
    match component:
        case CustomObject(name=name):
            return f"objects/{name}/{name}.object-meta.xml"
        case CustomField(object=of, name=name):
            return f"objects/{of}/fields/{name}.field-meta.xml"
        case ListView(name=name):
            return f"objects/Lead/listViews/{name}.listView-meta.xml"
        case ReportType(name=name):
            return f"reportTypes/{name}.reportType-meta.xml"
        case PermissionSet(name=name):
            return f"permissionsets/{name}.permissionset-meta.xml"


def _by_object(components: Iterable[Component]) -> dict[str, str]:
    """Return objects/*.object: of an object that is there already only what is added to it."""
    parts: dict[str, list[Element]] = {}
    for each in components:
        match each:
            case CustomObject():
                parts.setdefault(each.name, []).extend(_elements(each))
            case CustomField():
                parts.setdefault(each.object, []).append(("fields", _elements(each)))
            case ListView():
                parts.setdefault("Lead", []).append(("listViews", _elements(each)))
    return {
        f"objects/{name}.object": _file("CustomObject", sorted(elements, key=lambda e: e[0]))
        for name, elements in parts.items()
    }


def _document(component: Component) -> str:
    return _file(TYPES[type(component)], _elements(component))


def _elements(component: Component) -> list[Element]:
    """Return what describes a component, in the order of the Metadata API's own description."""
    match component:
        case CustomObject():
            return _object(component)
        case CustomField():
            return [("fullName", component.name), *_field(component)]
        case ListView():
            return [("fullName", component.name), *_view(component)]
        case ReportType():
            return _report_type(component)
        case PermissionSet():
            return _permission_set(component)


def _object(component: CustomObject) -> list[Element]:
    name = [("displayFormat", "SLA-{000000}"), ("label", "Number"), ("type", "AutoNumber")]
    return [
        ("deploymentStatus", "Deployed"),
        ("label", component.label),
        ("nameField", name),
        ("pluralLabel", component.label),
        ("sharingModel", "Private"),
    ]


def _field(field: CustomField) -> Iterator[Element]:
    if field.unique:
        yield "caseSensitive", "true"
    if field.kind is Kind.CHECKBOX:
        yield "defaultValue", "false"
    if field.kind is Kind.TEXT:
        yield "externalId", _truth(field.unique)
    if field.help:
        yield "inlineHelpText", field.help
    yield "label", field.label
    if field.kind is Kind.TEXT:
        yield "length", str(field.length)
    if field.kind is Kind.NUMBER:
        yield "precision", str(DIGITS)
        yield "scale", "0"
    yield "type", field.kind.value
    if field.kind is Kind.TEXT:
        yield "unique", _truth(field.unique)
    if field.kind is Kind.PICKLIST:
        yield "valueSet", _values(field.values)


def _values(values: Mapping[str, str]) -> list[Element]:
    listed: list[Element] = [
        ("value", [("fullName", value), ("default", "false"), ("label", shown)])
        for value, shown in values.items()
    ]
    return [("restricted", "false"), ("valueSetDefinition", [("sorted", "false"), *listed])]


def _view(view: ListView) -> list[Element]:
    return [
        *(("columns", name) for name in view.columns),
        ("filterScope", "Mine"),
        *(("filters", _filter(each)) for each in view.filters),
        ("label", view.label),
    ]


def _filter(each: Filter) -> list[Element]:
    return [("field", each.field), ("operation", each.operation), ("value", each.value)]


def _report_type(report: ReportType) -> list[Element]:
    columns: list[Element] = [
        ("columns", [("checkedByDefault", "true"), ("field", name), ("table", "Lead")])
        for name in report.columns
    ]
    return [
        ("baseObject", "Lead"),
        ("category", "leads"),
        ("deployed", "true"),
        ("description", report.label),
        ("label", report.label),
        ("sections", [*columns, ("masterLabel", "SLA")]),
    ]


def _permission_set(given: PermissionSet) -> list[Element]:
    fields: list[Element] = [
        ("fieldPermissions", [("editable", _truth(edit)), ("field", name), ("readable", "true")])
        for name, edit in sorted(given.fields.items())
    ]
    objects: list[Element] = [
        ("objectPermissions", _rights(name, rights))
        for name, rights in sorted(given.objects.items())
    ]
    return [
        ("description", given.description),
        *fields,
        ("hasActivationRequired", "false"),
        ("label", given.label),
        *objects,
        *(("userPermissions", [("enabled", "true"), ("name", name)]) for name in given.rights),
    ]


def _rights(name: str, rights: ObjectRights) -> list[Element]:
    return [
        ("allowCreate", _truth(rights.create)),
        ("allowDelete", _truth(rights.delete)),
        ("allowEdit", _truth(rights.edit)),
        ("allowRead", "true"),
        ("modifyAllRecords", _truth(rights.modify_all)),
        ("object", name),
        ("viewAllRecords", _truth(rights.view_all or rights.modify_all)),
    ]


def _truth(value: bool) -> str:  # noqa: FBT001 - it is the value that is written
    return "true" if value else "false"


def _file(root: str, elements: Iterable[Element]) -> str:
    body = "".join(_lines(elements, 1))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{NAMESPACE}">\n{body}</{root}>\n'
    )


def _lines(elements: Iterable[Element], depth: int) -> Iterator[str]:
    pad = "    " * depth
    for name, value in elements:
        if isinstance(value, str):
            yield f"{pad}<{name}>{escape(value)}</{name}>\n"
        else:
            yield f"{pad}<{name}>\n{''.join(_lines(value, depth + 1))}{pad}</{name}>\n"
