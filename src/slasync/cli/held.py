"""`slasync held`: batches that a storm brought: see them; allow, discard or fold them by name."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine

from slasync.cli.auditing import logged_in, note
from slasync.cli.databases import used_database
from slasync.cli.main import Exit
from slasync.cli.output import ago, print_json, say, table, utc, warn
from slasync.cli.surroundings import Surroundings, WrongCall, around, config_option, json_option
from slasync.cli.vanished import show_vanished, vanished_told
from slasync.domain.counting import so_many
from slasync.domain.explaining.planned import described
from slasync.domain.lead import UserKey
from slasync.errors import SlasyncError
from slasync.settings import Settings
from slasync.store.held import Fate, HeldBatch, Order, Part
from slasync.store.unit import Unit, reading, retrying
from slasync.workers.deciding.caps import days_known, usual_now
from slasync.workers.deciding.held import Folding, Settled, refusal
from slasync.workers.deciding.held import allow as allow_batch
from slasync.workers.deciding.held import discard as discard_batch
from slasync.workers.deciding.held import fold as fold_batch

DEEDS = {Fate.ALLOWED: "allow", Fate.DISCARDED: "discard", Fate.FOLDED: "fold"}
SHOWN_FOR = timedelta(days=30)  # a batch that somebody has settled
MOST_ROWS = 20  # owners and rungs of one batch; the rest is counted


@dataclass(frozen=True, slots=True)
class Asked:
    """How a command that settles a batch was called."""

    name: str
    by: str | None
    why: str
    expect: int | None
    config_dir: Path | None
    as_json: bool


def asking(command: Callable[[Asked], None]) -> Callable[..., None]:
    """Give a command that settles a batch its argument and its options."""

    @wraps(command)
    def called(**given: Any) -> None:
        command(Asked(**given))

    options = (
        config_option,
        json_option,
        click.option("--expect", metavar="N", type=click.IntRange(0),
                     help="Refuse unless so many writes are held."),
        click.option("--why", default="", help="Kept with the batch."),
        click.option("--by", metavar="WHO",
                     help="Kept with the batch; by default whoever is logged in."),
        click.argument("name"),
    )  # fmt: skip
    wrapped: Callable[..., None] = called
    for option in options:
        wrapped = option(wrapped)
    return wrapped


@click.group()
def held() -> None:
    """Batches that are held: late tasks, bursts, and what very many changes would cause."""


@held.command(name="list")
@json_option
@config_option
def list_(*, as_json: bool, config_dir: Path | None) -> None:
    """List what is held, and what became of earlier batches. Exits 1 if anything is held."""
    surroundings = around()
    settings = surroundings.settings(config_dir)
    now = surroundings.seams.clock.now()
    with used_database(settings) as engine, reading(engine) as unit:
        found = section(settings, unit, now)
        before = [_values(batch) for batch in unit.held.settled(now - SHOWN_FOR)]
        usual = usual_words(settings, unit, now)
        gone = vanished_told(unit)
    if as_json:
        print_json({"held": found, "settled": before, "bursts": usual, "vanished": gone})
    else:
        show_section(found)
        show_vanished(gone)
        _show_settled(before)
        say(usual)
    raise SystemExit(Exit.WRONG if found or gone else Exit.OK)


@held.command()
@click.argument("name")
@json_option
@config_option
def show(*, name: str, as_json: bool, config_dir: Path | None) -> None:
    """Show a batch: each write in it, and why it is held."""
    settings = around().settings(config_dir)
    with used_database(settings) as engine, reading(engine) as unit:
        batch = _named(unit, name)
        rows = [
            {
                "lead": view.lead,
                "does": described(view.write),
                "owner": _who(unit, str(view.write.values.get("owner") or "")),
                "decided_at": view.decided_at,
                "because": view.held_because,
            }
            for view in unit.outbox.held_in(name)
        ]
    if as_json:
        print_json(_values(batch) | {"rows": rows})
        return
    for key, value in _values(batch).items():
        told_as = _text(value)
        say(f"{key:12} {told_as}")
    say()
    columns = ("lead", "does", "owner", "decided_at")
    told = [(r["lead"], r["does"], r["owner"], _text(r["decided_at"])) for r in rows]
    table("Writes", columns, told)


@held.command()
@asking
def allow(asked: Asked) -> None:
    """Let a batch go, once: so many an hour for each owner as caps.spread says."""

    def done(settings: Settings, unit: Unit, batch: HeldBatch, order: Order) -> Settled:
        return allow_batch(unit, batch, settings.caps, order)

    _settle(asked, done, Fate.ALLOWED)


@held.command()
@asking
def discard(asked: Asked) -> None:
    """Drop a batch: nothing of it is ever sent. The ladders of its leads go on."""

    def done(_: Settings, unit: Unit, batch: HeldBatch, order: Order) -> Settled:
        return discard_batch(unit, batch, order)

    _settle(asked, done, Fate.DISCARDED)


@held.command()
@asking
def fold(asked: Asked) -> None:
    """Put a batch into the digests of those who would have had its tasks, without waiting."""

    def done(settings: Settings, unit: Unit, batch: HeldBatch, order: Order) -> Settled:
        folding = Folding(settings.readers, settings.pools, settings.caps.max_age)
        if not folding.reaches():
            raise WrongCall(
                "no digest reaches leadership or a manager: configure notify in slasync.yaml, or"
                " allow or discard the batch"
            )
        return fold_batch(unit, batch, folding, order)

    _settle(asked, done, Fate.FOLDED)


Done = Callable[[Settings, Unit, HeldBatch, Order], Settled]


def _settle(asked: Asked, done: Done, wanted: Fate) -> None:
    """Settle a batch. To ask twice for the same is no mistake; for another thing it is."""
    surroundings = around()
    settings = surroundings.settings(asked.config_dir)
    order = Order(
        asked.by or logged_in(surroundings), surroundings.seams.clock.now(), asked.why
    )  # fmt: skip

    def settle(unit: Unit) -> Settled:
        batch = _named(unit, asked.name)
        _refuse_others(batch, wanted, asked.expect)
        return _noted(unit, done(settings, unit, batch, order), wanted, order)

    with used_database(settings) as engine:
        settled = retrying(engine, settle)
    if asked.as_json:
        print_json(_values(settled.batch) | {"now": settled.now, "last_at": settled.last})
    else:
        _tell(settled)


def _noted(unit: Unit, settled: Settled, fate: Fate, order: Order) -> Settled:
    """Write down what was decided, where it was decided just now."""
    if settled.now:
        batch = settled.batch
        note(unit, order, f"held.{DEEDS[fate]}", batch.name, why=order.why, writes=batch.writes)
    return settled


def _refuse_others(batch: HeldBatch, wanted: Fate, expect: int | None) -> None:
    if why := refusal(batch, wanted, expect):
        raise WrongCall(why)


def _tell(settled: Settled) -> None:
    batch = settled.batch
    if not settled.now:
        say(f"{batch.name} was {_fate(batch)} already; nothing is left to be done")
        return
    say(f"{batch.name} is {batch.fate.value}: {so_many(batch.writes, 'write')}")
    if settled.last and batch.settled_at and settled.last > batch.settled_at:
        say(f"The last of them go out at {utc(settled.last)}: caps.spread in slasync.yaml")


def allow_all(settings: Settings, surroundings: Surroundings, engine: Engine, *names: str) -> int:
    """Allow batches, or all there are, as `slasync plan` does; return how many writes that is."""
    order = Order(logged_in(surroundings), surroundings.seams.clock.now())

    def allowed(unit: Unit) -> int:
        batches = [_named(unit, name) for name in names] or unit.held.open()
        for batch in batches:
            _refuse_others(batch, Fate.ALLOWED, None)
        made = [
            _noted(unit, allow_batch(unit, b, settings.caps, order), Fate.ALLOWED, order)
            for b in batches
        ]
        return sum(settled.batch.writes for settled in made if settled.now)

    return retrying(engine, allowed)


# what others show


def section(settings: Settings, unit: Unit, now: datetime) -> list[dict[str, Any]]:
    """Return the batches held now, with counts by owner and rung, as JSON values and times."""
    batches, parts = unit.held.open(), unit.held.parts()
    names = {key: user.name for key, user in unit.users.all().items()} if batches else {}
    return [
        _values(batch)
        | {"age_seconds": int((now - batch.opened_at).total_seconds())}
        | {"until": _until(settings, batch)}
        | {"parts": [_part(part, names) for part in parts if part.batch == batch.name]}
        for batch in batches
    ]


def _until(settings: Settings, batch: HeldBatch) -> datetime | None:
    """When a batch is folded unless somebody decides before; None: nobody would be told."""
    folding = Folding(settings.readers, settings.pools, settings.caps.max_age)
    return batch.opened_at + settings.caps.max_age if folding.reaches() else None


def show_section(found: Sequence[Mapping[str, Any]]) -> None:
    """Print the batches held, each with its counts and what can be done."""
    for batch in found:
        age = ago(timedelta(seconds=batch["age_seconds"]))
        say(
            f"{batch['name']}: {so_many(batch['writes'], 'write is', 'writes are')} held for"
            f" {age}: {batch['because']}"
        )
        owners = Counter[tuple[str, str]]()
        for part in batch["parts"]:
            owners[part["owner"], part["of"]] += part["writes"]
        for (owner, of), writes in owners.most_common(MOST_ROWS):
            say(f"  {writes:6} {of} for {owner}")
        if len(owners) > MOST_ROWS:
            say(f"         and {so_many(len(owners) - MOST_ROWS, 'more row')}")
        until = batch["until"]
        then = f"folded into digests at {utc(until)}" if until else "held until somebody decides"
        name = batch["name"]
        say(f"  slasync plan --allow {name}, or slasync held discard {name}; else {then}")
    if found:
        say()


def held_names(settings: Settings) -> dict[str, int]:
    """Return the batches held and how much is in them; none where there is no database yet."""
    try:
        with used_database(settings) as engine, reading(engine) as unit:
            return {batch.name: batch.writes for batch in unit.held.open()}
    except SlasyncError:
        return {}  # not there, not ours or out of reach: other commands tell


def show_held(found: Mapping[str, int]) -> None:
    """Warn of what is held, in a line each."""
    for name, writes in found.items():
        warn(f"{name} holds {so_many(writes, 'write')}: slasync held list")


def usual_words(settings: Settings, unit: Unit, now: datetime) -> str:
    """Say what is usual at this hour, or that too little is known to tell."""
    burst, name = settings.caps.burst, settings.agreement.calendar
    if burst is None:
        return "Bursts are not looked for: caps.burst is null."
    calendar = settings.calendars[name]
    known = usual_now(unit, burst, calendar, now)
    if known is None:
        days = days_known(unit, burst, calendar, now)
        return (
            f"Bursts are not recognised yet: of the {burst.days} working days that tell what is"
            f" usual at an hour, {days} are known."
        )
    return (
        f"Tasks this hour: {known.so_far}, usually {known.median:g}; above"
        f" {known.allowed(burst):g} they count against the caps."
    )


def _named(unit: Unit, name: str) -> HeldBatch:
    batch = unit.held.get(name)
    if batch is not None:
        return batch
    names = [found.name for found in unit.held.open()]
    there = f"held are {', '.join(names)}" if names else "nothing is held"
    raise WrongCall(f"no batch is named {name}: {there}")


def _text(value: Any) -> str:
    return utc(value) if isinstance(value, datetime) else str(value or "-")


def _fate(batch: HeldBatch) -> str:
    return f"{batch.fate.value} by {batch.settled_by} at {utc(batch.settled_at)}"


def _values(batch: HeldBatch) -> dict[str, Any]:
    return {
        "name": batch.name,
        "reason": batch.reason.value,
        "because": batch.because,
        "opened_at": batch.opened_at,
        "state": batch.fate.value,
        "writes": batch.writes,
        "settled_at": batch.settled_at,
        "settled_by": batch.settled_by,
        "why": batch.why,
    }


def _part(part: Part, names: Mapping[UserKey, str]) -> dict[str, Any]:
    what = part.action.replace("_", " ")
    of = f"{what} ({part.clock} {part.rung})" if part.clock and part.action == "task" else what
    owner = names.get(UserKey(part.owner), part.owner or "nobody")
    return {"owner": owner, "of": of, "clock": part.clock, "rung": part.rung, "writes": part.writes}


def _who(unit: Unit, key: str) -> str:
    user = unit.users.all().get(UserKey(key))
    return f"{user.name} ({key})" if user else key or "nobody"


def _show_settled(before: Sequence[Mapping[str, Any]]) -> None:
    rows = [
        (b["name"], b["writes"], b["state"], b["settled_by"], utc(b["settled_at"]), b["why"] or "")
        for b in before
    ]
    if rows:
        table("Settled in the last 30 days", ("batch", "writes", "", "by", "at", "why"), rows)
