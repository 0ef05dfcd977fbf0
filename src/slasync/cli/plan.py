"""`slasync plan`: what would be written, lead by lead, as a diff; nothing is sent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine

from slasync.cli.auditing import logged_in
from slasync.cli.changing import decide_on, differs, planned_settings, show_change
from slasync.cli.databases import used_database
from slasync.cli.held import allow_all, section, show_section
from slasync.cli.modes import modes_told, show_modes
from slasync.cli.output import print_json, progress, say
from slasync.cli.surroundings import Surroundings, around, config_option, json_option
from slasync.domain.agreement import OnChange
from slasync.domain.counting import so_many
from slasync.domain.draft import Terms
from slasync.domain.explaining.planned import diff
from slasync.domain.facts import Fact, FactKind, in_order
from slasync.domain.lead import Lead, LeadKey, UserKey
from slasync.domain.modes import Mode
from slasync.domain.telling import times_told
from slasync.domain.wording import name_of
from slasync.domain.writes import Action, Write
from slasync.offline import rehearsed, standing
from slasync.settings import Settings
from slasync.store.held import Order
from slasync.store.outbox_values import OutboxView, State
from slasync.store.unit import Unit, reading
from slasync.workers.deciding.preview import Preview, preview

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
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
    mode: Mode = Mode.ENFORCE  # that says whether it is sent


@dataclass(frozen=True, slots=True)
class Known:
    """What the diffs are made against."""

    leads: Mapping[LeadKey, Lead]
    told: Mapping[LeadKey, Sequence[Mapping[str, Any]]]  # the marketing system, in order
    names: Mapping[UserKey, str]
    terms: Terms


@click.command()
@click.option("--allow", metavar="BATCH", help="Let one batch of held writes go, by its name.")
@click.option("--allow-held", is_flag=True, help="Let all held writes go.")
@click.option("--agreement", "other", type=FILE,
              help="Show what another agreement.yaml would do to open leads.")  # fmt: skip
@click.option("--change", is_flag=True,
              help="The same of the files, before slasync is started with them.")  # fmt: skip
@click.option("--on-change", type=click.Choice([choice.value for choice in OnChange]),
              help="Have open leads treated so then, whatever that agreement says.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1), default=500, show_default=True,
              help="Leads, writes, and deadlines at most.")  # fmt: skip
@json_option
@config_option
def plan(  # noqa: PLR0913 - one for each option
    *,
    allow: str | None,
    allow_held: bool,
    other: Path | None,
    change: bool,
    on_change: str | None,
    limit: int,
    as_json: bool,
    config_dir: Path | None,
) -> None:
    """Show what would be written, as a diff. Nothing is sent."""
    surroundings = around()
    settings = planned_settings(surroundings, config_dir, other)
    with used_database(settings) as engine:
        if on_change is not None:
            order = Order(logged_in(surroundings), surroundings.seams.clock.now())
            decide_on(settings, engine, OnChange(on_change), order)
            return
        if other or change:
            show_change(surroundings, settings, engine, limit, as_json=as_json)
            return
        if allow or allow_held:
            names = [allow] if allow else []
            sent = allow_all(settings, surroundings, engine, *names)
            say(f"{so_many(sent, 'held write')} will be sent")
            return
        with progress("plan"):
            made = _preview(surroundings, settings, engine, limit)
        with reading(engine) as unit:
            rows = unit.outbox.unsent(limit)
            planned = [*map(_of_row, rows), *_of_preview(unit, made)]
            known = _known(surroundings, settings, unit, planned)
            changed = differs(settings, unit)
            storms = section(settings, unit, surroundings.seams.clock.now())
    if as_json:
        print_json(_values(settings, planned, made, known) | {"held": storms})
        return
    _show(settings, planned, made, known)
    show_section(storms)
    if changed:
        say("The files have changed since slasync was started: --change shows what that does.")


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
    return preview(deciding, now, limit)


def _of_row(view: OutboxView) -> Planned:
    held = view.batch if view.state is State.HELD else None
    return Planned(view.write, WORDS[view.state], held)


def _of_preview(unit: Unit, made: Preview | None) -> list[Planned]:
    items = made.items if made else ()
    there = unit.outbox.known([item.write.key for item in items])
    return [
        Planned(item.write, _new(item.held, mode), mode=mode or Mode.ENFORCE)
        for item in items
        for mode in [made.withheld.get(item.write.key) if made else None]
        if item.write.key not in there
    ]


def _new(held: bool, mode: Mode | None) -> str:  # noqa: FBT001 - how it stands, not what to do
    if mode is not None:
        return f"not sent, mode {mode}"
    return f"{NEW}, would be held" if held else NEW


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


def _told(facts: Sequence[Fact]) -> Sequence[Mapping[str, Any]]:
    return [f.data for f in in_order(facts) if f.kind is FactKind.TOLD]


def _told_before(write: Write, known: Known) -> Mapping[str, Any]:
    """Return what the marketing system was told before `write`: once queued it counts as told."""
    if write.action is not Action.PROPERTIES:
        return {}
    told = known.told.get(write.lead, ())
    earlier = told[: times_told(write)]
    return earlier[-1] if earlier else {}


def _lines(planned: Planned, known: Known) -> tuple[str, ...]:
    told = _told_before(planned.write, known)
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
        **modes_told(settings.modes),
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
                "mode": each.mode.value,
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
    if not settings.modes.any_enforced:
        say(f"mode {settings.mode.value}: nothing is sent. In mode enforce this would be written:")
        say()
    show_modes(settings.modes)
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
    say(f"{so_many(len(planned), 'write')} for {so_many(len(_by_lead(planned)), 'lead')}")
    if made is not None and made.cut:
        say("There are more leads: --limit shows more of them.")
