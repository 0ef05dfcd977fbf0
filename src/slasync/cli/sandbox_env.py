"""`slasync sandbox env`: what a shell has to know so that slasync works with a running sandbox."""

import json
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from slasync.cli.output import say
from slasync.cli.surroundings import WrongCall

PLACES = {
    "SALESFORCE_URL": ("salesforce", "url"),
    "SALESFORCE_CONSUMER_KEY": ("salesforce", "client_id"),
    "SALESFORCE_CONSUMER_SECRET": ("salesforce", "client_secret"),
    "SALESFORCE_ADMIN_TOKEN": ("salesforce", "admin_session"),
    "SALESFORCE_PUBSUB_URL": ("salesforce", "pubsub_url"),
    "HUBSPOT_URL": ("hubspot", "url"),
    "HUBSPOT_ACCESS_TOKEN": ("hubspot", "access_token"),
    "HUBSPOT_CLIENT_ID": ("hubspot", "client_id"),
    "HUBSPOT_CLIENT_SECRET": ("hubspot", "client_secret"),
    "HUBSPOT_REFRESH_TOKEN": ("hubspot", "refresh_token"),
    "MARKETO_URL": ("marketo", "url"),
    "MARKETO_CLIENT_ID": ("marketo", "client_id"),
    "MARKETO_CLIENT_SECRET": ("marketo", "client_secret"),
    "SLASYNC_CLOCK_URL": ("control", "url"),
    "SLASYNC_CLOCK_TOKEN": ("control", "token"),
}
OPTIONAL = frozenset({"SALESFORCE_PUBSUB_URL"})  # served when asked for


@click.command()
@click.argument("up_file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
def env(*, up_file: Path) -> None:
    """Print lines for a shell: FILE holds the line that `sandbox up --json` printed.

    eval "$(slasync sandbox env up.json)"
    """
    try:
        lines = list(exports(json.loads(up_file.read_text("utf-8"))))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WrongCall(f"{up_file}: not what `slasync sandbox up --json` prints") from error
    for line in lines:
        say(line)


def exports(told: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield an export for each variable. Raises KeyError or TypeError on any other form."""
    there = {name: place for name, place in PLACES.items() if name not in OPTIONAL
             or place[1] in told[place[0]]}  # fmt: skip
    for name, (part, key) in there.items():
        yield f"export {name}={shlex.quote(str(told[part][key]))}"
