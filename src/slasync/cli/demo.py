"""`slasync demo`: play it, show what happened, and the numbers that prove it."""

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from slasync.cli import output

if TYPE_CHECKING:
    from slasync.rehearsal.demo import Demo

SAMPLE = 12  # rows of a table


@click.command()
@click.option("--seed", default=1, show_default=True, help="Another seed is another fortnight.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one JSON object.")
def demo(*, seed: int, as_json: bool) -> None:
    """Two simulated weeks of leads, reps and slasync, on one driven clock, in under a minute."""
    from slasync.rehearsal import demo as staging  # noqa: PLC0415 - --help starts without it

    started = _seconds()
    with tempfile.TemporaryDirectory() as folder, output.progress("demo") as told:
        played = staging.prepare(Path(folder) / "demo.db", seed)
        if not as_json:
            output.say(f"{staging.OLD} leads were in HubSpot before slasync first started:")
            output.say(f"mirrored, and {played.first_writes} writes made about them.")
            output.say(f"Now {staging.NEW} new ones arrive over two simulated weeks.\n")
        played.play(lambda now, _: told(f"{now:%a %d %b %H:%M} UTC"))
        figures = played.figures(_seconds() - started).as_json()
        figures["writes_about_old_leads"] = played.first_writes
        if as_json:
            output.print_json(figures)
        else:
            _show(played, figures)
        played.stage.close()


def _show(played: "Demo", figures: dict[str, object]) -> None:
    from slasync.rehearsal.seen import tables  # noqa: PLC0415 - as above

    for table in tables(played.stage, SAMPLE):
        output.table(table.title, table.columns, table.rows)
    output.table("The numbers", ("figure", "value"), list(figures.items()))


def _seconds() -> float:
    return time.perf_counter()
