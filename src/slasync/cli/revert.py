"""`slasync revert`: what a run has written, put back where nobody has touched it since."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy import Engine

from slasync.cli.auditing import logged_in, note
from slasync.cli.databases import used_database
from slasync.cli.moments import past_moment
from slasync.cli.output import print_json, progress, say, table, utc
from slasync.cli.surroundings import Surroundings, WrongCall, around, config_option, json_option
from slasync.domain.counting import so_many
from slasync.domain.explaining.planned import action_name, described, diff
from slasync.domain.lead import LeadKey
from slasync.domain.reverting import Way
from slasync.domain.wording import name_of
from slasync.domain.writes import Action, Write
from slasync.offline import standing
from slasync.settings import Settings
from slasync.store.held import Order
from slasync.store.outbox_values import Chosen, Run
from slasync.store.unit import Unit, reading, retrying
from slasync.workers.pushing.reverting import (
    Asked,
    Taken,
    TakenLine,
    plan,
    plan_lines,
    take_back,
    take_back_lines,
)

AT_ONCE = 200  # leads, each handful in a transaction of its own
A_RUN = timedelta(seconds=1)
LOOKED_BACK = timedelta(days=7)
RUNS = 30  # listed
SHOWN = {Way.BACK: "to be put back", Way.WITHDRAWN: "not sent yet: to be withdrawn"}
DONE = {Way.BACK: "is being put back", Way.WITHDRAWN: "withdrawn"}
"""What is said of a write before and after it was taken back; else its way and why."""
Undoings = tuple[list[Taken], list[TakenLine]]
"""Writes and lines of digests, with what becomes of each."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for at the command line."""

    run: str | None
    since: str | None
    until: str | None
    lead: str | None
    expect: int | None
    limit: int
    yes: bool


@click.command()
@click.option("--run", metavar="ID", help="A run as it is listed, or a held batch by its name.")
@click.option("--since", metavar="TIME", help="All that was decided since then.")
@click.option("--until", metavar="TIME", help="And before then; by default until now.")
@click.option("--lead", metavar="LEAD", help="Only what was written to one lead.")
@click.option("--yes", is_flag=True, help="Do it. Without, only what would be done is shown.")
@click.option("--expect", metavar="N", type=click.IntRange(0),
              help="Refuse unless so many writes would be put back or withdrawn.")  # fmt: skip
@click.option("--why", default="", help="Kept with what is done, and told by explain.")
@click.option("--by", metavar="WHO", help="Kept with it; by default whoever is logged in.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True,
              help="Leads shown at most.")  # fmt: skip
@json_option
@config_option
def revert(
    *, why: str, by: str | None, as_json: bool, config_dir: Path | None, **given: Any
) -> None:
    """Put back what a run has written, where nobody has touched it since; list the rest.

    A run is all that was decided within one second. Without --run and --since the latest are
    listed. Nothing is done without --yes; then `slasync run` writes it like everything else. To
    ask twice does it once.
    """
    wanted, surroundings = Wanted(**given), around()
    settings, now = surroundings.settings(config_dir), surroundings.seams.clock.now()
    order = Order(by or logged_in(surroundings), now, why)
    with used_database(settings) as engine:
        if not (wanted.run or wanted.since):
            _list(engine, wanted, now, as_json=as_json)
            return
        chosen = _chosen(settings, engine, wanted, now)
        leads = _leads(engine, wanted, chosen)
        undoing = _Undoing(surroundings, settings, engine, chosen, order)
        taken, lines = undoing.planned(leads)
        _refuse_others(taken, wanted.expect)
        if wanted.yes:
            taken, lines = undoing.done(leads)
        with reading(engine) as unit:
            values = _values(settings, unit, taken)
            names = {key: name_of(lead) for key, lead in unit.leads.get(leads).items()}
    counts, told = Counter(each.undone.way for each in taken), _line_values(lines)
    if as_json:
        found = {"applied": wanted.yes, "counts": dict(counts), "writes": values, "lines": told}
        print_json(found)
        return
    _show(values, told, names, wanted)
    _show_counts(counts, Counter(each.way for each in lines), len({v["lead"] for v in values}))
    _show_end(wanted, counts, lines)


# which runs there are


