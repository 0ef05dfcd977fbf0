"""Contact made: the lead rang or wrote, or somebody spoke with it, as its facts tell."""

from dataclasses import replace
from enum import StrEnum

from slasync.domain.agreement import Agreement
from slasync.domain.attempts import conversations
from slasync.domain.facts import CONTACT, Fact, FactKind, Grade
from slasync.domain.lead import Roster
from slasync.domain.touching import touch_of

DOUBTFUL = frozenset({Grade.SUSPECT, Grade.UNCLASSIFIED})


class Contact(StrEnum):
    """How contact was made; the values of `contact_made`."""

    CALL = "call"  # the lead rang, and a person wrote it down
    EMAIL = "email"  # the lead wrote
    CONVERSATION = "conversation"  # somebody spoke with the lead, whoever began


def news_in(fact: Fact, agreement: Agreement, roster: Roster) -> Fact | None:
    """Return what a fact says of the fields that rules read, as a change of them."""
    return fact if fact.kind is FactKind.CHANGED else contact_in(fact, agreement, roster)


def contact_in(fact: Fact, agreement: Agreement, roster: Roster) -> Fact | None:
    """Return the contact that a fact tells of, as a change of `contact_made`.

    It is the lead's doing, whoever wrote it down. None where no rule asks for it.
    """
    how = _how(fact, agreement, roster) if agreement.asks_contact else None
    if how is None:
        return None
    return replace(fact, kind=FactKind.CHANGED, by=None, data={CONTACT: how.value})


def _how(fact: Fact, agreement: Agreement, roster: Roster) -> Contact | None:
    """Tasks of ours are closed within a cycle: they tell of the rep, not of the lead."""
    if fact.kind not in {FactKind.TOUCH, FactKind.CONTACT} or "task_key" in fact.data:
        return None
    touch = touch_of(fact)
    if touch.grade in DOUBTFUL:
        return None
    if fact.kind is FactKind.CONTACT:
        return Contact(touch.channel)
    if not roster.is_person(touch.by):
        return None
    if fact.data.get("inbound"):
        return Contact.CALL
    return Contact.CONVERSATION if conversations([touch], agreement.evidence) else None
