"""What can be told from configuration and database alone, without a word to the systems."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Engine

from slasync.clock import Seams
from slasync.domain.acting import standing as mode_of
from slasync.domain.agreement import Agreement
from slasync.domain.draft import Draft, Terms
from slasync.domain.explaining.account import Account, Decided, InForce, Stream, Written
from slasync.domain.explaining.ruling_words import lost_words
from slasync.domain.facts import Fact, FactKind, in_order
from slasync.domain.identity.company import Company, asked_by
from slasync.domain.lead import Lead, LeadKey
from slasync.domain.rulings import Rulings
from slasync.settings import Settings
from slasync.settings.kept import read_edition
from slasync.store.editions import Edition
from slasync.store.outbox_values import OutboxView, State
from slasync.store.unit import Unit
from slasync.wiring import EFFECTIVE_FROM, ORGANISATION
from slasync.workers.deciding.decide import Deciding
from slasync.workers.deciding.editions import as_defined, rulings, terms_of


@dataclass(frozen=True, slots=True)
class Standing:
    """The agreement as the daemon completed it, and what decisions are made by now."""

    agreement: Agreement
    terms: Terms


def standing(
    settings: Settings, unit: Unit, now: datetime, agreed: Agreement | None = None
) -> Standing:
    """Complete the agreement by what the first start fixed, as this database keeps it.

    `agreed`: it is complete already.
    """
    agreement = as_defined(settings, agreed or completed(settings, unit), unit, now)
    found = rulings(settings, agreement, unit, now)
    return Standing(agreement, terms_of(settings, agreement, unit, now, found))


def stood(settings: Settings, unit: Unit, edition: Edition, now: datetime) -> Standing:
    """Return the same by the files of an earlier start, with the systems as they are mapped now.

    Raises Unreadable.
    """
    then = read_edition(settings, edition.files, now.date())
    present = completed(settings, unit)
    old = replace(
        then.agreement,
        org=present.org,
        effective_from=present.effective_from,
        create_leads=present.create_leads,
    )
    in_force = replace(
        settings, agreement=old, files=edition.files, calendars=then.calendars, pools=then.pools
    )
    return standing(in_force, unit, now, old)


def completed(settings: Settings, unit: Unit) -> Agreement:
    """Return the agreement with organisation and start; both are empty before the first start."""
    start = settings.agreement.effective_from
    pinned = unit.meta.get(EFFECTIVE_FROM)
    if start is None and pinned is not None:
        start = datetime.fromisoformat(pinned)
    org = unit.meta.get(ORGANISATION) or ""
    return replace(
        settings.agreement,
        org=org,
        crm_url=settings.records_at(org),
        effective_from=start,
        create_leads=settings.creates_leads,
    )


def rehearsed(settings: Settings, engine: Engine, seams: Seams, unit: Unit) -> Deciding:
    """Return what the step `decide` would be made with if slasync wrote."""
    now = seams.clock.now()
    agreement = as_defined(settings, completed(settings, unit), unit, now)
    found = rulings(settings, agreement, unit, now)
    if found is not None:
        found.read_all()  # the unit may be gone when they are asked for
    return Deciding(
        engine=engine,
        seams=seams,
        agreement=agreement,
        rulings=found,
        calendars=settings.calendars,
        pools=settings.pools,
        absences=settings.absences,
        lane_of=lambda write: write.action.value,
        modes=settings.modes,
        caps=settings.caps,
    )


@dataclass(frozen=True, slots=True)
class Then:
    """The agreement in force at a moment: its hash, since when, and its files where kept."""

    hash: str | None
    since: datetime | None = None
    files: Mapping[str, str] | None = None


def in_force(unit: Unit, key: LeadKey, at: datetime) -> Then:
    """Find the agreement in force at a moment: by the daemon's starts, else by what it decided."""
    edition = unit.editions.at(at)
    if edition is not None:
        return Then(edition.hash, edition.at, edition.files)
    hashes = [decision.agreement_hash for decision in unit.decisions.of(key) if decision.at <= at]
    if not hashes:
        return Then(None)
    kept = unit.editions.of(hashes[-1])
    return Then(hashes[-1], None, kept.files if kept else None)


def accounted(
    settings: Settings, unit: Unit, key: LeadKey, now: datetime, known: InForce | None = None
) -> Account | None:
    """Gather what is known of one lead, to be explained; None when there is no such lead.

    `known` tells which agreement was in force; by default the one of the daemon's last start.
    Of its changes only those up to that moment are known.
    """
    lead = unit.leads.get([key]).get(key)
    if lead is None:
        return None
    facts, upto = unit.facts.of([key])[key], (known and known.at) or now
    agreement = as_defined(settings, completed(settings, unit), unit, upto)
    found = rulings(settings, agreement, unit, upto)
    terms = terms_of(settings, agreement, unit, now, found)
    holds = mode_of(Draft(terms, lead, facts))
    return Account(
        lead=lead,
        facts=facts,
        terms=terms,
        mode=holds.mode.value,
        mode_why=holds.why,
        streams={n: Stream(c.watermark, c.error) for n, c in unit.cursors.all().items()},
        decisions=[
            Decided(d.at, d.mode, d.because, d.agreement_hash) for d in unit.decisions.of(key)
        ],
        writes=[_written(view) for view in unit.outbox.of_lead(key)],
        in_force=known or _in_force_now(settings, unit, now),
        companies=_companies(settings.agreement, unit, lead),
        lost=_lost(found, facts),
    )


def _lost(found: Rulings | None, facts: Sequence[Fact]) -> str:
    """Say why the last cycle is not kept to the edition that it began under, if it should be."""
    opened = [fact for fact in in_order(facts) if fact.kind == FactKind.HANDOVER]
    problem = found.problem(opened[-1]) if found and opened else None
    return lost_words(*problem) if problem else ""


def _companies(agreement: Agreement, unit: Unit, lead: Lead) -> Sequence[Company] | None:
    """Return the accounts that the lead may belong to, where a rule asks for them."""
    terms = agreement.routing.matching
    if terms is None:
        return None
    return unit.companies.found(asked_by(lead.fields, terms.by, terms.providers))


def _in_force_now(settings: Settings, unit: Unit, now: datetime) -> InForce:
    edition = unit.editions.at(now)
    return InForce(
        hash=edition.hash if edition else None,
        since=edition.at if edition else None,
        present=settings.agreement.hash,
    )


def _written(view: OutboxView) -> Written:
    return Written(
        write=view.write,
        state=view.state.value,
        outcome=view.held_because if view.state is State.HELD else view.outcome,
        decided_at=view.decided_at,
        settled_at=view.settled_at,
        external_ref=view.external_ref,
    )
