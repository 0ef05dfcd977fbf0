"""`slasync parked`: writes that were refused and records set aside: why, and once more."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine

from slasync.cli.auditing import logged_in, note
from slasync.cli.databases import used_database
from slasync.cli.main import Exit
from slasync.cli.output import print_json, say, table, utc
from slasync.cli.surroundings import WrongCall, around, config_option, json_option
from slasync.domain.explaining.planned import described
from slasync.ports import Rejected
from slasync.store.held import Order
from slasync.store.outbox_values import OutboxView, State
from slasync.store.unit import Unit, reading, retrying
from slasync.workers.pushing.parked import again, give_up, record_name


@click.group()
def parked() -> None:
    """Writes and records that a person must look at."""


@parked.command(name="list")
@json_option
@config_option
def list_(*, as_json: bool, config_dir: Path | None) -> None:
    """List what is parked. Exits 1 if anything is."""
    settings = around().settings(config_dir)
    with used_database(settings) as engine, reading(engine) as unit:
        writes, records = unit.outbox.parked(), unit.quarantine.list()
    if as_json:
        print_json(
            {"writes": [as_values(w) for w in writes], "records": [_record(r) for r in records]}
        )
    else:
        _show(writes, records)
    raise SystemExit(Exit.WRONG if writes or records else Exit.OK)


@parked.command()
@click.argument("key")
@json_option
@config_option
def show(*, key: str, as_json: bool, config_dir: Path | None) -> None:
    """Show a parked write by its key, or a record set aside by STREAM:ID, in full."""
    settings = around().settings(config_dir)
    with used_database(settings) as engine, reading(engine) as unit:
        found = _found(unit, key)
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        say(f"{name:12} {value}")


@parked.command("discard")
@click.argument("key")
@click.option("--why", default="", help="Kept with the write.")
@click.option("--by", metavar="WHO", help="Kept with it; by default whoever is logged in.")
@json_option
@config_option
def discard(*, key: str, why: str, by: str | None, as_json: bool, config_dir: Path | None) -> None:
    """Give a parked write up for good: nothing of it is ever sent. The lead's ladder goes on."""
    surroundings = around()
    settings = surroundings.settings(config_dir)
    order = Order(by or logged_in(surroundings), surroundings.seams.clock.now(), why)
    with used_database(settings) as engine:
        given_up = retrying(engine, lambda unit: _given_up(unit, key, order))
    if not given_up:
        raise WrongCall(f"no write is parked under {key}: `slasync parked list`")
    if as_json:
        print_json({"discarded": key})
        return
    say(f"{key} is given up")


@parked.command()
@click.argument("key", required=False)
@click.option("--all", "everything", is_flag=True, help="Everything that is parked.")
@json_option
@config_option
def retry(*, key: str | None, everything: bool, as_json: bool, config_dir: Path | None) -> None:
    """Have a write sent, or a record read, again: when what was wrong has been mended."""
    if bool(key) == everything:
        raise click.UsageError("name one KEY, or say --all")
    surroundings = around()
    settings = surroundings.settings(config_dir)
    with used_database(settings) as engine:
        keys = [key] if key else _all_keys(engine)
        order = Order(logged_in(surroundings), surroundings.seams.clock.now())
        came_to = retrying(engine, lambda unit: {k: _again(unit, k, order) for k in keys})
    told: dict[str, list[str]] = {
        name: [k for k, state in came_to.items() if state is wanted] for name, wanted in CAME_TO
    }
    if key and told["left"]:
        raise WrongCall(_why_not(key))
    if as_json:
        print_json(told)
        return
    more = [f", {len(told[name])} {words}" for name, words in OTHERWISE if told[name]]
    say(f"{len(told['retried'])} will be done again" + "".join(more))


def _given_up(unit: Unit, key: str, order: Order) -> bool:
    given_up = give_up(unit, key, order)
    if given_up:
        note(unit, order, "parked.discard", key, why=order.why)
    return given_up


def _again(unit: Unit, key: str, order: Order) -> State | None:
    state = again(unit, key, order.at)
    if state is not None:
        note(unit, order, "parked.retry", key, state=state.value)
    return state


def _all_keys(engine: Engine) -> list[str]:
    with reading(engine) as unit:
        return [w.key for w in unit.outbox.parked()] + [
            record_name(r) for r in unit.quarantine.list()
        ]


CAME_TO = (("retried", State.PENDING), ("overtaken", State.SUPERSEDED), ("left", None))
OTHERWISE = (
    ("overtaken", "not: overtaken or withdrawn since"),
    ("left", "cannot be"),
)


def _found(unit: Unit, key: str) -> dict[str, Any]:
    write = unit.outbox.get(key)
    if write is not None and write.state is State.PARKED:
        return as_values(write) | {"values": dict(write.write.values)}
    record = next((r for r in unit.quarantine.list() if record_name(r) == key), None)
    if record is None:
        raise WrongCall(_why_not(key))
    return _record(record) | {"raw": dict(record.raw)}


def _why_not(key: str) -> str:
    return f"nothing that could be done again is parked under {key}: `slasync parked list`"


def as_values(view: OutboxView) -> dict[str, Any]:
    """Return what people need to know of a write, as JSON values."""
    return {
        "key": view.key,
        "lead": view.lead,
        "system": view.system,
        "what": described(view.write),
        "target": str(view.write.target) if view.write.target else None,
        "why": view.outcome or "",
        "attempts": view.attempts,
        "decided_at": view.decided_at,
    }


def _record(record: Rejected) -> dict[str, Any]:
    return {
        "key": record_name(record), "stream": record.stream, "id": record.id, "why": record.reason,
    }  # fmt: skip


def _show(writes: Iterable[OutboxView], records: Iterable[Rejected]) -> None:
    rows = [(w.key, w.lead, described(w.write), w.outcome or "", utc(w.decided_at)) for w in writes]
    if rows:
        table("Writes parked", ("key", "lead", "what", "why", "decided"), rows)
    aside = [(record_name(r), r.reason) for r in records]
    if aside:
        table("Records set aside", ("key", "why"), aside)
    if not rows and not aside:
        say("Nothing is parked.")
