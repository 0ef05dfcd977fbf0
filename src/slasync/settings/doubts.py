"""Clocks and ladders that do less than they seem to: `check` warns of them."""

from collections.abc import Iterator, Mapping

from slasync.domain.agreement import EffectKind, End, Stage, Start, Trigger
from slasync.domain.contact import Contact
from slasync.domain.writes import Role
from slasync.settings.agreement_file import AgreementFile
from slasync.settings.clock_parts import ClockPart, EffectPart
from slasync.settings.definition_rules import contacts_named, reads_only_contact
from slasync.settings.document import Document
from slasync.settings.problems import Path, Problem
from slasync.settings.teams_file import TeamsFile
from slasync.settings.texts_part import unspoken

ENDINGS = frozenset({
    EffectKind.REASSIGN, EffectKind.RECYCLE, EffectKind.FLAG_STALE, EffectKind.STATUS,
})  # fmt: skip


TOLD_OF_TOUCH = ("tasks", "events")
OF_CRM = frozenset(
    f"{crm}.{name}"
    for crm in ("salesforce", "hubspot")
    for name in ("leads", "tasks", "events", "lead_history")
)
GIVEN_UP = {End.RECYCLED: Stage.RECYCLED, End.DISQUALIFIED: Stage.DISQUALIFIED}
UNDER_LEADERSHIP = frozenset({Role.OWNER, Role.MANAGER, Role.POOL})


def doubts(
    agreement: AgreementFile | None,
    teams: TeamsFile | None,
    policy: Mapping[str, Document],
    *,
    mail_told: bool = True,
) -> tuple[Problem, ...]:
    """Return warnings: ladders without an end, clocks that see too little, roles nobody holds.

    `mail_told`: whether the CRM tells of e-mails that leads write.
    """
    if agreement is None:
        return ()
    document = policy["agreement"]
    found = [
        document.problem(("clocks", name, "ladder", len(clock.ladder) - 1), what)
        for name, clock in agreement.clocks.items()
        for what in _endless(clock)
    ]
    contacts = _contacts(agreement, mail_told=mail_told)
    told = (*_blind(agreement), *_untold(agreement), *contacts, *_nobody(agreement, teams))
    found += [document.problem(path, what) for path, what in told]
    found += _no_head(agreement, teams, policy["teams"])
    found += _no_queue(agreement, teams, policy["teams"])
    found += unspoken(agreement.texts, teams, document)
    return tuple(found)


def _contacts(agreement: AgreementFile, *, mail_told: bool) -> Iterator[tuple[Path, str]]:
    """Once contact is made it stays so: a later contact is no crossing."""
    for place, part in enumerate(agreement.definitions.mql.any_of):
        path = ("definitions", "mql", "any_of", place, "when")
        if not mail_told and Contact.EMAIL in contacts_named(part.when):
            what = "connectors/salesforce/connector.yaml says emails: never"
            yield path, f"definition {part.name} counts no e-mail that a lead writes: {what}"
        if part.trigger is Trigger.CROSSING and reads_only_contact(part.when):
            what = (
                f"definition {part.name} counts the first contact and may not count later ones:"
                " trigger: every_change counts each"
            )
            yield path, what


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


def _blind(agreement: AgreementFile) -> Iterator[tuple[Path, str]]:
    """A rung must not fire before everything has been read that could have ended its clock."""
    for name, clock in agreement.clocks.items():
        crm = next((stream.split(".")[0] for stream in clock.reads if stream in OF_CRM), None)
        if clock.starts_on == Start.RECYCLED or crm is None:
            continue
        told = {"leads", *(TOLD_OF_TOUCH if End.TOUCH in clock.ends else ())}
        missing = " and ".join(sorted({f"{crm}.{each}" for each in told} - set(clock.reads)))
        if missing:
            what = "a rung may blame somebody for what was done in time and is not read yet"
            yield ("clocks", name, "reads"), f"without {missing} {what}: add what is missing"


def _untold(agreement: AgreementFile) -> Iterator[tuple[Path, str]]:
    """What no status stands for, the CRM never tells."""
    stages = agreement.stages.of_status.values()
    for name, clock in agreement.clocks.items():
        for end, stage in GIVEN_UP.items():
            if end in clock.ends_on and stage not in stages:
                what = f"{end.value} never comes: no status in stages.of_status stands for it"
                yield ("clocks", name, "ends_on"), what


def _no_queue(
    agreement: AgreementFile, teams: TeamsFile | None, document: Document
) -> Iterator[Problem]:
    """After the last restart a lead goes to the queue of its pool."""
    taking = [
        name
        for name, clock in agreement.clocks.items()
        if any(effect.do == EffectKind.REASSIGN for rung in clock.ladder for effect in rung.effects)
    ]
    for name, pool in teams.pools.items() if teams and taking else ():
        if pool.queue is None:
            what = (
                f"pool {name} names no queue, where clock {taking[0]} sends a lead that its owners"
                f" let lie (restarts: {agreement.clocks[taking[0]].restarts}): it goes to their"
                " manager, if they have one"
            )
            yield document.problem(("pools", name), what)


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
