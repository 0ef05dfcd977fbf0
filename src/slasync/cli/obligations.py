"""`slasync obligations`: what both sides owed in a month, how they kept to it, by which leads."""

from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from slasync.cli.databases import used_database
from slasync.cli.months import month_of
from slasync.cli.output import print_json, progress, say, table, utc
from slasync.cli.surroundings import WrongCall, around, config_option, json_option
from slasync.domain.explaining.account import who
from slasync.domain.figures.obligations import (
    MARKETING,
    SALES,
    Finding,
    Pace,
    Standing,
    Tally,
    Verdict,
)
from slasync.domain.figures.stage_moves import StageMove
from slasync.domain.lead import LeadKey, Roster
from slasync.domain.time.calendars import CoverageEnded
from slasync.domain.wording import name_of
from slasync.offline import standing
from slasync.reports.obligations import Report, Unread, measured, missing_fields
from slasync.store.unit import reading

MOST_SHOWN = 20
COLUMNS = ("obligation", "owed", "measured", "known", "verdict")
WORDS = {
    Standing.MET: "met",
    Standing.MISSED: "not met",
    Standing.OPEN: "still open",
    Standing.UNKNOWN: "not known",
    Standing.NOTHING: "nothing was due",
    Standing.NOT_AGREED: "no figure agreed",
}
TELLING = {
    Verdict.BROKEN: "not kept",
    Verdict.UNKNOWN: "not known",
    Verdict.RUNNING: "still running",
    Verdict.KEPT: "kept",
    Verdict.PASSED_ON: "not counted",
}
"""In the order in which leads are listed."""


@click.command()
@click.option("--month", "text", metavar="MONTH", help="2026-10 say; default: the running one.")
@click.option("--limit", type=click.IntRange(0), default=MOST_SHOWN, show_default=True,
              help="How many leads and moves to list of each kind; --json lists all.")  # fmt: skip
@json_option
@config_option
def obligations(*, text: str | None, limit: int, as_json: bool, config_dir: Path | None) -> None:
    """Measure what marketing and sales owe each other, with the leads behind each figure.

    From the mirror alone: no system is asked, nothing is written. What is not known is counted as
    such, and decides nothing.
    """
    surroundings = around()
    settings = surroundings.settings(config_dir)
    now = surroundings.seams.clock.now()
    with used_database(settings) as engine, reading(engine) as unit, progress("obligations"):
        terms = standing(settings, unit, now).terms
        month = month_of(text, terms)
        try:
            report = measured(unit, terms, settings.obligations, month)
        except CoverageEnded as error:
            raise WrongCall(f"--month {month}: {error}") from error
        except Unread as error:
            raise WrongCall(
                f"{error} has not been read to its end yet: nothing can be measured before"
            ) from error
    if as_json:
        print_json(_values(report, terms.roster))
    else:
        _Page(report, terms.roster, limit).show()


# as JSON


def _values(report: Report, roster: Roster) -> dict[str, Any]:
    tallies = {"completeness": report.completeness, "enrolment": report.enrolment}
    return {
        "month": str(report.month),
        "zone": report.zone.key,
        "at": report.now,
        "known_to": report.known_to,
        "over": report.over,
        MARKETING: {
            "quota": report.quota and _pace(report, report.quota, roster),
            **{name: tally and _tally(report, tally, roster) for name, tally in tallies.items()},
        },
        SALES: {
            limit.clock: _tally(report, tally, roster)
            | {"limit": str(limit.limit), "limit_is": limit.called}
            for limit, tally in report.sales
        },
        "hand_overs": [
            {"from": begins.value, "to": ends.value, "seen": count}
            for (begins, ends), count in report.hand_overs.items()
        ],
        "unknown_moves": [_move(report, move, roster) for move in report.unknown_moves],
    }


