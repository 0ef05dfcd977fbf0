"""Completeness at the hand-over: by what the records held then, whenever it was learned."""

from datetime import datetime
from itertools import permutations

import pytest

from slasync.domain.facts import Fact, FactKind
from slasync.domain.figures.completeness import gaps, shown_at
from slasync.domain.history import fold
from slasync.domain.lead import Ref
from tests.builders import (
    CONTACT,
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    RECORD,
    a_fact,
    a_roster,
    an_agreement,
)

TOLD_BY = {
    "company": frozenset({("hubspot", "contact"), ("salesforce", "lead")}),
    "source": frozenset({("hubspot", "contact")}),
}
EARLIER = MONDAY - DAY


def entered(ref: Ref, at: datetime = EARLIER) -> Fact:
    data = {"system": ref.system, "kind": ref.kind, "id": ref.id}
    return a_fact(FactKind.ENTERED, at, data, source=ref.system, source_id=f"entered:{ref}")


def filled(ref: Ref, at: datetime, seen_at: datetime | None = None, **fields: bool) -> Fact:
    data = {"system": ref.system, "kind": ref.kind, "id": ref.id, "fields": fields}
    return a_fact(
        FactKind.FILLED, at, data, source=ref.system, seen_at=seen_at,
        source_id=f"filled:{ref}:{at.isoformat()}:{sorted(fields)}",
    )  # fmt: skip


def test_a_lead_with_every_field_is_complete() -> None:
    facts = [entered(CONTACT), filled(CONTACT, EARLIER, company=True, source=True)]

    found = gaps(facts, TOLD_BY, MONDAY)

    assert (found.missing, found.unknown) == ((), ())


def test_a_field_without_a_value_is_missing() -> None:
    facts = [entered(CONTACT), filled(CONTACT, EARLIER, company=True, source=False)]

    assert gaps(facts, TOLD_BY, MONDAY).missing == ("source",)


def test_filled_in_after_the_hand_over_is_too_late() -> None:
    facts = [
        entered(CONTACT), filled(CONTACT, EARLIER, company=True, source=False),
        filled(CONTACT, MONDAY + MINUTE, source=True),
    ]  # fmt: skip

    assert gaps(facts, TOLD_BY, MONDAY).missing == ("source",)
    assert gaps(facts, TOLD_BY, MONDAY + HOUR).missing == ()


def test_emptied_after_the_hand_over_it_was_complete_all_the_same() -> None:
    facts = [
        entered(CONTACT), filled(CONTACT, EARLIER, company=True, source=True),
        filled(CONTACT, MONDAY + MINUTE, source=False),
    ]  # fmt: skip

    assert gaps(facts, TOLD_BY, MONDAY).missing == ()


def test_one_record_with_a_value_is_enough() -> None:
    facts = [
        entered(CONTACT), entered(RECORD),
        filled(CONTACT, EARLIER, company=False, source=True),
        filled(RECORD, EARLIER, company=True),
    ]  # fmt: skip

    assert gaps(facts, TOLD_BY, MONDAY).missing == ()


def test_of_a_record_that_was_never_watched_nothing_is_known() -> None:
    facts = [
        entered(CONTACT), entered(RECORD), filled(CONTACT, EARLIER, company=False, source=True)
    ]  # fmt: skip

    found = gaps(facts, TOLD_BY, MONDAY)

    assert (found.missing, found.unknown) == ((), ("company",))


def test_a_record_that_came_after_the_hand_over_does_not_count() -> None:
    facts = [
        entered(CONTACT), filled(CONTACT, EARLIER, company=False, source=True),
        entered(RECORD, MONDAY + MINUTE), filled(RECORD, MONDAY + MINUTE, company=True),
    ]  # fmt: skip

    assert gaps(facts, TOLD_BY, MONDAY).missing == ("company",)


def test_without_any_record_that_has_the_field_nobody_can_tell() -> None:
    facts = [entered(RECORD), filled(RECORD, EARLIER, company=True)]

    assert gaps(facts, TOLD_BY, MONDAY).unknown == ("source",)


def test_learned_late_or_out_of_order_it_is_the_same() -> None:
    facts = [
        entered(CONTACT),
        filled(CONTACT, EARLIER, company=False, source=False),
        filled(CONTACT, EARLIER + HOUR, MONDAY + DAY, company=True),
        filled(CONTACT, EARLIER + 2 * HOUR, source=True),
    ]

    found = {gaps(order, TOLD_BY, MONDAY) for order in permutations(facts)}

    assert [(each.missing, each.unknown) for each in found] == [((), ())]


@pytest.mark.parametrize("exact", [True, False])
def test_what_the_version_held_that_showed_the_hand_over_was_handed_over(exact: bool) -> None:  # noqa: FBT001
    """A form is dated by its sending; the record that has its fields is a moment younger."""
    sent, stored = MONDAY, MONDAY + MINUTE / 20
    form = {"form": "Demo request"} | ({"form_at": sent.isoformat()} if exact else {})
    facts = [
        entered(CONTACT),
        a_fact(FactKind.CHANGED, stored, form, source="hubspot"),
        filled(CONTACT, stored, company=True, source=True),
    ]
    at = sent if exact else stored
    opened = a_fact(
        FactKind.HANDOVER, at, {"cycle": "c1", "definition": "form", "evidence": form},
        source="slasync",
    )  # fmt: skip
    agreement = an_agreement()
    (cycle,) = fold([*facts, opened], agreement, a_roster()).cycles

    shown = shown_at(facts, agreement, cycle)

    assert (cycle.anchor, shown) == (at, stored)
    assert gaps(facts, TOLD_BY, shown).missing == ()
