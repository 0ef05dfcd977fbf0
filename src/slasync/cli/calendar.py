"""`slasync calendar due`: deadlines worked out for anybody who wants to check our arithmetic."""

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from slasync.cli.output import print_json, say
from slasync.cli.surroundings import WrongCall, around, config_option, find_home, json_option
from slasync.domain.calendar_batch import answer, answer_text
from slasync.domain.calendars import Calendar, Offset, Unit
from slasync.settings import load_calendars

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
@click.option("--batch", is_flag=True, help="Answer JSON lines from stdin, a line each.")
@json_option
@config_option
def due(*, batch: bool, as_json: bool, config_dir: Path | None, **asked: Any) -> None:
    """Tell when something is due, and why then. Needs calendars.yaml alone, and no secrets."""
    calendars = _calendars(around(), config_dir)
    if batch:
        raise SystemExit(_batch(calendars))
    question = {"calendar": asked.pop("name"), **asked}
    missing = [f"--{name}" for name, value in question.items() if value is None]
    if missing:
        raise click.UsageError(f"{' and '.join(missing)} missing: or --batch")
    answered = answer(question, calendars)
    if "error" in answered:
        raise WrongCall(answered["error"])
    if as_json:
        print_json(answered)
        return
    start = datetime.fromisoformat(asked["start"])
    offset = Offset(asked["amount"], Unit(asked["unit"]))
    for line in calendars[question["calendar"]].explain(start, offset):
        say(line)


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
