"""`slasync sweep`: what comparisons of mirror and systems found; records that vanished."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from slasync.cli.auditing import logged_in, note
from slasync.cli.databases import used_database
from slasync.cli.main import Exit
from slasync.cli.output import ago, print_json, say, table, utc, warn
from slasync.cli.surroundings import WrongCall, around, config_option, json_option
from slasync.cli.vanished import batch_told, show_vanished
from slasync.domain.counting import so_many
from slasync.domain.self_check import missed_words
from slasync.reports.self_check import Standing, standing
from slasync.settings import Settings, budgets_of
from slasync.store.held import Order
from slasync.store.sweeps import Run
from slasync.store.unit import Unit, reading, retrying
from slasync.store.vanished import Answer, VanishedBatch

SHOWN_FOR = timedelta(days=7)


@click.group()
def sweep() -> None:
    """How the mirror stands to the systems: what was missed, and records that vanished."""


@sweep.command(name="list")
@json_option
@config_option
def list_(*, as_json: bool, config_dir: Path | None) -> None:
    """List the comparisons of a week. Exits 1 while a person is asked about vanished records."""
    surroundings = around()
    settings = surroundings.settings(config_dir)
    now = surroundings.seams.clock.now()
    with used_database(settings) as engine, reading(engine) as unit:
        found = self_check_told(settings, unit, now)
        runs = [_run_told(run) for run in unit.sweeps.since(now - SHOWN_FOR) if run.rows]
    if as_json:
        print_json(found | {"runs": runs})
    else:
        rows = [
            (r["kind"], r["stream"], utc(r["began_at"]), utc(r["ended_at"]), r["rows"],
             "; ".join(f"{s}: {w}" for s, w in r["missed"].items()) or "nothing")
            for r in runs
        ]  # fmt: skip
        table("Comparisons", ("kind", "of", "began", "ended", "rows", "missed"), rows)
        show_self_check(found, now)
    raise SystemExit(Exit.WRONG if found["vanished"] else Exit.OK)


@sweep.command()
@click.argument("name")
@click.option("--by", metavar="WHO", help="Kept with the batch; by default whoever is logged in.")
@click.option("--why", default="", help="Kept with the batch.")
@config_option
def accept(*, name: str, by: str | None, why: str, config_dir: Path | None) -> None:
    """Believe that these records are gone: the mirror follows, their clocks end."""
    surroundings = around()
    settings = surroundings.settings(config_dir)
    who, now = by or logged_in(surroundings), surroundings.seams.clock.now()

    def accepted(unit: Unit) -> VanishedBatch:
        batch = _named(unit, name)
        if batch.answer is Answer.OPEN:
            unit.vanished.accept(name, who, now, why)
            note(unit, Order(who, now), "sweep.accept", name, why=why, records=batch.records)
        return batch

    with used_database(settings) as engine:
        batch = retrying(engine, accepted)
    if batch.answer is not Answer.OPEN:
        say(f"{name} was {batch.answer.value} already, by {batch.settled_by}")
        return
    say(
        f"{name} is accepted: {so_many(batch.records, 'record is', 'records are')} looked for"
        " once more, each by its id;"
    )
    say("those that are gone are marked deleted, by the daemon or `slasync sync --once`")


def _named(unit: Unit, name: str) -> VanishedBatch:
    batch = unit.vanished.get(name)
    if batch is not None:
        return batch
    names = [b.name for b in unit.vanished.unsettled() if b.answer is Answer.OPEN]
    there = f"asked about are {', '.join(names)}" if names else "nothing has vanished"
    raise WrongCall(f"no batch is named {name}: {there}")


# what others show


def self_check_told(settings: Settings, unit: Unit, now: datetime) -> dict[str, Any]:
    """Return how the mirror stands to the systems, as JSON values and times."""
    found: Standing = standing(unit, tuple(budgets_of(settings)), now)
    return {
        "missed": {s: {c.value: n for c, n in m.items()} for s, m in found.missed.items()},
        "words": {stream: missed_words(missed) for stream, missed in found.missed.items()},
        "last": {name: _run_told(run) for name, run in found.last.items()},
        "under_way": [_run_told(run) for run in found.under_way],
        "vanished": [batch_told(batch) for batch in found.vanished],
        "webhooks": {
            system: {"last": s.last, "usual_seconds": int(s.usual.total_seconds()),
                     "silent": s.too_long}
            for system, s in found.silences.items()
        },
    }  # fmt: skip


def show_self_check(found: dict[str, Any], now: datetime) -> None:
    """Print what the comparisons missed, and what a person is asked about."""
    swept = [r for name, r in found["last"].items() if name.startswith("sweep:")]
    for run in swept:
        say(
            f"{run['stream']} was swept {ago(now - run['ended_at'])} ago:"
            f" {so_many(run['rows'], 'record')}."
        )
    for stream, words in found["words"].items():
        say(f"Increments of {stream} missed in the last day, since repaired: {words}.")
    show_vanished(found["vanished"])
    for system, told in found["webhooks"].items():
        if told["silent"]:
            warn(
                f"no webhook of {system} has come for {ago(now - told['last'])}, usually one comes"
                f" every {ago(timedelta(seconds=told['usual_seconds']))}: see its subscriptions"
            )


def _run_told(run: Run) -> dict[str, Any]:
    return {
        "kind": run.kind.value,
        "stream": run.stream,
        "began_at": run.began_at,
        "ended_at": run.ended_at,
        "rows": run.rows,
        "held": run.held,
        "missed": {stream: missed_words(missed) for stream, missed in run.missed.items()},
        "error": run.error,
    }
