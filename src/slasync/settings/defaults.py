"""The files slasync ships: where they are, and how `init` copies them."""

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from slasync.settings.problems import ConfigurationError, Problem

FOLDERS = ("config", "connectors")


def copy_defaults(target: Path, marketing: str = "hubspot") -> list[Path]:
    """Copy config/ and connectors/ into `target` and return the files written.

    With `marketing` marketo the deployment names Marketo, in HubSpot's place. Raises
    ConfigurationError, having written nothing, when one of them is there already.
    """
    wanted = {target / name: source for name, source in shipped()}
    there = [path for path in wanted if path.exists()]
    if there:
        what = "is there already: nothing was copied"
        raise ConfigurationError([Problem(str(path), 1, 1, "", what) for path in there])
    for path, source in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source.read_bytes())
    if marketing == "marketo":
        for name, change in _TO_MARKETO.items():
            path = target / "config" / name
            path.write_text(change(path.read_text("utf-8")), "utf-8")
    return list(wanted)


def _with_marketo(text: str) -> str:
    """Have slasync.yaml name Marketo: of both blocks one is always a comment."""
    lines, block = [], ""
    for line in text.splitlines():
        if line in {"  hubspot:", "  # marketo:"}:
            block = line.strip("# :")
        elif not line.strip():
            block = ""
        if block == "hubspot":
            line = f"  # {line[2:]}"  # noqa: PLW2901 - the line as it becomes
        elif block == "marketo":
            line = f"  {line[4:]}"  # noqa: PLW2901 - the line as it becomes
        lines.append(line)
    return "\n".join([*lines, ""])


def _scored_by_marketo(text: str) -> str:
    """Have the agreement say whose score it is."""
    return text.replace(
        "computed_by: HubSpot, property hubspotscore", "computed_by: Marketo, field leadScore"
    )


_TO_MARKETO = {"slasync.yaml": _with_marketo, "agreement.yaml": _scored_by_marketo}


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
        elif entry.name.endswith((".yaml", ".md", ".xml", ".json")):
            yield f"{name}/{entry.name}", entry
