"""`slasync plan`: what would be written, lead by lead, as a diff; nothing is sent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine

from slasync.cli.databases import used_database
from slasync.cli.output import print_json, say
from slasync.cli.surroundings import Surroundings, WrongCall, around, config_option, json_option
from slasync.domain.draft import Terms
from slasync.domain.facts import Fact, FactKind, in_order
from slasync.domain.lead import Lead, LeadKey, UserKey
from slasync.domain.planned import diff
from slasync.domain.wording import name_of
from slasync.domain.writes import Write
from slasync.offline import rehearsed, standing
from slasync.settings import Mode, Settings
from slasync.store.outbox_values import OutboxView, State
from slasync.store.unit import Unit, reading, retrying
from slasync.workers.preview import Preview, preview

NEW = "not queued"
WORDS = {
    State.HELD: "held above a cap", State.PENDING: "queued", State.MAYBE_SENT: "under way",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Planned:
    """One write, and how far it has come. `batch` names what is held and let go together."""

    write: Write
    state: str
    batch: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the diffs are made against."""

    leads: Mapping[LeadKey, Lead]
    told: Mapping[LeadKey, Mapping[str, Any]]
    names: Mapping[UserKey, str]
    terms: Terms


@click.command()
@click.option("--allow", metavar="BATCH", help="Let one batch of held writes go, by its name.")
@click.option("--allow-held", is_flag=True, help="Let all held writes go.")
@click.option("--limit", type=click.IntRange(1), default=500, show_default=True,
              help="Leads, and writes, at most.")  # fmt: skip
@json_option
@config_option
def plan(
    *, allow: str | None, allow_held: bool, limit: int, as_json: bool, config_dir: Path | None
) -> None:
    """Show what would be written, as a diff. Nothing is sent."""
    surroundings = around()
    settings = surroundings.settings(config_dir)
    with used_database(settings) as engine:
        if allow or allow_held:
            _let_go(surroundings, engine, allow)
            return
        made = _preview(surroundings, settings, engine, limit)
        with reading(engine) as unit:
            rows = unit.outbox.unsent(limit)
            planned = [*map(_of_row, rows), *_of_preview(unit, made)]
            known = _known(surroundings, settings, unit, planned)
    if as_json:
        print_json(_values(settings, planned, made, known))
    else:
        _show(settings, planned, made, known)


def batch_name(decided_at: datetime) -> str:
    """Name what was held together: it was decided at one instant."""
    return f"held-{decided_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _let_go(surroundings: Surroundings, engine: Engine, name: str | None) -> None:
    now = surroundings.seams.clock.now()

    def allowed(unit: Unit) -> int:
        held = unit.outbox.held()
        keys = [v.key for v in held if name is None or batch_name(v.decided_at) == name]
        if name and not keys:
            names = sorted({batch_name(v.decided_at) for v in held})
            there = f"held are {', '.join(names)}" if names else "nothing is held"
            raise WrongCall(f"no batch is named {name}: {there}")
        return unit.outbox.let_go(keys, now)

    say(f"{retrying(engine, allowed)} held writes will be sent")


def _preview(
    surroundings: Surroundings, settings: Settings, engine: Engine, limit: int
) -> Preview | None:
    """Decide for show; None while the first load is not complete and nothing can be judged."""
    with reading(engine) as unit:
        cursors = unit.cursors.all()
        deciding = rehearsed(settings, engine, surroundings.seams, unit)
    if not cursors or any(not cursor.passes for cursor in cursors.values()):
        return None
    now = surroundings.seams.clock.now()
    return preview(deciding, now, limit, observed=settings.mode is not Mode.ENFORCE)


def _of_row(view: OutboxView) -> Planned:
    held = batch_name(view.decided_at) if view.state is State.HELD else None
    return Planned(view.write, WORDS[view.state], held)


def _of_preview(unit: Unit, made: Preview | None) -> list[Planned]:
    items = made.items if made else ()
    there = unit.outbox.known([item.write.key for item in items])
    return [
        Planned(item.write, f"{NEW}, would be held" if item.held else NEW)
        for item in items
        if item.write.key not in there
    ]


def _known(
    surroundings: Surroundings, settings: Settings, unit: Unit, planned: Iterable[Planned]
) -> Known:
    keys = sorted({p.write.lead for p in planned})
    terms = standing(settings, unit, surroundings.seams.clock.now()).terms
    return Known(
        leads=unit.leads.get(keys),
        told={key: _told(facts) for key, facts in unit.facts.of(keys).items()},
        names={key: user.name for key, user in terms.roster.users.items()},
        terms=terms,
    )


def _told(facts: Sequence[Fact]) -> Mapping[str, Any]:
    told = [f.data for f in in_order(facts) if f.kind is FactKind.TOLD]
    return told[-1] if told else {}


def _lines(planned: Planned, known: Known) -> tuple[str, ...]:
    told = known.told.get(planned.write.lead, {})
    return diff(planned.write, known.names, told, known.terms.zone)


def _by_lead(planned: Iterable[Planned]) -> dict[LeadKey, list[Planned]]:
    grouped: dict[LeadKey, list[Planned]] = {}
    for each in planned:
        grouped.setdefault(each.write.lead, []).append(each)
    return grouped


def _values(
    settings: Settings, planned: Sequence[Planned], made: Preview | None, known: Known
) -> dict[str, Any]:
    return {
        "mode": settings.mode.value,
        "complete": made is not None and not made.cut,
        "writes": [
            {
                "lead": each.write.lead,
                "key": each.write.key,
                "system": each.write.system,
                "action": each.write.action.value,
                "target": str(each.write.target) if each.write.target else None,
                "state": each.state,
                "batch": each.batch,
                "values": dict(each.write.values),
                "because": each.write.because,
                "diff": list(_lines(each, known)),
            }
            for each in planned
        ],
    }


def _show(
    settings: Settings, planned: Sequence[Planned], made: Preview | None, known: Known
) -> None:
    if settings.mode is not Mode.ENFORCE:
        say(f"mode {settings.mode.value}: nothing is sent. In mode enforce this would be written:")
        say()
    for key, writes in _by_lead(planned).items():
        lead = known.leads.get(key)
        say(f"{name_of(lead) if lead else key}  [{key}]")
        for each in writes:
            _show_write(each, known)
        say()
    _show_end(planned, made)


def _show_write(each: Planned, known: Known) -> None:
    why = f": {each.write.because}" if each.write.because else ""
    say(f"  {each.write.system}, {each.state}{why}")
    for line in _lines(each, known):
        say(f"    {line}")


def _show_end(planned: Sequence[Planned], made: Preview | None) -> None:
    if made is None:
        say("The first load is not complete: nothing is judged before.")
    say(f"{len(planned)} writes for {len(_by_lead(planned))} leads")
    if made is not None and made.cut:
        say("There are more leads: --limit shows more of them.")
    for batch in sorted({each.batch for each in planned if each.batch}):
        count = sum(each.batch == batch for each in planned)
        say(f"{count} are held above a cap: slasync plan --allow {batch}")
