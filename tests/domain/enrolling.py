"""Leads that go back to marketing, to test with."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from slasync.domain.agreement import (
    Agreement,
    ClockPolicy,
    Definition,
    Effect,
    EffectKind,
    End,
    Enrolment,
    Rung,
    Start,
)
from slasync.domain.draft import Terms
from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import LeadKey
from slasync.domain.writes import Role
from tests.builders import (
    CONTACT,
    FIRST_TOUCH,
    LEAD,
    POOL,
    PROCESSING,
    RECORD,
    a_fact,
    a_roster,
    an_agreement,
    days,
    terms,
)

MARA = "mara@sandbox.example"
IN_NURTURE = Definition(
    "enrolled", "nurture != null", lambda f: f.get("nurture") is not None, frozenset({"nurture"})
)
TOLD_BY = frozenset({("hubspot", "contact")})
STATE = Enrolment(IN_NURTURE, TOLD_BY)  # whether it is in a programme
STAMPED = Enrolment(replace(IN_NURTURE, occurred_field="nurture_at"), TOLD_BY)  # and since when
ENROLMENT = ClockPolicy(
    name="enrolment",
    starts_on=Start.RECYCLED,
    ends=frozenset({End.ENROLLED, End.WITH_SALES, End.CONVERTED, End.DISQUALIFIED, End.DELETED}),
    rungs=(Rung("limit", days(1), (Effect(EffectKind.DIGEST, Role.MARKETING, "remind"),)),),
    streams=("hubspot.contacts",),
    deadline=days(1),
)


def with_enrolment(enrolment: Enrolment | None = STATE, **changes: Any) -> Agreement:
    ordinary: dict[str, Any] = {
        "clocks": (FIRST_TOUCH, PROCESSING, ENROLMENT), "enrolment": enrolment
    }  # fmt: skip
    return an_agreement(**ordinary | changes)


def marketing_terms(now: datetime, agreement: Agreement | None = None, **changes: Any) -> Terms:
    pool = replace(POOL, marketing=(MARA,))
    ordinary: dict[str, Any] = {"roster": a_roster(pool=pool)}
    return terms(now, agreement=agreement or with_enrolment(), **ordinary | changes)


def known_in_hubspot(at: datetime, lead: LeadKey = LEAD) -> list[Fact]:
    """The contact and the CRM's lead appear."""
    del lead
    return [
        a_fact(FactKind.ENTERED, at, _where(CONTACT), source="hubspot", source_id="in hubspot"),
        a_fact(FactKind.ENTERED, at, _where(RECORD), source_id="in salesforce"),
    ]


def nurtured(at: datetime, name: str | None = "newsletter", **more: Any) -> Fact:
    """HubSpot's field says in which programme the lead is."""
    seen_at = more.pop("seen_at", None)
    return a_fact(
        FactKind.CHANGED, at, {"nurture": name, **more}, source="hubspot", seen_at=seen_at,
        source_id=f"nurture:{at.isoformat()}:{name}:{sorted(more)}",
    )  # fmt: skip


def _where(ref: Any) -> dict[str, str]:
    return {"system": ref.system, "kind": ref.kind, "id": ref.id}
