"""`slasync explain LEAD`: everything about one lead, and why; `--at`: as it was known then."""

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from slasync.cli.databases import used_database
from slasync.cli.main import Exit
from slasync.cli.moments import past_moment
from slasync.cli.output import print_json, say, warn
from slasync.cli.surroundings import Surroundings, around, config_option, json_option
from slasync.domain.explaining.account import Account, InForce, Section
from slasync.domain.explaining.explain import explained
from slasync.domain.explaining.explanation import Explanation
from slasync.domain.explaining.hindsight import looked_back
from slasync.domain.explaining.tongue import PLAIN, Tongue
from slasync.domain.languages import Language
from slasync.domain.lead import LeadKey
from slasync.domain.recorded import said
from slasync.offline import Then, accounted, in_force
from slasync.settings import ConfigurationError, Settings
from slasync.store.unit import Unit, reading

WIDTH = 100


@click.command()
@click.argument("lead")
@click.option(
    "--at",
    "moment",
    metavar="TIME",
    help="As it was known then: 2026-03-02T14:00 (in the agreement's calendar's zone),"
    " 2026-03-02T13:00Z, or a date, which is its midnight.",
)
@click.option(
    "--language",
    type=click.Choice(["en", "de"]),
    default="en",
    show_default=True,
    help="In which language. German is told by the wall clock of the lead's people.",
)
@json_option
@config_option
def explain(
    *, lead: str, moment: str | None, language: str, as_json: bool, config_dir: Path | None
) -> None:
    """Explain LEAD: its key, its id in Salesforce (15 or 18 characters) or HubSpot, or its e-mail.

    The agreement in force, facts in order, each definition condition by condition, each clock with
    the calendar's arithmetic, near misses, why nothing happened where nothing did, what was decided
    and written, what would stop the clock, and what comes next.
    """
    surroundings = around()
    settings = surroundings.settings(config_dir)
    at = _at(moment, settings, surroundings.seams.clock.now()) if moment else None
    asking = _Asking(surroundings, config_dir, settings, at, Language(language))
    with used_database(settings) as engine, reading(engine) as unit:
        keys = unit.leads.find(lead)
        found = [told for key in keys if (told := asking.explained(unit, key))]
    if not found:
        warn(f"no lead is known as {lead}: not mirrored yet, or not in the systems")
        raise SystemExit(Exit.WRONG)
    if as_json:
        print_json({"leads": [asdict(told) for told in found]})
        return
    for told in found:
        show(told.sections)


def show(sections: Iterable[Section]) -> None:
    """Print an explanation; long lines go on below, further in."""
    for section in sections:
        say(section.title)
        for line in section.lines:
            for part in _wrapped(f"  {line}"):
                say(part)
        say()


def _wrapped(line: str) -> Iterator[str]:
    if len(line) <= WIDTH:
        yield line
        return
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    bar = indent + "| " if line.lstrip().startswith("| ") else indent
    yield from textwrap.wrap(
        line, WIDTH, subsequent_indent=bar, break_long_words=False, break_on_hyphens=False
    )


def _at(moment: str, settings: Settings, now: datetime) -> datetime:
    zone = ZoneInfo(settings.calendars[settings.agreement.calendar].spec.zone)
    return past_moment("--at", moment, zone, now)


@dataclass(frozen=True, slots=True)
class _Asking:
    """What is asked, of which configuration, about which moment (None: now)."""

    surroundings: Surroundings
    config_dir: Path | None
    settings: Settings
    at: datetime | None
    language: Language

    def explained(self, unit: Unit, key: LeadKey) -> Explanation | None:
        account = self._account(unit, key)
        if account is None:
            return None
        german = self.language is Language.DE
        tongue = Tongue(self.language, account.terms.zone) if german else PLAIN
        return explained(replace(account, tongue=tongue))

    def _account(self, unit: Unit, key: LeadKey) -> Account | None:
        now = self.surroundings.seams.clock.now()
        if self.at is None:
            return accounted(self.settings, unit, key, now)
        then = in_force(unit, key, self.at)
        settings, problem = self._settings(then, self.at)
        present = self.settings.agreement
        known = InForce(
            hash=then.hash,
            since=then.since,
            present=present.hash,
            present_name=f"{present.name}, version {present.version}",
            problem=problem,
            at=self.at,
        )
        account = accounted(settings, unit, key, now, known)
        return looked_back(account, self.at) if account else None

    def _settings(self, then: Then, at: datetime) -> tuple[Settings, str]:
        """Load what was in force; where that cannot be, the present files and why."""
        same = then.hash in {None, self.settings.agreement.hash}
        problem = "" if same else said("files_not_kept")
        if not same and then.files is not None:
            try:
                return self._loaded(at, then), ""
            except ConfigurationError as error:
                problem = said("files_unreadable", problem=error.problems[0])
        return self._loaded(at, None), problem

    def _loaded(self, at: datetime, then: Then | None) -> Settings:
        """Load with calendars as they were worked out on that day."""
        texts = then.files if then else None
        return self.surroundings.settings(self.config_dir, today=at.date(), texts=texts)
