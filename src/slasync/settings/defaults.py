"""The files slasync ships: where they are, and how `init` copies them."""

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from slasync.settings.problems import ConfigurationError, Problem

FOLDERS = ("config", "connectors")


def copy_defaults(target: Path) -> list[Path]:
    """Copy config/ and connectors/ into `target` and return the files written.

    Raises ConfigurationError, having written nothing, when one of them is there already.
    """
    wanted = {target / name: source for name, source in shipped()}
    there = [path for path in wanted if path.exists()]
    if there:
        what = "is there already: nothing was copied"
        raise ConfigurationError([Problem(str(path), 1, 1, "", what) for path in there])
    for path, source in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source.read_bytes())
    return list(wanted)


def shipped() -> Iterator[tuple[str, Traversable]]:
    """Yield each shipped file's place, such as `config/teams.yaml`, and the file."""
    root = _root()
    for folder in FOLDERS:
        yield from _files(root / folder, folder)


def _root() -> Traversable:
    """An installed package carries the files; a checkout has them at its root."""
    installed = files("slasync") / "defaults"
    return installed if installed.is_dir() else Path(__file__).parents[3]


def _files(folder: Traversable, name: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _files(entry, f"{name}/{entry.name}")
        elif entry.name.endswith((".yaml", ".md")):
            yield f"{name}/{entry.name}", entry
