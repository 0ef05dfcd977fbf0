"""`slasync release LEAD`: an owner whom a person chose is no longer kept."""

from pathlib import Path

import click

from slasync.cli.auditing import logged_in, note
from slasync.cli.databases import used_database
from slasync.cli.output import print_json, say
from slasync.cli.surroundings import WrongCall, around, config_option, json_option
from slasync.domain.draft import Terms
from slasync.domain.explaining.account import who
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.history import fold
from slasync.domain.lead import LeadKey
from slasync.offline import standing
from slasync.settings import Settings
from slasync.store.held import Order
from slasync.store.unit import Unit, retrying


@click.command()
@click.argument("lead")
@click.option("--why", default="", help="Kept with the fact, and told by explain.")
@json_option
@config_option
def release(*, lead: str, why: str, as_json: bool, config_dir: Path | None) -> None:
    """Let go of the owner whom a person chose for LEAD: ladders may give it to another again.

    LEAD is its key, its id in Salesforce or HubSpot, or its e-mail address. The owner keeps the
    lead until a rung reassigns it.
    """
    surroundings = around()
    settings = surroundings.settings(config_dir)
    order = Order(logged_in(surroundings), surroundings.seams.clock.now(), why)
    with used_database(settings) as engine:
        key, owner = retrying(engine, lambda unit: _released(settings, unit, lead, order))
    if as_json:
        print_json({"lead": key, "owner": owner, "released": True})
        return
    say(f"{key} is released: {owner} keeps it until a rung gives it to another")


def _released(settings: Settings, unit: Unit, lead: str, order: Order) -> tuple[LeadKey, str]:
    now = order.at
    keys = unit.leads.find(lead)
    if len(keys) != 1:
        found = f"{len(keys)} leads are: {', '.join(keys)}" if keys else "no lead is"
        raise WrongCall(f"{found} known as {lead}: name one by its key")
    terms = standing(settings, unit, now).terms
    owner = _pinned(unit, keys[0], terms)
    fact = Fact(
        kind=FactKind.RELEASED,
        occurred_at=now,
        seen_at=now,
        source=OURS,
        source_id=f"released:{now.isoformat()}",
        data={"why": order.why},
    )
    unit.facts.add({keys[0]: [fact]})
    unit.leads.mark_dirty(keys, now)
    note(unit, order, "release", keys[0], why=order.why)
    return keys[0], owner


def _pinned(unit: Unit, key: LeadKey, terms: Terms) -> str:
    """Name the owner that a person chose; WrongCall where nobody did."""
    state = fold(unit.facts.of([key])[key], terms.agreement, terms.roster, terms.ruled)
    if not state.pinned(terms.roster):
        raise WrongCall(
            f"{key}: no person chose {who(terms.roster, state.owner)} since the hand-over,"
            " or it was released already"
        )
    return who(terms.roster, state.owner)
