"""Looking back: what was known of a lead at an earlier moment, and nothing that came later."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from slasync.domain.explaining.account import Account, Written
from slasync.domain.facts import Fact, FactKind, in_order
from slasync.domain.history import fold
from slasync.domain.lead import Lead, Ref

NAMING = frozenset({FactKind.ENTERED, FactKind.LINKED})
PENDING = "pending"


def looked_back(account: Account, at: datetime) -> Account:
    """Return the account as it was at `at`: facts, decisions and writes of that time.

    Of people, of streams' watermarks, and of fields that no rule reads, only the present is kept.
    """
    known = [fact for fact in account.facts if fact.seen_at <= at]
    decisions = [decided for decided in account.decisions if decided.at <= at]
    terms = account.terms
    ready = {clock.name: at for clock in terms.agreement.clocks}
    return replace(
        account,
        lead=_lead(account, known),
        facts=known,
        terms=replace(terms, now=at, ready=ready),
        mode=decisions[-1].mode if decisions else account.mode,
        mode_why=_mode_why(known, account),
        decisions=decisions,
        writes=[_written(w, at) for w in account.writes if w.decided_at <= at],
        past=True,
        unseen=[fact for fact in account.facts if fact.seen_at > at],
    )


def _mode_why(known: Collection[Fact], account: Account) -> str:
    """Return what was recorded of the lead's mode by then; as it is now, where nothing was."""
    recorded = [fact for fact in in_order(known) if fact.kind == FactKind.MODE]
    return str(recorded[-1].data["why"]) if recorded else account.mode_why


def _lead(account: Account, known: Collection[Fact]) -> Lead:
    """Leave out the records and the values that nobody had told of yet."""
    lead, terms = account.lead, account.terms
    named, unnamed_yet = _records(known), _records(account.facts)
    refs = tuple(ref for ref in lead.refs if ref in named or ref not in unnamed_yet)
    fields = fold(known, terms.agreement, terms.roster).fields
    watched = {name: fields.get(name) for name in terms.agreement.watched if name in lead.fields}
    return replace(lead, refs=refs, fields={**lead.fields, **watched})


def _records(facts: Collection[Fact]) -> set[Ref]:
    """Return the records that facts tell of."""
    return {
        Ref(str(f.data["system"]), str(f.data["kind"]), str(f.data["id"]))
        for f in facts
        if f.kind in NAMING
    }


def _written(written: Written, at: datetime) -> Written:
    """What was settled later was still on its way."""
    if written.settled_at is None or written.settled_at <= at:
        return written
    return replace(written, state=PENDING, outcome=None, settled_at=None, external_ref=None)
