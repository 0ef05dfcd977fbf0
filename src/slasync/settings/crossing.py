"""What only shows when the files are read together, and what is about to run out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from slasync.domain.agreement import EffectKind, End, Stage, Start
from slasync.domain.writes import Role
from slasync.settings.agreement_file import AgreementFile
from slasync.settings.alike import kept_alone
from slasync.settings.calendars_file import CalendarsFile
from slasync.settings.clock_events import impossible_events, missing_stages
from slasync.settings.clock_parts import ClockPart
from slasync.settings.connector_files import FieldPart, HubSpotFile, PersonFields, SalesforceFile
from slasync.settings.crossing_effects import impossible_effects
from slasync.settings.deployment_file import DeploymentFile
from slasync.settings.document import Document
from slasync.settings.duties import owed
from slasync.settings.marketo_file import MarketoFile
from slasync.settings.problems import Path, Problem, did_you_mean
from slasync.settings.rests_part import impossible_rests
from slasync.settings.teams_file import TeamsFile
from slasync.settings.ways_back import lost_ways
from slasync.systems import FieldType

OF_HUBSPOT_CRM = frozenset(
    {"hubspot.leads", "hubspot.tasks", "hubspot.events", "hubspot.lead_history"}
)
PERIOD_SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The files as models; None where one is wrong, or its system is not in use."""

    deployment: DeploymentFile | None
    agreement: AgreementFile | None
    calendars: CalendarsFile | None
    teams: TeamsFile | None
    salesforce: SalesforceFile | None
    hubspot: HubSpotFile | None
    marketo: MarketoFile | None = None
    connectors: Mapping[str, Document]  # those in use

    def persons(self) -> Iterator[tuple[str, str, PersonFields]]:
        """Yield (system, record, its fields)."""
        if self.hubspot:
            yield "hubspot", "contact", self.hubspot.contact
        if self.marketo:
            yield "marketo", "contact", self.marketo.fields()
        if self.salesforce:
            yield "salesforce", "lead", self.salesforce.lead
            yield "salesforce", "contact", self.salesforce.contact

    def told_by(self) -> Mapping[str, frozenset[tuple[str, str]]]:
        """Return for each field the records, as (system, kind), that have it."""
        found: dict[str, frozenset[tuple[str, str]]] = {}
        for system, record, fields in self.persons():
            for name in fields.by_name():
                found[name] = found.get(name, frozenset()) | {(system, record)}
        return found


def crossed(files: Files, policy: Mapping[str, Document]) -> list[Problem]:
    """Return what does not fit together."""
    return [
        *_types(files),
        *kept_alone(files.persons(), files.told_by(), files.connectors),
        *_streams(files, policy["agreement"]),
        *_crm(files),
        *_clocks(files, policy["agreement"]),
        *lost_ways(files.agreement, policy["agreement"]),
        *missing_stages(files.agreement, policy["agreement"]),
        *impossible_events(files.agreement, policy["agreement"], _types_of(files), files.told_by()),
        *_rests(files, policy["agreement"]),
        *_recipients(files, policy["teams"]),
        *impossible_effects(files, policy),
        *owed(files.agreement, policy, _types_of(files), files.told_by()),
        *_skills(files, policy["agreement"]),
    ]


def _types_of(files: Files) -> Mapping[str, FieldType]:
    parts = [(name, part) for *_, fields in files.persons() for name, part in
             fields.by_name().items()]  # fmt: skip
    return {name: part.type for name, part in parts}


def _types(files: Files) -> Iterator[Problem]:
    """One name means one type, whichever system tells it."""
    seen: dict[str, tuple[str, FieldPart]] = {}
    for system, record, fields in files.persons():
        for name, part in fields.by_name().items():
            where, first = seen.setdefault(name, (f"{system} {record}", part))
            if part.type != first.type:
                own = ("custom", name) if name in fields.custom else (name,)
                yield files.connectors[system].problem(
                    (record, *own, "type"),
                    f"{name} is {part.type.value} here and {first.type.value} in {where}",
                )


def _streams(files: Files, document: Document) -> Iterator[Problem]:
    """A clock that reads a system not in use would wait for it for ever."""
    if not files.agreement or not files.deployment:
        return
    for name, clock in files.agreement.clocks.items():
        for i, stream in enumerate(clock.reads):
            system = stream.partition(".")[0]
            path: Path = ("clocks", name, "reads", i)
            if system not in files.connectors:
                yield document.problem(path, f"{system} is not among the systems of slasync.yaml")
            elif stream in OF_HUBSPOT_CRM and files.deployment.crm != "hubspot":
                what = f"{stream} is read only where HubSpot is the CRM: crm in slasync.yaml"
                yield document.problem(path, what)