def _pace(report: Report, pace: Pace, roster: Roster) -> dict[str, Any]:
    return {
        "handed_over": pace.count,
        "owed": _number(pace.owed),
        "at_least": float(pace.at_least),
        "owed_by_now": _number(pace.owed_by_now),
        "enough_by_now": pace.enough_by_now,
        "working_days": pace.days,
        "working_days_over": pace.gone,
        "unknown_before": pace.unknown_before,
        "standing": pace.standing.value,
        "leads": [_finding(report, finding, roster) for finding in pace.findings],
    }


def _tally(report: Report, tally: Tally, roster: Roster) -> dict[str, Any]:
    return {
        "total": tally.total,
        "known": tally.known,
        **{verdict.value: tally.count(verdict) for verdict in Verdict},
        "share": None if tally.share is None else float(tally.share),
        "at_least": None if tally.at_least is None else float(tally.at_least),
        "standing": tally.standing.value,
        "missing": missing_fields(tally),
        "leads": [_finding(report, finding, roster) for finding in tally.findings],
    }


def _finding(report: Report, finding: Finding, roster: Roster) -> dict[str, Any]:
    return {
        "lead": finding.lead,
        "name": _name(report, finding.lead),
        "cycle": finding.cycle,
        "verdict": finding.verdict.value,
        "since": finding.since,
        "due": finding.due,
        "done": finding.done,
        "why": finding.why,
        "fields": list(finding.fields),
        "owner": who(roster, finding.owner) if finding.owner else None,
    }


def _move(report: Report, move: StageMove, roster: Roster) -> dict[str, Any]:
    return {
        "lead": move.lead,
        "name": _name(report, move.lead),
        "at": move.at,
        "from": move.before.value,
        "to": move.after.value,
        "by": who(roster, move.by) if move.by else None,
        "told_by": move.told_by.value,
        "status": move.status or None,
    }


def _name(report: Report, key: LeadKey) -> str:
    lead = report.leads.get(key)
    return name_of(lead) if lead else str(key)


def _number(number: Fraction) -> int | float:
    return int(number) if number.denominator == 1 else round(float(number), 2)


# for people


