"""`slasync init DIR`: the shipped configuration, copied, and what to do next."""

import re
from pathlib import Path

import click

from slasync.cli.output import say
from slasync.cli.surroundings import WrongCall
from slasync.settings import copy_defaults
from slasync.settings.loader import MARKETING

NEXT = """
1. Name your systems in config/slasync.yaml, or by SALESFORCE_URL and {address}. As shipped it is
   the sandbox of this machine: `slasync sandbox up`.
2. Give the secrets by the environment, each as NAME or as NAME_FILE, a file that holds it:
     SALESFORCE_CONSUMER_KEY  SALESFORCE_CONSUMER_SECRET
{secrets}
   connectors/*/setup.md tells where they are made and which rights they need.
3. Write down what marketing and sales agreed: config/agreement.yaml, calendars.yaml, teams.yaml.
   slasync test --config {folder}   plays config/tests/, which say what is to happen in given cases.
4. slasync check --config {folder}
   slasync check --config {folder} --live
   slasync run --config {folder}

The mode is observe: slasync reads and decides, and writes nothing. `slasync plan` shows what it
would write; `mode: enforce` in config/slasync.yaml lets it."""

WAYS = {
    "hubspot": (
        "HUBSPOT_URL",
        "     HUBSPOT_ACCESS_TOKEN     HUBSPOT_WEBHOOK_SECRET (optional)",
    ),
    "marketo": (
        "MARKETO_URL",
        "     MARKETO_CLIENT_ID        MARKETO_CLIENT_SECRET    MARKETO_WEBHOOK_SECRET (optional)",
    ),
}
"""By marketing's system: the variables that hold its address and its secrets."""

CRMS = ("salesforce", "hubspot")
ALONE = "     SALESFORCE_CONSUMER_KEY  SALESFORCE_CONSUMER_SECRET\n"
TESTS = r"   slasync test .*\n"
"""What a deployment without Salesforce is not asked for, and what it has not."""


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--marketing", type=click.Choice(MARKETING), default=MARKETING[0], show_default=True,
              help="Marketing's system.")  # fmt: skip
@click.option("--crm", type=click.Choice(CRMS), default=CRMS[0], show_default=True,
              help="The CRM; hubspot is marketing's system as well.")  # fmt: skip
def init(folder: Path, marketing: str, crm: str) -> None:
    """Copy the shipped configuration into DIR. Refuses to overwrite anything."""
    if crm == "hubspot" and marketing != "hubspot":
        raise WrongCall(f"--crm hubspot and --marketing {marketing}: HubSpot is both then")
    for path in copy_defaults(folder, marketing, crm):
        say(str(path))
    address, secrets = WAYS[marketing]
    words = NEXT
    if crm == "hubspot":
        words = re.sub(TESTS, "", NEXT.replace(ALONE, "").replace("SALESFORCE_URL and ", ""))
    say(words.format(folder=folder, address=address, secrets=secrets))
