"""The Metadata API's own types, by the description that the client library brings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import simple_salesforce

XSD = "{http://www.w3.org/2001/XMLSchema}"
METADATA = "{http://soap.sforce.com/2006/04/metadata}"
FULL_NAME = "fullName"


@dataclass(frozen=True, slots=True)
class Part:
    """An element of a type: its own type, and whether it must be there."""

    type: str
    required: bool


@dataclass(frozen=True, slots=True)
class Types:
    """Complex types as elements in their order, simple ones as the values they take."""

    complex: Mapping[str, Mapping[str, Part]]
    simple: Mapping[str, frozenset[str]]


@cache
def types() -> Types:
    path = Path(simple_salesforce.__file__).parent / "metadata.wsdl"
    root = ET.parse(path).getroot()  # noqa: S314 - a file of an installed library
    simple = {
        str(each.get("name")): frozenset(
            str(v.get("value")) for v in each.iter(f"{XSD}enumeration")
        )
        for each in root.iter(f"{XSD}simpleType")
    }
    named = (each for each in root.iter(f"{XSD}complexType") if each.get("name"))
    return Types({str(each.get("name")): _parts(each) for each in named}, simple)


def _parts(element: ET.Element) -> dict[str, Part]:
    extension = element.find(f".//{XSD}extension")
    base = {FULL_NAME: Part("string", required=False)} if extension is not None else {}
    own = {
        str(each.get("name")): Part(
            str(each.get("type")).partition(":")[2], required=each.get("minOccurs") != "0"
        )
        for each in element.iter(f"{XSD}element")
    }
    return base | own


def flaws(element: ET.Element, type_name: str) -> Iterator[str]:
    """Yield what the Metadata API would not take of an element of this type."""
    known = types()
    parts = known.complex.get(type_name)
    if parts is None:
        allowed = known.simple.get(type_name)
        if allowed and (element.text or "") not in allowed:
            yield f"{element.text} is no {type_name}"
        return
    names = [each.tag.removeprefix(METADATA) for each in element]
    yield from (f"{type_name} has no {name}" for name in names if name not in parts)
    order = [list(parts).index(name) for name in names if name in parts]
    if order != sorted(order):
        yield f"{type_name}: {names} are not in its order"
    missing = [n for n, part in parts.items() if part.required and n not in names]
    yield from (f"{type_name} lacks {name}" for name in missing)
    for each, name in zip(element, names, strict=True):
        if name in parts:
            yield from flaws(each, parts[name].type)
