"""A YAML 1.2 file as plain JSON values, with the line and column of everything in it."""

import math
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError, StreamMark, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, Event
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from slasync.settings.problems import Path, Problem, written

Place = tuple[int, int]
Expand = Callable[[str], str]

MOST_BYTES = 1_000_000
MOST_NODES = 20_000
MOST_ALIASES = 100
MOST_DEPTH = 20
_SECRET = re.compile(r"://[^/\s:@]*:[^/\s@${}]+@|-----BEGIN |\bpat-[a-z]{2}\d-")
_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class Document:
    """One file read. `data` holds None where the file cannot be read at all."""

    file: str
    data: Any = None
    raw: bytes = field(default=b"", repr=False)
    values: Mapping[Path, Place] = field(default_factory=dict)
    keys: Mapping[Path, Place] = field(default_factory=dict)

    def problem(self, path: Path, what: str) -> Problem:
        """Say what is wrong with the value at `path`, or with the nearest thing around it."""
        return self._at(self.values, path, what)

    def key_problem(self, path: Path, what: str) -> Problem:
        """Say what is wrong with the key at `path`; an item of a list is where its value begins."""
        return self._at({**self.values, **self.keys}, path, what)

    def _at(self, places: Mapping[Path, Place], path: Path, what: str) -> Problem:
        near = path
        while near and near not in places:
            near = near[:-1]
        line, col = places.get(near, (1, 1))
        return Problem(self.file, line, col, written(path), what)


def read(path: FilePath, expand: Expand) -> tuple[Document, list[Problem]]:
    """Read a file; `expand` replaces variables in its text values or raises ValueError."""
    file = str(path)
    try:
        raw = path.read_bytes()
        if len(raw) > MOST_BYTES:
            raise ValueError(f"larger than {MOST_BYTES:,} bytes")  # noqa: TRY301 - said in one place
        document, problems = parse(file, raw.decode("utf-8"), expand)
        return replace(document, raw=raw), problems
    except OSError as error:
        return Document(file), [Problem(file, 1, 1, "", error.strerror or "cannot be read")]
    except ValueError as error:
        what = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        return Document(file), [Problem(file, 1, 1, "", what)]


def parse(file: str, text: str, expand: Expand) -> tuple[Document, list[Problem]]:
    """Read YAML text. Syntax errors and bombs leave `data` None; all else is read to the end."""
    try:
        node = _composed(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return Document(file), [_problem(file, mark, error.problem or "is not YAML")]
    except YAMLError as error:
        return Document(file), [
            Problem(file, 1, 1, "", f"is not YAML: {str(error).splitlines()[0]}")
        ]
    reader = _Reader(file, expand)
    data = {} if node is None else reader.value(node, ())
    data = {} if data is None else data
    return Document(file, data, values=reader.values, keys=reader.keys), reader.problems


@lru_cache(maxsize=32)
def _composed(text: str) -> Node | None:
    """Put a text together: by far the dearest part, and the same texts come again. To be read only.

    Raises YAMLError.
    """
    yaml, events = YAML(typ="safe", pure=True), _Events()
    for mark, what in _refused(map(events.kept, yaml.parse(text))):
        raise MarkedYAMLError(problem=what, problem_mark=mark)
    node: Node | None = _Composer(yaml, events).get_single_node()
    return node


class _Events:
    """Events that were looked at, for the composer to take: the text is read once."""

    def __init__(self) -> None:
        self._left: deque[Event] = deque()

    def kept(self, event: Event) -> Event:
        self._left.append(event)
        return event

    def check_event(self, *kinds: type[Event]) -> bool:
        return bool(self._left) and isinstance(self._left[0], kinds or Event)

    def peek_event(self) -> Event:
        return self._left[0]

    def get_event(self) -> Event:
        return self._left.popleft()


class _Composer(Composer):
    def __init__(self, loader: YAML, events: _Events) -> None:
        super().__init__(loader)
        self._events = events

    @property
    def parser(self) -> _Events:
        return self._events


def _refused(events: Iterator[Event]) -> Iterator[tuple[StreamMark, str]]:
    """Yield what must not even be put together: it would not fit or would run code."""
    depth = aliases = 0
    anchors: set[str] = set()
    for nodes, event in enumerate(events):
        aliases += isinstance(event, AliasEvent)
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        anchor = None if isinstance(event, AliasEvent) else getattr(event, "anchor", None)
        for wrong, what in (
            (depth > MOST_DEPTH, f"nested deeper than {MOST_DEPTH} levels"),
            (nodes > MOST_NODES, f"more than {MOST_NODES:,} values"),
            (aliases > MOST_ALIASES, f"more than {MOST_ALIASES} aliases"),
            (getattr(event, "tag", None), "tags (!something) are not used here"),
            (anchor in anchors, f"the anchor &{anchor} is there twice"),
        ):
            if wrong:
                yield event.start_mark, what
        anchors |= {anchor} if anchor else set()


def _problem(file: str, mark: StreamMark | None, what: str) -> Problem:
    line, col = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return Problem(file, line, col, "", what)


@dataclass(slots=True)
class _Reader:
    """Turns nodes into values and remembers where each stood."""

    file: str
    expand: Expand
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    yaml: YAML = field(default_factory=lambda: YAML(typ="safe", pure=True))

    def value(self, node: Node, path: Path) -> Any:
        self.values[path] = _place(node)
        if len(path) > MOST_DEPTH or len(self.values) > MOST_NODES:
            self._refuse(node, path, "too deep or too large once its aliases are written out")
            return None
        if isinstance(node, MappingNode):
            return dict(self._entries(node, path))
        if isinstance(node, SequenceNode):
            return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
        try:
            return self._scalar(node) if isinstance(node, ScalarNode) else None
        except ValueError as error:
            self._refuse(node, path, str(error))
            return None

    def _entries(self, node: MappingNode, path: Path) -> Iterator[tuple[str, Any]]:
        seen: dict[str, int] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            if not isinstance(key_node, ScalarNode):
                self._refuse(key_node, path, "a key must be text")
            elif key in seen:
                self._refuse(
                    key_node, (*path, key), f"the key {key!r} is there already, in line {seen[key]}"
                )
            else:
                seen[key] = key_node.start_mark.line + 1
                self.keys[(*path, key)] = _place(key_node)
                yield key, self.value(value_node, (*path, key))

    def _scalar(self, node: ScalarNode) -> Any:
        """Read a scalar as YAML 1.2 does: NO, 17:00 and dates stay text."""
        if _SECRET.search(node.value):
            raise ValueError(
                "a secret stands here in clear text: put it into an environment variable"
                " and name that"
            )
        text = self.expand(node.value)
        if text != node.value:
            node = self._resolved(node, text)
        match str(node.tag).removeprefix(_TAG):
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int":
                return self.yaml.constructor.construct_yaml_int(node)
            case "float":
                return _finite(self.yaml.constructor.construct_yaml_float(node))
            case _:
                return text

    def _resolved(self, node: ScalarNode, text: str) -> ScalarNode:
        """Read what came from a variable as if it stood there; quoted or empty, it is text."""
        plain = bool(text) and not node.style
        tag = self.yaml.resolver.resolve(ScalarNode, text, (plain, not plain))
        return ScalarNode(tag, text, node.start_mark, node.end_mark, style=node.style)

    def _refuse(self, node: Node, path: Path, what: str) -> None:
        line, col = _place(node)
        self.problems.append(Problem(self.file, line, col, written(path), what))


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError("give a finite number")
    return number


def _place(node: Node) -> Place:
    return node.start_mark.line + 1, node.start_mark.column + 1
