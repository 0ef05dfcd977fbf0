"""Opportunities of leads: each version that is read is a fact of the lead.

Those that leads were converted to are told by the lead; those that reps made by hand, by the roles
that contacts have in them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from slasync.connectors.salesforce.ids import instant, to18
from slasync.connectors.salesforce.people import SYSTEM, Context, Row, bare
from slasync.domain.facts import FactKind
from slasync.domain.figures.orders import Role
from slasync.domain.lead import Ref, UserKey
from slasync.ports import ActivityReading

KIND = "opportunity"
FIELDS = ("Id", "Name", "AccountId", "OwnerId", "StageName", "Amount", "Probability", "CloseDate",
          "IsClosed", "IsWon", "IsDeleted", "CreatedDate", "LastModifiedById", "SystemModstamp",
          "CurrencyIsoCode")  # fmt: skip
SOMETIMES_MISSING = ("CurrencyIsoCode", "Amount", "Probability", "AccountId")
# Those that reps made without a lead are nothing that marketing handed over.
OF_LEADS = "Id IN (SELECT ConvertedOpportunityId FROM Lead WHERE IsConverted = true)"
ROLE, PARENT, CONTACT = "OpportunityContactRole", "Opportunity", "ContactId"
DEAL = "OpportunityId"
OF_ROLE = ("Id", DEAL, CONTACT, "IsPrimary", "IsDeleted", "SystemModstamp")
ROLE_FIELDS = (*OF_ROLE, *(f"{PARENT}.{name}" for name in FIELDS))
CHANGED = f"{PARENT}.SystemModstamp"  # the role's own does not move with its opportunity
PERCENT = 100


def opportunity(row: Row, _: Context) -> Iterable[ActivityReading]:
    """Tell how an opportunity looks now. Raises ValueError for amounts that are none."""
    key, at = to18(row["Id"]), instant(row["SystemModstamp"])
    by = row["LastModifiedById"]
    yield ActivityReading(
        ref=Ref(SYSTEM, KIND, f"{key}@{at.isoformat()}"),
        about=Ref(SYSTEM, KIND, key),
        kind=FactKind.OPPORTUNITY,
        occurred_at=at,
        modified_at=at,
        by=UserKey(to18(by)) if by else None,
        data=_told(row, key, instant(row["CreatedDate"])),
        raw=bare(row),
    )


def role(row: Row, context: Context) -> Iterator[ActivityReading]:
    """Tell the lead of a contact how the opportunity looks that the contact has a role in.

    A role goes with its opportunity. One whose opportunity is hidden tells nothing.
    """
    stamp = instant(row["SystemModstamp"])
    named_by = Role.PRIMARY if row["IsPrimary"] else Role.OTHER
    for each in [_gone(row, stamp)] if row["IsDeleted"] else _shown(row[PARENT], context):
        yield replace(
            each,
            ref=Ref(SYSTEM, KIND, f"{each.ref.id}/{to18(row['Id'])}@{stamp.isoformat()}"),
            about=Ref(SYSTEM, "contact", to18(row[CONTACT])),
            modified_at=max(each.modified_at, stamp),
            data={**each.data, "role": named_by.value},
        )


def _shown(parent: Row | None, context: Context) -> Iterable[ActivityReading]:
    return opportunity(parent, context) if parent else ()


def _gone(row: Row, at: datetime) -> ActivityReading:
    deal = Ref(SYSTEM, KIND, to18(row[DEAL]))
    return ActivityReading(
        ref=deal,
        about=deal,
        kind=FactKind.OPPORTUNITY,
        occurred_at=at,
        modified_at=at,
        data={"id": deal.id, "deleted": True},
        raw=bare(row),
    )


def _told(row: Row, key: str, created: datetime) -> dict[str, Any]:
    probability = _number(row.get("Probability"), "Probability")
    account, owner = row.get("AccountId"), row["OwnerId"]
    return {
        "id": key,
        "created": created.isoformat(),
        "stage": row["StageName"],
        "amount": _number(row.get("Amount"), "Amount"),
        "probability": None if probability is None else round(probability / PERCENT, 6),
        "closes": row["CloseDate"],
        "closed": bool(row["IsClosed"]),
        "won": bool(row["IsWon"]),
        "currency": row.get("CurrencyIsoCode") or "",
        "account": to18(account) if account else "",
        "owner": to18(owner) if owner else "",
        "deleted": bool(row["IsDeleted"]),
    }


def _number(value: Any, field: str) -> float | int | None:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise ValueError(f"{field} holds {type(value).__name__}, not a number")
