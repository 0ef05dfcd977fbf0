"""`slasync quality`: what of leads' data is lacking, so that somebody can put it right."""

from collections import Counter
from pathlib import Path
from typing import Any

import click

from slasync.cli.databases import used_database
from slasync.cli.output import print_json, progress, say, table
from slasync.cli.surroundings import around, config_option, json_option
from slasync.domain.explaining.account import when, who
from slasync.domain.figures.quality import Kind
from slasync.domain.lead import Roster
from slasync.domain.wording import name_of
from slasync.offline import standing
from slasync.reports.quality import Lacking, lacking
from slasync.store.unit import reading

NOTHING = (
    "No reason, path or doer is lacking. Which fields are filled is told by `slasync report` and by"
    " the dashboard's Data quality."
)
COLUMNS = ("since", "lead", "name", "owner", "what is lacking")


@click.command()
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), help="Only this.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True,
              help="Entries at most, the latest first.")  # fmt: skip
@json_option
@config_option
def quality(*, kind: str | None, limit: int, as_json: bool, config_dir: Path | None) -> None:
    """List what is lacking in leads' data: reasons, nurture paths, who did something.

    no_reason: recycled or disqualified, and nobody says why. no_path: no nurture programme is for
    the reason. unknown_path: somebody picked a path that there is not. unclassified: something
    was done, and nobody can tell whether by a person; it counts for nothing.
    """
    surroundings = around()
    settings = surroundings.settings(config_dir)
    now = surroundings.seams.clock.now()
    with used_database(settings) as engine, reading(engine) as unit:
        stands = standing(settings, unit, now)
        roster = stands.terms.roster
        with progress("looking at every lead"):
            found = list(lacking(unit, stands.terms))
    counts = Counter(each.lack.kind.value for each in found)
    wanted = [each for each in found if kind is None or each.lack.kind.value == kind]
    shown = sorted(wanted, key=lambda each: each.lack.at, reverse=True)[:limit]
    if as_json:
        told = {"counts": counts, "shown": [_values(each, roster) for each in shown]}
        print_json(told)
        return
    if shown:
        table("Lacking", COLUMNS, [_row(each, roster) for each in shown])
    say(", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or NOTHING)


def _row(each: Lacking, roster: Roster) -> tuple[str, ...]:
    owner, lack = who(roster, each.owner), each.lack
    return when(lack.at), each.lead.key, name_of(each.lead), owner, lack.words


def _values(each: Lacking, roster: Roster) -> dict[str, Any]:
    lack = each.lack
    return {
        "lead": each.lead.key,
        "kind": lack.kind.value,
        "at": lack.at,
        "cycle": lack.cycle,
        "owner": who(roster, each.owner),
        "words": lack.words,
    }
