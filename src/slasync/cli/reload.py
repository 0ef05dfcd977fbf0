"""The configuration while slasync runs: its files as `run` watches them, and `config diff`."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import click

from slasync.cli.in_force import Broken, looking, show_broken
from slasync.cli.main import Exit
from slasync.cli.output import print_json, say, warn
from slasync.cli.surroundings import Surroundings, around, config_option, find_home, json_option
from slasync.workers.reload import Told, Watched, kept, lines_between


def watched(surroundings: Surroundings, config_dir: Path | None) -> Watched:
    """Return where the configuration comes from: all YAML files of its folders."""

    def digest() -> str:
        home = find_home(config_dir, surroundings.environ)
        return digest_of((*home.config.glob("*.yaml"), *home.connectors.glob("*/*.yaml")))

    return Watched(digest, lambda: surroundings.settings(config_dir))


def digest_of(files: Iterable[Path]) -> str:
    """Return the hash of files' names and bytes; one that vanishes meanwhile is not there."""
    digest = hashlib.sha256()
    for path in sorted(files):
        try:
            held = path.read_bytes()
        except OSError:
            continue
        digest.update(f"{path}\n{len(held)}\n".encode())
        digest.update(held)
    return digest.hexdigest()


@click.command("diff")
@json_option
@config_option
def diff(*, as_json: bool, config_dir: Path | None) -> None:
    """Show how the files differ from the agreement in force, and what became of the last change.

    Broken files are told with what stays in force; then it exits with 2. What slasync.yaml says
    besides is told by name only.
    """
    with looking(around(), config_dir) as looked:
        edition, told = looked.unit.editions.last(), kept(looked.unit)
    if looked.broken:
        _show_broken(looked.broken, told, as_json=as_json)
        raise SystemExit(Exit.USAGE)
    files = looked.settings.files if looked.settings else {}
    lines = list(lines_between(edition.files if edition else {}, files))
    if as_json:
        print_json({"difference": lines, "broken": None, "configuration": values(told)})
        return
    for line in lines:
        say(line)
    if not lines:
        say("The agreement's files are those in force.")
    show(told)


def _show_broken(broken: Broken, told: Told | None, *, as_json: bool) -> None:
    if as_json:
        difference = list(broken.difference)
        found = {"difference": difference, "broken": broken.values, "configuration": values(told)}
        print_json(found)
        return
    show_broken(broken)


def values(told: Told | None) -> dict[str, object] | None:
    """Return what became of the last change, as JSON values."""
    if told is None:
        return None
    return {
        "state": told.fate.value,
        "at": told.at,
        "problems": list(told.problems),
        "difference": list(told.difference),
        "words": told.words,
    }


def show(told: Told | None) -> None:
    """Warn where the last change was not taken up."""
    if told is not None and told.words:
        warn(told.words)
