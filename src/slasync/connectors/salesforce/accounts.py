"""Accounts: rows of Salesforce as companies, with the domains of their websites."""

from collections.abc import Iterable

from slasync.connectors.salesforce.ids import instant, to18
from slasync.connectors.salesforce.people import SYSTEM, Context, Row, bare
from slasync.domain.identity.company import Company, domains_in
from slasync.domain.lead import Ref, UserKey
from slasync.ports import CompanyReading
from slasync.systems import AccountsConfig

FIELDS = ("Id", "Name", "OwnerId", "ParentId", "IsDeleted", "MasterRecordId", "SystemModstamp")
SOMETIMES_HIDDEN = ("ParentId", "MasterRecordId")


def account_columns(config: AccountsConfig) -> tuple[str, ...]:
    """Return the fields of Account that are read, each once."""
    own = {name.lower() for name in FIELDS}
    further = dict.fromkeys(name for name in config.domain_fields if name.lower() not in own)
    return (*FIELDS, *further)


def account(row: Row, context: Context) -> Iterable[CompanyReading]:
    config, key = context.config.accounts or AccountsConfig(), to18(row["Id"])
    addresses = " ".join(str(row[name]) for name in config.domain_fields if row.get(name))
    yield CompanyReading(
        ref=Ref(SYSTEM, "account", key),
        company=Company(
            key=key,
            name=row["Name"] or "",
            owner=UserKey(to18(row["OwnerId"])) if row["OwnerId"] else None,
            domains=domains_in(addresses),
            parent=_id(row.get("ParentId")),
            deleted=bool(row["IsDeleted"]),
            merged_into=_id(row.get("MasterRecordId")),
        ),
        modified_at=instant(row["SystemModstamp"]),
        raw=bare(row),
    )


def _id(record_id: str | None) -> str | None:
    return to18(record_id) if record_id else None
