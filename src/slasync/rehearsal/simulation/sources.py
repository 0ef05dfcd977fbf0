"""Which of slasync's source files a simulated day runs: what it imports, and what that imports.

Pages, reports and commands are not among them: a day that was proven stays proven when they change.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import slasync

ROOT = Path(slasync.__file__).parent
ENTRY = "slasync.rehearsal.simulation.__main__"
BY_NAME = "store/migrations/versions/*.py"
"""Loaded by their file names; nobody imports them."""
_IMPORT = re.compile(
    r"^ *(?:from|import) (slasync[\w.]*)(?: import (?:\(([^)]*)\)|(.*)))?", re.MULTILINE
)
_NAME = re.compile(r"\w+")


def source_hash(root: Path = ROOT) -> str:
    """Return a hash of the files that a simulated day runs, names included."""
    digest = hashlib.sha256()
    for path in sources(root):
        name = path.relative_to(root).as_posix()
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def sources(root: Path = ROOT) -> list[Path]:
    """Return the files, in order of their names."""
    modules = {_name(path.relative_to(root)): path for path in root.rglob("*.py")}
    found = set(root.glob(BY_NAME))
    todo = [*(name for path in found for name in _imported(path)), ENTRY]
    while todo:
        name = todo.pop()
        path = modules.pop(name, None)  # looked into once
        if path is not None:
            found.add(path)
            todo += [name.rpartition(".")[0], *_imported(path)]
    return sorted(found)


def _name(path: Path) -> str:
    """Return the name of the module that is in a file of slasync's."""
    parts = path.with_suffix("").parts
    return ".".join(("slasync", *(parts[:-1] if parts[-1] == "__init__" else parts)))


def _imported(path: Path) -> Iterator[str]:
    """Yield what a file may import, be it within a function; of `from a import b`, both."""
    for package, several, one in _IMPORT.findall(path.read_text("utf-8")):
        yield package
        yield from (f"{package}.{name}" for name in _NAME.findall(several or one))
