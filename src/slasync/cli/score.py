"""`slasync score`: the agreement's check score beside the marketing system's, from the mirror."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from heapq import heappush, heappushpop
from pathlib import Path
from typing import Any

import click

from slasync.cli.databases import used_database
from slasync.cli.main import Exit
from slasync.cli.output import print_json, progress, say, table, warn
from slasync.cli.surroundings import WrongCall, around, config_option, json_option
from slasync.domain.agreement import Agreement
from slasync.domain.counting import so_many
from slasync.domain.explaining.score_words import immediate_lines, points, score_lines
from slasync.domain.wording import name_of
from slasync.offline import completed
from slasync.reports.scores import Scored, scores, scores_of
from slasync.settings import Settings
from slasync.store.unit import Unit, reading

COLUMNS = ("lead", "name", "marketing", "check", "fit", "interest", "contradiction")


@dataclass(slots=True)
class _Tally:
    """Of all leads that were looked at, those whose scores are furthest apart."""

    most: int
    leads: int = 0
    differing: int = 0
    _kept: list[tuple[float, int, Scored]] = field(default_factory=list)

    def look_at(self, scored: Scored, *, keep: bool) -> None:
        self.leads += 1
        self.differing += scored.against is not None
        if keep:
            item = (scored.apart, -self.leads, scored)
            if len(self._kept) < self.most:
                heappush(self._kept, item)
            else:
                heappushpop(self._kept, item)

    @property
    def shown(self) -> list[Scored]:
        return [scored for _, _, scored in sorted(self._kept, reverse=True)]


@click.command()
@click.argument("lead", required=False)
@click.option("--differs", is_flag=True, help="Only leads whose two scores contradict each other.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True,
              help="Leads at most, those furthest apart first.")  # fmt: skip
@json_option
@config_option
def score(
    *, lead: str | None, differs: bool, limit: int, as_json: bool, config_dir: Path | None
) -> None:
    """Show the check score of LEAD with its parts, or of all leads beside marketing's score.

    The agreement says under `scoring.check` how it is worked out. It decides nothing.
    """
    surroundings = around()
    settings = surroundings.settings(config_dir)
    _refuse_without_check(settings)
    now = surroundings.seams.clock.now()
    with used_database(settings) as engine, reading(engine) as unit:
        agreement = completed(settings, unit)
        if lead is not None:
            found = list(scores_of(unit, _known(unit, lead), agreement, now))
            _tell(found, agreement, lead, as_json=as_json)
            return
        tally = _Tally(limit)
        with progress("scoring every lead") as tell:
            for scored in scores(unit, agreement, now):
                tally.look_at(scored, keep=not differs or scored.against is not None)
                tell(so_many(tally.leads, "lead"))
    if as_json:
        counts = {"leads": tally.leads, "differing": tally.differing}
        print_json(counts | {"shown": list(map(_values, tally.shown))})
    else:
        _show(tally)


def _refuse_without_check(settings: Settings) -> None:
    scoring = settings.agreement.scoring
    if scoring is None or scoring.check is None:
        raise WrongCall(
            "agreement.yaml has no scoring.check: without one only the marketing system's score"
            " is known, and `slasync explain LEAD` shows it"
        )


def _known(unit: Unit, lead: str) -> list[Any]:
    keys = unit.leads.find(lead)
    if not keys:
        warn(f"no lead is known as {lead}: not mirrored yet, or not in HubSpot or Salesforce")
        raise SystemExit(Exit.WRONG)
    return keys


def _tell(found: list[Scored], agreement: Agreement, lead: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"leads": list(map(_values, found))})
        return
    if not found:
        say(f"{lead} was converted or deleted: its score decides nothing any more")
    for scored in found:
        say(f"{name_of(scored.lead)} [{scored.lead.key}]")
        for line in _lines(scored, agreement):
            say(f"  {line}")


def _lines(scored: Scored, agreement: Agreement) -> Iterator[str]:
    yield from score_lines(scored.check, agreement, scored.lead.fields)
    yield from immediate_lines(scored.immediate)


def _show(tally: _Tally) -> None:
    if tally.shown:
        table("Scores", COLUMNS, [_row(scored) for scored in tally.shown])
    of = (
        f"{tally.differing} of {so_many(tally.leads, 'lead has', 'leads have')} scores that"
        " contradict each other"
    )
    say(of if tally.leads else "no lead is worked now")


def _row(scored: Scored) -> tuple[str, ...]:
    check = scored.check
    return (
        scored.lead.key,
        name_of(scored.lead),
        "none" if scored.marketing is None else points(scored.marketing),
        points(check.total),
        points(check.fit),
        points(check.interest),
        scored.against.value if scored.against else "",
    )


def _values(scored: Scored) -> dict[str, Any]:
    check = scored.check
    return {
        "lead": scored.lead.key,
        "marketing": scored.marketing,
        "check": check.total,
        "fit": check.fit,
        "interest": check.interest,
        "contradiction": scored.against,
        "parts": [_part(asdict(part)) for part in check.parts],
        "unmet": check.unmet,
        "unknown": check.unknown,
        "immediate": [asdict(each) for each in scored.immediate],
    }


def _part(values: dict[str, Any]) -> dict[str, Any]:
    half_life = values.pop("half_life")
    return values | {"half_life_days": half_life.total_seconds() / 86_400 if half_life else None}
