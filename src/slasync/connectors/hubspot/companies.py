"""Companies of HubSpot as companies of slasync, with the domains of their websites."""

from collections.abc import Iterator, Mapping

from slasync.connectors.hubspot.contact import (
    MERGED,
    MERGED_BEFORE,
    SYSTEM,
    Record,
    archived_at,
    known_ids,
    modified_at,
)
from slasync.connectors.hubspot.crm_people import OWNER
from slasync.domain.identity.company import Company, domains_in
from slasync.domain.lead import Ref, UserKey
from slasync.ports import CompanyReading
from slasync.systems import AccountsConfig

KIND = "companies"
PARENT = "hs_parent_company_id"


def properties(config: AccountsConfig) -> tuple[str, ...]:
    """Return what is read of a company, each once."""
    own = ("name", OWNER, PARENT, MERGED, MERGED_BEFORE)
    return tuple(dict.fromkeys((*own, *config.domain_fields)))


def read(record: Record, config: AccountsConfig) -> Iterator[CompanyReading]:
    """Yield a company, and those that were merged into it. Raises ValueError, KeyError."""
    values: Mapping[str, str | None] = record["properties"]
    key, *before = known_ids(record)
    archived = record.get("archived") is True
    at = archived_at(record) if archived else modified_at(record)
    addresses = " ".join(text for name in config.domain_fields if (text := values.get(name)))
    owner = values.get(OWNER)
    own = Company(
        key=key,
        name=values.get("name") or "",
        owner=UserKey(owner) if owner else None,
        domains=domains_in(addresses),
        parent=values.get(PARENT) or None,
        deleted=archived,
    )
    gone = [Company(key=old, name="", deleted=True, merged_into=key) for old in before]
    for company in (own, *gone):
        ref = Ref(SYSTEM, "account", company.key)
        yield CompanyReading(ref=ref, company=company, modified_at=at, raw=record)
