"""Leads before their hand-over: when marketing got to know them, when they became worth a call."""

from collections.abc import Sequence
from datetime import datetime

from slasync.domain.agreement import Agreement
from slasync.domain.facts import Fact, FactKind, in_order
from slasync.domain.lead import Value


def first_known(facts: Sequence[Fact], agreement: Agreement) -> datetime | None:
    """Return when the first record of the marketing system appeared; None: it has none."""
    times = (
        fact.occurred_at
        for fact in facts
        if fact.kind is FactKind.ENTERED and fact.data.get("system") == agreement.marketing
    )
    return min(times, default=None)


def became_lead(facts: Sequence[Fact], agreement: Agreement) -> datetime | None:
    """Return when the rule of a lead was first met; None: never, or none is agreed."""
    rule = agreement.lead_rule
    if rule is None:
        return None
    fields: dict[str, Value] = {}
    for fact in in_order(fact for fact in facts if fact.kind is FactKind.CHANGED):
        fields.update(fact.data)
        if not rule.reads.isdisjoint(fact.data) and rule.rule(fields):
            return fact.occurred_at
    return None
