"""What `slasync plan` shows of a change of the agreement, before it takes effect."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from slasync.cli.auditing import note
from slasync.cli.output import print_json, say
from slasync.cli.surroundings import Surroundings, WrongCall, find_home
from slasync.domain.agreement import Agreement, OnChange
from slasync.domain.counting import so_many
from slasync.domain.rulings import SHOWN, Rulings, Unreadable
from slasync.domain.wording import local, name_of
from slasync.offline import completed, stood
from slasync.settings import Settings
from slasync.settings.policy import load_policy
from slasync.store.editions import Edition
from slasync.store.held import Order
from slasync.store.unit import Unit, reading, retrying
from slasync.workers.deciding.editions import (
    as_defined,
    choose,
    chosen,
    edition_of,
    rulings,
    terms_of,
)
from slasync.workers.deciding.transition import Outcome, Shift, Transition, transition

WHAT = {
    OnChange.RECOMPUTE: "the new agreement counts for every open lead at once",
    OnChange.KEEP: "every open cycle ends under the agreement it began under",
    OnChange.GRANDFATHER: "the new agreement counts where it is no stricter than the old one",
}


@dataclass(frozen=True, slots=True)
class Change:
    """What would come into force, what is in force, and what that comes to."""

    old: Agreement
    new: Agreement
    choice: OnChange  # that would be followed
    made: Transition
    lost: Mapping[str, str]  # editions that cannot be read any more, by hash, and why


def planned_settings(
    surroundings: Surroundings, config_dir: Path | None, other: Path | None
) -> Settings:
    """Load the configuration with another agreement.yaml in its place, if one is given."""
    if other is None:
        return surroundings.settings(config_dir)
    home, today = find_home(config_dir, surroundings.environ), surroundings.seams.clock.now().date()
    # its problems are told under its own name
    load_policy(home.config, home.connectors, surroundings.environ, today=today, agreement=other)
    return surroundings.settings(config_dir, texts={"agreement": other.read_text("utf-8")})


def show_change(
    surroundings: Surroundings, settings: Settings, engine: Engine, limit: int, *, as_json: bool
) -> None:
    """Print what would become of the open leads if slasync were started with these settings."""
    with reading(engine) as unit:
        change = _changed(surroundings, settings, unit)
    if as_json:
        print_json(_values(change, limit))
    else:
        _show(change, settings, limit)


def decide_on(settings: Settings, engine: Engine, choice: OnChange, order: Order) -> None:
    """Note what is to become of the open leads when the settings' agreement comes into force."""

    def noted(unit: Unit) -> None:
        _in_force(settings, unit)
        choose(unit, settings.agreement, choice)
        note(unit, order, "plan.on_change", settings.agreement.hash, choice=choice.value)

    retrying(engine, noted)
    say(f"when {_named(settings.agreement)} comes into force: {choice.value}, {WHAT[choice]}")


def differs(settings: Settings, unit: Unit) -> bool:
    """Tell whether the files are others than those of the daemon's last start."""
    last = unit.editions.last()
    return last is not None and last.hash != settings.agreement.hash


def _in_force(settings: Settings, unit: Unit) -> Edition:
    last = unit.editions.last()
    if last is None:
        raise WrongCall("slasync was never started with this database: no lead is open")
    if last.hash == settings.agreement.hash:
        raise WrongCall(f"{_named(settings.agreement)} is in force already: nothing changes")
    return last


def _changed(surroundings: Surroundings, settings: Settings, unit: Unit) -> Change:
    now, last = surroundings.seams.clock.now(), _in_force(settings, unit)
    log, coming = unit.editions.changes(now), edition_of(settings, unit, now).change
    new = as_defined(settings, completed(settings, unit), unit, now, [*log, coming])
    try:
        before = stood(settings, unit, last, now)
    except Unreadable as error:
        raise WrongCall(
            f"the agreement in force, edition {last.hash[:SHOWN]}, cannot be compared: {error}"
        ) from error
    found = {
        choice: rulings(settings, new, unit, now, [*log, replace(coming, choice=choice)])
        for choice in OnChange
    }
    made = transition(
        unit,
        before.terms,
        {choice: terms_of(settings, new, unit, now, each) for choice, each in found.items()},
        settings.caps,
    )
    return Change(before.agreement, new, chosen(unit, new), made, _lost(found.values()))


def _lost(found: Iterable[Rulings | None]) -> dict[str, str]:
    return {hash_: why for each in found if each for hash_, why in each.read_all().items()}


# as JSON


def _values(change: Change, limit: int) -> dict[str, Any]:
    made = change.made
    return {
        "in_force": _version(change.old),
        "new": _version(change.new),
        "on_change": change.choice.value,
        "open": {"leads": made.leads, "clocks": made.clocks},
        "handed_over": made.handed_over,
        "choices": {
            choice.value: _outcome(outcome, limit) for choice, outcome in made.outcomes.items()
        },
        "unreadable": [{"hash": hash_, "why": why} for hash_, why in change.lost.items()],
        "unknown": [{"lead": lead, "why": why} for lead, why in made.unknown],
    }


