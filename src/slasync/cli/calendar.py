"""`slasync calendar`: deadlines worked out for anybody to check, and open ones that would move."""

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from slasync.cli.output import print_json, say
from slasync.cli.surroundings import WrongCall, around, config_option, find_home, json_option
from slasync.domain.time.calendar_batch import answer, answer_text, pauses_from
from slasync.domain.time.calendars import Calendar, Offset, Unit
from slasync.settings import load_calendars
from slasync.settings.calendar_offer import written

if TYPE_CHECKING:
    from slasync.cli.surroundings import Surroundings

UNITS = [unit.value for unit in Unit]


@click.group()
def calendar() -> None:
    """Business calendars."""


@calendar.command()
@click.option("--calendar", "name", help="Name of the calendar in calendars.yaml.")
@click.option("--start", help="ISO 8601 with an offset: 2026-03-02T09:00:00+01:00.")
@click.option("--amount", type=float, help="How many units later.")
@click.option("--unit", type=click.Choice(UNITS), help="What is counted.")
@click.option(
    "--pause",
    "paused",
    multiple=True,
    metavar="FROM/TO",
    help="Time that does not count; FROM/ while it lasts. Any number of them.",
)
@click.option("--batch", is_flag=True, help="Answer JSON lines from stdin, a line each.")
@json_option
@config_option
def due(
    *, batch: bool, paused: tuple[str, ...], as_json: bool, config_dir: Path | None, **asked: Any
) -> None:
    """Tell when something is due, and why then. Needs calendars.yaml alone, and no secrets."""
    calendars = _calendars(around(), config_dir)
    if batch:
        raise SystemExit(_batch(calendars))
    question = {"calendar": asked.pop("name"), **asked}
    missing = [f"--{name}" for name, value in question.items() if value is None]
    if missing:
        raise click.UsageError(f"{' and '.join(missing)} missing: or --batch")
    if paused:
        question["pauses"] = [_pair(text) for text in paused]
    answered = answer(question, calendars)
    if "error" in answered:
        raise WrongCall(answered["error"])
    if as_json:
        print_json(answered)
        return
    start = datetime.fromisoformat(asked["start"])
    offset = Offset(asked["amount"], Unit(asked["unit"]))
    pauses = pauses_from(question.get("pauses", []))
    for line in calendars[question["calendar"]].explain(start, offset, pauses):
        say(line)


def _pair(text: str) -> list[str | None]:
    begins, slash, ends = text.partition("/")
    if not slash:
        raise click.UsageError(f"--pause {text}: write FROM/TO, or FROM/ while it lasts")
    return [begins.strip(), ends.strip() or None]


@calendar.command()
@click.option("--limit", type=click.IntRange(1), default=500, show_default=True,
              help="Deadlines shown, at most.")  # fmt: skip
@json_option
@config_option
def moves(*, limit: int, as_json: bool, config_dir: Path | None) -> None:
    """Tell which open deadlines move under the files in force, before they do. Changes nothing.

    What the daemon stored last is compared with what calendars, agreement, time zones and holidays
    give now; with --config, with what files give that are not in force yet.
    """
    from slasync.cli.moving import show_moves  # noqa: PLC0415 - database and all: slow to import

    show_moves(around(), config_dir, limit, as_json=as_json)


@calendar.command()
@click.option("--from", "system", type=click.Choice(["salesforce"]), required=True,
              help="The system that is asked.")  # fmt: skip
@click.option("--years", type=click.IntRange(1, 10), default=3, show_default=True,
              help="For how many years to come holidays are listed.")  # fmt: skip
@config_option
def offer(*, system: str, years: int, config_dir: Path | None) -> None:
    """Print the calendars that a system offers, as YAML for calendars.yaml. Changes nothing.

    Salesforce: active business hours, and the holidays that recur or are dated in these years.
    """
    del system  # there is one to ask yet
    surroundings = around()
    first = surroundings.seams.clock.now().date()
    last = first.replace(year=first.year + years, month=12, day=31)
    with surroundings.connected(surroundings.settings(config_dir)) as connectors:
        from slasync.connecting import salesforce_of  # noqa: PLC0415 - vendors' libraries

        found = salesforce_of(connectors).calendars(first, last)
    if not found:
        raise WrongCall("no business hours are active there: Setup, Business Hours")
    click.echo(written(found, first, last), nl=False)


def _calendars(surroundings: "Surroundings", config_dir: Path | None) -> Mapping[str, Calendar]:
    home = find_home(config_dir, surroundings.environ)
    return load_calendars(home.config, today=surroundings.seams.clock.now().date())


def _batch(calendars: Mapping[str, Calendar]) -> int:
    """Answer line by line, as they come; 1 if a line could not be answered."""
    wrong = False
    for line in sys.stdin:
        if not line.strip():
            continue
        answered = answer_text(line, calendars)
        wrong = wrong or "error" in answered
        click.echo(json.dumps(answered, ensure_ascii=False))
    return int(wrong)
