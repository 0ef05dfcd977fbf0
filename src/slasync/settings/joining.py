"""Join the models of all files into settings."""

from collections.abc import Mapping

from slasync.domain.calendars import Calendar
from slasync.settings.compiling import absences_to_domain, agreement_to_domain
from slasync.settings.compiling_routing import pool_to_domain
from slasync.settings.compiling_systems import hubspot_to_domain, salesforce_to_domain
from slasync.settings.crossing import Files
from slasync.settings.deployment_file import DeploymentFile, ListenersPart
from slasync.settings.environment import Environment
from slasync.settings.notify_file import notify_to_domain
from slasync.settings.problems import Problem
from slasync.settings.values import Address, Caps, Listeners, Settings
from slasync.systems import CreateLeads, FieldType, HubSpotConfig, SalesforceConfig


def joined(
    files: Files,
    calendars: Mapping[str, Calendar],
    environment: Environment,
    digest: str,
    warnings: tuple[Problem, ...],
) -> Settings:
    """Return the settings; ValueError unless every file is right."""
    deployment, agreement, teams = files.deployment, files.agreement, files.teams
    if not deployment or not agreement or not teams or not files.calendars:
        raise ValueError("settings are joined from files without problems")
    crm = files.salesforce
    create = crm is not None and crm.create_leads == CreateLeads.AT_HANDOVER
    return Settings(
        database_url=deployment.database,
        mode=deployment.mode,
        agreement=agreement_to_domain(agreement, _fields(files), digest, create_leads=create),
        calendars=calendars,
        pools={name: pool_to_domain(name, part) for name, part in teams.pools.items()},
        absences=absences_to_domain(teams, agreement, files.calendars),
        salesforce=_salesforce(files, deployment, environment),
        hubspot=_hubspot(files, deployment, environment),
        polls={name: access.poll for name, access in deployment.systems if access},
        settle=deployment.timing.settle,
        overlap=deployment.timing.overlap,
        waiting_for_record_alarm=deployment.timing.waiting_for_record_alarm,
        caps=Caps(deployment.caps.per_owner, deployment.caps.total),
        listeners=_listeners(deployment.listeners),
        notify=notify_to_domain(deployment.notify, environment),
        log_level=deployment.log_level,
        warnings=warnings,
    )


def _fields(files: Files) -> Mapping[str, FieldType]:
    return {
        name: part.type
        for _, _, fields in files.persons()
        for name, part in fields.by_name().items()
    }


def _salesforce(
    files: Files, deployment: DeploymentFile, environment: Environment
) -> SalesforceConfig | None:
    access = deployment.systems.salesforce
    if not files.salesforce or not access:
        return None
    return salesforce_to_domain(files.salesforce, access, environment)


def _hubspot(
    files: Files, deployment: DeploymentFile, environment: Environment
) -> HubSpotConfig | None:
    access = deployment.systems.hubspot
    if not files.hubspot or not access:
        return None
    return hubspot_to_domain(files.hubspot, access, environment)


def _listeners(part: ListenersPart) -> Listeners:
    return Listeners(
        Address(part.webhooks.host, part.webhooks.port), Address(part.health.host, part.health.port)
    )
