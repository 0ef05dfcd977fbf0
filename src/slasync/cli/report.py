"""`slasync report`: a month in figures as HTML, Markdown, CSV or JSON; who held a lead's clocks."""

from collections.abc import Mapping
from pathlib import Path

import click

from slasync.cli.databases import used_database
from slasync.cli.finding import lead_named
from slasync.cli.months import month_of
from slasync.cli.output import print_json, progress, say, table, utc, warn
from slasync.cli.surroundings import Surroundings, WrongCall, around, config_option, json_option
from slasync.domain.counting import so_many
from slasync.domain.explaining.account import who
from slasync.domain.figures.custody import Outage
from slasync.domain.lead import Roster
from slasync.domain.time.calendars import CoverageEnded
from slasync.offline import standing
from slasync.polling import interval
from slasync.reports.custody import Ledger, ledgers
from slasync.reports.kpis import Cost, WrongCosts, figures, read_costs
from slasync.reports.obligations import Unread
from slasync.reports.pack import FORMATS, LANGUAGES, Pack, Speech, rendered
from slasync.settings import Settings
from slasync.store.unit import Unit, reading
from slasync.workers.outages import under_way

CALLED_WITH_CUSTODY = "--custody shows one lead's clocks and takes none of the pack's options"


@click.command()
@click.option("--month", "text", metavar="MONTH", help="2026-10 say; default: the running one.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="html", show_default=True,
              help="How the pack is written.")  # fmt: skip
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Write into this folder instead of printing.")  # fmt: skip
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True,
              help="German or English.")  # fmt: skip
@click.option("--costs", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="What was spent: CSV with month, source or campaign, cost, visits.")  # fmt: skip
@click.option("--custody", metavar="LEAD", help="Show who held the clocks of one lead.")
@json_option
@config_option
def report(  # noqa: PLR0913 - what a pack can be asked for
    *,
    text: str | None,
    form: str,
    out: Path | None,
    language: str,
    costs: Path | None,
    custody: str | None,
    as_json: bool,
    config_dir: Path | None,
) -> None:
    """Write the monthly pack: every figure that both sides watch, from the mirror's facts.

    No system is asked. What is learned after the month's end corrects its figures; the pack says
    of when it is. docs/kpis.md has the formulas.
    """
    surroundings = around()
    settings = surroundings.settings(config_dir)
    if custody is not None:
        if text or out or costs:
            raise WrongCall(CALLED_WITH_CUSTODY)
        _show_custody(surroundings, settings, custody, as_json=as_json)
        return
    spent = _costs(costs)
    form = "json" if as_json else form
    pack = _pack(surroundings, settings, text, language, spent)
    _deliver(rendered(pack, form), out)
    for alarm in pack.alarms:
        warn(alarm)


def _costs(path: Path | None) -> tuple[Cost, ...]:
    try:
        return read_costs(path) if path else ()
    except WrongCosts as error:
        raise WrongCall(str(error)) from error


def _pack(
    surroundings: Surroundings,
    settings: Settings,
    text: str | None,
    language: str,
    costs: tuple[Cost, ...],
) -> Pack:
    now = surroundings.seams.clock.now()
    with used_database(settings) as engine, reading(engine) as unit, progress("report"):
        terms = standing(settings, unit, now).terms
        month = month_of(text, terms)
        try:
            found = figures(
                unit, terms, settings.obligations, month, costs=costs,
                ongoing=ongoing(settings, unit, surroundings),
            )  # fmt: skip
        except CoverageEnded as error:
            raise WrongCall(f"--month {month}: {error}") from error
        except Unread as error:
            raise WrongCall(
                f"{error} has not been read to its end yet: nothing can be measured before"
            ) from error
        assessments = unit.assessments.all()
    names = settings.agreement.lifecycle.names.get(language, {})
    speech = Speech(language, found.zone, found.currency, names)
    return Pack(found, speech, assessments[-1] if assessments else None)


def ongoing(settings: Settings, unit: Unit, surroundings: Surroundings) -> list[Outage]:
    """Return the outages that have not ended."""
    cursors, now = unit.cursors.all().values(), surroundings.seams.clock.now()
    return list(under_way(cursors, now, lambda stream: interval(settings, stream)))


def _deliver(files: Mapping[str, str], out: Path | None) -> None:
    """Write the files, or print the first; the others are told of."""
    if out is None:
        first, *more = files
        click.echo(files[first], nl=False)
        if more:
            warn(
                f"{so_many(len(more), 'table is', 'tables are')} left out: --out DIR writes"
                " each into a file of its own"
            )
        return
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            encoding = "utf-8-sig" if name.endswith(".csv") else "utf-8"  # spreadsheets need it
            (out / name).write_text(content, encoding, newline="")
    except OSError as error:
        raise WrongCall(f"{out}: {error.strerror or 'cannot be written'}") from error
    for name in files:
        say(str(out / name))


# custody


def _show_custody(
    surroundings: Surroundings, settings: Settings, named: str, *, as_json: bool
) -> None:
    now = surroundings.seams.clock.now()
    with used_database(settings) as engine, reading(engine) as unit:
        stands = standing(settings, unit, now)
        key = lead_named(unit, named)
        found = ledgers(unit, stands.terms, key, ongoing(settings, unit, surroundings))
    roster = stands.terms.roster
    if as_json:
        print_json({"lead": key, "clocks": [_values(each, roster) for each in found]})
        return
    if not found:
        say(f"{key} was never handed over: no clock ran.")
    for each in found:
        rows = [
            (utc(h.begins), utc(h.ends), h.holder.value, who(roster, h.who) if h.who else "-",
             _minutes(h.worked.total_seconds()))
            for h in each.held
        ]  # fmt: skip
        table(_title(each), ("from", "to", "held by", "who", "working minutes"), rows)
        sums = ", ".join(
            f"{holder.value} {_minutes(span.total_seconds())}" for holder, span in each.sums.items()
        )
        say(f"{_minutes(each.elapsed.total_seconds())} working minutes: {sums or 'nobody'}")
        say()


def _title(each: Ledger) -> str:
    stands = "ended" if each.ended else "so far"
    return f"{each.clock}, cycle {each.cycle}, from {utc(each.begins)}, {stands}"


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:,.1f}".removesuffix(".0")


def _values(each: Ledger, roster: Roster) -> dict[str, object]:
    return {
        "cycle": each.cycle,
        "clock": each.clock,
        "begins": each.begins,
        "ends": each.ends,
        "ended": each.ended,
        "due": each.due,
        "working_minutes": each.elapsed.total_seconds() / 60,
        "sums": {h.value: span.total_seconds() / 60 for h, span in each.sums.items()},
        "held": [
            {
                "holder": h.holder.value, "who": who(roster, h.who) if h.who else None,
                "begins": h.begins, "ends": h.ends,
                "working_minutes": h.worked.total_seconds() / 60,
            }
            for h in each.held
        ],
    }  # fmt: skip
