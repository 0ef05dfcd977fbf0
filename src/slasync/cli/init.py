"""`slasync init DIR`: the shipped configuration, copied, and what to do next."""

from pathlib import Path

import click

from slasync.cli.output import say
from slasync.settings import copy_defaults

NEXT = """
1. Name your systems in config/slasync.yaml, or by SALESFORCE_URL and HUBSPOT_URL. As shipped it is
   the sandbox of this machine: `slasync sandbox up`.
2. Give the secrets by the environment, each as NAME or as NAME_FILE, a file that holds it:
     SALESFORCE_CONSUMER_KEY  SALESFORCE_CONSUMER_SECRET
     HUBSPOT_ACCESS_TOKEN     HUBSPOT_WEBHOOK_SECRET (optional)
   connectors/*/setup.md tells where they are made and which rights they need.
3. Write down what marketing and sales agreed: config/agreement.yaml, calendars.yaml, teams.yaml.
   slasync test --config {folder}   plays config/tests/, which say what is to happen in given cases.
4. slasync check --config {folder}
   slasync check --config {folder} --live
   slasync run --config {folder}

The mode is observe: slasync reads and decides, and writes nothing. `slasync plan` shows what it
would write; `mode: enforce` in config/slasync.yaml lets it."""


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
def init(folder: Path) -> None:
    """Copy the shipped configuration into DIR. Refuses to overwrite anything."""
    for path in copy_defaults(folder):
        say(str(path))
    say(NEXT.format(folder=folder))