def _list(engine: Engine, wanted: Wanted, now: datetime, *, as_json: bool) -> None:
    if wanted.until or wanted.lead or wanted.yes:
        raise WrongCall("say what is to be taken back: --run ID, or --since TIME")
    with reading(engine) as unit:
        runs = unit.outbox.runs(now - LOOKED_BACK, now + A_RUN)[:RUNS]
    if as_json:
        told = [{"run": r.at, "leads": r.leads, "writes": dict(r.writes)} for r in runs]
        print_json({"runs": told})
        return
    if not runs:
        say(f"Nothing was written in the last {LOOKED_BACK.days} days.")
        return
    rows = [(utc(run.at), run.leads, _kinds(run)) for run in runs]
    table("Runs, the latest first", ("run", "leads", "writes"), rows)
    say("slasync revert --run ID shows what would be put back; --since TIME takes several.")


def _kinds(run: Run) -> str:
    return ", ".join(f"{n} {action_name(Action(name))}" for name, n in sorted(run.writes.items()))


def _chosen(settings: Settings, engine: Engine, wanted: Wanted, now: datetime) -> Chosen:
    zone = ZoneInfo(settings.calendars[settings.agreement.calendar].spec.zone)
    if wanted.run and (wanted.since or wanted.until):
        raise WrongCall("--run names a time already: give either --run, or --since and --until")
    if wanted.since:
        since = past_moment("--since", wanted.since, zone, now)
        until = past_moment("--until", wanted.until, zone, now) if wanted.until else now + A_RUN
        if until <= since:
            raise WrongCall(f"--until {wanted.until}: is not after --since {wanted.since}")
        return Chosen(since, until)
    run = str(wanted.run)
    with reading(engine) as unit:
        if unit.held.get(run) is not None:
            return Chosen(now, now, run)
    since = past_moment("--run", run, zone, now).replace(microsecond=0)
    return Chosen(since, since + A_RUN)


def _leads(engine: Engine, wanted: Wanted, chosen: Chosen) -> list[LeadKey]:
    with progress("Looking for writes"), reading(engine) as unit:
        told = {each.line.lead for each in unit.digests.placed(chosen)}
        leads = sorted({*unit.outbox.leads_of(chosen), *told})
        if wanted.lead is not None:
            found = unit.leads.find(wanted.lead)
            if len(found) != 1:
                raise WrongCall(
                    f"{len(found)} leads are known as {wanted.lead}: name one by its key"
                )
            mine = {found[0], *unit.joins.members(found)}
            leads = [lead for lead in leads if lead in mine]
    if not leads:
        whom = f" to {wanted.lead}" if wanted.lead else ""
        raise WrongCall(
            f"nothing was written{whom} then: `slasync revert` lists the runs there are"
        )
    return leads


def _refuse_others(taken: Sequence[Taken], expect: int | None) -> None:
    found = sum(each.undone.way in SHOWN for each in taken)
    if expect is not None and found != expect:
        raise WrongCall(
            f"{so_many(found, 'write')} would be put back or withdrawn, not {expect}: look again"
        )


# what becomes of it


@dataclass(frozen=True, slots=True)
class _Undoing:
    surroundings: Surroundings
    settings: Settings
    engine: Engine
    chosen: Chosen
    order: Order

    def planned(self, leads: Sequence[LeadKey]) -> Undoings:
        found: list[Taken] = []
        lines: list[TakenLine] = []
        for asked in self._handfuls(leads, "Planning"):
            with reading(self.engine) as unit:
                terms = standing(self.settings, unit, self.order.at).terms
                found += plan(unit, terms, asked)
                lines += plan_lines(unit, asked)
        return found, lines

    def done(self, leads: Sequence[LeadKey]) -> Undoings:
        """Do it, a handful of leads at a time: what is cut off is gone on with by asking again."""
        with self.surroundings.connected(self.settings) as connectors:
            sinks = connectors.sinks

            def lane_of(write: Write) -> str:
                return sinks[write.system].lane(write)

            def one(unit: Unit, *, asked: Asked) -> Undoings:
                terms = standing(self.settings, unit, self.order.at).terms
                taken = take_back(unit, terms, asked, lane_of)
                told = take_back_lines(unit, terms, asked, taken)
                self._note(unit, taken, told)
                return taken, told

            found: list[Taken] = []
            lines: list[TakenLine] = []
            for asked in self._handfuls(leads, "Taking back"):
                taken, told = retrying(self.engine, partial(one, asked=asked))
                found, lines = found + taken, lines + told
        return found, lines

    def _handfuls(self, leads: Sequence[LeadKey], title: str) -> Iterator[Asked]:
        rest, total = iter(leads), len(leads)
        with progress(title) as tell:
            for done in range(0, total, AT_ONCE):
                tell(f"{done} of {total} leads", done, total)
                yield Asked(self.chosen, list(islice(rest, AT_ONCE)), self.order)

    def _note(self, unit: Unit, taken: Sequence[Taken], lines: Sequence[TakenLine]) -> None:
        counts = Counter(each.undone.way.value for each in taken)
        told = Counter(each.way.value for each in lines)
        target = self.chosen.batch or f"{utc(self.chosen.since)}/{utc(self.chosen.until)}"
        also = {"lines": dict(told)} if told else {}
        note(unit, self.order, "revert", target, why=self.order.why, writes=dict(counts), **also)


