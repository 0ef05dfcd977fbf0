"""`slasync conflicts`: fields of which the systems say different things; a person settles them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from slasync.cli.auditing import logged_in, note
from slasync.cli.databases import used_database
from slasync.cli.finding import lead_named
from slasync.cli.main import Exit
from slasync.cli.output import print_json, say, table
from slasync.cli.surroundings import WrongCall, around, config_option, json_option
from slasync.domain.counting import so_many
from slasync.domain.explaining.account import when
from slasync.domain.identity.three_way import Base, Keeping
from slasync.domain.lead import LeadKey, Value
from slasync.settings import Settings
from slasync.store.held import Order
from slasync.store.kept_fields import FieldConflict
from slasync.store.unit import Unit, reading, retrying
from slasync.workers.fields import settle_conflict
from slasync.workers.kept_alike import kept_of

COLUMNS = ("lead", "field", "what the systems say", "agreed before", "why", "since")


@dataclass(frozen=True, slots=True)
class Choice:
    """How a conflict is to be settled: by a system's value, or by one that is given."""

    system: str | None
    value: str | None
    blank: bool

    def __post_init__(self) -> None:
        if sum((self.system is not None, self.value is not None, self.blank)) != 1:
            raise click.UsageError("say --take SYSTEM, --value TEXT or --blank: one of them")


@click.group()
def conflicts() -> None:
    """Fields that several systems keep, and of which nobody can tell which value holds."""


@conflicts.command(name="list")
@json_option
@config_option
def list_(*, as_json: bool, config_dir: Path | None) -> None:
    """List what is to be settled, with both values. Exits 1 if anything is."""
    settings = around().settings(config_dir)
    with used_database(settings) as engine, reading(engine) as unit:
        found, waiting = unit.kept_fields.open_conflicts(), unit.kept_fields.waiting()
    kept = sorted(kept_of(settings))
    if as_json:
        told = [_values(each) for each in found]
        print_json({"conflicts": told, "kept_alike": kept, "leads_waiting": waiting})
    else:
        _show(found, kept, waiting)
    raise SystemExit(Exit.WRONG if found else Exit.OK)


@conflicts.command()
@click.argument("lead")
@click.argument("field")
@click.option("--take", metavar="SYSTEM", help="The value of this system holds.")
@click.option("--value", metavar="TEXT", help="This value holds.")
@click.option("--blank", is_flag=True, help="It is to be blank.")
@click.option("--by", metavar="WHO", help="Kept with it; by default whoever is logged in.")
@json_option
@config_option
def settle(  # noqa: PLR0913 - as many as the command has options
    *,
    lead: str,
    field: str,
    take: str | None,
    value: str | None,
    blank: bool,
    by: str | None,
    as_json: bool,
    config_dir: Path | None,
) -> None:
    """Say which value of FIELD holds for LEAD: it is written wherever slasync may write it.

    A field that went to and fro between two systems is kept alike again from then on.
    """
    choice = Choice(take, value, blank)
    surroundings = around()
    settings = surroundings.settings(config_dir)
    who, now = by or logged_in(surroundings), surroundings.seams.clock.now()
    with used_database(settings) as engine:
        chosen = retrying(
            engine, lambda unit: _settle(settings, unit, (lead, field), choice, (who, now))
        )
    if as_json:
        print_json(chosen)
        return
    to = ", ".join(chosen["written_to"]) or "no system: every direction is read"
    say(f"{field} of {chosen['lead']} is {chosen['value']!r}: written to {to}")


def _settle(
    settings: Settings,
    unit: Unit,
    which: tuple[str, str],
    choice: Choice,
    order: tuple[str, datetime],
) -> dict[str, Any]:
    key, field = lead_named(unit, which[0]), which[1]
    conflict = unit.kept_fields.conflicts([key]).get((key, field))
    if conflict is None:
        raise WrongCall(f"{field} of {key} is in no conflict: slasync conflicts list")
    value = _chosen(conflict, choice, key)
    settle_conflict(unit, conflict, Base(value), *order)
    note(unit, Order(*order), "conflicts.settle", key, field=field)
    sides = kept_of(settings).get(field, {})
    to = sorted({system for (system, _), (keeping, _) in sides.items() if keeping != Keeping.READ})
    return {"lead": key, "field": field, "value": value, "written_to": to}


def _chosen(conflict: FieldConflict, choice: Choice, key: LeadKey) -> Value:
    if choice.blank:
        return None
    if choice.system is None:
        return _like(conflict, str(choice.value))
    values = {repr(s.value): s.value for s in conflict.sides if s.ref.system == choice.system}
    if len(values) != 1:
        systems = ", ".join(sorted({side.ref.system for side in conflict.sides}))
        many = "says several things" if values else f"is none of those that say it: {systems}"
        raise WrongCall(f"{choice.system} {many} ({conflict.field} of {key}); or give --value")
    return next(iter(values.values()))


def _like(conflict: FieldConflict, text: str) -> Value:
    """Read a value as the sides have it: a number where they say numbers."""
    kinds = {type(side.value) for side in conflict.sides if side.value is not None}
    try:
        if kinds <= {int, float} and kinds:
            return float(text) if float in kinds or "." in text else int(text)
    except ValueError:
        raise WrongCall(f"{conflict.field} is a number, and {text} is none") from None
    if kinds == {bool}:
        if text not in {"true", "false"}:
            raise WrongCall(f"{conflict.field} is true or false, and {text} is neither")
        return text == "true"
    return text


def _values(conflict: FieldConflict) -> dict[str, Any]:
    return {
        "lead": conflict.lead,
        "field": conflict.field,
        "kind": conflict.kind.value,
        "why": conflict.why,
        "sides": [
            {"record": str(s.ref), "value": s.value, "since": s.at, "exact": s.exact}
            for s in conflict.sides
        ],
        "agreed_before": conflict.base.value if conflict.base else None,
        "since": conflict.opened_at,
        "settle": f"slasync conflicts settle {conflict.lead} {conflict.field} --take SYSTEM",
    }


def _show(found: Sequence[FieldConflict], kept: Sequence[str], waiting: int) -> None:
    rows = [
        (c.lead, c.field, "; ".join(f"{s.ref.system} {s.ref.kind}: {s.value!r}" for s in c.sides),
         repr(c.base.value) if c.base else "-", c.why, when(c.opened_at))
        for c in found
    ]  # fmt: skip
    if rows:
        table("Conflicts", COLUMNS, rows)
        say("slasync conflicts settle LEAD FIELD --take SYSTEM settles one")
    alike = ", ".join(kept) or "none: connector.yaml gives no field a direction like two_way"
    say(
        f"{len(found)} to be settled; {so_many(waiting, 'lead')} to be looked at; fields kept"
        f" alike: {alike}"
    )
