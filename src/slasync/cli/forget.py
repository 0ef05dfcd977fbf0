"""`slasync forget PERSON`: shows what is known of somebody, and erases it for good with --apply."""

from pathlib import Path
from typing import Any

import click

from slasync.cli.auditing import logged_in, note
from slasync.cli.databases import used_database
from slasync.cli.output import print_json, progress, say, table, utc, warn
from slasync.cli.surroundings import WrongCall, around, config_option, json_option
from slasync.domain.counting import so_many
from slasync.settings import Settings
from slasync.store.held import Order
from slasync.store.unit import Unit, reading, retrying
from slasync.workers.forget import Forgot, Plan, finish, lift, plan
from slasync.workers.forget import forget as forget_person

BEYOND = (
    "What slasync cannot reach: the systems themselves, backups, what was sent or exported before,"
    " and PostgreSQL's archived log."
)


@click.command()
@click.argument("person")
@click.option("--apply", "apply_", is_flag=True, help="Erase. It cannot be undone.")
@click.option(
    "--lift", "lift_", is_flag=True, help="Let somebody who was forgotten be taken in again."
)
@json_option
@config_option
def forget(
    *, person: str, apply_: bool, lift_: bool, as_json: bool, config_dir: Path | None
) -> None:  # fmt: skip
    """Erase what slasync holds of PERSON: an e-mail address, a lead's key or a record's id.

    Without --apply it is only shown. Counts stay, under a name that leads back to nobody, and so do
    the keys of what was written: nothing happens twice. Records that the systems go on showing are
    not taken in again; `slasync status` tells of them.
    """
    if apply_ and lift_:
        raise WrongCall("--apply erases and --lift lets in again: give one of them")
    surroundings = around()
    settings = surroundings.settings(config_dir)
    with used_database(settings) as engine:
        if lift_:
            order = Order(logged_in(surroundings), surroundings.seams.clock.now())
            marks = retrying(engine, lambda unit: _lift(unit, person, order))
            _lifted(person, marks, as_json=as_json)
            return
        with progress("Looking through every table"), reading(engine) as unit:
            planned = plan(unit, person, team_of(settings))
        if not (planned.own or planned.elsewhere):
            if apply_ and planned.since is not None:
                finish(engine, person)
            _nothing(person, planned, as_json=as_json)
            return
        done = None
        if apply_:
            with progress("Erasing"):
                done = forget_person(engine, surroundings.seams, planned, logged_in(surroundings))
    if as_json:
        print_json(_values(planned, done))
    else:
        _show(planned, done)


def team_of(settings: Settings) -> set[str]:
    """Return the addresses of teams.yaml: they belong to people who work leads."""
    named: set[str] = set()
    for pool in settings.pools.values():
        named |= {*pool.members, *pool.leadership, *pool.marketing}
        named |= {pool.manager} if pool.manager else set()
    return named


def _lift(unit: Unit, person: str, order: Order) -> int:
    """Lift the marks, and note it without a word about whose they were."""
    marks = lift(unit, person)
    if marks:
        note(unit, order, "forget.lift", marks=marks)
    return marks


def _lifted(person: str, marks: int, *, as_json: bool) -> None:
    if not marks:
        raise WrongCall(f"nobody known as {person} was forgotten: there is nothing to lift")
    if as_json:
        print_json({"lifted": True})
        return
    say("This person is taken in again when a system next tells of them:"
        " `slasync backfill` reads what has not changed since")  # fmt: skip


def _nothing(person: str, planned: Plan, *, as_json: bool) -> None:
    if planned.since is None:
        raise WrongCall(
            f"nothing is known of {person}: give an e-mail address, a lead's key"
            " (hubspot:contact:51) or the id of a record"
        )
    if as_json:
        print_json({"forgotten_at": planned.since, "own": {}, "elsewhere": {}, "applied": False})
        return
    say(f"This person was forgotten at {utc(planned.since)}, and nothing names them since.")


def _values(planned: Plan, done: Forgot | None) -> dict[str, Any]:
    return {
        "leads": len(planned.person.leads),
        "records": len(planned.person.refs),
        "own": dict(planned.own),
        "elsewhere": dict(planned.elsewhere),
        "kept": list(planned.shared),
        "applied": done is not None,
        "person": done.person if done else None,
    }


def _show(planned: Plan, done: Forgot | None) -> None:
    for address in planned.shared:
        warn(f"{address} is also the address of somebody who works leads: it stays where it is")
    if done is not None:
        changed = sum(done.rows.values())
        say(
            f"Forgotten: {so_many(changed, 'row')} erased or rewritten, and no text names"
            " the person any more."
        )
        say(f"From now on: {done.person}. {BEYOND}")
        return
    person = planned.person
    say(f"Leads: {len(person.leads)}, records: {len(person.refs)}")
    for name in dict.fromkeys((*person.leads, *map(str, person.refs))):
        say(f"  {name}")
    rows = [(name, planned.own.get(name, 0), planned.elsewhere.get(name, 0))
            for name in sorted({*planned.own, *planned.elsewhere})]  # fmt: skip
    table("Rows", ("table", "the person's", "naming the person"), rows)
    say("Nothing is erased yet: give --apply. It cannot be undone.")
    say(BEYOND)