def _values(settings: Settings, unit: Unit, taken: Sequence[Taken]) -> list[dict[str, Any]]:
    """Return each write with what becomes of it, as JSON values; `diff` of what puts it back."""
    users = {key: user.name for key, user in unit.users.all().items()}
    zone = ZoneInfo(settings.calendars[settings.agreement.calendar].spec.zone)
    return [
        {
            "lead": each.lead,
            "key": each.view.key,
            "system": each.view.system,
            "what": described(each.view.write),
            "decided_at": each.view.decided_at,
            "becomes": each.undone.way.value,
            "why": each.undone.why,
            "diff": list(diff(made, users, {}, zone)) if (made := each.undone.made) else [],
        }
        for each in taken
    ]


def _line_values(lines: Sequence[TakenLine]) -> list[dict[str, Any]]:
    """Return each line with what becomes of it, as JSON values and times."""
    return [
        {
            "lead": each.lead,
            "key": each.placed.line.key,
            "what": f"tell {each.placed.line.to}: {each.placed.line.text}",
            "decided_at": each.placed.at,
            "becomes": each.way.value,
            "why": each.why,
            "diff": [],
        }
        for each in lines
    ]


def _show(
    values: Sequence[dict[str, Any]],
    lines: Sequence[dict[str, Any]],
    names: Mapping[LeadKey, str],
    wanted: Wanted,
) -> None:
    leads: dict[LeadKey, list[dict[str, Any]]] = {}
    for each in (*values, *lines):
        leads.setdefault(each["lead"], []).append(each)
    for key, mine in islice(leads.items(), wanted.limit):
        say(f"{names.get(key, key)}  [{key}]")
        for each in mine:
            _show_write(each, DONE if wanted.yes else SHOWN)
        say()
    if len(leads) > wanted.limit:
        say(f"and {so_many(len(leads) - wanted.limit, 'more lead')}: --limit shows more of them")


def _show_counts(counts: Counter[Way], lines: Counter[Way], leads: int) -> None:
    say(f"{so_many(counts.total(), 'write')} to {so_many(leads, 'lead')}: {_words(counts)}")
    if lines:
        say(f"{so_many(lines.total(), 'line')} of digests: {_words(lines)}")


def _words(counts: Counter[Way]) -> str:
    return ", ".join(f"{counts[way]} {way.value}" for way in Way if counts[way]) or "none"


def _show_end(wanted: Wanted, counts: Counter[Way], lines: Sequence[TakenLine]) -> None:
    if not wanted.yes:
        say("Nothing is done yet: give --yes.")
    elif counts[Way.BACK]:
        say("What is put back goes out by `slasync run`, unless somebody changes it first.")
    elif not any(each.way is Way.WITHDRAWN for each in lines):
        say("There was nothing to put back.")


def _show_write(each: Mapping[str, Any], said: Mapping[Way, str]) -> None:
    way = Way(each["becomes"])
    why = f": {each['why']}" if each["why"] else ""
    say(f"  {each['what']}, {said.get(way, way.value)}{why}")
    for line in each["diff"]:
        say(f"    {line}")
