"""`slasync parity`: what mode shadow would have written against what others did."""

import csv
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from pydantic import TypeAdapter, ValidationError

from slasync.cli.asking import AskedOf, asked_live
from slasync.cli.databases import used_database
from slasync.cli.modes import modes_told
from slasync.cli.moments import past_moment
from slasync.cli.output import print_json, safe, say, table, utc
from slasync.cli.surroundings import WrongCall, around, config_option, json_option
from slasync.domain.counting import so_many
from slasync.domain.lead import Roster, UserKey
from slasync.offline import completed
from slasync.reports.parity import (
    Compared,
    Count,
    House,
    Kept,
    Outcome,
    Span,
    What,
    compare,
    counted,
)
from slasync.settings import Settings
from slasync.settings.problems import did_you_mean
from slasync.settings.strict import Duration
from slasync.store.unit import Unit, reading

MOST_SHOWN = 20
READ_FROM = tuple(
    f"{crm}.{name}"
    for crm in ("salesforce", "hubspot")  # whichever it is: the other's are not read
    for name in ("leads", "lead_history", "tasks", "events")
)
TITLES = {
    What.OWNER: "owner changed", What.TASK: "task, and the lead worked",
    What.STATUS: "back to marketing", What.FLAG: "flagged stale",
}  # fmt: skip
SAID = {
    Outcome.AGREED: "the same", Outcome.OTHER: "somebody else, or another status",
    Outcome.EARLIER: "the same, earlier", Outcome.LATER: "the same, later",
    Outcome.NOT_DONE: "not done", Outcome.TOO_EARLY: "too early to tell",
    Outcome.ONLY_OTHERS: "done only by others",
}  # fmt: skip
WORKED = "A task counts as done by others when somebody works the lead: a call, mail or meeting"
UNSEEN = (
    f"{WORKED}.",
    (
        "Open tasks of others are not in the mirror, and a closed one that a tool made is nobody's"
        " work: --live asks Salesforce for both."
    ),
)
SEEN = (
    f"{WORKED}; or when others make a task for the same person.",
    (
        "Tasks of others were asked of Salesforce just now. One that was logged when it was done"
        " asks nobody; one that its archive holds, after a year, is not told."
    ),
)
NOTES = (
    (
        "No flag of others is seen: another tool's is a field of its own. Of flags only how many"
        " slasync would have set is told."
    ),
    (
        "Digest lines and messages to people outside the CRM are not compared, nor are mails and"
        " chat messages of other tools: the CRM does not tell of them."
    ),
)


@click.command()
@click.option("--since", "moment", required=True, metavar="DATE",
              help="Compare what was shadowed since, 2026-09-01 say.")  # fmt: skip
@click.option("--team", metavar="NAME", help="Only leads of this pool of teams.yaml.")
@click.option("--tolerance", default="4 h", show_default=True, metavar="DURATION",
              help="How far apart in time the same still agrees.")  # fmt: skip
@click.option("--limit", type=click.IntRange(0), default=MOST_SHOWN, show_default=True,
              help="How many that differ to list; --json and --csv list all.")  # fmt: skip
@click.option("--live", is_flag=True,
              help="Ask Salesforce for tasks that others made about these leads.")  # fmt: skip
@click.option("--csv", "as_csv", is_flag=True, help="Print each comparison as a line of CSV.")
@json_option
@config_option
def parity(  # noqa: PLR0913 - one for each option
    *,
    moment: str,
    team: str | None,
    tolerance: str,
    limit: int,
    live: bool,
    as_csv: bool,
    as_json: bool,
    config_dir: Path | None,
) -> None:
    """Compare what mode shadow would have written with what people and other tools did.

    From decisions and facts of the mirror alone; no system is asked without --live.
    """
    if as_csv and as_json:
        raise WrongCall("--csv and --json: choose one of them")
    surroundings = around()
    settings = surroundings.settings(config_dir)
    now = surroundings.seams.clock.now()
    zone = ZoneInfo(settings.calendars[settings.agreement.calendar].spec.zone)
    since = past_moment("--since", moment, zone, now)
    _known(team, settings)
    with used_database(settings) as engine:
        with reading(engine) as unit:
            span = Span(since, _read_up_to(unit, now), _tolerance(tolerance))
            leads = unit.links.of_leads(unit.modes.ever_shadowed()) if live else {}
        asked = asked_live(surroundings, settings, leads, span) if live else None
        with reading(engine) as unit:
            found = _Found(settings, unit, span, team, asked)
    if as_json:
        print_json(_values(found))
    elif as_csv:
        _print_csv(found)
    else:
        _show(found, limit)


