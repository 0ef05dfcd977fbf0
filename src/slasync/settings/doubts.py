"""Ladders that can be climbed and do less than they seem to: `check` warns of them."""

from collections.abc import Iterator, Mapping

from slasync.domain.agreement import EffectKind
from slasync.domain.writes import Role
from slasync.settings.agreement_file import AgreementFile
from slasync.settings.clock_parts import ClockPart, EffectPart
from slasync.settings.document import Document
from slasync.settings.problems import Path, Problem
from slasync.settings.teams_file import TeamsFile

ENDINGS = frozenset({EffectKind.REASSIGN, EffectKind.RECYCLE, EffectKind.FLAG_STALE})


def doubts(
    agreement: AgreementFile | None, teams: TeamsFile | None, policy: Mapping[str, Document]
) -> tuple[Problem, ...]:
    """Return warnings: ladders without an end, roles that nobody holds."""
    if agreement is None:
        return ()
    document = policy["agreement"]
    found = [
        document.problem(("clocks", name, "ladder", len(clock.ladder) - 1), what)
        for name, clock in agreement.clocks.items()
        for what in _endless(clock)
    ]
    found += [document.problem(path, what) for path, what in _nobody(agreement, teams)]
    return tuple(found)


def _endless(clock: ClockPart) -> Iterator[str]:
    """A ladder has to lead somewhere: to another owner, back to marketing, to somebody's chief."""
    effects = [effect for rung in clock.ladder for effect in rung.effects]
    if not any(effect.do in ENDINGS or effect.to not in {Role.OWNER, Role.NOBODY}
               for effect in effects):  # fmt: skip
        yield (
            "a ladder without an end: whoever lets a lead lie hears of it here for the last time;"
            " tell manager or leadership, reassign, recycle or flag_stale"
        )


def _nobody(agreement: AgreementFile, teams: TeamsFile | None) -> Iterator[tuple[Path, str]]:
    """Say which effects may find nobody."""
    pools = teams.pools if teams else {}
    chiefless = sorted(name for name, pool in pools.items() if pool.manager is None)
    alone = sorted(name for name, pool in pools.items() if len(pool.members) == 1)
    for path, effect in _effects(agreement):
        if effect.to == Role.MANAGER and chiefless:
            yield (
                path,
                (
                    f"pool {chiefless[0]} names no manager: members without one in the CRM have"
                    " nobody who is told"
                ),
            )
        if effect.do == EffectKind.REASSIGN and alone:
            yield (
                path,
                (
                    f"pool {alone[0]} has one member: there is nobody else to give a lead to, so it"
                    " goes to the queue"
                ),
            )


def _effects(agreement: AgreementFile) -> Iterator[tuple[Path, EffectPart]]:
    for name, clock in agreement.clocks.items():
        for i, rung in enumerate(clock.ladder):
            for j, effect in enumerate(rung.effects):
                yield ("clocks", name, "ladder", i, "effects", j), effect
