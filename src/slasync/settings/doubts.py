"""Ladders that can be climbed and do less than they seem to: `check` warns of them."""

from collections.abc import Iterator, Mapping

from slasync.domain.agreement import EffectKind
from slasync.domain.writes import Role
from slasync.settings.agreement_file import AgreementFile
from slasync.settings.clock_parts import ClockPart, EffectPart
from slasync.settings.document import Document
from slasync.settings.problems import Path, Problem
from slasync.settings.teams_file import TeamsFile
from slasync.settings.texts_part import unspoken

ENDINGS = frozenset({
    EffectKind.REASSIGN, EffectKind.RECYCLE, EffectKind.FLAG_STALE, EffectKind.STATUS,
})  # fmt: skip


UNDER_LEADERSHIP = frozenset({Role.OWNER, Role.MANAGER, Role.POOL})


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
    found += _no_head(agreement, teams, policy["teams"])
    found += unspoken(agreement.texts, teams, document)
    return tuple(found)


def _no_head(
    agreement: AgreementFile, teams: TeamsFile | None, document: Document
) -> Iterator[Problem]:
    """A review that nobody is reminded of is forgotten."""
    if agreement.review_every is None or teams is None:
        return
    heads = {name: getattr(teams.roles, name) for name in ("head_of_marketing", "head_of_sales")}
    missing = [name for name, address in heads.items() if address is None]
    if missing:
        what = (
            f"nobody is named as {' and '.join(missing)}: who is to be reminded of the review that"
            " review_every asks for"
        )
        yield document.problem(("roles",), what)


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
    mute = [name for name in chiefless if not pools[name].leadership]
    for path, effect in _effects(agreement):
        if effect.do == EffectKind.NOTIFY:  # which goes up the chain of roles
            if mute and effect.to in UNDER_LEADERSHIP:
                what = f"pool {mute[0]} names neither manager nor leadership: where nobody of"
                yield path, f"{what} {effect.to.value} has an address, nobody is told"
        elif effect.to == Role.MANAGER and chiefless:
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
