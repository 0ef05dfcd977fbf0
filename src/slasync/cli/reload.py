"""The configuration while slasync runs: its files as `run` watches them, and `config diff`."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import click

from slasync.cli.databases import used_database
from slasync.cli.output import print_json, say, warn
from slasync.cli.surroundings import Surroundings, around, config_option, find_home, json_option
from slasync.store.unit import reading
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

    Fails when the files are wrong. What slasync.yaml says besides is told by name only.
    """
    settings = around().settings(config_dir)
    with used_database(settings) as engine, reading(engine) as unit:
        edition, told = unit.editions.last(), kept(unit)
    lines = list(lines_between(edition.files if edition else {}, settings.files))
    if as_json:
        print_json({"difference": lines, "configuration": values(told)})
        return
    for line in lines:
        say(line)
    if not lines:
        say("The agreement's files are those in force.")
    show(told)


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
