"""YAML documents read so that everything wrong with them can be said with line and column."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError


class Wrong(Exception):
    """What is wrong with one or several files, a line each: `file:line:col: path: what`."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Section:
    """One mapping of a document. What is wrong is gathered in `problems`, shared by all."""

    file: str
    data: CommentedMap
    path: str = ""
    problems: list[str] = field(default_factory=list)

    def complain(self, key: str | None, message: str) -> None:
        """Note what is wrong with a key's value; without a key, with the section as a whole."""
        line, column = self.data.lc.line, self.data.lc.col
        if key is not None and key in self.data:
            line, column = self.data.lc.key(key)
        where = ".".join(filter(None, (self.path, key)))
        said = f"{where}: {message}" if where else message
        self.problems.append(f"{self.file}:{line + 1}:{column + 1}: {said}")

    def only(self, *known: str) -> None:
        """Complain of keys that mean nothing here."""
        for key in self.data:
            if key not in known:
                self.complain(str(key), "unknown key" + did_you_mean(str(key), known))

    def text(self, key: str, default: str | None = None) -> str:
        """Return a key's text; without a default it is required."""
        value = self.data.get(key, default)
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            return str(value)
        self.complain(key, "is missing" if key not in self.data else "must be a text")
        return ""

    def optional(self, key: str) -> str | None:
        return self.text(key) if key in self.data else None

    def choice(self, key: str, allowed: Collection[str], default: str | None = None) -> str:
        value = self.text(key, default)
        if value and value not in allowed:
            tip = did_you_mean(value, allowed) or f" (one of {', '.join(allowed)})"
            self.complain(key, f"{value!r} is not known{tip}")
        return value

    def texts(self, key: str) -> list[str]:
        """Return a list of texts; an absent one is empty."""
        value = self.data.get(key, [])
        if isinstance(value, list):
            return [str(item) for item in value]
        self.complain(key, "must be a list")
        return []

    def section(self, key: str, *, required: bool = False) -> "Section":
        """Return the mapping under a key; an absent one is empty."""
        value = self.data.get(key)
        path = ".".join(filter(None, (self.path, key)))
        if isinstance(value, CommentedMap):
            return Section(self.file, value, path, self.problems)
        if required or value is not None:
            self.complain(key, "is missing" if value is None else "must be a mapping")
        return Section(self.file, CommentedMap(), path, self.problems)

    def items(self) -> Iterator[tuple[str, Any]]:
        return ((str(key), value) for key, value in self.data.items())

    def zone(self, key: str, default: str = "UTC") -> ZoneInfo:
        name = self.text(key, default)
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            self.complain(key, f"{name!r} is no time zone")
            return ZoneInfo("UTC")

    def raise_problems(self) -> None:
        """Raise `Wrong` when anything was wrong."""
        if self.problems:
            raise Wrong(self.problems)


def read(path: Path) -> Section:
    """Read a document whose top is a mapping. Raises Wrong, OSError."""
    try:
        data = YAML(typ="rt").load(path.read_text("utf-8"))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise Wrong([f"{where}: {error.problem}"]) from error
    except YAMLError as error:
        raise Wrong([f"{path}: {error}"]) from error
    if not isinstance(data, CommentedMap):
        raise Wrong([f"{path}:1:1: must be a mapping"])
    return Section(str(path), data)


def did_you_mean(word: str, known: Collection[str]) -> str:
    """Return " (did you mean ...?)" when a known word is near."""
    near = get_close_matches(word, known, 1) or get_close_matches(
        word.lower(), {k.lower() for k in known}, 1
    )
    by_lower = {k.lower(): k for k in known}
    return f" (did you mean {by_lower.get(near[0].lower(), near[0])}?)" if near else ""
