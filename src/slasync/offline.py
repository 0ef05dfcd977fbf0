"""What can be told from configuration and database alone, without a word to the systems."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Engine

from slasync.clock import Seams
from slasync.domain.account import Account, Decided, Stream, Written
from slasync.domain.agreement import Agreement
from slasync.domain.draft import Terms
from slasync.domain.lead import LeadKey, Roster
from slasync.settings import Settings
from slasync.store.outbox_values import OutboxView
from slasync.store.unit import Unit
from slasync.systems import CreateLeads
from slasync.wiring import EFFECTIVE_FROM, ORGANISATION
from slasync.workers.decide import Caps, Deciding, ready_gates

ENFORCE = "enforce"


@dataclass(frozen=True, slots=True)
class Standing:
    """The agreement as the daemon completed it, and what decisions are made by now."""

    agreement: Agreement
    terms: Terms


def standing(settings: Settings, unit: Unit, now: datetime) -> Standing:
    """Complete the agreement by what the first start fixed, as this database keeps it."""
    agreement = completed(settings, unit)
    roster = Roster.of(unit.users.all(), settings.pools, settings.absences)
    terms = Terms(
        agreement=agreement,
        calendars=settings.calendars,
        roster=roster,
        now=now,
        ready=ready_gates(agreement, unit.cursors.watermarks()),
    )
    return Standing(agreement, terms)


def completed(settings: Settings, unit: Unit) -> Agreement:
    """Return the agreement with organisation and start; both are empty before the first start."""
    start = settings.agreement.effective_from
    pinned = unit.meta.get(EFFECTIVE_FROM)
    if start is None and pinned is not None:
        start = datetime.fromisoformat(pinned)
    crm = settings.salesforce
    return replace(
        settings.agreement,
        org=unit.meta.get(ORGANISATION) or "",
        effective_from=start,
        create_leads=crm is not None and crm.create_leads == CreateLeads.AT_HANDOVER,
    )


def rehearsed(settings: Settings, engine: Engine, seams: Seams, unit: Unit) -> Deciding:
    """Return what the step `decide` would be made with if slasync wrote."""
    return Deciding(
        engine=engine,
        seams=seams,
        agreement=completed(settings, unit),
        calendars=settings.calendars,
        pools=settings.pools,
        absences=settings.absences,
        lane_of=lambda write: write.action.value,
        mode=ENFORCE,
        caps=Caps(per_owner=settings.caps.per_owner, total=settings.caps.total),
    )


def accounted(settings: Settings, unit: Unit, key: LeadKey, now: datetime) -> Account | None:
    """Gather what is known of one lead, to be explained; None when there is no such lead."""
    lead = unit.leads.get([key]).get(key)
    if lead is None:
        return None
    return Account(
        lead=lead,
        facts=unit.facts.of([key])[key],
        terms=standing(settings, unit, now).terms,
        mode=settings.mode.value,
        streams={n: Stream(c.watermark, c.error) for n, c in unit.cursors.all().items()},
        decisions=[Decided(d.at, d.mode, d.because) for d in unit.decisions.of(key)],
        writes=[_written(view) for view in unit.outbox.of_lead(key)],
    )


def _written(view: OutboxView) -> Written:
    return Written(
        write=view.write,
        state=view.state.value,
        outcome=view.outcome,
        decided_at=view.decided_at,
        settled_at=view.settled_at,
        external_ref=view.external_ref,
    )
