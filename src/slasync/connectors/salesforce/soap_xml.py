"""SOAP messages as trees: without document types and entities, and never deeper than needed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape

DEEPEST = 32
MOST_ELEMENTS = 50_000


class NoXml(ValueError):
    """It is no message: not well-formed, or with what no message has."""


@dataclass(slots=True)
class Element:
    """One element: its name without prefix or namespace, its own text, what is inside it."""

    name: str
    space: str = ""  # namespace
    text: str = ""
    inside: list["Element"] = field(default_factory=list)

    def find(self, name: str) -> "Element | None":
        """Return the first element of this name at any depth."""
        return next(self.all(name), None)

    def all(self, name: str) -> Iterator["Element"]:
        """Yield the elements of this name at any depth, in document order."""
        for each in self.inside:
            if each.name == name:
                yield each
            yield from each.all(name)

    def of(self, name: str) -> str:
        """Return the text of the first element of this name directly inside; empty if none."""
        return next((each.text.strip() for each in self.inside if each.name == name), "")


def parsed(body: bytes) -> Element:
    """Read a message. Raises NoXml.

    A document type is refused before anything it declares is read: so no entity is ever expanded
    and nothing outside is fetched.
    """
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartDoctypeDeclHandler = _refused
    parser.EntityDeclHandler = _refused
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    try:
        parser.Parse(body, True)  # noqa: FBT003 - the library's signature
    except (expat.ExpatError, ValueError, LookupError) as error:  # LookupError: an odd encoding
        raise NoXml(str(error)) from error
    return builder.root


def _refused(*_: object) -> None:
    raise NoXml("a message has no document type")


class _Builder:
    """Puts elements together as they come."""

    def __init__(self) -> None:
        self.root = Element("")
        self._open = [self.root]
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        del attributes
        self._count += 1
        if len(self._open) > DEEPEST or self._count > MOST_ELEMENTS:
            raise NoXml("it is nested too deep, or has too many elements")
        space, _, local = name.rpartition(" ")
        element = Element(local, space)
        self._open[-1].inside.append(element)
        self._open.append(element)

    def end(self, _: str) -> None:
        self._open.pop()

    def text(self, data: str) -> None:
        self._open[-1].text += data


def written(name: str, text: str) -> str:
    """Write an element that holds text."""
    return f"<{name}>{escape(text)}</{name}>"
