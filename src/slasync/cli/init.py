"""`slasync init DIR`: the shipped files, made to fit by a few questions, and what is next."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from slasync.cli.output import say, warn
from slasync.cli.surroundings import WrongCall
from slasync.domain.languages import Language
from slasync.settings import copy_defaults
from slasync.settings.loader import MARKETING
from slasync.settings.tailoring import Office, office, tailor, zones_of

NEXT = """
Next:
1. Give the secrets by the environment, each as NAME or as NAME_FILE, a file that holds it, and the
   systems' addresses. As shipped the systems are the sandbox of this machine: `slasync sandbox up`.
{secrets}
   connectors/*/setup.md tells where they are made and which rights they need.
2. Write down what marketing and sales agreed: agreement.yaml, calendars.yaml and teams.yaml in
   config/. Then see whether it holds, and what the systems lack:
     slasync check --config {folder}
{tests}     slasync check --config {folder} --live
3. slasync run --config {folder}
   The mode is observe: slasync reads and decides, and writes nothing. `slasync plan` shows what it
   would write; `mode: enforce` in config/slasync.yaml lets it."""

SALESFORCE = "     SALESFORCE_URL  SALESFORCE_CONSUMER_KEY  SALESFORCE_CONSUMER_SECRET\n"
SECRETS = {
    "hubspot": "     HUBSPOT_URL  HUBSPOT_ACCESS_TOKEN  HUBSPOT_WEBHOOK_SECRET (optional)",
    "marketo": "     MARKETO_URL  MARKETO_CLIENT_ID  MARKETO_CLIENT_SECRET"
    "  MARKETO_WEBHOOK_SECRET (optional)",
}
"""By marketing's system: the variables that hold its address and its secrets."""
CRMS = ("salesforce", "hubspot")
LANGUAGES = tuple(language.value for language in Language)
MOST = 8  # zones shown


@dataclass(slots=True)
class Answers:
    """What is to be known of a company; None: as shipped."""

    marketing: str | None
    crm: str | None
    country: str | None
    zone: str | None
    region: str | None
    language: str | None


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--marketing", type=click.Choice(MARKETING),
              help=f"Marketing's system; {MARKETING[0]} if nothing is said.")  # fmt: skip
@click.option(
    "--crm",
    type=click.Choice(CRMS),
    help=f"The CRM; {CRMS[0]} if nothing is said. hubspot is marketing's system as well.",
)
@click.option("--country", metavar="CODE", help="Whose holidays the office has: DE, US, ...")
@click.option("--region", metavar="CODE", help="The part of the country whose holidays it has: BY.")
@click.option("--zone", help="The office's time zone; by default the country's, if it has one.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Of what people read.")
@click.option("--ask/--no-ask", default=None,
              help="Ask for what no option says; by default on a terminal.")  # fmt: skip
def init(folder: Path, *, ask: bool | None, **given: str | None) -> None:
    """Write a configuration into DIR that passes `slasync check`. Refuses to overwrite anything.

    Without an answer about the office it is Munich's, in the sandbox's company.
    """
    answers = Answers(**given)
    if ask if ask is not None else sys.stdin.isatty() and sys.stdout.isatty():
        _ask(answers)
    marketing, crm = answers.marketing or MARKETING[0], answers.crm or CRMS[0]
    if crm == "hubspot" and marketing != "hubspot":
        raise WrongCall(f"--crm hubspot and --marketing {marketing}: HubSpot is both then")
    place = _place(answers)
    usual = place.language if place else None
    language = Language(answers.language) if answers.language else usual
    written = copy_defaults(folder, marketing, crm)
    tailor(folder, place, language)
    for path in written:
        say(str(path))
    secrets = SECRETS[marketing] if crm == "hubspot" else SALESFORCE + SECRETS[marketing]
    tested = (folder / "config/tests").is_dir()
    tests = f"     slasync test --config {folder}\n" if tested else ""
    say(NEXT.format(folder=folder, secrets=secrets, tests=tests))


def _place(answers: Answers) -> Office | None:
    if answers.country is None:
        if answers.zone or answers.region:
            raise WrongCall("--zone and --region go with --country, whose holidays the office has")
        return None
    try:
        return office(answers.country, answers.zone, answers.region)
    except ValueError as error:
        raise WrongCall(str(error)) from None


# on a terminal


def _ask(answers: Answers) -> None:
    """Ask for what was not said; Enter takes what is proposed."""
    if answers.marketing is None:
        proposed = "hubspot" if answers.crm == "hubspot" else MARKETING[0]
        answers.marketing = _one_of("Marketing's system", MARKETING, proposed)
    if answers.crm is None:
        both = answers.marketing == "hubspot"
        answers.crm = _one_of("The CRM", CRMS, CRMS[0]) if both else CRMS[0]
    if answers.country is None:
        answers.country = _right("Country of the office, two letters", "DE", _known).upper()
    country = answers.country
    if answers.zone is None:
        zones = zones_of(country)
        if len(zones) > 1:
            more = ", ..." if len(zones) > MOST else ""
            say(f"Zones of {country}: {', '.join(zones[:MOST])}{more}")
        proposed = zones[0] if zones else "Europe/Berlin"
        answers.zone = _right("Time zone", proposed, lambda zone: office(country, zone))
    zone = answers.zone
    if answers.region is None:
        answers.region = _right(
            "Part of the country whose holidays count as well, or nothing",
            "",
            lambda region: office(country, zone, region or None),
        )
    if answers.language is None:
        proposed = office(country, zone).language.value
        answers.language = _one_of("Language of what people read", LANGUAGES, proposed)


def _known(country: str) -> None:
    zones = zones_of(country)
    office(country, zones[0] if zones else "Europe/Berlin")


def _one_of(question: str, options: tuple[str, ...], proposed: str) -> str:
    return str(click.prompt(question, default=proposed, type=click.Choice(options)))


def _right(question: str, proposed: str, check: Callable[[str], object]) -> str:
    """Ask until the answer is one that there is."""
    while True:
        answer = str(click.prompt(question, default=proposed, show_default=bool(proposed)))
        try:
            check(answer)
        except ValueError as error:
            warn(str(error))
        else:
            return answer
