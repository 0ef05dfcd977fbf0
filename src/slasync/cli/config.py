"""`slasync config schema`: JSON Schemas of the files, for editors."""

import json
from pathlib import Path, PurePosixPath

import click

from slasync.cli.output import print_json, say
from slasync.cli.reload import diff
from slasync.settings import schemas


@click.group()
def config() -> None:
    """The configuration's own description."""


config.add_command(diff)


@config.command()
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Write one file for each into DIR instead.")  # fmt: skip
def schema(*, out: Path | None) -> None:
    """Print the JSON Schema of each file, by its place in the configuration."""
    found = schemas()
    if out is None:
        print_json(found)
        return
    for place, text in found.items():
        path = out / PurePosixPath(place).with_suffix(".schema.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(text, indent=2, ensure_ascii=False) + "\n", "utf-8")
        say(str(path))
