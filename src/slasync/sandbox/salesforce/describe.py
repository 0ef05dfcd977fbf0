"""What an org tells of its objects and fields."""

from typing import Any
from zlib import crc32

from slasync.sandbox.salesforce import times
from slasync.sandbox.salesforce.asking import Ask, Reply
from slasync.sandbox.salesforce.org import Org
from slasync.sandbox.salesforce.querying import CHILDREN
from slasync.sandbox.salesforce.schema import TEXTUAL, Field, ObjectType

SOAP = {
    "id": "tns:ID", "reference": "tns:ID", "boolean": "xsd:boolean", "int": "xsd:int",
    "double": "xsd:double", "currency": "xsd:double", "percent": "xsd:double",
    "datetime": "xsd:dateTime", "date": "xsd:date", "address": "urn:address", "time": "xsd:time",
}  # fmt: skip
UNGROUPED = {"double", "currency", "percent", "datetime", "address"}
PRECISION = {"currency": (18, 0), "percent": (10, 2), "double": (18, 15)}
ALIKE: dict[str, Any] = dict.fromkeys(  # what is the same for every field of this org
    (
        "aiPredictionField", "autoNumber", "calculated", "cascadeDelete", "caseSensitive",
        "dependentPicklist", "deprecatedAndHidden", "displayLocationInDecimal", "encrypted",
        "formulaTreatNullNumberAsZero", "highScaleNumber", "htmlFormatted", "restrictedDelete",
        "writeRequiresMasterRead",
    ),
    False,
) | dict.fromkeys((
    "calculatedFormula", "controllerName", "defaultValueFormula", "filteredLookupInfo",
    "inlineHelpText", "mask", "maskType", "referenceTargetField", "relationshipOrder",
))  # fmt: skip
MASTER = "012000000000000AAA"


def conditional(org: Org, ask: Ask, body: dict[str, Any]) -> Reply:
    """Answer a describe, or 304 where the schema has not changed since."""
    tag = f'"{crc32(repr((org.schema_changed_at, ask.path, ask.version)).encode()):08x}"'
    headers = {"ETag": tag, "Last-Modified": times.http_date(org.schema_changed_at)}
    since = times.from_http(ask.headers.get("if-modified-since", ""))
    changed = org.schema_changed_at.replace(microsecond=0)
    known = ask.headers.get("if-none-match") == tag
    if known or (since is not None and changed <= since):
        return Reply(304, None, headers)
    return Reply(200, body, headers)


