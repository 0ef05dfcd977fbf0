"""`slasync links`: whose each record is, on what evidence; what people make of it and undo."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from slasync.cli.auditing import logged_in, note
from slasync.cli.databases import used_database
from slasync.cli.finding import lead_named
from slasync.cli.output import print_json, progress, say, table, utc
from slasync.cli.surroundings import WrongCall, around, config_option, json_option
from slasync.domain.counting import so_many
from slasync.domain.explaining.account import when
from slasync.domain.identity.matching import LEAST, Candidate
from slasync.domain.lead import LeadKey, Ref
from slasync.domain.wording import name_of
from slasync.errors import Refused
from slasync.reports.candidates import Found, found_pairs, set_aside
from slasync.settings import Settings
from slasync.store.held import Order as Deciding
from slasync.store.links import Link
from slasync.store.unit import Unit, reading, retrying
from slasync.workers.linking import Done, Order, make, undo

SAID = {
    "first": "the lead was first known by it",
    "id": "named in a record",
    "key": "it carries slasync's own key",
    "email": "the only lead with its e-mail address",
    "created": "slasync made it",
    "merge": "a merge in its system",
    "hand": "by hand",
}
PARTS_OF_A_REF = 3


@click.group()
def links() -> None:
    """Whose each record is, and on what evidence."""


@links.command()
@click.argument("lead")
@json_option
@config_option
def show(*, lead: str, as_json: bool, config_dir: Path | None) -> None:
    """Show the records of LEAD, how each was found to be its, and what was done to its links.

    LEAD is its key, its id in any system, or its e-mail address.
    """
    settings = around().settings(config_dir)
    with used_database(settings) as engine, reading(engine) as unit:
        key = lead_named(unit, lead)
        told = _told(unit, key)
    if as_json:
        print_json(told)
        return
    say(f"{key}: {told['name']}")
    rows = [(r["record"], r["how"], r["evidence"], r["since"], r["gone"]) for r in told["records"]]
    table("Records", ("record", "how", "evidence", "since", ""), rows)
    if told["joined"]:
        joined = [(j["lead"], j["how"], j["evidence"], j["since"]) for j in told["joined"]]
        table("The same person", ("lead", "how", "evidence", "since"), joined)
    if told["notes"]:
        notes = [(n["at"], n["act"], n["record"], n["by"], n["why"]) for n in told["notes"]]
        table("What was done", ("at", "", "record or lead", "by", "why"), notes)


def _told(unit: Unit, key: LeadKey) -> dict[str, Any]:
    lead = unit.leads.get([key])[key]
    records, joins = unit.links.told([key])[key], unit.joins.of(key)
    names = [str(link.ref) for link in records] + [join.lead for join in joins] + [key]
    notes = unit.link_notes.of(names)
    return {
        "lead": key,
        "name": name_of(lead),
        "records": [_record(link) for link in records],
        "joined": [
            {"lead": j.lead, "how": SAID.get(j.how, j.how), "since": when(j.joined_at),
             "evidence": f"{j.evidence.get('gone')} became {j.evidence.get('stays')}"}
            for j in joins
        ],
        "notes": [
            {"at": utc(n.at), "act": n.act, "record": n.record, "lead": n.lead, "by": n.by,
             "why": n.why}
            for n in notes
        ],
    }  # fmt: skip


def _record(link: Link) -> dict[str, str]:
    gone = f"became part of {link.merged_into}" if link.merged_into else ""
    return {
        "record": str(link.ref),
        "how": SAID.get(link.how, link.how),
        "evidence": ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in link.evidence.items() if v),
        "since": when(link.linked_at),
        "gone": gone,
    }


def _ordering(command: Callable[..., Done]) -> Callable[..., None]:
    """Give a command that changes links its arguments and options."""

    def ordered(settings: Settings, unit: Unit, what: str, lead: str, order: Order) -> Done:
        done = command(settings, unit, what, lead, order)
        action = f"links.{command.__name__.strip('_')}"
        by = Deciding(order.by, order.at, order.why)
        note(unit, by, action, what, lead=lead, why=order.why)
        return done

    @wraps(command)
    def called(  # noqa: PLR0913 - as many as the command has options
        *, what: str, lead: str, by: str | None, why: str, as_json: bool, config_dir: Path | None
    ) -> None:
        surroundings = around()
        settings = surroundings.settings(config_dir)
        who, now = by or logged_in(surroundings), surroundings.seams.clock.now()
        order = Order(by=who, at=now, why=why)
        with used_database(settings) as engine:
            try:
                done = retrying(engine, lambda unit: ordered(settings, unit, what, lead, order))
            except Refused as error:
                raise WrongCall(str(error)) from error
        if as_json:
            print_json({"done": done.words, "leads": list(done.leads)})
        else:
            say(done.words)

    options = (
        config_option,
        json_option,
        click.option("--why", default="", help="Kept with the change."),
        click.option("--by", metavar="WHO",
                     help="Kept with the change; by default whoever is logged in."),
        click.argument("lead"),
        click.argument("what"),
    )  # fmt: skip
    wrapped: Callable[..., None] = called
    for option in options:
        wrapped = option(wrapped)
    return wrapped


@links.command(name="make")
@_ordering
def make_(settings: Settings, unit: Unit, what: str, lead: str, order: Order) -> Done:
    """Have WHAT be LEAD: a record (system:kind:id), or another lead by its key.

    A record that is set aside is read again at once; of two leads LEAD's key stays.
    """
    return make(unit, _thing(unit, what), lead_named(unit, lead), order, _precedence(settings))


@links.command(name="undo")
@_ordering
def undo_(settings: Settings, unit: Unit, what: str, lead: str, order: Order) -> Done:
    """Undo that WHAT is LEAD: a record, or a lead that was joined to it, by its key.

    What was told of the record goes with it; what slasync wrote stays written. The link is not made
    again by itself: `slasync links make` does.
    """
    return undo(unit, _thing(unit, what), lead_named(unit, lead), order, _precedence(settings))


@links.command()
@click.option("--least", type=click.IntRange(1), default=LEAST, show_default=True,
              help="Points from which a pair is shown.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True,
              help="Pairs at most, those with most points first.")  # fmt: skip
@json_option
@config_option
def candidates(*, least: int, limit: int, as_json: bool, config_dir: Path | None) -> None:
    """List records whose lead is unclear, and leads that may be one person; nothing is changed."""
    settings = around().settings(config_dir)
    shown = progress("comparing every lead")
    with used_database(settings) as engine, reading(engine) as unit, shown:
        aside, pairs = set_aside(unit), found_pairs(unit, least)
    if as_json:
        print_json({
            "set_aside": [{"record": f.record, "why": f.why, "settle": f.settle} for f in aside],
            "pairs": [_pair(each) for each in pairs[:limit]],
            "more": max(len(pairs) - limit, 0),
        })  # fmt: skip
        return
    _show_aside(aside)
    rows = [
        (p["points"], p["leads"][0], p["leads"][1], "; ".join(p["reasons"]))
        for p in map(_pair, pairs[:limit])
    ]
    if rows:
        table("Leads that may be one person", ("points", "lead", "and", "because"), rows)
        say("slasync links make ONE OTHER makes them one lead, known as OTHER")
    say(f"{so_many(len(aside), 'record')} set aside, {so_many(len(pairs), 'pair')}")


def _show_aside(found: list[Found]) -> None:
    if found:
        rows = [(each.record, each.why, each.settle) for each in found]
        table("Records whose lead is unclear", ("record", "why", "settle it by"), rows)


def _pair(candidate: Candidate) -> dict[str, Any]:
    return {
        "points": candidate.points,
        "leads": list(candidate.leads),
        "reasons": [
            f"{r.words} ({r.points:+d})" if r.points else r.words for r in candidate.reasons
        ],
        "settle": f"slasync links make {candidate.leads[1]} {candidate.leads[0]}",
    }


def _thing(unit: Unit, what: str) -> Ref | LeadKey:
    """Return the record or the lead that is meant. A lead has the name of its first record."""
    parts = what.split(":", PARTS_OF_A_REF - 1)
    if len(parts) != PARTS_OF_A_REF or not all(parts):
        raise WrongCall(f"{what} is neither a record nor a lead's key: write system:kind:id")
    if unit.joins.roots([LeadKey(what)]) or LeadKey(what) in unit.leads.all_keys():
        return LeadKey(what)
    return Ref(*parts)


def _precedence(settings: Settings) -> tuple[str, str]:
    return settings.agreement.crm, settings.agreement.marketing
