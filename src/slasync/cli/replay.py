"""`slasync sandbox replay`: run the main job over a history, and prove it in numbers."""

import tempfile
from pathlib import Path

import click

from slasync import logs
from slasync.cli.main import Exit
from slasync.cli.output import print_json, progress, table, warn
from slasync.cli.surroundings import json_option
from slasync.clock import SystemClock
from slasync.rehearsal.figures import Figures
from slasync.rehearsal.replay import History, Replay, prepare, read_history, result
from slasync.rehearsal.stage import in_process, over_sockets
from slasync.sandbox.marked import Wrong
from slasync.sandbox.replay_map import find_map, load_map
from slasync.sandbox.rows import header

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
MUST_BE_NOUGHT = ("duplicate_tasks", "double_effects", "mirror_differences", "parked",
                  "clocks_left")  # fmt: skip


@click.command()
@click.option("--leads", required=True, type=FILE, help="CSV: leads that enter HubSpot.")
@click.option("--outcomes", required=True, type=FILE, help="CSV: what became of them.")
@click.option("--map", "map_file", type=FILE, help="What the columns mean; known files need none.")
@click.option("--http", is_flag=True, help="Over sockets instead of in process.")
@json_option
def replay(
    *, leads: Path, outcomes: Path, map_file: Path | None, http: bool, as_json: bool
) -> None:
    """Let a history of leads happen again on a driven clock, slasync at work in between.

    Exits with 1 when a task was written twice, the mirror differs, or anything was lost.
    """
    clock = SystemClock()
    logs.configure(clock, level="error")
    started = clock.mono()
    history = _history(leads, outcomes, map_file)
    with tempfile.TemporaryDirectory() as folder:
        played = prepare(history, Path(folder) / "replay.db", over_sockets if http else in_process)
        try:
            _play(played)
            figures = result(played, clock.mono() - started)
        finally:
            played.stage.close()
    _show(figures, as_json=as_json)
    if any(getattr(figures, name) for name in MUST_BE_NOUGHT):
        raise SystemExit(Exit.WRONG)


def _history(leads: Path, outcomes: Path, map_file: Path | None) -> History:
    try:
        return read_history(load_map(map_file or find_map(header(leads))), leads, outcomes)
    except (Wrong, LookupError) as error:
        warn(str(error))
        raise SystemExit(Exit.USAGE) from None


def _play(played: Replay) -> None:
    total = len(played.history.leads)
    with progress("replay") as told:
        played.run(
            lambda now, entered: told(
                f"{now:%d %b %Y}, {entered} of {total} leads entered", entered, total
            )
        )


def _show(figures: Figures, *, as_json: bool) -> None:
    if as_json:
        print_json(figures.as_json())
        return
    rows = [(name.replace("_", " "), value) for name, value in figures.as_json().items()]
    table("Replay", ("figure", "value"), rows)