def overview(org: Org, ask: Ask) -> dict[str, Any]:
    """Return the body of GET /sobjects."""
    listed = [_flags(ask, t) for t in sorted(org.schema.objects.values(), key=lambda t: t.name)]
    return {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": listed}


def basic(ask: Ask, type_: ObjectType) -> dict[str, Any]:
    """Return the body of GET /sobjects/{type}."""
    return {"objectDescribe": _flags(ask, type_), "recentItems": []}


def full(ask: Ask, type_: ObjectType) -> dict[str, Any]:
    """Return the body of GET /sobjects/{type}/describe."""
    url = f"{ask.base}/sobjects/{type_.name}"
    master = {
        "active": True, "available": True, "defaultRecordTypeMapping": True,
        "developerName": "Master", "master": True, "name": "Master", "recordTypeId": MASTER,
        "urls": {"layout": f"{url}/describe/layouts/{MASTER}"},
    }  # fmt: skip
    extra = {
        "actionOverrides": [],
        "childRelationships": _children(type_),
        "compactLayoutable": True,
        "fields": [_field(f) for f in type_.fields.values()],
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": [master],
        "searchLayoutable": True,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [{"label": f"All {type_.plural.lower()}", "name": "everything"}],
    }
    return dict(sorted((_flags(ask, type_) | extra).items()))


def _flags(ask: Ask, type_: ObjectType) -> dict[str, Any]:
    url = f"{ask.base}/sobjects/{type_.name}"
    soft, can = type_.soft_delete and type_.writable, type_.writable
    return {
        "activateable": False, "createable": can, "custom": False, "customSetting": False,
        "deepCloneable": False, "deletable": can and type_.deletable, "deprecatedAndHidden": False,
        "feedEnabled": soft, "hasSubtypes": False, "isInterface": False, "isSubtype": False,
        "keyPrefix": type_.prefix, "label": type_.label, "labelPlural": type_.plural,
        "layoutable": can, "mergeable": type_.has("MasterRecordId"), "mruEnabled": can,
        "name": type_.name, "queryable": True, "replicateable": type_.has("SystemModstamp"),
        "retrieveable": True, "searchable": can, "triggerable": can, "undeletable": soft,
        "updateable": can,
        "urls": {"rowTemplate": f"{url}/{{ID}}", "describe": f"{url}/describe", "sobject": url},
    }  # fmt: skip


def _children(type_: ObjectType) -> list[dict[str, Any]]:
    return [
        {
            "cascadeDelete": child in {"Task", "Event", "LeadHistory"}, "childSObject": child,
            "deprecatedAndHidden": False, "field": field, "junctionIdListNames": [],
            "junctionReferenceTo": [], "relationshipName": name.capitalize(),
            "restrictedDelete": False,
        }
        for name, (child, field) in CHILDREN.get(type_.name, {}).items()
    ]  # fmt: skip


def _field(f: Field) -> dict[str, Any]:
    """Return what describe tells of one field, its members in alphabetical order."""
    return dict(sorted((ALIKE | _kind_of(f) | _rights(f) | _relations(f)).items()))


def _kind_of(f: Field) -> dict[str, Any]:
    plain = f.filterable and f.type != "address"
    precision, scale = PRECISION.get(f.type, (0, 0))
    return {
        "aggregatable": plain and f.type != "boolean",
        "byteLength": f.length * 3 if f.type in TEXTUAL else f.length,
        "compoundFieldName": f.compound,
        "digits": 8 if f.type == "int" else 0,
        "extraTypeInfo": _extra(f),
        "filterable": f.filterable,
        "groupable": f.filterable and f.type not in UNGROUPED,
        "label": f.label,
        "length": f.length,
        "name": f.name,
        "nameField": f.name == "Name",
        "picklistValues": _choices(f),
        "precision": precision,
        "queryByDistance": f.type == "address",
        "restrictedPicklist": f.restricted,
        "scale": scale,
        "soapType": SOAP.get(f.type, "xsd:string"),
        "sortable": plain,
        "type": f.type,
    }


def _rights(f: Field) -> dict[str, Any]:
    given_by_the_system = not f.nillable and not f.createable and f.name != "Name"
    return {
        "createable": f.createable,
        "custom": f.custom,
        "defaultValue": f.default,
        "defaultedOnCreate": f.defaulted or given_by_the_system,
        "externalId": f.external_id,
        "idLookup": f.id_lookup,
        "nillable": f.nillable,
        "permissionable": f.nillable and f.createable,
        "unique": f.unique,
        "updateable": f.updateable,
    }


def _relations(f: Field) -> dict[str, Any]:
    single = f.type == "reference" and not f.polymorphic
    return {
        "namePointing": f.polymorphic,
        "polymorphicForeignKey": f.polymorphic,
        "referenceTo": list(f.refers_to),
        "relationshipName": f.relation,
        "searchPrefilterable": single and f.refers_to != ("User",) and f.name != "MasterRecordId",
    }


def _extra(f: Field) -> str | None:
    if f.compound == "Name":
        return "personname"
    return "plaintextarea" if f.type == "textarea" else None


def _choices(f: Field) -> list[dict[str, Any]]:
    return [
        {"active": True, "defaultValue": c == f.default, "label": c, "validFor": None, "value": c}
        for c in f.choices
    ]