def _version(agreement: Agreement) -> dict[str, str]:
    return {"name": agreement.name, "version": agreement.version, "hash": agreement.hash}


def _outcome(outcome: Outcome, limit: int) -> dict[str, Any]:
    return {
        "leads": outcome.leads,
        "count": len(outcome.shifts),
        "complete": len(outcome.shifts) <= limit,
        "by_rung": _by_rung(outcome.shifts),
        "at_once": {
            "rungs": len(outcome.at_once),
            "messages": outcome.messages.total(),
            "by_reader": dict(sorted(outcome.messages.items())),
            "held": outcome.held,
            "reassigned": outcome.reassigned,
        },
        "deadlines": [
            {
                "lead": shift.lead.key,
                "name": name_of(shift.lead),
                "clock": shift.clock,
                "rung": shift.rung,
                "old": shift.old,
                "new": shift.new,
                "at_once": shift.at_once,
            }
            for shift in outcome.shifts[:limit]
        ],
    }


def _by_rung(shifts: Iterable[Shift]) -> list[dict[str, Any]]:
    """Count, for each rung, how many of its times move and which way."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for shift in shifts:
        counts.setdefault((shift.clock, shift.rung), Counter()).update(_ways(shift))
    return [
        {"clock": clock, "rung": rung, **{way: count[way] for way in WAYS}}
        for (clock, rung), count in counts.items()
    ]


WAYS = ("earlier", "later", "new", "gone", "at_once")


def _ways(shift: Shift) -> Iterator[str]:
    if shift.old is None:
        yield "new"
    elif shift.new is None:
        yield "gone"
    else:
        yield "earlier" if shift.new < shift.old else "later"
    if shift.at_once:
        yield "at_once"


# for people


def _show(change: Change, settings: Settings, limit: int) -> None:
    made = change.made
    say(f"in force: {_named(change.old)}")
    say(f"to come:  {_named(change.new)}")
    open_ = so_many(made.leads, "lead is", "leads are")
    say(f"{open_} open, with {so_many(made.clocks, 'clock')}")
    if change.old.hash in change.new.past:
        more = so_many(made.handed_over, "more lead is", "more leads are")
        say(f"{more} handed over at once: definitions are others")
    for hash_, why in change.lost.items():
        say(f"edition {hash_[:SHOWN]} has a say in some of them: {why}. They are judged anew.")
    for choice, outcome in made.outcomes.items():
        followed = "  <- followed when slasync is started" if choice is change.choice else ""
        say()
        say(f"{choice.value}: {WHAT[choice]}{followed}")
        for line in _summary(outcome):
            say(f"  {line}")
    outcome = made.outcomes[change.choice]
    if outcome.shifts:
        say()
        say(f"Under {change.choice.value}:")
        _show_shifts(outcome.shifts[:limit], settings)
    if len(outcome.shifts) > limit:
        say(f"{limit} are shown: --limit shows more of them.")
    for lead, why in made.unknown:
        say(f"{lead} cannot be worked out: {why}")


def deadlines_move(deadlines: int, leads: int) -> str:
    """Say how many deadlines of how many leads move."""
    of = so_many(leads, "lead")
    return f"{so_many(deadlines, 'deadline')} of {of} {'moves' if deadlines == 1 else 'move'}"


def _summary(outcome: Outcome) -> Iterator[str]:
    if not outcome.shifts:
        yield "no deadline moves"
        return
    yield deadlines_move(len(outcome.shifts), outcome.leads)
    for row in _by_rung(outcome.shifts):
        ways = ", ".join(f"{row[way]} {way.replace('_', ' ')}" for way in WAYS if row[way])
        yield f"  {row['clock']}, {row['rung']}: {ways}"
    if not outcome.at_once:
        return
    rungs = so_many(len(outcome.at_once), "rung fires", "rungs fire")
    yield f"{rungs} at once; late messages: {outcome.messages.total()}"
    if outcome.held:
        yield "  above the cap: held until `slasync plan --allow`"
    if outcome.reassigned:
        yield f"  {so_many(outcome.reassigned, 'lead gets', 'leads get')} another owner"


def _show_shifts(shifts: Iterable[Shift], settings: Settings) -> None:
    zone = ZoneInfo(settings.calendars[settings.agreement.calendar].spec.zone)
    lead = None
    for shift in shifts:
        if shift.lead.key != lead:
            say(f"{name_of(shift.lead)}  [{shift.lead.key}]")
            lead = shift.lead.key
        say(f"  {shift.clock}, {shift.rung}")
        say(f"    - {local(shift.old, zone) if shift.old else 'none'}")
        once = ", fires at once" if shift.at_once else ""
        say(f"    + {local(shift.new, zone) if shift.new else 'none'}{once}")


def _named(agreement: Agreement) -> str:
    return f"{agreement.name}, version {agreement.version}, edition {agreement.hash[:SHOWN]}"