def _known(team: str | None, settings: Settings) -> None:
    if team is not None and team not in settings.pools:
        near = did_you_mean(team, settings.pools)
        raise WrongCall(f"--team {team}: teams.yaml has no such pool{near}")


def _tolerance(text: str) -> timedelta:
    try:
        return TypeAdapter[timedelta](Duration).validate_python(text)
    except ValidationError:
        raise WrongCall(f"--tolerance {text}: write 30 min, 4 h or 1 d") from None


def _read_up_to(unit: Unit, now: datetime) -> datetime:
    """Return up to when everything that others did is known."""
    marks = unit.cursors.watermarks()
    return min([now, *(marks[stream] for stream in READ_FROM if stream in marks)])


class _Found:
    """What was compared, and the words for it."""

    def __init__(
        self,
        settings: Settings,
        unit: Unit,
        span: Span,
        team: str | None,
        asked: AskedOf | None,
    ) -> None:
        self.settings, self.span, self.team = settings, span, team
        self.notes = (*(UNSEEN if asked is None else SEEN), *NOTES)
        self.roster = Roster.of(unit.users.all(), settings.pools, settings.absences)
        self.first = unit.shadow.first_at()
        kept = unit.shadow.between(span.since, span.until)
        house = House(completed(settings, unit), self.roster)
        facts = unit.facts.of(sorted({*kept, *unit.modes.ever_shadowed()}))
        self.compared = [
            each
            for lead, history in facts.items()
            for each in compare(
                lead,
                [Kept(k.at, k.teams, k.write) for k in kept.get(lead, [])],
                history,
                house,
                span,
                [house.deed(What.TASK, a.at, a.whom, a.by) for a in (asked or {}).get(lead, ())],
            )
            if team is None or team in each.teams
        ]

    @property
    def leads(self) -> int:
        return len({each.lead for each in self.compared})

    @property
    def differing(self) -> list[Compared]:
        alike = {Outcome.AGREED, Outcome.TOO_EARLY}
        return [c for c in self.compared if c.outcome not in alike and c.what is not What.FLAG]

    def of(self, what: What | None = None, team: str | None = None) -> Count:
        """Count what is of one kind and team; without a kind all that can be compared."""
        return counted(
            each
            for each in self.compared
            if (each.what is what or (what is None and each.what is not What.FLAG))
            and (team is None or team in each.teams)
        )

    @property
    def teams(self) -> list[str]:
        return sorted({team for each in self.compared for team in each.teams})

    def who(self, value: str) -> str:
        user = self.roster.users.get(UserKey(value))
        return user.name if user else value


# for programs


@dataclass(frozen=True, slots=True)
class _Line:
    """One comparison as JSON and CSV have it."""

    lead: str
    team: str
    what: str
    outcome: str
    slasync_at: str
    slasync: str
    rung: str
    why: str
    others_at: str
    others: str
    others_by: str
    apart_minutes: str


def _line(found: _Found, each: Compared) -> _Line:
    thought, deed, apart = each.thought, each.deed, each.apart
    return _Line(
        lead=each.lead,
        team=" ".join(each.teams),
        what=each.what.value,
        outcome=each.outcome.value,
        slasync_at=utc(thought.at) if thought else "",
        slasync=found.who(thought.value) if thought else "",
        rung=thought.rung if thought else "",
        why=thought.why if thought else "",
        others_at=utc(deed.at) if deed else "",
        others=found.who(deed.value) if deed else "",
        others_by=_by(found, each) if deed else "",
        apart_minutes=f"{apart.total_seconds() / 60:.0f}" if apart is not None else "",
    )


def _by(found: _Found, each: Compared) -> str:
    if each.deed is None:
        return ""
    named = f", {found.who(each.deed.by)}" if each.deed.by else ""
    return f"{each.deed.how}{named}"


def _counts(count: Count) -> dict[str, Any]:
    share = count.share(Outcome.AGREED)
    return {
        "thought_of": count.thought_of,
        **{outcome.value: count.of(outcome) for outcome in Outcome},
        "agreed_share": None if share is None else round(share, 4),
    }


