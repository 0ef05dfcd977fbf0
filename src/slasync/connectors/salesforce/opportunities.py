"""Opportunities that leads were converted to: each version that is read is a fact of the lead."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from slasync.connectors.salesforce.ids import instant, to18
from slasync.connectors.salesforce.people import SYSTEM, Context, Row, bare
from slasync.domain.facts import FactKind
from slasync.domain.lead import Ref, UserKey
from slasync.ports import ActivityReading

KIND = "opportunity"
FIELDS = ("Id", "Name", "AccountId", "OwnerId", "StageName", "Amount", "Probability", "CloseDate",
          "IsClosed", "IsWon", "IsDeleted", "CreatedDate", "LastModifiedById", "SystemModstamp",
          "CurrencyIsoCode")  # fmt: skip
SOMETIMES_MISSING = ("CurrencyIsoCode", "Amount", "Probability", "AccountId")
# Those that reps made without a lead are nothing that marketing handed over.
OF_LEADS = "Id IN (SELECT ConvertedOpportunityId FROM Lead WHERE IsConverted = true)"
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