def _crm(files: Files) -> Iterator[Problem]:
    """HubSpot is the CRM only where its file says what a lead is there."""
    is_crm = files.deployment is not None and files.deployment.crm == "hubspot"
    if is_crm and files.hubspot and files.hubspot.crm is None:
        what = "slasync.yaml says crm: hubspot: say here what a lead is there, in a part crm"
        yield files.connectors["hubspot"].problem((), what)


def _clocks(files: Files, document: Document) -> Iterator[Problem]:
    """A clock for no definition never runs; one that waits for what no status tells never ends."""
    if not files.agreement:
        return
    definitions = [part.name for part in files.agreement.definitions.mql.any_of]
    accepted = Stage.SAL in files.agreement.stages.of_status.values()
    for name, clock in files.agreement.clocks.items():
        for i, only in enumerate(clock.only_for):
            if only not in definitions:
                what = f"there is no definition {only!r}{did_you_mean(only, definitions)}"
                yield document.problem(("clocks", name, "only_for", i), what)
        if End.ACCEPTED in clock.ends_on and not accepted:
            what = "accepted never comes: no status in stages.of_status stands for sal"
            yield document.problem(("clocks", name, "ends_on"), what)
        if clock.starts_on == Start.IMMEDIATE and not _names_buying(files.agreement):
            what = "begins with buying behaviour, and scoring.immediate names none"
            yield document.problem(("clocks", name, "starts_on"), what)
        yield from _recycling(name, clock, files.agreement, document)


def _names_buying(agreement: AgreementFile) -> bool:
    return agreement.scoring is not None and bool(agreement.scoring.immediate)


def _recycling(
    name: str, clock: ClockPart, agreement: AgreementFile, document: Document
) -> Iterator[Problem]:
    """A rung that gives leads back needs a status by which the CRM says so."""
    stages = agreement.stages.of_status
    for i, rung in enumerate(clock.ladder):
        for j, effect in enumerate(rung.effects):
            path: Path = ("clocks", name, "ladder", i, "effects", j)
            if effect.do != EffectKind.RECYCLE:
                continue
            if effect.status and stages.get(effect.status) != Stage.RECYCLED:
                what = f"{effect.status!r} does not stand for recycled in stages.of_status"
                yield document.problem((*path, "status"), what)
            elif Stage.RECYCLED not in stages.values():
                what = "no status in stages.of_status stands for recycled"
                yield document.problem(path, what)


def _rests(files: Files, document: Document) -> Iterator[Problem]:
    """What reps may ask for needs its clocks, and fields to ask by."""
    agreement = files.agreement
    if agreement is None:
        return
    parts = {"snooze": agreement.snooze, "dispute": agreement.dispute}
    yield from impossible_rests(parts, agreement.clocks, files.salesforce, document)


def _recipients(files: Files, document: Document) -> Iterator[Problem]:
    """A rung to leadership needs somebody there."""
    if not files.agreement or not files.teams:
        return
    effects = [
        effect
        for clock in files.agreement.clocks.values()
        for rung in clock.ladder
        for effect in rung.effects
    ]
    if not any(effect.to == Role.LEADERSHIP for effect in effects):
        return
    for name, pool in files.teams.pools.items():
        if not pool.leadership:
            what = "the agreement's ladders write to leadership: name an address"
            yield document.problem(("pools", name, "leadership"), what)


def _skills(files: Files, document: Document) -> Iterator[Problem]:
    """A rule that wants what no member of its pool can do would send every lead to the queue."""
    if not files.agreement or not files.teams:
        return
    for i, rule in enumerate(files.agreement.routing.rules):
        pool = files.teams.pools.get(rule.to.name)
        if pool is None or not rule.skills:
            continue
        if not any(set(rule.skills) <= set(member.skills) for member in pool.members):
            there = {skill for member in pool.members for skill in member.skills}
            near = did_you_mean(rule.skills[0], there)
            what = f"no member of pool {rule.to.name} has {' and '.join(rule.skills)}{near}"
            yield document.problem(("routing", "rules", i, "skills"), what)


def soon_over(files: Files, policy: Mapping[str, Document], today: date) -> tuple[Problem, ...]:
    """Return a warning where the agreement ends within 30 days."""
    found: list[Problem] = []
    if files.agreement:
        ends = files.agreement.period.ends
        if ends < today + PERIOD_SOON:
            verb = "ended" if ends < today else "ends"
            what = f"the agreement {verb} on {ends}: its clocks go on until a new one stands here"
            found.append(policy["agreement"].problem(("period", "to"), what))
    return tuple(found)
