"""Planting a bug: slasync is copied to a folder of its own, and the bug's edits are made there."""

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.simulation.bugs.bug import Bug, Edit

ROOT = Path(__file__).parents[3]
SHIPPED = ("config", "connectors")  # which a checkout has beside src/


class EditError(Exception):
    """An edit does not fit the source any more: the bug has to be written anew."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """A folder that has slasync's source and the files it ships."""

    home: Path

    @property
    def source(self) -> Path:
        return self.home / "src" / "slasync"

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which Python imports this source and no other."""
        path = str(self.home / "src")
        return {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}

    @property
    def hash(self) -> str:
        """Names the source as it is, by all its Python files."""
        whole = hashlib.sha256()
        for path in sorted(self.source.rglob("*.py")):
            whole.update(path.relative_to(self.source).as_posix().encode() + b"\0")
            whole.update(path.read_bytes())
        return whole.hexdigest()[:16]


HERE = Checkout(ROOT)


@contextmanager
def copied(of: Checkout = HERE) -> Iterator[Checkout]:
    """Yield a copy: others may go on working on the original."""
    with TemporaryDirectory(prefix="slasync-bugs-") as folder:
        copy = Checkout(Path(folder))
        shutil.copytree(of.source, copy.source, ignore=_no_leftovers)
        for name in SHIPPED:
            shutil.copytree(of.home / name, copy.home / name)
        yield copy


@contextmanager
def planted(bug: Bug, clean: Checkout = HERE) -> Iterator[Checkout]:
    """Yield a copy of `clean` that has the bug. Raises EditError."""
    with copied(clean) as copy:
        for file, text in edited(bug, clean).items():
            (copy.source / file).write_text(text, encoding="utf-8")
        yield copy


def edited(bug: Bug, clean: Checkout = HERE) -> Mapping[str, str]:
    """Return the text of each file that the bug changes, with its edits. Raises EditError."""
    texts: dict[str, str] = {}
    for edit in bug.edits:
        text = texts.get(edit.file) or (clean.source / edit.file).read_text(encoding="utf-8")
        texts[edit.file] = _made(bug, edit, text)
    return texts


def _made(bug: Bug, edit: Edit, text: str) -> str:
    times = text.count(edit.old)
    if times != 1:
        raise EditError(f"{bug.name}: in {edit.file} this stands {times} times:\n{edit.old}")
    return text.replace(edit.old, edit.new)


def _no_leftovers(_: str, names: list[str]) -> set[str]:
    return {name for name in names if name == "__pycache__"}
