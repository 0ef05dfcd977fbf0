"""`slasync demo`: play it, show what happened, and the numbers that prove it."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from slasync import logs
from slasync.cli.explain import show
from slasync.cli.output import print_json, progress, say, table
from slasync.cli.surroundings import json_option
from slasync.clock import SystemClock
from slasync.domain.counting import so_many
from slasync.domain.explaining.explain import explain
from slasync.offline import accounted
from slasync.rehearsal.demo import NEW, OLD, Demo, prepare
from slasync.rehearsal.seen import most_eventful, tables
from slasync.settings.loader import MARKETING
from slasync.store.unit import reading

NAMES = {"hubspot": "HubSpot", "marketo": "Marketo"}
SAMPLE = 12  # rows of a table


@click.command()
@click.option("--seed", default=1, show_default=True, help="Another seed is another fortnight.")
@click.option("--marketing", type=click.Choice(MARKETING), default=MARKETING[0], show_default=True,
              help="Marketing's system.")  # fmt: skip
@json_option
def demo(*, seed: int, marketing: str, as_json: bool) -> None:
    """Two simulated weeks of leads, reps and slasync, on one driven clock, in a minute or two."""
    clock = SystemClock()
    logs.configure(clock, level="error")
    started = clock.mono()
    with tempfile.TemporaryDirectory() as folder:
        played = prepare(Path(folder) / "demo.db", seed, marketing)
        try:
            if not as_json:
                _introduce(played, NAMES[marketing])
            with progress("demo") as told:
                played.play(lambda now, stage: told(_where(played, now, stage)))
            figures = played.figures(clock.mono() - started).as_json()
            figures["writes_about_old_leads"] = played.first_writes
            _show(played, figures, as_json=as_json)
        finally:
            played.stage.close()


def _introduce(played: Demo, marketing: str) -> None:
    say(f"{OLD} leads were in {marketing} before slasync was first started.")
    say(f"It mirrored them and made {so_many(played.first_writes, 'write')} about them.")
    say(f"Now {NEW} more arrive over two simulated weeks, and four reps work them.")
    say()


def _where(played: Demo, now: Any, stage: Any) -> str:
    arrived = played.town.marketing.arrived
    return f"{now:%a %d %b %H:%M}, {arrived} leads, {len(stage.town.world.journal)} writes"


def _show(played: Demo, figures: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(figures)
        return
    for each in tables(played.stage, SAMPLE):
        table(each.title, each.columns, each.rows)
    stage = played.stage
    with reading(stage.engine) as unit:
        settings = stage.application.settings
        account = accounted(settings, unit, most_eventful(stage), stage.driven.now())
    if account is not None:
        say("One lead explained in full")
        say()
        show(explain(account))
    rows = [(name.replace("_", " "), _words(value)) for name, value in figures.items()]
    table("The numbers", ("figure", "value"), rows)


def _words(value: Any) -> Any:
    """Write counts by name, "salesforce 12, hubspot 7", as people do."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {count}" for name, count in value.items())
    return value
