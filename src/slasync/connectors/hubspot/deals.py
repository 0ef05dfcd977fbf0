"""Deals of HubSpot as the opportunities of the leads whose contacts they are tied to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from slasync.connectors.hubspot.contact import SYSTEM, Record, modified_at
from slasync.connectors.hubspot.crm_people import OWNER, lead_ref
from slasync.connectors.hubspot.values import READ_AS, instant
from slasync.domain.facts import FactKind
from slasync.domain.lead import Ref, Value
from slasync.ports import ActivityReading
from slasync.systems import FieldType

KIND = "deals"
STAGE, PIPELINE, PROBABILITY = "dealstage", "pipeline", "hs_deal_stage_probability"
CLOSED, WON = "hs_is_closed", "hs_is_closed_won"
PROPERTIES = (
    STAGE, PIPELINE, PROBABILITY, CLOSED, WON, "amount", "closedate", "createdate", OWNER,
    "deal_currency_code", "hs_primary_associated_company",
)  # fmt: skip

Values = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a pipeline, as people know it."""

    label: str
    probability: Value = None  # 0 to 1
    closed: bool = False


Stages = Mapping[str, Stage]
"""By the stage's id, which is unique over all pipelines."""


def stages_in(pipelines: Sequence[Mapping[str, Any]]) -> Stages:
    """Read the pipelines. Raises ValueError, KeyError, TypeError for what are none."""
    return {
        str(stage["id"]): Stage(
            str(stage.get("label") or stage["id"]),
            _number((stage.get("metadata") or {}).get("probability")),
            str((stage.get("metadata") or {}).get("isClosed")).lower() == "true",
        )
        for pipeline in pipelines
        for stage in pipeline.get("stages") or ()
    }


def read(
    record: Record, contacts: Sequence[str], stages: Stages, zone: tzinfo
) -> Iterator[ActivityReading]:
    """Tell each contact's lead how a deal looks now. Raises ValueError, KeyError.

    A deal of no contact is nothing that marketing handed over. `zone` is the account's: a day of
    closing is a day there.
    """
    at, number = modified_at(record), str(record["id"])
    data = _told(record["properties"], number, stages, zone)
    for contact in contacts:
        yield ActivityReading(
            ref=Ref(SYSTEM, "opportunity", f"{number}@{at.isoformat()}"),
            about=lead_ref(contact),
            kind=FactKind.OPPORTUNITY,
            occurred_at=at,
            modified_at=at,
            data=data,
            raw=record,
        )


def _told(values: Values, number: str, stages: Stages, zone: tzinfo) -> dict[str, Any]:
    name = values.get(STAGE) or ""
    stage = stages.get(name) or Stage(name)
    own, closes = _number(values.get(PROBABILITY)), values.get("closedate")
    closed = values.get(CLOSED)
    won = values.get(WON) == "true" or (closed is None and stage.closed and bool(stage.probability))
    return {
        "id": number,
        "created": instant(str(values["createdate"])).isoformat(),
        "stage": stage.label,
        "amount": _number(values.get("amount")),
        "probability": stage.probability if own is None else own,
        "closes": instant(closes).astimezone(zone).date().isoformat() if closes else None,
        "closed": stage.closed if closed is None else closed == "true",
        "won": won,
        "currency": values.get("deal_currency_code") or "",
        "account": values.get("hs_primary_associated_company") or "",
        "owner": values.get(OWNER) or "",
        "deleted": False,
    }


def _number(text: object) -> Value:
    return READ_AS[FieldType.NUMBER](str(text)) if text not in {None, ""} else None
