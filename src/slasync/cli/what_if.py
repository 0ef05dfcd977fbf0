"""`slasync replay`: the mirror's own history under another agreement, old against new."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from slasync.cli.databases import used_database
from slasync.cli.modes import modes_told
from slasync.cli.moments import past_moment
from slasync.cli.output import Tell, print_json, progress, say, table, utc
from slasync.cli.surroundings import WrongCall, around, config_option, find_home, json_option
from slasync.domain.agreement import Agreement
from slasync.domain.assigning import FindCompanies
from slasync.domain.counting import so_many
from slasync.domain.identity.company import Companies
from slasync.domain.lead import Roster, UserKey
from slasync.domain.time.calendars import CoverageEnded
from slasync.offline import completed
from slasync.reports.playing import Scene
from slasync.reports.record import Record, recorded
from slasync.reports.what_if import Comparison, Fate, Figures, weeks, what_if
from slasync.settings import Settings
from slasync.settings.policy import Policy, load_policy
from slasync.store.unit import Unit, reading

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
MOST_SHOWN = 20
TOTALS = (
    "handed_over", "breached", "breaches", "tasks", "reminders", "messages", "reassignments",
    "statuses_set", "marketing_changes",
)  # fmt: skip


@click.command()
@click.option("--since", "moment", required=True, metavar="DATE",
              help="Play what happened since, 2026-09-01 say.")  # fmt: skip
@click.option("--agreement", "other", required=True, type=FILE,
              help="The other agreement.yaml; calendars and teams are those in force.")  # fmt: skip
@click.option("--limit", type=click.IntRange(0), default=MOST_SHOWN, show_default=True,
              help="How many leads that differ to list; --json lists all.")  # fmt: skip
@json_option
@config_option
def replay(*, moment: str, other: Path, limit: int, as_json: bool, config_dir: Path | None) -> None:
    """Play every lead of the mirror by the agreement in force and by another one.

    Nothing is written and no system is asked. Breaches, tasks, reassignments, the managers' load
    and the leads that fare otherwise, old against new.
    """
    surroundings = around()
    settings = surroundings.settings(config_dir)
    home = find_home(config_dir, surroundings.environ)
    now = surroundings.seams.clock.now()
    zone = ZoneInfo(settings.calendars[settings.agreement.calendar].spec.zone)
    since = past_moment("--since", moment, zone, now)
    policy = load_policy(
        home.config, home.connectors, surroundings.environ, today=now.date(), agreement=other
    )
    with used_database(settings) as engine, reading(engine) as unit, progress("replay") as told:
        told("reading the mirror")
        asked = _Asked(settings, policy, unit, since, now)
        compared = asked.answer(told)
    if as_json:
        print_json(_values(asked, compared))
    else:
        _show(asked, compared, limit)


class _Asked:
    """One question: since when, by which two agreements, about which leads."""

    def __init__(
        self, settings: Settings, policy: Policy, unit: Unit, since: datetime, now: datetime
    ) -> None:
        old = completed(settings, unit)
        self.modes = settings.modes
        self.until = now
        self.since = max(since, old.effective_from or since)
        self.roster = Roster.of(unit.users.all(), settings.pools, settings.absences)
        self.old = replace(old, effective_from=self.since)
        self.new = replace(
            policy.agreement,
            effective_from=self.since,
            org=old.org,
            create_leads=old.create_leads,
        )
        self._calendars = settings.calendars
        self._companies = self._known_companies(settings, unit)
        self.record = self._recorded(unit)

    def _known_companies(self, settings: Settings, unit: Unit) -> FindCompanies | None:
        """Accounts are those of the mirror now, as people are; None where none are read."""
        asked = any(agreement.routing.matching for agreement in (self.old, self.new))
        if not asked or not settings.crm_terms or not settings.crm_terms.accounts:
            return None
        return Companies(unit.companies.all()).found

    def _recorded(self, unit: Unit) -> Record:
        keys = unit.leads.all_keys()
        leads, facts = unit.leads.get(keys), unit.facts.of(keys)
        return recorded(leads, facts, self.old, self.roster, self.since)

    def answer(self, told: Tell) -> Comparison:
        stories, whole = self.record.stories, (self.until - self.since).total_seconds()
        leads = so_many(len(stories), "lead")
        told(leads)

        def reached(at: datetime) -> None:
            told(f"{leads}, {at:%d %b %Y}", (at - self.since).total_seconds(), whole)

        old, new = self._scene(self.old), self._scene(self.new)
        try:
            return what_if(stories, old, new, self.until, reached=reached)
        except CoverageEnded as error:
            raise WrongCall(str(error)) from error

    def _scene(self, agreement: Agreement) -> Scene:
        return Scene(
            agreement=agreement,
            calendars=self._calendars,
            roster=self.roster,
            companies=self._companies,
        )

    def who(self, key: str) -> str:
        user = self.roster.users.get(UserKey(key))
        return user.name if user else key


# as JSON


def _values(asked: _Asked, compared: Comparison) -> dict[str, Any]:
    return {
        "since": asked.since,
        "until": asked.until,
        "leads": len(asked.record.stories),
        "left_out": asked.record.left_out,
        **modes_told(asked.modes),
        "old": _figures(asked, asked.old, compared.old),
        "new": _figures(asked, asked.new, compared.new),
        "differing": [
            {
                "lead": each.lead,
                "what": list(each.what),
                "old": _fate(asked, each.old),
                "new": _fate(asked, each.new),
            }
            for each in compared.differing
        ],
        "cannot_tell": list(compared.cannot_tell),
    }


def _figures(asked: _Asked, agreement: Agreement, found: Figures) -> dict[str, Any]:
    load = [
        {"week": week, "who": asked.who(who), "messages": count}
        for (week, who), count in sorted(found.load.items())
    ]
    return {
        "agreement": {
            "name": agreement.name, "version": agreement.version, "hash": agreement.hash,
        },
        "totals": _totals(found),
        "breaches": dict(sorted(found.breaches.items())),
        "tasks": _by_name(asked, found.tasks),
        "reminders": _by_name(asked, found.reminders),
        "messages": dict(sorted(found.messages.items())),
        "statuses": dict(sorted(found.statuses.items())),
        "load": load,
    }  # fmt: skip


def _totals(found: Figures) -> dict[str, int]:
    return {
        "handed_over": found.handed_over,
        "breached": found.breached,
        "breaches": found.breaches.total(),
        "tasks": found.tasks.total(),
        "reminders": found.reminders.total(),
        "messages": found.messages.total(),
        "statuses_set": found.statuses.total(),
        "marketing_changes": found.marketing,
        "reassignments": found.reassignments,
    }


def _by_name(asked: _Asked, counts: Mapping[UserKey, int]) -> dict[str, int]:
    return {asked.who(key): count for key, count in sorted(counts.items())}


def _fate(asked: _Asked, fate: Fate) -> dict[str, Any]:
    return {
        "handed_over": [{"at": at, "definition": name} for at, name in fate.handed_over],
        "rungs": [{"rung": str(each), "due": each.at} for each in fate.passed],
        "breaches": fate.breaches,
        "tasks": fate.tasks,
        "owners": [asked.who(owner) for owner in fate.owners],
        "statuses": list(fate.statuses),
    }


# for people


def _show(asked: _Asked, compared: Comparison, limit: int) -> None:
    old, new = compared.old, compared.new
    leads, left_out = len(asked.record.stories), asked.record.left_out
    say(
        f"{so_many(leads, 'lead')} to which something happened from {utc(asked.since)} to"
        f" {utc(asked.until)}"
    )
    if left_out:
        say(
            f"{so_many(left_out, 'more was', 'more were')} with sales already when that began:"
            " left out"
        )
    say(f"old: {_named(asked.old)}; new: {_named(asked.new)}")
    if not asked.modes.plain:
        say(f"Both are played as if everything were enforced; now the mode is {asked.modes}.")
    say()
    before, after = _totals(old), _totals(new)
    rows = [(name.replace("_", " "), *_pair(before[name], after[name])) for name in TOTALS]
    table("What it comes to", ("figure", "old", "new", "more"), rows)
    _counts("Breaches", "rung", old.breaches, new.breaches)
    for title, was, becomes in (
        ("Tasks", old.tasks, new.tasks),
        ("Reminders", old.reminders, new.reminders),
    ):
        _counts(title, "person", _by_name(asked, was), _by_name(asked, becomes))
    load = [
        (week, asked.who(who), *_pair(old.load[week, who], new.load[week, who]))
        for week, who in weeks(old.load, new.load)
    ]
    if load:
        columns = ("week", "person", "old", "new", "more")
        table("Managers' tasks, digest lines and messages a week", columns, load)
    _show_differing(asked, compared, limit)
    for sentence in compared.cannot_tell:
        say(f"- {sentence}")


def _named(agreement: Agreement) -> str:
    return f"{agreement.name}, version {agreement.version}, edition {agreement.hash[:12]}"


def _pair(was: int, becomes: int) -> tuple[int, int, str]:
    return was, becomes, f"{becomes - was:+}" if becomes != was else ""


def _counts(title: str, noun: str, was: Mapping[str, int], becomes: Mapping[str, int]) -> None:
    names = sorted({*was, *becomes})
    rows = [(name, *_pair(was.get(name, 0), becomes.get(name, 0))) for name in names]
    if rows:
        table(title, (noun, "old", "new", "more"), rows)


def _show_differing(asked: _Asked, compared: Comparison, limit: int) -> None:
    found = compared.differing
    if not found:
        say("No lead fares otherwise.")
        return
    rows = [
        (each.lead, ", ".join(each.what), _brief(asked, each.old), _brief(asked, each.new))
        for each in found[:limit]
    ]
    title = so_many(len(found), "lead fares", "leads fare") + " otherwise"
    more = f", the first {limit}" if len(found) > limit else ""
    table(f"{title}{more}", ("lead", "in", "old", "new"), rows)


def _brief(asked: _Asked, fate: Fate) -> str:
    return "; ".join(_brief_parts(asked, fate)) or "never handed over"


def _brief_parts(asked: _Asked, fate: Fate) -> Iterator[str]:
    if fate.passed:
        last = fate.passed[-1]
        yield f"{so_many(len(fate.passed), 'rung')}, last {last} {last.at:%d %b %H:%M}Z"
    if fate.owners:
        yield f"owner {' > '.join(map(asked.who, fate.owners))}"
    if fate.handed_over and not fate.passed:
        yield "handed over, no rung"