def _values(found: _Found) -> dict[str, Any]:
    span = found.span
    return {
        **modes_told(found.settings.modes),
        "since": span.since,
        "until": span.until,
        "tolerance_minutes": span.tolerance.total_seconds() / 60,
        "team": found.team,
        "leads": found.leads,
        "total": _counts(found.of()),
        "by_what": {what.value: _counts(found.of(what)) for what in What},
        "by_team": {team: _counts(found.of(team=team)) for team in found.teams},
        "differing": [_as_dict(_line(found, each)) for each in found.differing],
        "notes": list(found.notes),
    }


def _as_dict(line: _Line) -> dict[str, str]:
    return {name: getattr(line, name) for name in _Line.__dataclass_fields__}


def _print_csv(found: _Found) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(_Line.__dataclass_fields__)
    for each in found.compared:
        cells = _as_dict(_line(found, each)).values()
        writer.writerow([_cell(cell) for cell in cells])


def _cell(text: str) -> str:
    """A spreadsheet takes what begins like a formula for one: names come from outside."""
    text = safe(text)
    return f"'{text}" if text[:1] in {"=", "+", "@", "\t"} else text


# for people


def _show(found: _Found, limit: int) -> None:
    span, total = found.span, found.of()
    of = f" of team {found.team}" if found.team else ""
    say(f"{so_many(found.leads, 'lead')}{of} in mode shadow from {utc(span.since)} to"
        f" {utc(span.until)}, up to"
        " which all is known")  # fmt: skip
    if not found.compared:
        say(_nothing(found))
        return
    say(_summed(total, span.tolerance))
    say()
    columns = ("what", "slasync would", *(SAID[o] for o in Outcome), "agreed")
    _table("By what", columns, [(TITLES[what], found.of(what)) for what in What])
    if len(found.teams) > 1:
        rows = [(team, found.of(team=team)) for team in found.teams]
        _table("By team, flags left out", ("team", *columns[1:]), rows)
    _show_differing(found, limit)
    for note in found.notes:
        say(f"- {note}")


def _nothing(found: _Found) -> str:
    if found.first is None:
        return "Nothing was ever shadowed: `mode: shadow` in slasync.yaml, or a team's, begins it."
    return f"Nothing was shadowed in that time; the first that was is of {utc(found.first)}."


def _summed(total: Count, tolerance: timedelta) -> str:
    hours = tolerance.total_seconds() / 3600
    return (
        f"Of {so_many(total.judged, 'write')} that can be judged"
        f" {_part(total, Outcome.AGREED)} were done by"
        f" others as well, within {hours:g} h; {_part(total, Outcome.OTHER)} otherwise,"
        f" {_part(total, Outcome.EARLIER)} earlier, {_part(total, Outcome.LATER)} later and"
        f" {_part(total, Outcome.NOT_DONE)} not at all. {total.of(Outcome.ONLY_OTHERS)} were done"
        " only by others."
    )


def _part(count: Count, outcome: Outcome) -> str:
    return f"{count.of(outcome)}{_percent(count.share(outcome), ' ({})')}"


def _percent(share: float | None, form: str = "{}") -> str:
    return "" if share is None else form.format(f"{share * 100:.0f} %")


def _table(title: str, columns: Sequence[str], rows: Sequence[tuple[str, Count]]) -> None:
    cells = [
        (name, count.thought_of, *map(count.of, Outcome), _percent(count.share(Outcome.AGREED)))
        for name, count in rows
        if count.by
    ]
    table(title, columns, cells)


def _show_differing(found: _Found, limit: int) -> None:
    differing = found.differing
    if not differing:
        say("No lead differs.")
        return
    more = f", the first {limit}" if len(differing) > limit else ""
    rows = [tuple(_cells(found, each)) for each in differing[:limit]]
    if rows:
        table(f"{len(differing)} differ{more}", ("lead", "what", "how", "slasync", "others"), rows)


def _cells(found: _Found, each: Compared) -> Iterator[str]:
    line = _line(found, each)
    yield line.lead
    yield TITLES[each.what]
    yield SAID[each.outcome]
    yield f"{line.slasync}, {line.slasync_at}" if each.thought else "-"
    yield f"{line.others}, {line.others_at}, by {line.others_by}" if each.deed else "-"
