"""`slasync backfill`: read everything of a system once more, from where an earlier one ended."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine

from slasync.cli.databases import used_database
from slasync.cli.output import print_json, progress, say
from slasync.cli.surroundings import WrongCall, around, config_option, json_option
from slasync.cli.verify import chosen
from slasync.clock import Seams
from slasync.domain.budgets import Lane
from slasync.domain.counting import so_many
from slasync.domain.self_check import Comparison, missed_words
from slasync.errors import SlasyncError, TryLater
from slasync.ports import Source
from slasync.purpose import made_for
from slasync.store.sweeps import Run
from slasync.store.unit import reading, transaction
from slasync.wiring import assemble
from slasync.workers.pulling.ingest import Rules
from slasync.workers.sweeping.reread import read_on
from slasync.workers.sweeping.sweep import LEASE

WORKER = "backfill"  # whoever calls goes on where the last one ended


@click.command()
@click.argument("system")
@click.argument("stream", required=False)
@json_option
@config_option
def backfill(*, system: str, stream: str | None, as_json: bool, config_dir: Path | None) -> None:
    """Read all of SYSTEM again, or one STREAM of it, by the very path of the first load.

    The daemon may go on meanwhile. Interrupted and called again it goes on where it was.
    """
    surroundings = around()
    settings, seams = surroundings.settings(config_dir), surroundings.seams
    with used_database(settings) as engine, surroundings.connected(settings) as connectors:
        [source] = chosen(connectors, system)
        streams = streams_of(source, stream)
        rules = assemble(settings, seams, connectors, engine=engine).rules
        with progress(f"backfill {system}") as tell:
            filling = Backfill(engine, seams, source, rules, tell)
            done = [filling.stream(name) for name in streams]
    told = [_told(run) for run in done]
    if as_json:
        print_json(told)
        return
    for each in told:
        error = f"; {each['error']}" if each["error"] else ""
        say(f"{each['stream']}: {so_many(each['rows'], 'row')} read, the mirror lacked"
            f" {each['missed'] or 'nothing'}{error}")  # fmt: skip


def _told(run: Run) -> dict[str, Any]:
    missed = missed_words(run.missed.get(run.stream, {}))
    return {"stream": run.stream, "rows": run.rows, "missed": missed, "error": run.error}


def streams_of(source: Source, named: str | None) -> list[str]:
    """Return the streams asked for, `leads` or `salesforce.leads`; all where none is named."""
    if named is None:
        return list(source.streams)
    full = named if "." in named else f"{source.system}.{named}"
    if full not in source.streams:
        there = ", ".join(stream.partition(".")[2] for stream in source.streams)
        raise WrongCall(f"{source.system} has no stream {named}: there are {there}")
    return [full]


class Backfill:
    """Reads streams to their end, a page at a time; each page is kept before the next is read."""

    def __init__(
        self,
        engine: Engine,
        seams: Seams,
        source: Source,
        rules: Rules,
        tell: Callable[[str], None],
    ) -> None:
        self._engine, self._seams, self._source = engine, seams, source
        self._rules, self._tell = rules, tell

    def stream(self, name: str) -> Run:
        run = self._taken(name)
        try:
            while run.ended_at is None:
                run = self._page(run)
                self._tell(f"{name}: {so_many(run.rows, 'row')}")
        except TryLater as error:
            told = (
                f"{error}; {so_many(run.rows, 'row')} of {name} read: called again it goes on there"
            )
            raise TryLater(told, error.after) from error
        return run

    def _taken(self, name: str) -> Run:
        """Take up what was interrupted, or begin."""
        now = self._seams.clock.now()
        upto = self._source.vendor_now()
        with transaction(self._engine) as unit:
            new = Run(kind=Comparison.BACKFILL, system=self._source.system, stream=name,
                      began_at=now, upto=upto, advanced_at=now)  # fmt: skip
            unit.sweeps.begin(new)
        with reading(self._engine) as unit:
            found = unit.sweeps.open(self._source.system, [Comparison.BACKFILL])
        return next(run for run in found if run.stream == name)

    def _page(self, run: Run) -> Run:
        clock = self._seams.clock
        now = clock.now()
        with transaction(self._engine) as unit:
            if not unit.sweeps.lease(run, WORKER, now, now + LEASE):
                raise SlasyncError(f"somebody else reads {run.stream} again just now")
        with made_for(Lane.BACKFILL):
            take = read_on(run, self._source, [run.stream], self._rules)
        now = clock.now()
        with transaction(self._engine) as unit:
            left = replace(take(unit, now), advanced_at=now)
            unit.sweeps.settle(left, WORKER)
        if take.wait is not None:
            clock.wait(take.wait.total_seconds(), threading.Event())
        return left
