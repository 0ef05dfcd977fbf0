"""From slasync.yaml and the connector files to the values that the connectors are made with."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from slasync.settings.connector_files import (
    AccountsPart,
    BudgetPart,
    Changes,
    HubSpotCrmPart,
    HubSpotFile,
    OpportunitiesPart,
    PersonFields,
    ReadAccounts,
    ReadEmails,
    ReadOpportunities,
    SalesforceFile,
    TaskKey,
)
from slasync.settings.deployment_file import HubSpotAccess, MarketoAccess, SalesforceAccess
from slasync.settings.environment import Environment
from slasync.settings.marketo_file import MarketoFile
from slasync.settings.strict import SecretRef
from slasync.systems import (
    AccountsConfig,
    Behaviour,
    Budget,
    FieldMapping,
    HubSpotConfig,
    HubSpotCrmConfig,
    LedgerConfig,
    MarketoConfig,
    OpportunitiesConfig,
    PubSubConfig,
    SalesforceConfig,
    Secret,
)

LOGIN, SANDBOX_LOGIN = "https://login.salesforce.com", "https://test.salesforce.com"
WRITTEN_NOW = frozenset({"stale", "stale_since", "why", "lead_key", "task_key"})
"""Fields that have a place of their own in the configuration; the others are shown to reps."""


def salesforce_to_domain(
    file: SalesforceFile,
    access: SalesforceAccess,
    environment: Environment,
    *,
    asks_companies: bool,
) -> SalesforceConfig:
    """Join what is known of Salesforce. `asks_companies`: leads are matched with its accounts."""
    ours = file.slasync_fields
    return SalesforceConfig(
        url=access.url,
        login=access.login,
        secrets=_secrets(
            environment,
            consumer_key=access.consumer_key,
            consumer_secret=access.consumer_secret,
            private_key=access.private_key,
            refresh_token=access.refresh_token,
            password=access.password,
            security_token=access.security_token,
            outbound_message_path=access.outbound_message_path,
        ),
        username=access.username,
        audience=access.audience or _audience(access.url),
        api_version=file.api_version,
        lead_fields=_mappings(file.lead),
        contact_fields=_mappings(file.contact),
        accounts=_accounts(file.accounts, asked=asks_companies),
        opportunities=_opportunities(file.opportunities, roles=file.opportunities.contact_roles),
        emails=file.emails is ReadEmails.WHERE_THERE,
        pubsub=_pubsub(file, access),
        stale_field=ours.stale,
        stale_since_field=ours.stale_since,
        why_field=ours.why,
        lead_key_field=ours.lead_key,
        task_key_field=ours.task_key,
        ledger=_ledger(file),
        shown_fields={name: field for name, field in ours if name not in WRITTEN_NOW},
        shows=frozenset(file.show),
        labels=file.labels,
        automation_users=file.automation_users,
        managers=file.managers,
        create_leads=file.create_leads,
        tracked_history=file.tracked_history,
        page_size=file.page_size,
        task_batch=file.task_batch,
        owner_batch=file.owner_batch,
        collections_a_call=file.collections,
        bulk_read_from=file.bulk.read_from,
        bulk_write_from=file.bulk.write_from,
        connect_timeout=file.timeouts.connect,
        read_timeout=file.timeouts.read,
        total_timeout=file.timeouts.total,
        budget=_budget(file.budget),
    )


def _audience(url: str) -> str:
    """Return where the users of an organisation log in: those of sandboxes elsewhere."""
    host = urlsplit(url).hostname or ""
    return SANDBOX_LOGIN if host.endswith(".sandbox.my.salesforce.com") else LOGIN


def hubspot_to_domain(
    file: HubSpotFile,
    access: HubSpotAccess,
    environment: Environment,
    *,
    is_crm: bool = False,
    asks_companies: bool = False,
) -> HubSpotConfig:
    """Join what is known of HubSpot. `asks_companies`: leads are matched with its companies."""
    return HubSpotConfig(
        crm=_hubspot_crm(file.crm, asked=asks_companies) if is_crm and file.crm else None,
        url=access.url,
        api_version=file.api_version,
        secrets=_secrets(
            environment,
            access_token=access.access_token,
            client_id=access.client_id,
            client_secret=access.client_secret,
            refresh_token=access.refresh_token,
            webhook_secret=access.webhook_secret,
            webhook_secret_next=access.webhook_secret_next,
        ),
        contact_fields=_mappings(file.contact),
        lead_id_property=file.lead_id_property,
        contact_id_property=file.contact_id_property,
        written={name: field for name, field in file.written if field},
        lists=dict(file.lists),
        app_id=file.app_id,
        public_url=access.public_url,
        page_size=file.page_size,
        search_page_size=file.search_page_size,
        batch_size=file.batch_size,
        connect_timeout=file.timeouts.connect,
        read_timeout=file.timeouts.read,
        total_timeout=file.timeouts.total,
        budget=_budget(file.budget),
    )


def _hubspot_crm(part: HubSpotCrmPart, *, asked: bool) -> HubSpotCrmConfig:
    own = part.properties
    shown = ("status", "due", "next_step", "attempts", "priority", "lately")
    return HubSpotCrmConfig(
        status_property=part.status,
        lifecycle_property=part.lifecycle,
        converted=frozenset(part.converted),
        backward=part.backward,
        stale_property=own.stale,
        stale_since_property=own.stale_since,
        why_property=own.why,
        lead_key_property=own.lead_key,
        task_key_property=own.task_key,
        task_contact_property=own.task_contact,
        shown={name: getattr(own, name) for name in shown},
        shows=frozenset(part.show),
        labels=part.labels,
        automation_users=part.automation_users,
        accounts=_accounts(part.accounts, asked=asked),
        opportunities=_opportunities(part.opportunities),
        create_leads=part.create_leads,
    )


def marketo_to_domain(
    file: MarketoFile, access: MarketoAccess, environment: Environment
) -> MarketoConfig:
    """Join what is known of Marketo."""
    return MarketoConfig(
        url=access.url,
        secrets=_secrets(
            environment,
            client_id=access.client_id,
            client_secret=access.client_secret,
            webhook_secret=access.webhook_secret,
            webhook_secret_next=access.webhook_secret_next,
        ),
        contact_fields=_mappings(file.contact),
        behaviours=tuple(
            Behaviour(name, part.activity, part.at or "", part.value or "")
            for name, part in file.behaviour.items()
        ),
        lead_id_field=file.lead_id_field,
        contact_id_field=file.contact_id_field,
        written={name: field for name, field in file.written if field},
        lists=dict(file.lists),
        programmes=dict(file.programmes),
        oldest=file.first_load.oldest,
        jobs=file.first_load.jobs,
        page_size=file.page_size,
        batch_size=file.batch_size,
        connect_timeout=file.timeouts.connect,
        read_timeout=file.timeouts.read,
        total_timeout=file.timeouts.total,
        budget=_budget(file.budget),
    )


def _ledger(file: SalesforceFile) -> LedgerConfig | None:
    part = file.ledger
    own = file.task_key is TaskKey.LEDGER
    return LedgerConfig(part.object, part.key, part.task) if own else None


def _accounts(part: AccountsPart, *, asked: bool) -> AccountsConfig | None:
    if part.read == ReadAccounts.NEVER or (part.read == ReadAccounts.WHEN_NEEDED and not asked):
        return None
    return AccountsConfig(part.domain_fields, part.every)


def _opportunities(part: OpportunitiesPart, *, roles: bool = False) -> OpportunitiesConfig | None:
    if part.read == ReadOpportunities.NEVER:
        return None
    return OpportunitiesConfig(part.every, contact_roles=roles)


def _pubsub(file: SalesforceFile, access: SalesforceAccess) -> PubSubConfig | None:
    part = file.pubsub
    told = file.changes is Changes.PUBSUB
    return PubSubConfig(access.pubsub_url, part.channel, part.poll_every) if told else None


def _secrets(environment: Environment, **refs: SecretRef | None) -> Mapping[str, Secret]:
    found = {name: environment.find(ref.env) for name, ref in refs.items() if ref}
    return {name: Secret(value) for name, value in found.items() if value}


def _mappings(fields: PersonFields) -> tuple[FieldMapping, ...]:
    return tuple(
        FieldMapping(name, part.field, part.direction, part.type, part.nulls == "write")
        for name, part in fields.by_name().items()
    )


def _budget(part: BudgetPart) -> Budget:
    return Budget(
        part.daily_calls,
        part.share,
        part.burst,
        part.burst_window,
        part.reserve,
        part.concurrency,
    )
