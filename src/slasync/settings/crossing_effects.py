"""Effects that only show to be impossible when the files are read together."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Protocol

from slasync.domain.agreement import EffectKind, Stage
from slasync.domain.writes import Role
from slasync.settings.agreement_file import AgreementFile
from slasync.settings.clock_parts import EffectPart
from slasync.settings.connector_files import HubSpotFile, SalesforceFile
from slasync.settings.definition_rules import compile_definition
from slasync.settings.deployment_file import DeploymentFile
from slasync.settings.document import Document
from slasync.settings.effect_parts import SETS_STATUS
from slasync.settings.marketo_file import MarketoFile
from slasync.settings.notify_file import NotifyPart
from slasync.settings.problems import Path, Problem
from slasync.settings.teams_file import TeamsFile
from slasync.systems import Direction, FieldType

A_PERSONS = frozenset({Stage.SAL, Stage.SQL, Stage.OPPORTUNITY, Stage.CUSTOMER})
"""Stages that somebody in sales vouches for: a rung cannot."""


FORWARD_ONLY = "lifecyclestage"


class Files(Protocol):
    """The files as models, as far as effects are about them."""

    @property
    def deployment(self) -> DeploymentFile | None: ...
    @property
    def agreement(self) -> AgreementFile | None: ...
    @property
    def teams(self) -> TeamsFile | None: ...
    @property
    def salesforce(self) -> SalesforceFile | None: ...
    @property
    def hubspot(self) -> HubSpotFile | None: ...
    @property
    def marketo(self) -> MarketoFile | None: ...


def impossible_effects(files: Files, policy: Mapping[str, Document]) -> Iterator[Problem]:
    """Yield what rungs are to do and cannot, at the line where it stands."""
    if not files.agreement:
        return
    document, teams = policy["agreement"], policy["teams"]
    for path, effect in effects(files.agreement):
        for key, what in _wrong(files, effect):
            yield document.problem((*path, key) if key else path, what)
    yield from (document.problem(path, what) for path, what in _twice(files.agreement))
    to = {effect.to for _, effect in effects(files.agreement)}
    if Role.MARKETING in to and files.teams and not files.teams.roles.marketing:
        what = "the agreement's ladders write to marketing: name its addresses in roles.marketing"
        yield teams.problem((), what)


def effects(agreement: AgreementFile) -> Iterator[tuple[Path, EffectPart]]:
    """Yield every effect and where it stands."""
    for name, clock in agreement.clocks.items():
        for i, rung in enumerate(clock.ladder):
            for j, effect in enumerate(rung.effects):
                yield ("clocks", name, "ladder", i, "effects", j), effect


def _wrong(files: Files, effect: EffectPart) -> Iterator[tuple[str, str]]:
    """Yield the key at fault, or none, and what is wrong."""
    match effect.do:
        case EffectKind.STATUS if files.agreement:
            yield from _status(effect, files.agreement)
        case EffectKind.PROPERTY:
            yield from _property(files, str(effect.field))
        case EffectKind.NOTIFY if files.deployment:
            yield from _notify(effect, files.deployment.notify)


def _status(effect: EffectPart, agreement: AgreementFile) -> Iterator[tuple[str, str]]:
    status, stage = effect.status, agreement.stages.of_status.get(effect.status or "")
    if stage is None:
        yield "status", f"{status!r} stands for no stage: give it one in stages.of_status"
    elif stage == Stage.RECYCLED:
        yield "status", f"{status!r} gives the lead back to marketing: write do: recycle"
    elif stage in A_PERSONS:
        yield "status", f"{status!r} stands for {stage}, which only a person can say of a lead"
    elif stage == Stage.DISQUALIFIED and effect.reason is None:
        yield "", "do: status needs reason, where the lead is disqualified"


def _property(files: Files, name: str) -> Iterator[tuple[str, str]]:
    """Only what is written to marketing, and what no rule reads: we would answer to ourselves."""
    marketing, crm = files.hubspot or files.marketo, files.salesforce
    if marketing is None:
        return
    system = "HubSpot" if files.hubspot else "Marketo"
    part = marketing.contact.by_name().get(name)
    where = f"contact.{name} of connectors/{system.lower()}/connector.yaml"
    if part is None:
        yield "property", f"{name} is no field of {system}: do: property writes there only"
    elif part.direction == Direction.READ:
        yield "property", f"{name} is only read: write direction: write, or both, into {where}"
    elif part.field == FORWARD_ONLY:
        what = "moves forward only, and HubSpot ignores other values without a word"
        yield "property", f"{FORWARD_ONLY} {what}: let a workflow set it, by another property"
    if crm and name in {*crm.lead.by_name(), *crm.contact.by_name()}:
        yield "property", f"{name} is Salesforce's as well: give {system}'s field another name"
    for rule in _reading(files, name):
        what = f"{rule} reads {name}: what slasync writes must not lead to what it does"
        yield "property", what


def _reading(files: Files, name: str) -> Iterator[str]:
    """Name the rules that read a field."""
    if files.agreement is None:
        return
    fields = _fields(files)
    for rule, text in _rules(files.agreement):
        if text is not None and name in compile_definition(text, fields).reads:
            yield rule


def _rules(agreement: AgreementFile) -> Iterator[tuple[str, str | None]]:
    definitions = agreement.definitions
    yield "definitions.lead", definitions.lead
    yield from ((f"definition {each.name}", each.when) for each in definitions.mql.any_of)
    for name, clock in agreement.clocks.items():
        yield f"pauses of {name}", clock.pauses.when if clock.pauses else None
    yield from ((f"routing rule {each.name}", each.when) for each in agreement.routing.rules)
    if agreement.scoring:
        urgent = agreement.scoring.immediate
        yield from ((f"scoring.immediate {each.name}", each.when) for each in urgent)
    enrolled = agreement.obligations.marketing.enrolment
    if enrolled and enrolled.evidence:
        yield "obligations.marketing.enrolment.evidence", enrolled.evidence.when


def _fields(files: Files) -> Mapping[str, FieldType]:
    parts = [files.hubspot.contact] if files.hubspot else []
    parts += [files.marketo.fields()] if files.marketo else []
    parts += [files.salesforce.lead, files.salesforce.contact] if files.salesforce else []
    return {name: each.type for part in parts for name, each in part.by_name().items()}


def _notify(effect: EffectPart, ways: NotifyPart | None) -> Iterator[tuple[str, str]]:
    if ways is None:
        yield "", "nobody can be told: do: notify needs smtp or webhook in notify of slasync.yaml"
    elif effect.via is not None and getattr(ways, effect.via) is None:
        yield "via", f"notify of slasync.yaml names no {effect.via}"
    elif effect.to == Role.POOL and effect.via is None and ways.smtp is None:
        yield "", "there is one channel for the whole pool: write via: webhook"


def _twice(agreement: AgreementFile) -> Iterator[tuple[Path, str]]:
    """One rung does the same once: two of the same key would be one effect."""
    for name, clock in agreement.clocks.items():
        for i, rung in enumerate(clock.ladder):
            counted = Counter(filter(None, map(_same, rung.effects)))
            for what in (what for what, count in counted.items() if count > 1):
                yield ("clocks", name, "ladder", i), f"rung {rung.rung} {what} twice: keep one"


def _same(effect: EffectPart) -> str:
    """Say what an effect does that a rung cannot do twice."""
    if effect.do in SETS_STATUS:
        return "sets a status"
    match effect.do:
        case EffectKind.NOTIFY:
            return f"notifies {effect.to.value}{f' via {effect.via}' if effect.via else ''}"
        case EffectKind.PROPERTY:
            return f"sets {effect.field}"
        case EffectKind.LIST:
            return f"changes list {effect.named}"
    return ""
