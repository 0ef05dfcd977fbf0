"""`slasync explain LEAD`: everything about one lead, and why."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from slasync.cli.databases import used_database
from slasync.cli.main import Exit
from slasync.cli.output import print_json, say, warn
from slasync.cli.surroundings import Surroundings, around, config_option, json_option
from slasync.domain.account import Section
from slasync.domain.explain import explain as explained
from slasync.domain.lead import LeadKey
from slasync.offline import accounted
from slasync.settings import Settings
from slasync.store.unit import Unit, reading


@click.command()
@click.argument("lead")
@json_option
@config_option
def explain(*, lead: str, as_json: bool, config_dir: Path | None) -> None:
    """Explain LEAD: its key, its id in Salesforce (15 or 18 characters) or HubSpot, or its e-mail.

    Facts in order, the rule that handed it over, each clock with the calendar's arithmetic, what
    would stop it, what was decided and written, and what comes next.
    """
    surroundings = around()
    settings = surroundings.settings(config_dir)
    with used_database(settings) as engine, reading(engine) as unit:
        keys = unit.leads.find(lead)
        found = {key: _sections(surroundings, settings, unit, key) for key in keys}
    if not found:
        warn(f"no lead is known as {lead}: not mirrored yet, or not in HubSpot or Salesforce")
        raise SystemExit(Exit.WRONG)
    if as_json:
        print_json({"leads": [_values(key, sections) for key, sections in found.items()]})
        return
    for sections in found.values():
        show(sections)


def show(sections: Iterable[Section]) -> None:
    """Print an explanation."""
    for section in sections:
        say(section.title)
        for line in section.lines:
            say(f"  {line}")
        say()


def _sections(
    surroundings: Surroundings, settings: Settings, unit: Unit, key: LeadKey
) -> tuple[Section, ...]:
    account = accounted(settings, unit, key, surroundings.seams.clock.now())
    return explained(account) if account else ()


def _values(key: LeadKey, sections: Iterable[Section]) -> dict[str, Any]:
    return {
        "lead": key,
        "sections": [{"title": s.title, "lines": list(s.lines)} for s in sections],
    }