class _Page:
    """What a person sees."""

    def __init__(self, report: Report, roster: Roster, limit: int) -> None:
        self._report, self._roster, self._limit = report, roster, limit

    def show(self) -> None:
        report = self._report
        so_far = "" if report.over else ", so far"
        say(f"{report.month}, {report.zone.key}{so_far}; known up to {utc(report.known_to)}")
        say()
        marketing = list(self._marketing())
        if marketing:
            table("Marketing owes", COLUMNS, marketing)
        else:
            say("It is not agreed what marketing owes.")
        table("Sales owes", COLUMNS, list(self._sales()))
        for name, tally in self._tallies():
            self._show_leads(name, tally)
        self._show_moves()

    def _tallies(self) -> Iterator[tuple[str, Tally]]:
        report = self._report
        named = {"completeness": report.completeness, "enrolment": report.enrolment}
        yield from ((name, tally) for name, tally in named.items() if tally)
        yield from ((limit.clock, tally) for limit, tally in report.sales)

    def _marketing(self) -> Iterator[tuple[str, ...]]:
        report, owed = self._report, self._report.owed
        if report.quota:
            yield self._quota(report.quota)
        if report.completeness and owed.completeness:
            fields = ", ".join(owed.completeness.told_by)
            what = f"{_percent(owed.completeness.at_least)} with {fields}"
            yield self._row("completeness", what, report.completeness, "complete")
        if report.enrolment and owed.enrolment:
            within = owed.enrolment.within
            limit = _span(within) if within else f"{owed.enrolment.limit} (deadline)"
            what = f"{_percent(owed.enrolment.at_least)} within {limit}"
            yield self._row("enrolment", what, report.enrolment, "in time")

    def _quota(self, pace: Pace) -> tuple[str, ...]:
        days = f"{pace.gone} of {pace.days} working days over"
        by_now = "" if pace.over else f"; {pace.enough_by_now} by now, {days}"
        since = f"since {utc(pace.unknown_before)} only" if pace.unknown_before else "all"
        owed = f"{_percent(pace.at_least)} of {_number(pace.owed)}{by_now}"
        return "quota", owed, f"{pace.count} handed over", since, self._verdict(pace.standing)

    def _sales(self) -> Iterator[tuple[str, ...]]:
        for limit, tally in self._report.sales:
            share = _percent(limit.at_least) if limit.at_least is not None else "each"
            what = f"{share} within {limit.limit} ({limit.called})"
            yield self._row(limit.clock, what, tally, "in time")

    def _row(self, name: str, owed: str, tally: Tally, word: str) -> tuple[str, ...]:
        kept, share = tally.count(Verdict.KEPT), tally.share
        shown = f" ({_percent(share)})" if share is not None else ""
        running = tally.count(Verdict.RUNNING)
        still = f", {running} still running" if running else ""
        known = f"{tally.known} of {tally.total}{still}"
        measured_ = f"{kept} of {tally.known} {word}{shown}"
        return name, owed, measured_, known, self._verdict(tally.standing)

    def _verdict(self, standing_: Standing) -> str:
        decided = standing_ in {Standing.MET, Standing.MISSED}
        return f"{WORDS[standing_]}{' so far' if decided and not self._report.over else ''}"

    def _show_leads(self, name: str, tally: Tally) -> None:
        """List what a figure is made of: first what was not kept, then what is not known."""
        missing = missing_fields(tally)
        if missing:
            counted = ", ".join(f"{field} {count}" for field, count in missing.items())
            say(f"Missing at the hand-over: {counted}")
        order = list(TELLING)
        worth = [f for f in tally.findings if f.verdict not in {Verdict.KEPT, Verdict.PASSED_ON}]
        worth.sort(key=lambda f: (order.index(f.verdict), f.since, f.lead))
        if not worth or not self._limit:
            return
        more = f", the first {self._limit} of {len(worth)}" if len(worth) > self._limit else ""
        rows = [self._lead(finding) for finding in worth[: self._limit]]
        columns = ("lead", "name", "", "since", "limit", "done", "owner", "why")
        table(f"Behind {name}{more}", columns, rows)

    def _lead(self, finding: Finding) -> tuple[str, ...]:
        return (
            finding.lead,
            _name(self._report, finding.lead),
            TELLING[finding.verdict],
            utc(finding.since),
            utc(finding.due),
            utc(finding.done),
            who(self._roster, finding.owner) if finding.owner else "-",
            finding.why,
        )

    def _show_moves(self) -> None:
        found, points = self._report.unknown_moves, self._report.hand_overs
        seen = [(f"{begins} > {ends}", n) for (begins, ends), n in points.items() if n]
        if seen:
            table("Hand-over points", ("move", "seen"), seen)
        if not found:
            say("No move was seen that the agreement does not know.")
            return
        more = f", the first {self._limit} of {len(found)}" if len(found) > self._limit else ""
        rows = [
            (utc(m.at), m.lead, _name(self._report, m.lead), f"{m.before} > {m.after}",
             _by(m, self._roster))
            for m in found[: self._limit]
        ]  # fmt: skip
        columns = ("at", "lead", "name", "move", "by")
        table(f"Moves that the agreement does not know{more}", columns, rows)


def _by(move: StageMove, roster: Roster) -> str:
    if move.by:
        return who(roster, move.by)
    return {"handover": "slasync", "changed": "its fields"}.get(move.told_by.value, "not told")


def _span(span: timedelta) -> str:
    hours = span / timedelta(hours=1)
    return f"{hours / 24:g} d" if hours % 24 == 0 else f"{hours:g} h"


def _percent(share: Fraction | None) -> str:
    return "-" if share is None else f"{float(share * 100):.4g} %"
