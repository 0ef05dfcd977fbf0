"""`slasync dispute accept|refuse LEAD`, and `slasync dispute list`: who decides is the manager."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click

from slasync.cli.auditing import logged_in, note
from slasync.cli.databases import used_database
from slasync.cli.output import print_json, progress, say, table
from slasync.cli.surroundings import WrongCall, around, config_option, json_option
from slasync.domain.disputes import rates
from slasync.domain.draft import Terms
from slasync.domain.explaining.account import when, who
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.history import fold
from slasync.domain.lead import LeadKey
from slasync.domain.rests import ACCEPTED, REFUSED
from slasync.domain.state import Rest, Resting, State
from slasync.offline import standing
from slasync.settings import Settings
from slasync.store.held import Order
from slasync.store.unit import Unit, reading, retrying

AT_ONCE = 500  # leads read together
WHY_HELP = "Kept with the decision, and told by explain."


@click.group()
def dispute() -> None:
    """Decide about breaches that reps dispute, and see how often they do."""


@dispute.command()
@click.argument("lead")
@click.option("--why", default="", help=WHY_HELP)
@json_option
@config_option
def accept(*, lead: str, why: str, as_json: bool, config_dir: Path | None) -> None:
    """Find that the rep is right: the breach does not count, and what followed is taken back.

    LEAD is its key, its id in Salesforce or HubSpot, or its e-mail address. Reports keep both
    figures, with the breach and without.
    """
    _decide(lead, ACCEPTED, why, as_json=as_json, config_dir=config_dir)


@dispute.command()
@click.argument("lead")
@click.option("--why", default="", help=WHY_HELP)
@json_option
@config_option
def refuse(*, lead: str, why: str, as_json: bool, config_dir: Path | None) -> None:
    """Find that the breach is one: the clock goes on where it stood when it was disputed.

    LEAD is its key, its id in Salesforce or HubSpot, or its e-mail address.
    """
    _decide(lead, REFUSED, why, as_json=as_json, config_dir=config_dir)


def _decide(lead: str, decision: str, why: str, *, as_json: bool, config_dir: Path | None) -> None:
    surroundings = around()
    settings = surroundings.settings(config_dir)
    order = Order(logged_in(surroundings), surroundings.seams.clock.now(), why)
    with used_database(settings) as engine:
        key, rest = retrying(engine, lambda unit: _decided(settings, unit, lead, decision, order))
    if as_json:
        print_json({"lead": key, "decision": decision, "reason": rest.reason})
        return
    said = {ACCEPTED: "the breach does not count", REFUSED: "the clock goes on"}
    say(f"{key}: dispute {decision} ({rest.reason or 'no reason'}); {said[decision]}")


def _decided(
    settings: Settings, unit: Unit, lead: str, decision: str, order: Order
) -> tuple[LeadKey, Rest]:
    now = order.at
    keys = unit.leads.find(lead)
    if len(keys) != 1:
        found = f"{len(keys)} leads are: {', '.join(keys)}" if keys else "no lead is"
        raise WrongCall(f"{found} known as {lead}: name one by its key")
    rest = _open(unit, keys[0], standing(settings, unit, now).terms)
    fact = Fact(
        kind=FactKind.DISPUTE_DECIDED,
        occurred_at=now,
        seen_at=now,
        source=OURS,
        source_id=f"dispute:{now.isoformat()}",
        data={"decision": decision, "why": order.why},
    )
    unit.facts.add({keys[0]: [fact]})
    unit.leads.mark_dirty(keys, now)
    note(unit, order, f"dispute.{decision}", keys[0], why=order.why)
    return keys[0], rest


def _open(unit: Unit, key: LeadKey, terms: Terms) -> Rest:
    """Return the dispute that waits for a decision; WrongCall where none does."""
    if terms.agreement.rests.dispute is None:
        raise WrongCall("agreement.yaml has no dispute: nobody can dispute anything")
    state = fold(unit.facts.of([key])[key], terms.agreement, terms.roster, terms.ruled)
    rests = state.cycle.rests if state.cycle else ()
    waiting = [rest for rest in rests if rest.kind is Resting.DISPUTED]
    if not waiting:
        raise WrongCall(f"{key}: nobody disputes anything, or it is decided already")
    return waiting[-1]


@dispute.command(name="list")
@json_option
@config_option
def list_(*, as_json: bool, config_dir: Path | None) -> None:
    """List disputes that wait for a decision, and how all were decided, by reason."""
    surroundings = around()
    settings = surroundings.settings(config_dir)
    now = surroundings.seams.clock.now()
    with used_database(settings) as engine, reading(engine) as unit:
        terms = standing(settings, unit, now).terms
        with progress("looking at every lead"):
            states = list(_states(unit, terms))
    waiting = [
        (rest.asked_at, key, who(terms.roster, rest.by), rest.reason)
        for key, state in states
        for rest in (state.cycle.rests if state.cycle and state.cycle.ended is None else ())
        if rest.kind is Resting.DISPUTED
    ]
    by_reason = rates(cycle for _, state in states for cycle in state.cycles)
    if as_json:
        print_json({
            "waiting": [
                {"at": at, "lead": key, "by": by, "reason": why} for at, key, by, why in waiting
            ],
            "rates": [
                {"reason": r.reason, "asked": r.asked, "accepted": r.accepted,
                 "refused": r.refused, "open": r.open}
                for r in by_reason
            ],
        })  # fmt: skip
        return
    if waiting:
        rows = [(when(at), key, by, why) for at, key, by, why in sorted(waiting)]
        table("Waiting for a decision", ("since", "lead", "disputed by", "reason"), rows)
    if by_reason:
        columns = ("reason", "disputes", "accepted", "refused", "open")
        counts = [(r.reason or "none", *map(str, (r.asked, r.accepted, r.refused, r.open)))
                  for r in by_reason]  # fmt: skip
        table("By reason", columns, counts)
    say(f"{len(waiting)} waiting for a decision")


def _states(unit: Unit, terms: Terms) -> Iterator[tuple[LeadKey, State]]:
    keys = iter(unit.leads.all_keys())
    while chunk := list(islice(keys, AT_ONCE)):
        facts = unit.facts.of(chunk)
        for key in chunk:
            yield key, fold(facts[key], terms.agreement, terms.roster, terms.ruled)
