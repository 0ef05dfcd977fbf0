"""`slasync sync --once`: every step repeated until none finds work, then what came of it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine

from slasync.cli.databases import database
from slasync.cli.main import Exit
from slasync.cli.output import print_json, progress, say, table, utc, warn
from slasync.cli.surroundings import around, config_option, json_option
from slasync.clock import Clock
from slasync.domain.counting import so_many
from slasync.store.cursors import Cursor
from slasync.store.outbox_values import State
from slasync.store.unit import reading
from slasync.wiring import Connectors, assemble
from slasync.workers.step import Step

MOST_ROUNDS = 100_000  # more is a step that never finds an end


@dataclass(frozen=True, slots=True)
class Count:
    """What the database holds at one moment."""

    leads: int
    stages: Mapping[str, int]
    outbox: Mapping[tuple[str, State], int]
    errors: Mapping[str, str] = field(default_factory=dict)  # stream -> why it is not read
    quarantined: int = 0


@click.command()
@click.option("--once", is_flag=True, help="Needed: `slasync run` is what goes on and on.")
@json_option
@config_option
def sync(*, once: bool, as_json: bool, config_dir: Path | None) -> None:
    """Read what changed, decide, and write what is due now. Exits 1 if anything is wrong after."""
    if not once:
        raise click.UsageError("say --once; `slasync run` goes on until it is stopped")
    surroundings = around()
    settings = surroundings.settings(config_dir)
    with database(settings) as engine, surroundings.connected(settings) as connectors:
        application = assemble(settings, surroundings.seams, connectors, engine=engine)
        clock = surroundings.seams.clock
        before = counted(engine, clock.now())
        with progress("sync") as tell:
            rounds = until_idle(application.steps, clock, tell)
        after = counted(engine, clock.now())
        came = outcome(before, after, connectors) | {"mode": settings.mode.value, "rounds": rounds}
    if as_json:
        print_json(came)
    else:
        _show(came)
    raise SystemExit(Exit.OK if came["ok"] else Exit.WRONG)


def until_idle(
    steps: Sequence[Step], clock: Clock, tell: Callable[[str], None] = lambda _: None
) -> dict[str, int]:
    """Run each step whose time has come, until none finds work; return how often each did."""
    worked: Counter[str] = Counter()
    for _ in range(MOST_ROUNDS):
        busy = [step for step in steps if _is_due(step, clock) and step.run()]
        worked.update(step.name for step in busy)
        if not busy and not any(_is_due(step, clock) for step in steps):
            return dict(worked)
        tell(", ".join(f"{name} {count}" for name, count in worked.items()))
    raise RuntimeError("the steps find no end")


def _is_due(step: Step, clock: Clock) -> bool:
    at = step.next_at()
    return at is not None and at <= clock.now()


def counted(engine: Engine, now: datetime) -> Count:
    with reading(engine) as unit:
        stages, cursors = unit.leads.counts(), unit.cursors.all()
        unread = {name: cursor.error or _elsewhere(cursor, now) for name, cursor in cursors.items()}
        return Count(
            leads=sum(stages.values()),
            stages=stages,
            outbox=unit.outbox.counts(),
            errors={name: why for name, why in unread.items() if why},
            quarantined=sum(unit.quarantine.counts().values()),
        )


def _elsewhere(cursor: Cursor, now: datetime) -> str | None:
    """Say that somebody else reads a stream: the daemon, or a process that was killed as it did."""
    if cursor.lease_until is None or cursor.lease_until <= now:
        return None
    return f"another process is at it, or was killed at it: until {utc(cursor.lease_until)} at most"


def outcome(before: Count, after: Count, connectors: Connectors) -> dict[str, Any]:
    """Return what changed between two counts, as JSON values."""
    parked = sum(n for (_, state), n in after.outbox.items() if state is State.PARKED)
    return {
        "ok": not parked and not after.errors,
        "leads": after.leads,
        "leads_new": after.leads - before.leads,
        "stages": dict(after.stages),
        "writes": _writes(before, after),
        "parked": parked,
        "set_aside": after.quarantined,
        "failed": dict(after.errors),
        "calls": {name: calls.total() for name, calls in connectors.calls.items()},
    }


def _writes(before: Count, after: Count) -> dict[str, dict[str, int]]:
    """Return how many more writes each system has, by state."""
    found: dict[str, dict[str, int]] = {}
    for (system, state), count in sorted(after.outbox.items()):
        more = count - before.outbox.get((system, state), 0)
        if more:
            found.setdefault(system, {})[state.value] = more
    return found


def _show(came: dict[str, Any]) -> None:
    say(f"mode {came['mode']}: {so_many(came['leads'], 'lead')}, {came['leads_new']} of them new")
    rounds = ", ".join(f"{step} {count}" for step, count in came["rounds"].items())
    say(f"steps that found work: {rounds or 'none'}")
    say("calls: " + ", ".join(f"{system} {n}" for system, n in came["calls"].items()))
    say()
    table(
        "Stages", ("stage", "leads"), [(s or "not decided", n) for s, n in came["stages"].items()]
    )
    writes = [(s, st, n) for s, states in came["writes"].items() for st, n in states.items()]
    if writes:
        table("Writes", ("system", "state", "more by"), writes)
    for stream, error in came["failed"].items():
        warn(f"{stream} was not read: {error}")
    if came["parked"]:
        warn(f"{so_many(came['parked'], 'write is', 'writes are')} parked: slasync parked list")
    if came["set_aside"]:
        say(
            f"{so_many(came['set_aside'], 'record is', 'records are')} set aside: slasync"
            " parked list"
        )
