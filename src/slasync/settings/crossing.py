"""What only shows when the files are read together, and what is about to run out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from slasync.domain.writes import Role
from slasync.settings.agreement_file import AgreementFile
from slasync.settings.calendars_file import CalendarsFile
from slasync.settings.connector_files import FieldPart, HubSpotFile, PersonFields, SalesforceFile
from slasync.settings.deployment_file import DeploymentFile
from slasync.settings.document import Document
from slasync.settings.problems import Path, Problem
from slasync.settings.teams_file import TeamsFile

CALENDAR_SOON = timedelta(days=60)
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
    connectors: Mapping[str, Document]  # those in use

    def persons(self) -> Iterator[tuple[str, str, PersonFields]]:
        """Yield (system, record, its fields)."""
        if self.hubspot:
            yield "hubspot", "contact", self.hubspot.contact
        if self.salesforce:
            yield "salesforce", "lead", self.salesforce.lead
            yield "salesforce", "contact", self.salesforce.contact


def crossed(files: Files, policy: Mapping[str, Document]) -> list[Problem]:
    """Return what does not fit together."""
    return [
        *_types(files),
        *_streams(files, policy["agreement"]),
        *_recipients(files, policy["teams"]),
    ]


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
    for name, clock in files.agreement.clocks:
        for i, stream in enumerate(clock.reads):
            system = stream.partition(".")[0]
            if system not in files.connectors:
                path: Path = ("clocks", name, "reads", i)
                yield document.problem(path, f"{system} is not among the systems of slasync.yaml")


def _recipients(files: Files, document: Document) -> Iterator[Problem]:
    """A rung to leadership needs somebody there."""
    if not files.agreement or not files.teams:
        return
    effects = [
        effect
        for _, clock in files.agreement.clocks
        for rung in clock.ladder
        for effect in rung.effects
    ]
    if not any(effect.to == Role.LEADERSHIP for effect in effects):
        return
    for name, pool in files.teams.pools.items():
        if not pool.leadership:
            what = "the agreement's ladders write to leadership: name an address"
            yield document.problem(("pools", name, "leadership"), what)


def soon_over(files: Files, policy: Mapping[str, Document], today: date) -> tuple[Problem, ...]:
    """Return warnings: calendars that end within 60 days, the agreement within 30."""
    found: list[Problem] = []
    if files.calendars and files.calendars.last:
        last = files.calendars.last
        if last < today + CALENDAR_SOON:
            what = f"the calendars end on {last}: extend them, or leave out last"
            found.append(policy["calendars"].problem(("last",), what))
    if files.agreement:
        ends = files.agreement.period.ends
        if ends < today + PERIOD_SOON:
            verb = "ended" if ends < today else "ends"
            what = f"the agreement {verb} on {ends}: its clocks go on until a new one stands here"
            found.append(policy["agreement"].problem(("period", "to"), what))
    return tuple(found)
