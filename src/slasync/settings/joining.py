"""Join the models of all files into settings."""

from collections.abc import Mapping
from dataclasses import replace

from slasync.domain.agreement import Agreement
from slasync.domain.routing_rules import To
from slasync.domain.time.calendars import Calendar
from slasync.settings.access_part import dashboard_to_domain
from slasync.settings.caps_part import caps_to_domain
from slasync.settings.compiling import absences_to_domain, agreement_to_domain
from slasync.settings.compiling_obligations import obligations_to_domain
from slasync.settings.compiling_routing import pool_to_domain
from slasync.settings.compiling_systems import (
    hubspot_to_domain,
    marketo_to_domain,
    salesforce_to_domain,
)
from slasync.settings.connector_files import ReadAccounts
from slasync.settings.crossing import Files
from slasync.settings.deployment_file import DeploymentFile, ListenersPart
from slasync.settings.environment import Environment
from slasync.settings.modes_part import with_choice
from slasync.settings.notify_file import notify_to_domain
from slasync.settings.problems import Problem
from slasync.settings.rests_part import counted
from slasync.settings.self_check_part import self_check_to_domain
from slasync.settings.standing import review_of
from slasync.settings.values import CONTACTS_AT, Address, Listeners, Settings
from slasync.settings.ways_back import as_mapped
from slasync.systems import (
    CreateLeads,
    FieldType,
    HubSpotConfig,
    MarketoConfig,
    SalesforceConfig,
)


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
    crm, told_by = files.salesforce, files.told_by()
    either = crm or (files.hubspot.crm if files.hubspot and deployment.crm == "hubspot" else None)
    create = either is not None and either.create_leads == CreateLeads.AT_HANDOVER
    return Settings(
        database_url=deployment.database,
        mode=deployment.mode,
        canary=deployment.canary,
        team_modes={n: with_choice(m, deployment.canary) for n, m in deployment.modes.items()},
        agreement=replace(
            counted(
                _without_accounts(
                    as_mapped(
                        agreement_to_domain(
                            agreement, _fields(files), digest, create_leads=create, told_by=told_by
                        ),
                        crm,
                    ),
                    files,
                ),
                calendars,
            ),
            crm=deployment.crm,
            crm_url=_records_at(files, deployment),
            tasks_remain=deployment.crm == "hubspot",  # Salesforce puts them into the bin as well
            shows=frozenset(either.show if either else ()),
            marketing="marketo" if deployment.systems.marketo else "hubspot",
        ),
        obligations=obligations_to_domain(agreement, told_by),
        review=review_of(agreement, teams),
        calendars=calendars,
        pools={
            name: pool_to_domain(name, part, teams.roles.marketing, teams.language)
            for name, part in teams.pools.items()
        },
        absences=absences_to_domain(teams, agreement, files.calendars),
        salesforce=_salesforce(files, deployment, environment),
        hubspot=_hubspot(files, deployment, environment),
        marketo=_marketo(files, deployment, environment),
        polls={name: access.poll for name, access in deployment.systems if access},
        settle=deployment.timing.settle,
        overlap=deployment.timing.overlap,
        waiting_for_record_alarm=deployment.timing.waiting_for_record_alarm,
        caps=caps_to_domain(deployment.caps),
        self_check=self_check_to_domain(deployment.self_check),
        listeners=_listeners(deployment.listeners, environment),
        notify=notify_to_domain(deployment.notify, environment),
        log_level=deployment.log_level,
        warnings=warnings,
    )


def _records_at(files: Files, deployment: DeploymentFile) -> str:
    """Return where people find a record of the CRM by its id; empty where that is not known."""
    if deployment.systems.salesforce:
        return deployment.systems.salesforce.url
    portal = files.hubspot.crm.portal if files.hubspot and files.hubspot.crm else ""
    return CONTACTS_AT.format(portal) if portal else ""


def _without_accounts(agreement: Agreement, files: Files) -> Agreement:
    """Leads are matched with no company where the CRM's accounts are never read."""
    crm = files.salesforce or (files.hubspot.crm if files.hubspot else None)
    if crm and crm.accounts.read != ReadAccounts.NEVER:
        return agreement
    return replace(agreement, routing=replace(agreement.routing, companies=None))


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
    asks = _asks_companies(files)
    return salesforce_to_domain(files.salesforce, access, environment, asks_companies=asks)


def _asks_companies(files: Files) -> bool:
    rules = files.agreement.routing.rules if files.agreement else ()
    return any(rule.to.kind == To.ACCOUNT_OWNER for rule in rules)


def _hubspot(
    files: Files, deployment: DeploymentFile, environment: Environment
) -> HubSpotConfig | None:
    access = deployment.systems.hubspot
    if not files.hubspot or not access:
        return None
    is_crm, asks = deployment.crm == "hubspot", _asks_companies(files)
    return hubspot_to_domain(files.hubspot, access, environment, is_crm=is_crm, asks_companies=asks)


def _marketo(
    files: Files, deployment: DeploymentFile, environment: Environment
) -> MarketoConfig | None:
    access = deployment.systems.marketo
    if not files.marketo or not access:
        return None
    return marketo_to_domain(files.marketo, access, environment)


def _listeners(part: ListenersPart, environment: Environment) -> Listeners:
    return Listeners(
        Address(part.webhooks.host, part.webhooks.port),
        Address(part.health.host, part.health.port),
        dashboard_to_domain(part.dashboard, environment),
    )
